-- Alerts in Avro, by the schema of a registry. ${registry} is its URL, and alerts_schema, which has several
-- lines, the text of schemas/alerts/v1.avsc: without it, Flink would register one of its own, in which all
-- may be NULL.
--
-- alerts/kafka.sql says why the rest is as it is.
CREATE TABLE alerts (
  id STRING NOT NULL,
  rule_id STRING NOT NULL,
  rule_version BIGINT NOT NULL,
  severity STRING,
  `status` STRING NOT NULL,
  `key` STRING NOT NULL,
  -- The format has timestamp-millis as TIMESTAMP(3), in UTC.
  started_at TIMESTAMP(3) NOT NULL,
  ended_at TIMESTAMP(3) NOT NULL,
  `measures` STRING NOT NULL,
  events STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'card_fraud.alerts',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.max.request.size' = '8388608',
  'key.format' = 'raw',
  'key.fields' = 'key',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${registry}',
  'value.avro-confluent.subject' = 'card_fraud.alerts-value',
  'value.avro-confluent.schema' = '${alerts_schema}',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'card_fraud.alerts',
  'sink.transaction-naming-strategy' = 'pooling',
  'properties.transaction.timeout.ms' = '900000'
);
