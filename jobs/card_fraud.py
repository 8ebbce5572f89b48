"""Alert on card fraud: card testing, impossible travel, bursts of spending, and misused terminals.

Reads:  payments (text, a JSON object each), customers (profiles), rates (of currencies)
Writes: alerts; dead_letters, the payments that can't be read or priced or that come too late, each with the reason
Run:    python -m jobs.card_fraud --source files --data out/card_fraud
        python -m zipfile -c out/python_files.zip udfs pyflink_cep
        flink run -py jobs/card_fraud.py -pyfs out/python_files.zip --source kafka --bootstrap-servers kafka:9092

The tables are in sql/tables/card_fraud: a file for each source, and the view that checks the payments.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import Schema, StreamTableEnvironment, Table, TableResult
from pyflink.table.expressions import col, lit

from pyflink_cep import Pattern, Skip, match
from udfs.card_fraud import distance_km_udf, risk_score_udf, speed_kmh_udf

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES = Path(__file__).resolve().parent.parent / "sql" / "tables" / "card_fraud"


@dataclass(frozen=True)
class Detection:
    """A pattern, the key that it is matched by, and how to describe a match: its steps, first to last, and a text."""

    pattern: Pattern
    key: str
    steps: tuple[str, ...]
    detail: str


FAR_ABOVE = "euros > 4 * average_eur"

DETECTIONS = {
    # Catches: a thief who tries a stolen number with cents, and spends as soon as it works.
    # Lets through: who waits longer than ten minutes, spends less, or at the merchant where the number was tried.
    "card_testing": Detection(
        Pattern.begin("probe", skip=Skip.past_last_event())
        .where("euros < 1")
        .times_or_more(3)
        .followed_by("spend")
        .where("euros > 500 AND merchant_id <> LAST(probe.merchant_id)")
        .within(minutes=10),
        key="card_id",
        steps=("probe", "spend"),
        detail="CAST(COUNT(probe) AS STRING) || ' probes, then ' || CAST(CAST(spend.euros AS INT) AS STRING) || ' EUR'",
    ),
    # Catches: a copied card, used where its holder can't be: faster than any airliner from the last terminal.
    # Lets through: a copy used nearby, online, or after as long as a flight takes. A card of two holders, or a
    # terminal that is registered in the wrong place, raises false alarms.
    "impossible_travel": Detection(
        Pattern.begin("here", skip=Skip.past_last_event())
        .where("latitude IS NOT NULL")
        .followed_by("there")
        .where("kmh > 900 AND km > 100 AND last_payment_id = here.payment_id")
        .within(hours=12),
        key="card_id",
        steps=("here", "there"),
        detail="CAST(CAST(there.km AS INT) AS STRING) || ' km, ' || CAST(CAST(there.kmh AS INT) AS STRING) || ' km/h'",
    ),
    # Catches: a stolen card that is emptied in shops before it is blocked.
    # Lets through: one or two large spends, and what is large, but not for this customer. Who furnishes a flat in an
    # hour raises a false alarm.
    "spending_burst": Detection(
        Pattern.begin("spend", skip=Skip.past_last_event()).where(FAR_ABOVE).times(3).within(hours=1),
        key="card_id",
        steps=("spend",),
        detail="CAST(CAST(SUM(spend.euros) / SUM(spend.average_eur) AS INT) AS STRING) || ' times the average'",
    ),
    # Catches: a terminal that was tampered with, or whose owner cashes in copied cards: within the hour five cards
    # are charged far above what their holders are used to, and then another charge like them comes.
    # Lets through: misuse spread over a day, or of few cards. A shop of dear things, on a busy day, raises false
    # alarms.
    "terminal_misuse": Detection(
        Pattern.begin("charge", skip=Skip.past_last_event())
        .where(FAR_ABOVE)
        .one_or_more()
        .followed_by("last")
        .where(f"{FAR_ABOVE} AND COUNT(DISTINCT charge.card_id) >= 5")
        .within(hours=1),
        key="terminal_id",
        steps=("charge", "last"),
        detail="CAST(COUNT(DISTINCT charge.card_id) AS STRING) || ' cards'",
    ),
}


class Results(NamedTuple):
    """What the job writes; the fields are the names of the tables."""

    alerts: Table
    dead_letters: Table


def build(
    tables: StreamTableEnvironment,
    payments: Table,
    customers: Table,
    rates: Table,
    detections: Mapping[str, Detection] = DETECTIONS,
) -> Results:
    """Wires the job.

    Args:
        tables: of the three.
        payments: rows of the view checked_payments.
        customers: profiles, versioned by valid_from.
        rates: what a euro is worth in each currency, versioned by valid_from.
        detections: what to look for, by the name that alerts have as their pattern.
    """
    payments = read_once(tables, price(tables, payments, rates))
    enriched = enrich(tables, payments.where(col("reason").is_null), customers)
    alerts = reduce(
        Table.union_all, (detect(enriched, name, detection) for name, detection in detections.items())
    )
    return Results(alerts, payments.where(col("reason").is_not_null).select(col("reason"), col("payload")))


def read_once(tables: StreamTableEnvironment, rows: Table) -> Table:
    """The same rows from a stream, so that their readers share one source, and agree on what was late."""
    schema = Schema.new_builder().watermark("rowtime", "SOURCE_WATERMARK()").build()
    return tables.from_data_stream(tables.to_data_stream(rows), schema)


def price(tables: StreamTableEnvironment, payments: Table, rates: Table) -> Table:
    """Adds the amount in euros, and the reason where there is no rate for it.

    All payments of a currency pass one task of the join with rates. Where that is too many, a lookup join of rates
    in a database spreads them.
    """
    return tables.sql_query(f"""
        SELECT
          p.payment_id, p.card_id, p.customer_id, p.terminal_id, p.merchant_id, p.latitude, p.longitude, p.rowtime,
          p.currency, p.amount / r.per_eur AS euros, p.payload,
          CASE WHEN p.reason IS NULL AND r.per_eur IS NULL THEN 'currency: no rate' ELSE p.reason END AS reason
        FROM {payments} AS p
        LEFT JOIN {rates} FOR SYSTEM_TIME AS OF p.rowtime AS r ON p.currency = r.currency
    """)


def enrich(tables: StreamTableEnvironment, payments: Table, customers: Table) -> Table:
    """Adds the customer's average, distance and speed since the card's last place, and a risk."""
    profiled = tables.sql_query(f"""
        SELECT
          p.payment_id, p.card_id, p.terminal_id, p.merchant_id, p.latitude, p.longitude, p.rowtime, p.euros,
          c.average_eur, c.home_latitude, c.home_longitude, p.currency <> c.currency AS foreign_currency
        FROM {payments} AS p
        LEFT JOIN {customers} FOR SYSTEM_TIME AS OF p.rowtime AS c ON p.customer_id = c.customer_id
    """)
    # Payments online have no place, so they are put aside: the last place is that of the last payment at a terminal.
    placed = tables.sql_query(f"""
        SELECT *,
          LAG(payment_id) OVER place AS last_payment_id,
          LAG(latitude) OVER place AS last_latitude,
          LAG(longitude) OVER place AS last_longitude,
          TIMESTAMPDIFF(SECOND, LAG(rowtime) OVER place, rowtime) AS seconds
        FROM {profiled}
        WINDOW place AS (PARTITION BY card_id, latitude IS NULL ORDER BY rowtime)
    """)
    place = col("latitude"), col("longitude")
    km = distance_km_udf(*place, col("last_latitude"), col("last_longitude"))
    kmh = speed_kmh_udf(km, col("seconds"))
    home = col("home_latitude"), col("home_longitude")
    risk = risk_score_udf(col("euros"), col("average_eur"), *place, *home, kmh, col("foreign_currency"))
    return placed.select(
        *map(col, ["payment_id", "card_id", "terminal_id", "merchant_id", "latitude", "rowtime"]),
        *map(col, ["euros", "average_eur", "last_payment_id"]),
        km.alias("km"),
        kmh.alias("kmh"),
        risk.alias("risk"),
    )


def detect(payments: Table, name: str, detection: Detection) -> Table:
    """The alerts of one pattern."""
    first, last = detection.steps[0], detection.steps[-1]

    def over_steps(aggregate: str, combine: str) -> str:
        return combine.join(aggregate.format(step=step) for step in detection.steps)

    alerts = match(
        payments,
        detection.pattern,
        partition_by=detection.key,
        measures={
            "subject": f"FIRST({first}.{detection.key})",
            "started_at": f"FIRST({first}.rowtime)",
            "ended_at": f"LAST({last}.rowtime)",
            "payments": over_steps("COUNT({step})", " + "),
            "euros": over_steps("SUM({step}.euros)", " + "),
            "risk": f"LAST({last}.risk)",
            "first_payment_id": f"FIRST({first}.payment_id)",
            "last_payment_id": f"LAST({last}.payment_id)",
            "detail": detection.detail,
        },
        name=name,
    ).matches
    return alerts.select(lit(name).alias("pattern"), *map(col, alerts.get_schema().get_field_names()[:-1]))


def create_tables(tables: StreamTableEnvironment, source: str, **parameters: str) -> None:
    """Runs the statements of sql/tables/card_fraud: the tables of a source, with its parameters, and the view."""
    for name in (source, "checked_payments"):
        script = Template((TABLES / f"{name}.sql").read_text()).safe_substitute(parameters)
        for statement in filter(str.strip, script.split(";\n")):
            tables.execute_sql(statement)


def submit(
    tables: StreamTableEnvironment,
    source: str,
    detections: Mapping[str, Detection] = DETECTIONS,
    **parameters: str,
) -> TableResult:
    """Starts the job on the tables of a source."""
    create_tables(tables, source, **parameters)
    results = build(tables, *map(tables.from_path, ("checked_payments", "customers", "rates")), detections)
    statements = tables.create_statement_set()
    for name, table in results._asdict().items():
        statements.add_insert(name, table)
    return statements.execute()


def main() -> None:
    """Parses the arguments, and runs the job."""
    parser = argparse.ArgumentParser(description="Alert on card fraud.")
    parser.add_argument("--source", choices=["files", "kafka"], default="files")
    parser.add_argument("--data", default="out/card_fraud", help="directory of the files")
    parser.add_argument("--bootstrap-servers", default="localhost:9092", help="of Kafka")
    arguments = parser.parse_args()

    tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
    data = str(Path(arguments.data).absolute())
    submit(tables, arguments.source, data=data, bootstrap_servers=arguments.bootstrap_servers).wait()


if __name__ == "__main__":
    main()
