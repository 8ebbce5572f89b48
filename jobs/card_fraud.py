"""Alert on card fraud: card testing, impossible travel, bursts of spending, and misused terminals.

Reads:  payments (text, a JSON object each), customers (profiles), rates (of currencies); with --updates rule_updates
Writes: alerts, those of shadow rules among them, by their status; rule_status, what became of each update of a rule;
        dead_letters, the payments that can't be read or priced or that come too late, each with the reason
Run:    python -m jobs.card_fraud --source files --data out/card_fraud
        python -m zipfile -c out/python_files.zip udfs pyflink_cep
        flink run -py jobs/card_fraud.py -pyfs out/python_files.zip --source kafka --bootstrap-servers kafka:9092

The rules are in rules/card_fraud: they are read when the job is submitted, and travel with it. With --updates the job
takes newer versions from the table rule_updates while it runs, and doesn't end by itself. The tables are in
sql/tables/card_fraud: a file for each source, and the view that checks the payments.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from string import Template
from typing import NamedTuple

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import Schema, StreamTableEnvironment, Table, TableResult
from pyflink.table.expressions import col

from pyflink_cep import Rules, match_rules
from udfs.card_fraud import distance_km_udf, risk_score_udf, speed_kmh_udf

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "sql" / "tables" / "card_fraud"
RULES = ROOT / "rules" / "card_fraud"


class Results(NamedTuple):
    """What the job writes; the fields are the names of the tables."""

    alerts: Table
    rule_status: Table
    dead_letters: Table


def build(
    tables: StreamTableEnvironment,
    payments: Table,
    customers: Table,
    rates: Table,
    rules: Rules,
    updates: Table | None = None,
) -> Results:
    """Wires the job.

    Args:
        tables: of the others.
        payments: rows of the view checked_payments.
        customers: profiles, versioned by valid_from.
        rates: what a euro is worth in each currency, versioned by valid_from.
        rules: what to look for in the payments as `enrich` gives them.
        updates: newer versions of the rules, one document a row.
    """
    payments = read_once(tables, price(tables, payments, rates))
    enriched = enrich(tables, payments.where(col("reason").is_null), customers)
    found = match_rules(enriched, rules, updates, name="card_fraud")
    return Results(
        alerts=found.matches.drop_columns(col("rowtime")),
        rule_status=found.status,
        dead_letters=payments.where(col("reason").is_not_null).select(col("reason"), col("payload")),
    )


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


def create_tables(tables: StreamTableEnvironment, source: str, **parameters: str) -> None:
    """Runs the statements of sql/tables/card_fraud: the tables of a source, with its parameters, and the view.

    With a parameter `secrets`, the tables get what `<source>_secured.sql` adds.
    """
    secured = [f"{source}_secured"] if "secrets" in parameters else []
    for name in (source, *secured, "checked_payments"):
        script = Template((TABLES / f"{name}.sql").read_text()).safe_substitute(parameters)
        for statement in filter(str.strip, script.split(";\n")):
            tables.execute_sql(statement)


def submit(tables: StreamTableEnvironment, rules: Rules, updates: bool = False) -> TableResult:
    """Starts the job on the tables that `create_tables` has made."""
    results = build(
        tables,
        *map(tables.from_path, ("checked_payments", "customers", "rates")),
        rules=rules,
        updates=tables.from_path("rule_updates") if updates else None,
    )
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
    parser.add_argument(
        "--secrets", help="folder of kafka-ca.pem and kafka-jaas, where Kafka asks who is there"
    )
    parser.add_argument("--rules", nargs="+", default=[RULES], help="rule documents, and folders of them")
    parser.add_argument("--updates", action="store_true", help="take newer rules from the table rule_updates")
    arguments = parser.parse_args()

    tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
    data = str(Path(arguments.data).absolute())
    parameters = {"data": data, "bootstrap_servers": arguments.bootstrap_servers}
    if arguments.secrets is not None:
        parameters["secrets"] = arguments.secrets
    create_tables(tables, arguments.source, **parameters)
    submit(tables, Rules.load(*arguments.rules), arguments.updates).wait()


if __name__ == "__main__":
    main()
