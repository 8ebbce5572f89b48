-- The fields of each payment that is text, and the reason why it can't be used: the field, and what is
-- wrong with it.
-- noqa: disable=LT01,ST06
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
    WHEN JSON_QUERY(payload, '$') IS NULL THEN 'payload: not a JSON object'
    -- Flink reads JSON up to its end, and no further. What follows a payment fits one of these at most.
    WHEN
      JSON_QUERY(CONCAT('[', payload, ']'), '$') IS NULL
      OR JSON_QUERY(CONCAT('{"payment":', payload, '}'), '$') IS NULL
      THEN 'payload: something follows the JSON object'
    WHEN COALESCE(payment_id, '') = '' THEN 'payment_id: missing'
    WHEN COALESCE(card_id, '') = '' THEN 'card_id: missing'
    WHEN COALESCE(customer_id, '') = '' THEN 'customer_id: missing'
    WHEN COALESCE(terminal_id, '') = '' THEN 'terminal_id: missing'
    WHEN COALESCE(merchant_id, '') = '' THEN 'merchant_id: missing'
    WHEN currency IS NULL THEN 'currency: missing'
    WHEN NOT REGEXP(currency, '^[A-Z]{3}$') THEN 'currency: not a three-letter code'
    WHEN NOT JSON_EXISTS(payload, '$.amount') THEN 'amount: missing'
    WHEN amount IS NULL THEN 'amount: not a number'
    WHEN amount < 0 THEN 'amount: negative'
    -- A cast rounds them away. That to 18 decimals does so only where there are more than 14 digits from the
    -- first to the last that is not 0, which no amount of two decimals has, or where it leaves nothing.
    WHEN
      TRY_CAST(JSON_VALUE(payload, '$.amount') AS DECIMAL(38, 18)) <> amount
      OR REGEXP(JSON_VALUE(payload, '$.amount'), '[1-9][0-9]{13,}[1-9]|[1-9][0-9.]{14,}[1-9]')
      OR amount = 0 AND REGEXP(JSON_VALUE(payload, '$.amount'), '^[^eE]*[1-9]')
      THEN 'amount: more than two decimals'
    WHEN NOT JSON_EXISTS(payload, '$.paid_at') THEN 'paid_at: missing'
    WHEN rowtime = TO_TIMESTAMP_LTZ(0, 3) THEN 'paid_at: not an ISO 8601 time, or in the future'
    -- NaN is between no bounds.
    WHEN latitude_text IS NOT NULL AND NOT COALESCE(latitude >= -90 AND latitude <= 90, FALSE)
      THEN 'latitude: not from -90 to 90'
    WHEN longitude_text IS NOT NULL AND NOT COALESCE(longitude >= -180 AND longitude <= 180, FALSE)
      THEN 'longitude: not from -180 to 180'
    WHEN (latitude IS NULL) <> (longitude IS NULL) THEN 'latitude and longitude: one without the other'
    WHEN rowtime <= CURRENT_WATERMARK(rowtime) THEN 'paid_at: late'
  END AS reason,
  -- What a dead letter has besides the reason.
  CAST(ROW(payload) AS ROW<payload STRING>) AS origin -- noqa: LT01
FROM (
  SELECT
    payload,
    rowtime,
    JSON_VALUE(payload, '$.payment_id') AS payment_id,
    JSON_VALUE(payload, '$.card_id') AS card_id,
    JSON_VALUE(payload, '$.customer_id') AS customer_id,
    JSON_VALUE(payload, '$.terminal_id') AS terminal_id,
    JSON_VALUE(payload, '$.merchant_id') AS merchant_id,
    JSON_VALUE(payload, '$.currency') AS currency,
    JSON_VALUE(payload, '$.fraud') AS fraud,
    -- A cast writes an exponent out in digits, which can take a time without limit.
    CASE
      WHEN REGEXP(JSON_VALUE(payload, '$.amount'), '^[^eE]*([eE][+-]?[0-9]{1,2})?$')
        THEN TRY_CAST(JSON_VALUE(payload, '$.amount') AS DECIMAL(14, 2))
    END AS amount,
    JSON_VALUE(payload, '$.latitude') AS latitude_text,
    JSON_VALUE(payload, '$.longitude') AS longitude_text,
    TRY_CAST(JSON_VALUE(payload, '$.latitude') AS DOUBLE) AS latitude,
    TRY_CAST(JSON_VALUE(payload, '$.longitude') AS DOUBLE) AS longitude
  FROM payments
) AS extracted;
