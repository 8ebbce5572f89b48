-- The payments of a topic, each with the reason why it can't be used, and with its dead letter for that
-- case.
-- noqa: disable=LT01,RF01,RF03,ST06
CREATE TEMPORARY VIEW checked_payments AS
SELECT
  rowtime,
  payment_id,
  card_id,
  customer_id,
  terminal_id,
  merchant_id,
  amount,
  currency,
  latitude,
  longitude,
  CASE
    WHEN failure IS NOT NULL THEN failure.reason
    WHEN payment_id IS NULL THEN 'payment_id: missing'
    WHEN card_id IS NULL THEN 'card_id: missing'
    WHEN customer_id IS NULL THEN 'customer_id: missing'
    WHEN terminal_id IS NULL THEN 'terminal_id: missing'
    WHEN merchant_id IS NULL THEN 'merchant_id: missing'
    WHEN currency IS NULL THEN 'currency: missing'
    WHEN NOT REGEXP(currency, '^[A-Z]{3}$') THEN 'currency: not a three-letter code'
    WHEN amount IS NULL THEN 'amount: missing, or not a number'
    WHEN amount < 0 THEN 'amount: negative'
    WHEN rowtime = TO_TIMESTAMP_LTZ(0, 3) THEN 'paid_at: missing, before 1970, or in the future'
    WHEN latitude NOT BETWEEN -90 AND 90 THEN 'latitude: not from -90 to 90'
    WHEN longitude NOT BETWEEN -180 AND 180 THEN 'longitude: not from -180 to 180'
    WHEN (latitude IS NULL) <> (longitude IS NULL) THEN 'latitude and longitude: one without the other'
    WHEN rowtime <= CURRENT_WATERMARK(rowtime) THEN 'paid_at: late'
  END AS reason,
  CAST(
    ROW(
      id, error, failure.stack, topic, `partition`, `offset`, CASE WHEN is_kept THEN record_key END,
      CASE WHEN is_kept THEN payload END, payload_size, CASE WHEN is_kept THEN headers ELSE own_headers END,
      tries, CURRENT_TIMESTAMP
    ) AS ROW<
      id STRING, error STRING, stack STRING, topic STRING, `partition` INT, `offset` BIGINT, record_key BYTES,
      payload BYTES, payload_size BIGINT, headers MAP<STRING, BYTES>, tries INT, failed_at TIMESTAMP_LTZ(3)
    >
  ) AS letter
FROM (
  SELECT
    rowtime,
    payment_id,
    card_id,
    customer_id,
    terminal_id,
    merchant_id,
    -- Text in Protobuf.
    TRY_CAST(amount AS DECIMAL(14, 2)) AS amount,
    currency,
    latitude,
    longitude,
    failure,
    error,
    topic,
    `partition`,
    `offset`,
    record_key,
    payload,
    payload_size,
    headers,
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
    COALESCE(CHAR_LENGTH(CAST(record_key AS STRING)), 0) + CHAR_LENGTH(CAST(headers AS STRING))
    <= 200000 AS is_kept
  FROM payments
) AS extracted;
