-- A record that can't be read must neither stop the job nor be lost: payments are read as text. Where
-- paid_at is no time, or in the future, it must not move the watermark: the record gets the epoch for it.
CREATE TABLE payments (
  payload STRING,
  rowtime AS CASE
    WHEN
      TO_TIMESTAMP_LTZ(JSON_VALUE(payload, '$.paid_at'), 'uuuu-MM-dd''T''HH:mm:ss[.SSS]X', 'UTC')
      < CURRENT_TIMESTAMP + INTERVAL '5' MINUTE
      THEN TO_TIMESTAMP_LTZ(JSON_VALUE(payload, '$.paid_at'), 'uuuu-MM-dd''T''HH:mm:ss[.SSS]X', 'UTC')
    ELSE TO_TIMESTAMP_LTZ(0, 3)
  END,
  WATERMARK FOR rowtime AS rowtime - INTERVAL '30' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/payments',
  'format' = 'raw'
);
