"""The main job, whole or without a part of it: what that part costs is the difference.

Run:  flink run -py benchmarks/load/job.py --variant whole | without-python | without-matching
      and the arguments of jobs/card_fraud.py
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from jobs import card_fraud
from pyflink_cep import Alerts
from udfs.card_fraud import risk_model

if TYPE_CHECKING:
    from pyflink.table import StreamTableEnvironment, Table

KM = """2 * 6371.0 * ASIN(SQRT(
    POWER(SIN(RADIANS({1} - {0}) / 2), 2)
    + COS(RADIANS({0})) * COS(RADIANS({1})) * POWER(SIN(RADIANS({3} - {2}) / 2), 2)))"""


def score_in_sql(tables: StreamTableEnvironment, placed: Table) -> Table:
    """What `score` gives, by Flink's own functions."""
    model = risk_model()
    above, below, home, speed, online, foreign = model["coefficients"]
    km = KM.format("latitude", "last_latitude", "longitude", "last_longitude")
    km_from_home = KM.format("latitude", "home_latitude", "longitude", "home_longitude")
    return tables.sql_query(f"""
        SELECT payment_id, card_id, customer_id, terminal_id, merchant_id, latitude, rowtime, euros, average_eur,
          last_payment_id,
          {", ".join(card_fraud.UNSEEN)}, km, kmh,
          1 / (1 + EXP(-({model["intercept"]}
            + {above} * GREATEST(LN(GREATEST(euros, 0.01) / average_eur), 0)
            + {below} * GREATEST(-LN(GREATEST(euros, 0.01) / average_eur), 0)
            + {home} * LN(1 + COALESCE(km_from_home, 0)) + {speed} * LN(1 + COALESCE(kmh, 0))
            + CASE WHEN km_from_home IS NULL THEN {online} ELSE 0 END
            + CASE WHEN foreign_currency THEN {foreign} ELSE 0 END))) AS risk
        FROM (
          SELECT *, km / GREATEST(seconds, 1) * 3600 AS kmh
          FROM (SELECT *, {km} AS km, {km_from_home} AS km_from_home FROM {placed})
        )
    """)


def take_large(payments: Table, *_: object, **__: object) -> Alerts:
    """In place of `match_rules`: some payments as alerts, by a comparison."""
    tables = payments._t_env
    matches = tables.sql_query(f"""
        SELECT 'large' AS rule_id, CAST(1 AS BIGINT) AS rule_version, 'high' AS severity, 'live' AS status,
          JSON_OBJECT('card_id' VALUE card_id) AS `key`, rowtime AS started_at, rowtime AS ended_at,
          JSON_OBJECT('last_payment_id' VALUE payment_id, 'risk' VALUE risk) AS `measures`,
          JSON_OBJECT('one' VALUE JSON_ARRAY(JSON_OBJECT('payment_id' VALUE payment_id))) AS events
        FROM {payments}
        WHERE risk > 0.5 AND euros > 200 OR kmh > 900 AND km > 100
    """)
    status = tables.sql_query(f"""
        SELECT rule_id, rule_version, 'accepted' AS outcome, '' AS message, '' AS errors, ended_at AS `at`
        FROM {matches} WHERE rule_id = 'none'
    """)
    return Alerts(matches, status, payments)


def main() -> None:
    """Takes the argument of its own, and runs the job."""
    parser = argparse.ArgumentParser(description="The main job, without a part.", add_help=False)
    parser.add_argument("--variant", choices=["whole", "without-python", "without-matching"], required=True)
    own, others = parser.parse_known_args()
    # The job is built by these names of its module.
    if own.variant == "without-python":
        card_fraud.score = score_in_sql
    elif own.variant == "without-matching":
        card_fraud.match_rules = take_large
    sys.argv[1:] = others
    card_fraud.main()


if __name__ == "__main__":
    main()
