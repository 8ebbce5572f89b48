-- The tables of card_fraud as files. ${data} is the directory that holds them.

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

CREATE TABLE customers (
  customer_id STRING,
  valid_from TIMESTAMP_LTZ(3),
  home_latitude DOUBLE,
  home_longitude DOUBLE,
  currency STRING,
  average_eur DOUBLE,
  WATERMARK FOR valid_from AS valid_from,
  PRIMARY KEY (customer_id) NOT ENFORCED
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/customers.jsonl',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE rates (
  currency STRING,
  valid_from TIMESTAMP_LTZ(3),
  per_eur DOUBLE,
  WATERMARK FOR valid_from AS valid_from,
  PRIMARY KEY (currency) NOT ENFORCED
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/rates.jsonl',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);

-- Documents of rules, as `pyflink-cep publish --to DIRECTORY` writes them: files, each with one line of JSON.
CREATE TABLE rule_updates (
  document STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/rule_updates',
  'source.monitor-interval' = '500 ms',
  'format' = 'raw'
);

-- Whoever acts on alerts takes those whose status is live: a shadow rule is on trial.
CREATE TABLE alerts (
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

CREATE TABLE dead_letters (
  reason STRING,
  payload STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/dead_letters',
  'format' = 'json'
);
