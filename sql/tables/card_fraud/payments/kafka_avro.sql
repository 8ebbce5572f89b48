-- Payments in Avro, by the schema of a registry: schemas/payments/v2.avsc, or what it has evolved to.
-- ${bootstrap_servers} are the brokers, ${registry} is the registry's URL.
--
-- Producers send a payment under its card_id: so those of a card are in one partition, in their order. The
-- topic keeps records (retention.ms) for as long as one may want to start the job anew over them, and has
-- as many partitions as tasks will ever read it: more would move cards between partitions.
CREATE TABLE payments (
  -- try-decode gives a row for each record. Where it can't be decoded, its columns are NULL, and failure
  -- says why.
  payment_id STRING,
  paid_at BIGINT,
  card_id STRING,
  customer_id STRING,
  terminal_id STRING,
  merchant_id STRING,
  amount DECIMAL(14, 2),
  currency STRING,
  latitude DOUBLE,
  longitude DOUBLE,
  fraud STRING,
  -- What a dead letter needs: where the record is, and what was in it.
  record_key BYTES,
  payload BYTES METADATA FROM 'value.payload' VIRTUAL,
  payload_size INT METADATA FROM 'value.size' VIRTUAL,
  failure ROW<reason STRING, stack STRING> METADATA FROM 'value.failure' VIRTUAL, -- noqa: LT01
  error STRING METADATA FROM 'value.error' VIRTUAL,
  headers MAP<STRING, BYTES> METADATA VIRTUAL, -- noqa: LT01
  topic STRING METADATA VIRTUAL,
  `partition` INT METADATA VIRTUAL,
  `offset` BIGINT METADATA VIRTUAL,
  -- Where paid_at is no time, or in the future, it must not move the watermark: the record gets the epoch
  -- for it.
  rowtime AS CASE
    WHEN paid_at >= 0 AND TO_TIMESTAMP_LTZ(paid_at, 3) < CURRENT_TIMESTAMP + INTERVAL '5' MINUTE
      THEN TO_TIMESTAMP_LTZ(paid_at, 3)
    ELSE TO_TIMESTAMP_LTZ(0, 3)
  END,
  WATERMARK FOR rowtime AS rowtime - INTERVAL '30' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'card_fraud.payments',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.group.id' = 'card_fraud',
  -- A checkpoint has the offsets. Those of the group are for a job that starts without one, and for
  -- monitoring.
  'scan.startup.mode' = 'group-offsets',
  'properties.auto.offset.reset' = 'earliest',
  -- What a producer's transaction has written and taken back is not read.
  'properties.isolation.level' = 'read_committed',
  -- A partition without payments must not hold back the alerts of the others.
  'scan.watermark.idle-timeout' = '1 min',
  -- While the job catches up, a partition that is ahead of the others waits, at its source. Else its
  -- payments would wait for the watermark in the state of joins and patterns, which grows by as much.
  'scan.watermark.alignment.group' = 'card_fraud.payments',
  'scan.watermark.alignment.max-drift' = '5 min',
  'scan.watermark.alignment.update-interval' = '1 s',
  'key.format' = 'raw',
  'key.fields' = 'record_key',
  'value.fields-include' = 'EXCEPT_KEY',
  'value.format' = 'try-decode',
  'value.try-decode.format' = 'avro-confluent',
  'value.try-decode.avro-confluent.url' = '${registry}'
);
