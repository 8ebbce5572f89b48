-- The rows of dead_letters for rejected_payments, which are the payments that can't be used: the origin of
-- each, and the reason.
-- noqa: disable=LT01,ST06
CREATE TEMPORARY VIEW rejected_letters AS
SELECT
  reason,
  id,
  error,
  stack,
  topic,
  `partition`,
  `offset`,
  CASE WHEN is_kept THEN record_key END AS record_key,
  CASE WHEN is_kept THEN payload END AS payload,
  CAST(payload_size AS BIGINT) AS payload_size,
  CASE WHEN is_kept THEN headers ELSE own_headers END AS headers,
  tries,
  CURRENT_TIMESTAMP AS failed_at
FROM (
  SELECT
    *,
    -- A record that was replayed has its letter's id with it.
    COALESCE(
      CAST(headers['dead-letter-id'] AS STRING),
      CONCAT_WS('/', topic, CAST(`partition` AS STRING), CAST(`offset` AS STRING))
    ) AS id,
    COALESCE(TRY_CAST(CAST(headers['dead-letter-tries'] AS STRING) AS INT), 0) AS tries,
    MAP[
      'dead-letter-id', headers['dead-letter-id'], 'dead-letter-tries', headers['dead-letter-tries']
    ] AS own_headers,
    -- try-decode bounds the payload, but neither key nor headers. A replay takes from the record what isn't
    -- kept.
    COALESCE(CHAR_LENGTH(CAST(record_key AS STRING)), 0) + COALESCE(CHAR_LENGTH(CAST(headers AS STRING)), 0)
    <= 200000 AS is_kept
  FROM rejected_payments
) AS extracted;
