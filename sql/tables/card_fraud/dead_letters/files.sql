CREATE TABLE dead_letters (
  reason STRING,
  payload STRING
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/dead_letters',
  'format' = 'json'
);
