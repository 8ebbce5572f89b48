-- Documents of rules, as `pyflink-cep publish --to DIRECTORY` writes them: files, each with one line of
-- JSON.
CREATE TABLE rule_updates (
  document STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/rule_updates',
  'source.monitor-interval' = '500 ms',
  'format' = 'raw'
);
