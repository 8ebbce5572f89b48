CREATE TABLE rates (
  currency STRING,
  valid_from TIMESTAMP_LTZ(3),
  per_eur DOUBLE,
  WATERMARK FOR valid_from AS valid_from,
  PRIMARY KEY (currency) NOT ENFORCED
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/rates.jsonl',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);
