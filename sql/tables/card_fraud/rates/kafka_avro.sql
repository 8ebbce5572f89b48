-- What a euro is worth in each currency, in Avro, by the schema of a registry: schemas/rates/v1.avsc.
-- ${registry} is its URL.
--
-- As with profiles, the topic is a table with versions, under the currency. It is compacted, and must keep
-- older rates (min.compaction.lag.ms) as long as it keeps payments. One partition: there are few rates, and
-- payments wait for the slowest partition.
CREATE TABLE rates (
  currency STRING,
  valid_from BIGINT,
  per_eur DOUBLE,
  -- A rate that can't be decoded must not stop the job: it is a version of 1970, without values.
  rowtime AS COALESCE(TO_TIMESTAMP_LTZ(valid_from, 3), TO_TIMESTAMP_LTZ(0, 3)),
  WATERMARK FOR rowtime AS rowtime,
  PRIMARY KEY (currency) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'card_fraud.rates',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.isolation.level' = 'read_committed',
  -- Payments wait for the rates when the job starts, until all were read, and then no longer.
  'scan.watermark.idle-timeout' = '10 s',
  'key.format' = 'raw',
  'value.fields-include' = 'EXCEPT_KEY',
  'value.format' = 'try-decode',
  'value.try-decode.format' = 'avro-confluent',
  'value.try-decode.avro-confluent.url' = '${registry}'
);
