-- The tables of ssh_attacks as files. ${log} is the server's log, ${directory} where the output goes, and
-- ${year} the year of the log, which its lines don't have.

-- A line without a time that can be read must not move the watermark: it gets the epoch for it.
CREATE TABLE log_lines (
  line STRING,
  rowtime AS COALESCE(
    TO_TIMESTAMP_LTZ(
      '${year} ' || REGEXP_REPLACE(REGEXP_EXTRACT(line, '^[A-Z][a-z]{2} +\d+ [\d:]{8}', 0), ' +', ' '),
      'yyyy MMM d HH:mm:ss',
      'UTC'
    ),
    TO_TIMESTAMP_LTZ(0, 3)
  ),
  WATERMARK FOR rowtime AS rowtime - INTERVAL '5' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = '${log}',
  'format' = 'raw'
);

-- Whoever acts on alerts takes those whose status is live: a shadow rule is on trial.
CREATE TABLE alerts (
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
  'connector' = 'filesystem',
  'path' = '${directory}/alerts',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);
