-- All payments that could be used, for years, with what the rules see of them: Parquet files by day, in a
-- table of Iceberg. ${lake} is the URI of the folder of all such tables. Spark, Trino, DuckDB and others read
-- it; `pyflink-cep backtest` and `explain` read it by its folder, card_fraud/payments. Rules see no longitude,
-- amount, currency, fraud, paid_at and day.
CREATE TABLE history (
  payment_id STRING,
  paid_at TIMESTAMP_LTZ(6),
  -- The same, by the name that rules have for it.
  rowtime TIMESTAMP_LTZ(6),
  card_id STRING,
  customer_id STRING,
  terminal_id STRING,
  merchant_id STRING,
  amount DECIMAL(14, 2),
  currency STRING,
  euros DOUBLE,
  latitude DOUBLE,
  longitude DOUBLE,
  average_eur DOUBLE,
  last_payment_id STRING,
  km DOUBLE,
  kmh DOUBLE,
  risk DOUBLE,
  -- What kind of fraud it is, where the payment says so: `backtest --label fraud`. NULL: nothing is known.
  fraud STRING,
  -- Of paid_at, in UTC. By it a query of a week reads the files of a week.
  `day` STRING
) PARTITIONED BY (`day`) WITH (
  'connector' = 'iceberg',
  'catalog-name' = 'lake',
  'catalog-type' = 'hadoop',
  'warehouse' = '${lake}',
  'catalog-database' = 'card_fraud',
  'catalog-table' = 'payments',
  'write.format.default' = 'parquet',
  -- One task writes a day, rather than each a part of it: fewer files from the start. Files are committed
  -- with the checkpoint, so that each payment is in the table once, whatever fails.
  'write.distribution-mode' = 'hash',
  -- A file a checkpoint and day is small. So the sink rewrites them, beside its writing, to files of up to
  -- 128 MB, after so many commits, but not more often than once in so many seconds.
  'write.target-file-size-bytes' = '134217728',
  'flink-maintenance.rewrite.enabled' = 'true',
  'flink-maintenance.rewrite.schedule.commit-count' = '30',
  'flink-maintenance.rate-limit-seconds' = '60',
  -- Rewritten files, and the metadata of each checkpoint, would else stay without end. A query that runs
  -- for longer than a day may lose the files that it reads.
  'flink-maintenance.expire-snapshots.enabled' = 'true',
  'flink-maintenance.expire-snapshots.schedule.interval-second' = '3600',
  'flink-maintenance.expire-snapshots.max-snapshot-age-seconds' = '86400',
  'flink-maintenance.expire-snapshots.retain-last' = '10',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '100'
);
