-- The payments of a topic, each with the reason why it can't be used, and with what rejected_letters.sql
-- makes a dead letter of.
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
  fraud,
  CASE
    WHEN failure IS NOT NULL THEN failure.reason
    WHEN COALESCE(payment_id, '') = '' THEN 'payment_id: missing'
    WHEN COALESCE(card_id, '') = '' THEN 'card_id: missing'
    WHEN COALESCE(customer_id, '') = '' THEN 'customer_id: missing'
    WHEN COALESCE(terminal_id, '') = '' THEN 'terminal_id: missing'
    WHEN COALESCE(merchant_id, '') = '' THEN 'merchant_id: missing'
    WHEN currency IS NULL THEN 'currency: missing'
    WHEN NOT REGEXP(currency, '^[A-Z]{3}$') THEN 'currency: not a three-letter code'
    WHEN amount IS NULL THEN 'amount: missing, or not a number'
    WHEN amount < 0 THEN 'amount: negative'
    -- A cast rounds them away. That to 18 decimals does so only where there are more than 14 digits from the
    -- first to the last that is not 0, which no amount of two decimals has, or where it leaves nothing.
    WHEN
      TRY_CAST(given_amount AS DECIMAL(38, 18)) <> amount
      OR REGEXP(CAST(given_amount AS STRING), '[1-9][0-9]{13,}[1-9]|[1-9][0-9.]{14,}[1-9]')
      OR amount = 0 AND REGEXP(CAST(given_amount AS STRING), '^[^eE]*[1-9]')
      THEN 'amount: more than two decimals'
    WHEN rowtime = TO_TIMESTAMP_LTZ(0, 3) THEN 'paid_at: missing, before 1970, or in the future'
    -- NaN is between no bounds.
    WHEN NOT COALESCE(latitude >= -90 AND latitude <= 90, TRUE) THEN 'latitude: not from -90 to 90'
    WHEN NOT COALESCE(longitude >= -180 AND longitude <= 180, TRUE) THEN 'longitude: not from -180 to 180'
    WHEN (latitude IS NULL) <> (longitude IS NULL) THEN 'latitude and longitude: one without the other'
    WHEN rowtime <= CURRENT_WATERMARK(rowtime) THEN 'paid_at: late'
  END AS reason,
  -- Nothing is computed here for the payments that are good, which are nearly all.
  CAST(
    ROW(topic, `partition`, `offset`, record_key, payload, payload_size, headers, error, failure.stack) AS ROW<
      topic STRING, `partition` INT, `offset` BIGINT, record_key BYTES, payload BYTES, payload_size INT,
      headers MAP<STRING, BYTES>, error STRING, stack STRING
    >
  ) AS origin
FROM (
  SELECT
    rowtime,
    payment_id,
    card_id,
    customer_id,
    terminal_id,
    merchant_id,
    -- Text in Protobuf. A cast writes an exponent out in digits, which can take a time without limit.
    CASE
      WHEN REGEXP(CAST(amount AS STRING), '^[^eE]*([eE][+-]?[0-9]{1,2})?$') THEN TRY_CAST(amount AS DECIMAL(14, 2))
    END AS amount,
    amount AS given_amount,
    currency,
    latitude,
    longitude,
    fraud,
    failure,
    error,
    topic,
    `partition`,
    `offset`,
    record_key,
    payload,
    payload_size,
    headers
  FROM payments
) AS extracted;
