-- Documents of rules by their id, as `pyflink-cep publish` writes them: JSON, whatever the format of the
-- events.
--
-- The topic is compacted: it keeps the last of each rule. A job that starts anew reads them all, and takes
-- those that are newer than its own. One partition keeps updates in the order in which they were published.
CREATE TABLE rule_updates (
  document STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'card_fraud.rule_updates',
  'properties.bootstrap.servers' = '${bootstrap_servers}',
  'properties.group.id' = 'card_fraud',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'raw'
);
