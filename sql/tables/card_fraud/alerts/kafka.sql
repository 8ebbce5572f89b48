-- Alerts in JSON, which is also what is in their columns key, measures and events. Whoever acts on alerts
-- takes those whose status is live: a shadow rule is on trial.
--
-- They are kept for as long as somebody may ask (retention.ms). A topic with max.message.bytes=8388608
-- takes what max.request.size lets pass: an alert has all of its events.
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
  'connector' = 'kafka',
  'topic' = 'card_fraud.alerts',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.max.request.size' = '8388608',
  -- All alerts of a card, or of a terminal, are in one partition, in their order.
  'key.format' = 'raw',
  'key.fields' = 'key',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  -- An alert is in a transaction that ends with the checkpoint. A job that fails before takes it back and
  -- raises it again: who reads with isolation.level=read_committed sees it once, a checkpoint later.
  'sink.delivery-guarantee' = 'exactly-once',
  -- Transactions of this name are the sink's own: when it starts it ends those that an earlier run left
  -- open. So no other sink may have the name, nor a second job that runs beside this one.
  'sink.transactional-id-prefix' = 'card_fraud.alerts',
  -- A few names, used again and again, where the broker would else remember one for each checkpoint of a
  -- week. The job's user needs the right to read the topic, too (deploy/kafka/acls.yaml).
  'sink.transaction-naming-strategy' = 'pooling',
  -- The most that a broker allows as it comes (transaction.max.timeout.ms), and far above the time of a
  -- checkpoint with its tries. A job that is down for longer loses what it had begun to write, and so must
  -- not be.
  'properties.transaction.timeout.ms' = '900000'
);
