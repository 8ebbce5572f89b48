-- Profiles in Avro, by the schema of a registry: schemas/customers/v1.avsc. ${registry} is its URL.
--
-- A message is a customer's profile from a time on, under the customer's id, and a message without a value
-- takes the customer away. So the topic is a table that changes: upsert-kafka reads it as one, where kafka
-- would give each message as a row of its own, and need a query that finds the newest. By valid_from the
-- table has versions, and a payment meets the one of its own time (FOR SYSTEM_TIME AS OF), also when the
-- job reads both again.
--
-- The topic is compacted (cleanup.policy=compact): the broker keeps the last profile of each customer
-- without end. It must keep older ones (min.compaction.lag.ms) as long as it keeps payments, or a job that
-- starts anew gives old payments the newest profile.
CREATE TABLE customers (
  customer_id STRING,
  valid_from BIGINT,
  home_latitude DOUBLE,
  home_longitude DOUBLE,
  currency STRING,
  average_eur DOUBLE,
  -- A profile that can't be decoded must not stop the job: it is a version of 1970, without values.
  rowtime AS COALESCE(TO_TIMESTAMP_LTZ(valid_from, 3), TO_TIMESTAMP_LTZ(0, 3)),
  WATERMARK FOR rowtime AS rowtime,
  PRIMARY KEY (customer_id) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'card_fraud.customers',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.isolation.level' = 'read_committed',
  -- Profiles change seldom: payments wait for them when the job starts, until all were read, and then no
  -- longer.
  'scan.watermark.idle-timeout' = '10 s',
  'key.format' = 'raw',
  'value.fields-include' = 'EXCEPT_KEY',
  'value.format' = 'try-decode',
  'value.try-decode.format' = 'avro-confluent',
  'value.try-decode.avro-confluent.url' = '${registry}'
);
