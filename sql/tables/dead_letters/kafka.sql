-- The topic of dead letters: the records that a job could not parse, validate or deliver.
-- ${bootstrap_servers} are the brokers, ${topic} is the topic, such as card_fraud.dead_letters, and
-- ${transactional_id} begins the ids of the job's transactions, and is that of no other sink. A job has one sink
-- for each INSERT: so it writes all its letters by a single one, with UNION ALL.
--
-- Create the topic with max.message.bytes=8388608: 4 MB of a record, which is what try-decode keeps of one,
-- are 5.6 MB in base64. Keep it as long as somebody may need to mend what is wrong: retention.ms=2592000000
-- are 30 days. With cleanup.policy=delete all that happened to a letter stays to be read until then, and
-- `pyflink-cep dead-letters` marks one that was dealt with by a message without a value.
CREATE TABLE dead_letters (
  -- Tells a letter from others, also after it was replayed: at first topic, partition and offset.
  id STRING,
  reason STRING,
  error STRING,
  stack STRING,
  -- Where the record was read, or where it was to be delivered, and where a replay sends it.
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
  'topic' = '${topic}',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.max.request.size' = '8388608',
  -- All letters of a record are in one partition, in their order.
  'key.format' = 'raw',
  'key.fields' = 'id',
  -- JSON, which a person can read: bytes are in base64.
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  -- Each bad record once: a job that fails and reads it again takes back what it had written of it.
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = '${transactional_id}',
  -- The most that a broker allows as it comes. What a job that is down for longer had begun to write is lost.
  'properties.transaction.timeout.ms' = '900000'
);
