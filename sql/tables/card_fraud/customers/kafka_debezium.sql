-- Profiles as changes of a table in PostgreSQL, in place of the table of kafka_avro.sql. Debezium
-- writes them (deploy/kafka-connect/customers-source.json), in JSON without schemas. ${bootstrap_servers} are
-- the brokers.
--
-- It is a changelog: c and r (the rows that were there at first) insert, u takes the old row away and adds
-- the new one, d takes it away. A tombstone after d is for the compaction of the topic, and nothing here.
-- For u the message needs the row before: the table has REPLICA IDENTITY FULL, or the job fails and says
-- so.
--
-- A profile is valid from the change in the database on, not from when it was read: the temporal join of a
-- payment takes the one of its time. Debezium repeats changes after a failure. By the primary key Flink
-- leaves out what it has seen, if told to: SET 'table.exec.source.cdc-events-duplicate' = 'true'.
CREATE TABLE customers (
  customer_id STRING,
  home_latitude DOUBLE,
  home_longitude DOUBLE,
  currency STRING,
  average_eur DOUBLE,
  valid_from TIMESTAMP_LTZ(3) METADATA FROM 'value.source.timestamp' VIRTUAL,
  WATERMARK FOR valid_from AS valid_from,
  PRIMARY KEY (customer_id) NOT ENFORCED
) WITH (
  'connector' = 'kafka',
  'topic' = 'cep.public.customers',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.group.id' = 'card_fraud',
  -- All of it each time the job starts anew: a profile is as old as its last change.
  'scan.startup.mode' = 'earliest-offset',
  'scan.watermark.idle-timeout' = '10 s',
  'format' = 'debezium-json'
);
