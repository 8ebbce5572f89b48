-- What became of each update of a rule, in JSON, which `pyflink-cep status` and people read.
CREATE TABLE rule_status (
  rule_id STRING,
  rule_version BIGINT,
  outcome STRING,
  message STRING,
  errors STRING,
  `at` TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'card_fraud.rule_status',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'key.format' = 'raw',
  'key.fields' = 'rule_id',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  -- At least once, and so at once: whoever publishes a rule waits for the answer, and a second one does no
  -- harm.
  'sink.delivery-guarantee' = 'at-least-once'
);
