-- The payments that can't be decoded, checked or priced, and those that come too late, as schemas/dead_letters has
-- them. `pyflink-cep dead-letters` lists, shows and replays them.
--
-- The topic has max.message.bytes=8388608: 4 MB of a record, which is what try-decode keeps of one, are 5.6
-- MB in base64. It keeps letters as long as somebody may need to mend what is wrong (retention.ms).
CREATE TABLE dead_letters (
  reason STRING,
  -- Tells a letter from others, also after it was replayed: at first topic, partition and offset.
  id STRING,
  error STRING,
  stack STRING,
  topic STRING,
  `partition` INT,
  `offset` BIGINT,
  record_key BYTES,
  -- NULL where there is none, and where it was too long to be kept: then payload_size says how long.
  payload BYTES,
  payload_size BIGINT,
  headers MAP<STRING, BYTES>, -- noqa: LT01
  -- How often it was replayed before.
  tries INT,
  failed_at TIMESTAMP_LTZ(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'card_fraud.dead_letters',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.max.request.size' = '8388608',
  -- All letters of a record are in one partition, in their order.
  'key.format' = 'raw',
  'key.fields' = 'id',
  -- JSON, which a person can read: bytes are in base64.
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  -- Each bad record once: alerts/kafka.sql says how, and what the other options are for.
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'card_fraud.dead_letters',
  'sink.transaction-naming-strategy' = 'pooling',
  'properties.transaction.timeout.ms' = '900000'
);
