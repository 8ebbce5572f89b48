CREATE TABLE customers (
  customer_id STRING,
  valid_from TIMESTAMP_LTZ(3),
  home_latitude DOUBLE,
  home_longitude DOUBLE,
  currency STRING,
  average_eur DOUBLE,
  WATERMARK FOR valid_from AS valid_from,
  PRIMARY KEY (customer_id) NOT ENFORCED
) WITH (
  'connector' = 'filesystem',
  'path' = '${data}/customers.jsonl',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);
