-- The payments that can't be decoded, as rows of dead_letters.
--
-- The table payments reads its topic by the format try-decode, and has these columns of metadata:
--   payload BYTES METADATA FROM 'value.payload' VIRTUAL,
--   payload_size INT METADATA FROM 'value.size' VIRTUAL,
--   failure ROW<reason STRING, stack STRING> METADATA FROM 'value.failure' VIRTUAL,
--   error STRING METADATA FROM 'value.error' VIRTUAL,
--   headers MAP<STRING, BYTES> METADATA VIRTUAL,
--   topic STRING METADATA VIRTUAL, `partition` INT METADATA VIRTUAL, `offset` BIGINT METADATA VIRTUAL
-- and record_key BYTES in 'key.fields', with 'key.format' = 'raw' and 'value.fields-include' = 'EXCEPT_KEY'.
-- noqa: disable=AL09,LT01,LT05,RF01,RF03,ST06
CREATE TEMPORARY VIEW undecoded_payments AS
SELECT
  id,
  reason,
  error,
  stack,
  topic,
  `partition`,
  `offset`,
  CASE WHEN is_kept THEN record_key END AS record_key,
  CASE WHEN is_kept THEN payload END AS payload,
  payload_size,
  CASE WHEN is_kept THEN headers ELSE own_headers END AS headers,
  tries,
  CURRENT_TIMESTAMP AS failed_at
FROM (
  SELECT
    -- A record that was replayed has its letter's id with it.
    COALESCE(
      CAST(headers['dead-letter-id'] AS STRING),
      CONCAT_WS('/', topic, CAST(`partition` AS STRING), CAST(`offset` AS STRING))
    ) AS id,
    failure.reason AS reason,
    error,
    failure.stack AS stack,
    topic,
    `partition`,
    `offset`,
    record_key,
    payload,
    CAST(payload_size AS BIGINT) AS payload_size,
    headers,
    MAP[
      'dead-letter-id', headers['dead-letter-id'], 'dead-letter-tries', headers['dead-letter-tries']
    ] AS own_headers,
    COALESCE(TRY_CAST(CAST(headers['dead-letter-tries'] AS STRING) AS INT), 0) AS tries,
    -- try-decode bounds the payload, but neither key nor headers. A replay takes from the record what isn't kept.
    COALESCE(CHAR_LENGTH(CAST(record_key AS STRING)), 0) + CHAR_LENGTH(CAST(headers AS STRING))
    <= 200000 AS is_kept
  FROM payments
  WHERE failure IS NOT NULL
) AS failed;
