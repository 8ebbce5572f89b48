-- What of the alerts fits into a message of Kafka, and those that don't fit whole, as rows of dead_letters.
--
-- found_alerts are the rows for the table alerts. A message may have 8 MB ('properties.max.request.size' =
-- '8388608' in the table alerts, and max.message.bytes=8388608 of its topic). The lengths here keep to that
-- whatever the characters are: none has more than 7 bytes in JSON.
CREATE TEMPORARY VIEW deliverable_alerts AS
SELECT
  id,
  rule_id,
  rule_version,
  severity,
  `status`,
  `key`,
  started_at,
  ended_at,
  CASE WHEN CHAR_LENGTH(`measures`) > 100000 THEN '{}' ELSE `measures` END AS `measures`,
  CASE WHEN CHAR_LENGTH(events) <= 900000 THEN events END AS events
FROM found_alerts
-- Not `<=`: a key that is NULL is not long.
WHERE COALESCE(CHAR_LENGTH(`key`), 0) <= 65536;

-- Their letters have no payload, as that is what was too long: events and measures are found again by rule,
-- key and time.
-- noqa: disable=LT01,ST06
CREATE TEMPORARY VIEW undeliverable_alerts AS
SELECT
  'too-large' AS reason,
  CONCAT_WS('/', 'card_fraud.alerts', id) AS id,
  CONCAT(
    'the alert was delivered without what is too long; its key has ',
    CAST(COALESCE(CHAR_LENGTH(`key`), 0) AS STRING),
    ' characters, its measures ',
    CAST(COALESCE(CHAR_LENGTH(`measures`), 0) AS STRING),
    ', its events ',
    CAST(COALESCE(CHAR_LENGTH(events), 0) AS STRING)
  ) AS error,
  CAST(NULL AS STRING) AS stack,
  'card_fraud.alerts' AS topic,
  CAST(NULL AS INT) AS `partition`,
  CAST(NULL AS BIGINT) AS `offset`,
  CASE WHEN CHAR_LENGTH(`key`) <= 65536 THEN CAST(`key` AS BYTES) END AS record_key,
  CAST(NULL AS BYTES) AS payload,
  CAST(
    COALESCE(CHAR_LENGTH(`key`), 0)
    + COALESCE(CHAR_LENGTH(`measures`), 0)
    + COALESCE(CHAR_LENGTH(events), 0) AS BIGINT
  ) AS payload_size,
  MAP['rule_id', CAST(rule_id AS BYTES)] AS headers,
  0 AS tries,
  CURRENT_TIMESTAMP AS failed_at
FROM found_alerts
WHERE CHAR_LENGTH(`key`) > 65536 OR CHAR_LENGTH(`measures`) > 100000 OR CHAR_LENGTH(events) > 900000;
