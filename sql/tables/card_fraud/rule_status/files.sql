CREATE TABLE rule_status (
  rule_id STRING,
  rule_version BIGINT,
  outcome STRING,
  message STRING,
  errors STRING,
  `at` TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/rule_status',
  'sink.rolling-policy.rollover-interval' = '1 s',
  'sink.rolling-policy.check-interval' = '1 s',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);
