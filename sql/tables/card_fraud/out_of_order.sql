-- Payments may come as late as ${out_of_order} (days, hours:minutes:seconds), in place of what payments/*.sql
-- says. Alerts wait for as long, since one more payment may belong to them: where sources keep the order,
-- less is enough.
-- noqa: disable=CP02,RF04,PRS
ALTER TABLE payments MODIFY WATERMARK FOR rowtime AS rowtime - INTERVAL '${out_of_order}' DAY TO SECOND(3);
