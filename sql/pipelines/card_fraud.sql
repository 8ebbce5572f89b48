-- The rule rules/card_fraud/card-testing.yaml, for the Flink SQL client.
--
-- Reads:  checked_payments, rates
-- Writes: alerts, without their id, events and risk
-- Run:    cat sql/tables/card_fraud/{payments,rates,alerts,checked_payments}/files.sql \
--           | sed "s|\${data}|$PWD/out/card_fraud|" > out/tables.sql
--         sql-client.sh -i out/tables.sql -f sql/pipelines/card_fraud.sql
--
-- MATCH_RECOGNIZE takes rows that follow each other, where followed_by lets others pass between. So what is
-- neither a probe nor a spend is left out beforehand. One difference remains: a spend between two probes ends
-- their series here.
INSERT INTO alerts (
  rule_id, rule_version, severity, `status`, `key`, started_at, ended_at, `measures`, events
)
SELECT
  'card-testing' AS rule_id,
  CAST(1 AS BIGINT) AS rule_version,
  'high' AS severity,
  'live' AS `status`,
  JSON_OBJECT('card_id' VALUE card_id) AS `key`, -- noqa: CP02
  started_at,
  ended_at,
  -- noqa: disable=CP02
  JSON_OBJECT(
    'payments' VALUE payments,
    'euros' VALUE euros,
    'first_payment_id' VALUE first_payment_id,
    'last_payment_id' VALUE last_payment_id,
    'detail' VALUE CAST(probes AS STRING) || ' probes, then ' || CAST(CAST(spent AS INT) AS STRING) || ' EUR'
  ) AS `measures`,
  -- noqa: enable=CP02
  CAST(NULL AS STRING) AS events
FROM (
  SELECT
    p.card_id,
    p.payment_id,
    p.merchant_id,
    p.amount / r.per_eur AS euros,
    p.rowtime
  FROM checked_payments AS p
  LEFT JOIN rates FOR SYSTEM_TIME AS OF p.rowtime AS r ON p.currency = r.currency
  WHERE p.reason IS NULL AND (p.amount / r.per_eur < 1 OR p.amount / r.per_eur > 500)
) AS probes_and_spends
MATCH_RECOGNIZE (
  PARTITION BY card_id
  ORDER BY rowtime
  MEASURES
  FIRST(probe.rowtime) AS started_at,
  spend.rowtime AS ended_at,
  COUNT(probe.payment_id) AS probes,
  COUNT(probe.payment_id) + 1 AS payments,
  SUM(probe.euros) + spend.euros AS euros,
  spend.euros AS spent,
  FIRST(probe.payment_id) AS first_payment_id,
  spend.payment_id AS last_payment_id
  ONE ROW PER MATCH
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN (probe{3,} spend) WITHIN INTERVAL '10' MINUTE
  DEFINE
  probe AS probe.euros < 1,
  spend AS spend.euros > 500 AND spend.merchant_id <> LAST(probe.merchant_id)
);
