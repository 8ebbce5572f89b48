-- Alerts in PostgreSQL: the table alerts of deploy/postgres/tables.sql. ${postgresql} is its URL, as JDBC
-- has it, with the user. The password is in a file that PGPASSFILE names: an option would be part of the
-- plan.
CREATE TABLE stored_alerts (
  id STRING,
  rule_id STRING,
  rule_version BIGINT,
  severity STRING,
  `status` STRING,
  `key` STRING,
  -- In UTC, and so is the column of PostgreSQL: one with a time zone would take them to be in that of the
  -- machine.
  started_at TIMESTAMP(3),
  ended_at TIMESTAMP(3),
  `measures` STRING,
  events STRING,
  -- The sink writes before a checkpoint has ended, and again after a failure. By the key an alert that
  -- comes again is written over itself (INSERT … ON CONFLICT (id) DO UPDATE), and so is there once.
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = '${postgresql}',
  'table-name' = 'alerts',
  -- Alerts are few: none waits for others to come.
  'sink.buffer-flush.interval' = '200 ms',
  'sink.max-retries' = '3'
);
