-- Whoever acts on alerts takes those whose status is live: a shadow rule is on trial.
CREATE TABLE alerts (
  -- The same each time that the same payments raise the alert.
  id STRING,
  rule_id STRING,
  rule_version BIGINT,
  severity STRING,
  `status` STRING,
  `key` STRING,
  started_at TIMESTAMP_LTZ(3),
  ended_at TIMESTAMP_LTZ(3),
  `measures` STRING,
  events STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/alerts',
  'sink.rolling-policy.rollover-interval' = '1 s',
  'sink.rolling-policy.check-interval' = '1 s',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);
