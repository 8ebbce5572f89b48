-- What rules of card_fraud can ask of a payment: jobs/card_fraud.py gives them these columns, and no others.
-- For `pyflink-cep check`, `test` and `publish`: --schema rules/card_fraud/payments.sql
-- A column is NULL where there is nothing to say, and a comparison with NULL isn't true.
CREATE TABLE payments (
  payment_id STRING,
  -- The key of rules about the use of a card. Payments of one card come in the order of their times.
  card_id STRING,
  -- Whose card it is: the key of rules about all cards of a customer.
  customer_id STRING,
  -- The key of rules about the place of payment.
  terminal_id STRING,
  merchant_id STRING,
  -- Degrees north, of the terminal. NULL: paid online.
  latitude DOUBLE,
  -- When it was paid. ROWTIME() is the same in milliseconds.
  rowtime TIMESTAMP_LTZ(3),
  -- The amount in euros, by the day's rate.
  euros DOUBLE,
  -- What the customer spends in a payment, on average. NULL: there is no profile of the customer.
  average_eur DOUBLE,
  -- The card's payment before this one: at a terminal for one at a terminal, online for one online. NULL: the first.
  last_payment_id STRING,
  -- The distance from that payment's terminal, in a straight line. NULL: the first, or online.
  km DOUBLE,
  -- The speed that it takes to get here from there. NULL as km is.
  kmh DOUBLE,
  -- The probability that it is fraud, 0 to 1, of this payment by itself: udfs/card_fraud_model.json. NULL: there is no
  -- profile of the customer.
  risk DOUBLE
);
