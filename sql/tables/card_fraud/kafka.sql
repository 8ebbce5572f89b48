-- The tables of card_fraud on Kafka, a topic each. ${bootstrap_servers} are the brokers.

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
  'connector' = 'kafka',
  'topic' = 'card_fraud.payments',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.group.id' = 'card_fraud',
  'scan.startup.mode' = 'group-offsets',
  'properties.auto.offset.reset' = 'earliest',
  -- A partition without payments must not hold back the alerts of the others.
  'scan.watermark.idle-timeout' = '1 min',
  -- While the job catches up, a partition that is ahead of the others waits, at its source. Else its payments
  -- would wait for the watermark in the state of joins and patterns, which grows by as much.
  'scan.watermark.alignment.group' = 'card_fraud.payments',
  'scan.watermark.alignment.max-drift' = '5 min',
  'scan.watermark.alignment.update-interval' = '1 s',
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
  'connector' = 'upsert-kafka',
  'topic' = 'card_fraud.customers',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'scan.watermark.idle-timeout' = '10 s',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE rates (
  currency STRING,
  valid_from TIMESTAMP_LTZ(3),
  per_eur DOUBLE,
  WATERMARK FOR valid_from AS valid_from,
  PRIMARY KEY (currency) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'card_fraud.rates',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'scan.watermark.idle-timeout' = '10 s',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601'
);

-- Documents of rules by their id, as `pyflink-cep publish` writes them. The topic is compacted: it keeps the
-- last of each. A job that starts anew reads them all, and takes those that are newer than its own.
CREATE TABLE rule_updates (
  document STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'card_fraud.rule_updates',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.group.id' = 'card_fraud',
  'scan.startup.mode' = 'earliest-offset',
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
  'connector' = 'kafka',
  'topic' = 'card_fraud.alerts',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'key.format' = 'raw',
  'key.fields' = 'key',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601'
);

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
  'value.json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE dead_letters (
  reason STRING,
  payload STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'card_fraud.dead_letters',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'format' = 'json'
);
