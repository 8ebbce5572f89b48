"""Alert on card fraud: card testing, impossible travel, bursts of spending, and misused terminals.

Reads:  payments, customers (profiles), rates (of currencies); with --updates rule_updates
Writes: alerts, those of shadow rules among them, by their status; rule_status, the rules that it began with, and
        what became of each update of a rule;
        dead_letters, the payments that can't be read or priced or that come too late, each with the reason;
        with --postgresql alerts there, too; with --lake history, the payments that could be used
Run:    python -m jobs.card_fraud --source files --data out/card_fraud
        python -m zipfile -c out/python_files.zip udfs pyflink_cep
        flink run -py jobs/card_fraud.py -pyfs out/python_files.zip --source kafka_avro
            --bootstrap-servers kafka:9092 --registry http://registry:8080/apis/ccompat/v7

The rules are in rules/card_fraud: they are read when the job is submitted, and travel with it. With --updates the job
takes newer versions from the table rule_updates while it runs, and doesn't end by itself. The tables are in
sql/tables/card_fraud: a folder for each, and in it a file for each source.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StatementSet, StreamTableEnvironment, Table, TableResult
from pyflink.table.catalog import ObjectPath
from pyflink.table.expressions import col

from pyflink_cep import Rules, add_jar, deduplicate, flink_errors, match_rules, read_once
from pyflink_cep.errors import Diagnostic, InputError
from udfs.card_fraud import distance_km_udf, risk_score_udf, speed_kmh_udf

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "sql" / "tables" / "card_fraud"
RULES = ROOT / "rules" / "card_fraud"
ALERTS_SCHEMA = ROOT / "schemas" / "alerts" / "v1.avsc"
SOURCES = ("files", "kafka_avro", "kafka_json", "kafka_protobuf")
# In the order in which they are created: the last is a view of the first.
CREATED = (
    "payments",
    "customers",
    "rates",
    "rule_updates",
    "alerts",
    "rule_status",
    "dead_letters",
    "checked_payments",
)
# Arguments of the job that the statements of the tables have in braces.
PLACES = ("bootstrap_servers", "registry", "secrets", "out_of_order", "postgresql", "lake")
# What is written besides where the job is told the place.
BESIDES = {"postgresql": TABLES / "alerts" / "postgresql.sql", "lake": TABLES / "history" / "iceberg.sql"}
# Columns of a payment that rules don't see, and that are in no alert.
UNSEEN = ("longitude", "amount", "currency", "fraud")
# Payments that come again within this time, sent twice or replayed from the dead letters, are the same payments.
REPEATED = timedelta(days=7)


class Results(NamedTuple):
    """What the job writes; the fields are the names of the tables."""

    alerts: Table
    rule_status: Table
    dead_letters: Table
    history: Table


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
    # Read once, so that all agree on what was late.
    checked = read_once(payments)
    # Those of no use don't wait for the rates: a stream of nothing else would never move time on.
    rejected = checked.where(col("reason").is_not_null)
    payments = checked.where(col("reason").is_null)
    priced = read_once(price(tables, payments.drop_columns(col("reason")), rates), stay_active=True)
    unpriced = priced.where(col("reason").is_not_null)
    usable = deduplicate(
        priced.where(col("reason").is_null).drop_columns(col("reason"), col("origin")),
        "payment_id",
        REPEATED,
        name="deduplicate payments",
    )
    # The lake gets what the rules see, so that they can be run over it again.
    enriched = read_once(enrich(tables, usable, customers))
    found = match_rules(enriched.drop_columns(*map(col, UNSEEN)), rules, updates, name="card_fraud")
    rejected, unpriced = (rows.select(col("origin"), col("reason")) for rows in (rejected, unpriced))
    return Results(
        alerts=identify(tables, found.matches),
        rule_status=found.status,
        dead_letters=tables.sql_query(f"SELECT p.origin.*, reason FROM {rejected.union_all(unpriced)} AS p"),
        history=tables.sql_query(f"""
            SELECT *, CAST(rowtime AS TIMESTAMP_LTZ(3)) AS paid_at, DATE_FORMAT(rowtime, 'yyyy-MM-dd') AS `day`
            FROM {enriched}
        """),
    )


def price(tables: StreamTableEnvironment, payments: Table, rates: Table) -> Table:
    """Adds the amount in euros, and the reason where there is no rate for it, or the payment is late.

    A task of the source knows how late it is itself. Behind the join it shows whether the others are further: a
    partition that was idle wasn't waited for.

    All payments of a currency pass one task of the join with rates. Where that is too many, a lookup join of rates
    in a database spreads them.
    """
    return tables.sql_query(f"""
        SELECT
          p.payment_id, p.card_id, p.customer_id, p.terminal_id, p.merchant_id, p.latitude, p.longitude, p.rowtime,
          p.amount, p.currency, p.amount / r.per_eur AS euros, p.fraud, p.origin,
          CASE
            WHEN p.rowtime <= CURRENT_WATERMARK(p.rowtime) THEN 'paid_at: late'
            WHEN r.per_eur > 0 THEN CAST(NULL AS STRING)
            ELSE 'currency: no rate'
          END AS reason
        FROM {payments} AS p
        LEFT JOIN {rates} FOR SYSTEM_TIME AS OF p.rowtime AS r ON p.currency = r.currency
    """)


def enrich(tables: StreamTableEnvironment, payments: Table, customers: Table) -> Table:
    """Adds the customer's average, distance and speed since the card's last place, and a risk."""
    profiled = tables.sql_query(f"""
        SELECT
          p.payment_id, p.card_id, p.customer_id, p.terminal_id, p.merchant_id, p.latitude, p.longitude, p.rowtime,
          p.amount, p.currency, p.euros, p.fraud,
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
    return score(tables, placed)


def score(_: StreamTableEnvironment, placed: Table) -> Table:
    """Adds distance, speed and risk, by functions in Python."""
    place = col("latitude"), col("longitude")
    km = distance_km_udf(*place, col("last_latitude"), col("last_longitude"))
    kmh = speed_kmh_udf(km, col("seconds"))
    home = col("home_latitude"), col("home_longitude")
    risk = risk_score_udf(col("euros"), col("average_eur"), *place, *home, kmh, col("foreign_currency"))
    return placed.select(
        *map(
            col, ["payment_id", "card_id", "customer_id", "terminal_id", "merchant_id", "latitude", "rowtime"]
        ),
        *map(col, ["euros", "average_eur", "last_payment_id", *UNSEEN]),
        km.alias("km"),
        kmh.alias("kmh"),
        risk.alias("risk"),
    )


def identify(tables: StreamTableEnvironment, alerts: Table) -> Table:
    """Adds an id, made of the rule, its version, the key and the payments: who reads them again finds the same."""
    return tables.sql_query(f"""
        SELECT *, SHA256(
          CONCAT_WS(' ', rule_id, CAST(rule_version AS STRING), `key`, JSON_QUERY(events, '$.*[*].payment_id'))
        ) AS id
        FROM {alerts}
    """)


def create_tables(tables: StreamTableEnvironment, source: str, **parameters: str) -> None:
    """Runs the statements of sql/tables/card_fraud.

    Args:
        tables: of the job.
        source: one of SOURCES. What is the same for all formats of Kafka is in `kafka.sql`.
        parameters: what the statements have in braces. With `secrets`, the tables get what `kafka_secured.sql` adds;
            with `postgresql` and `lake`, there are those tables too; with `out_of_order`, payments may come as late
            as that, which `interval` gives.
    """
    add_jar(tables)
    # Times that have no zone, in Avro and in PostgreSQL, and days of the lake.
    tables.get_config().set_local_timezone("UTC")
    # The sink of Iceberg that also rewrites small files.
    tables.get_config().set("table.exec.iceberg.use-v2-sink", "true")
    system = source.partition("_")[0]
    scripts = [
        next(filter(Path.exists, (TABLES / name / f"{variant}.sql" for variant in (source, system))))
        for name in CREATED
    ]
    scripts += [script for parameter, script in BESIDES.items() if parameter in parameters]
    if "out_of_order" in parameters:
        scripts.append(TABLES / "out_of_order.sql")
    if "secrets" in parameters:
        scripts.append(TABLES / f"{system}_secured.sql")
    parameters["alerts_schema"] = ALERTS_SCHEMA.read_text()
    for script in scripts:
        execute(tables, script, parameters)
    if "lake" in parameters:
        check_lake(tables, parameters["lake"])


def check_lake(tables: StreamTableEnvironment, lake: str) -> None:
    """Compares the lake's table, where it is there already, with the columns that the job writes.

    Raises:
        InputError: the table is of an older job, and lacks columns: Iceberg would not say which table it is about.
    """
    warehouse = lake.replace("'", "''")
    create_catalog = (
        "CREATE CATALOG IF NOT EXISTS lake WITH ('type' = 'iceberg', 'catalog-type' = 'hadoop', "
        f"'default-database' = 'card_fraud', 'warehouse' = '{warehouse}')"
    )
    tables.execute_sql(create_catalog)
    if not tables.get_catalog("lake").table_exists(ObjectPath("card_fraud", "payments")):
        return
    there = columns(tables.from_path("lake.card_fraud.payments"))
    written = columns(tables.from_path("history"))
    with tables.execute_sql("DESCRIBE history").collect() as described:
        types = {row[0]: row[1] for row in described}
    # A column is added at the end, and Iceberg wants them in the order in which they are written.
    steps = [
        f"ALTER TABLE lake.card_fraud.payments ADD `{name}` {types[name]};\n"
        f"ALTER TABLE lake.card_fraud.payments MODIFY `{name}` {types[name]} AFTER `{before}`;"
        for before, name in pairwise(written)
        if name not in there
    ]
    if steps:
        lacking = ", ".join(f"`{name}`" for name in written if name not in there)
        raise InputError(
            Diagnostic(
                code="missing-column",
                location=f"{lake}/card_fraud/payments",
                message=f"the table lacks columns that the job writes: {lacking}",
                hint="\n".join(
                    ["add them in Flink's SQL client, while no job writes:", f"{create_catalog};", *steps]
                ),
            )
        )


def execute(tables: StreamTableEnvironment, script: Path, parameters: Mapping[str, str]) -> None:
    """Runs the statements of a file, with parameters in their literals."""
    literals = {name: value.replace("'", "''") for name, value in parameters.items()}
    for statement in filter(str.strip, Template(script.read_text()).safe_substitute(literals).split(";\n")):
        tables.execute_sql(statement)


def plan(tables: StreamTableEnvironment, rules: Rules, updates: bool = False) -> StatementSet:
    """The job on the tables that `create_tables` has made, to be executed."""
    results = build(
        tables,
        *map(tables.from_path, ("checked_payments", "customers", "rates")),
        rules=rules,
        updates=tables.from_path("rule_updates") if updates else None,
    )
    written = {**results._asdict(), "stored_alerts": results.alerts}
    # A record of Kafka can be replayed, and a message has a limit: a file has neither.
    if "payload_size" in columns(tables.from_path("dead_letters")):
        tables.create_temporary_view("found_alerts", results.alerts)
        tables.create_temporary_view("rejected_payments", results.dead_letters)
        execute(tables, TABLES / "undeliverable_alerts.sql", {})
        execute(tables, TABLES / "rejected_letters.sql", {})
        written["alerts"] = tables.from_path("deliverable_alerts")
        rejected, undeliverable = map(tables.from_path, ("rejected_letters", "undeliverable_alerts"))
        written["dead_letters"] = rejected.union_all(undeliverable)
    statements = tables.create_statement_set()
    for name, rows in written.items():
        if name in tables.list_tables():
            names = ", ".join(f"`{column}`" for column in columns(tables.from_path(name)))
            # An alert that comes again is written over itself.
            conflict = "ON CONFLICT DO DEDUPLICATE" if name == "stored_alerts" else ""
            statements.add_insert_sql(f"INSERT INTO {name} SELECT {names} FROM {rows} {conflict}")
    return statements


def columns(table: Table) -> list[str]:
    """The names of a table's columns."""
    return table.get_schema().get_field_names()


def submit(tables: StreamTableEnvironment, rules: Rules, updates: bool = False) -> TableResult:
    """Starts the job on the tables that `create_tables` has made."""
    return plan(tables, rules, updates).execute()


def interval(seconds: str) -> str:
    """An argument in seconds as SQL's INTERVAL DAY TO SECOND(3) has it.

    >>> interval("90.5")
    '0 00:01:30.500'
    """
    if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", seconds):
        raise argparse.ArgumentTypeError(f"{seconds!r} is not a number of seconds, such as 30 or 0.5")
    late = timedelta(seconds=float(seconds))
    minutes, rest = divmod(late.seconds, 60)
    return f"{late.days} {minutes // 60:02}:{minutes % 60:02}:{rest:02}.{late.microseconds // 1000:03}"


def main() -> None:
    """Parses the arguments, and runs the job."""
    parser = argparse.ArgumentParser(description="Alert on card fraud.")
    parser.add_argument("--source", choices=SOURCES, default="files", help="files, or Kafka and its format")
    parser.add_argument("--data", default="out/card_fraud", help="directory of the files")
    parser.add_argument("--bootstrap-servers", default="localhost:9092", help="of Kafka")
    parser.add_argument(
        "--registry", default="http://localhost:8080/apis/ccompat/v7", help="of schemas: its URL"
    )
    parser.add_argument(
        "--secrets", help="folder of kafka-ca.pem and kafka-jaas, where Kafka asks who is there"
    )
    parser.add_argument(
        "--postgresql", help="write alerts there, too: jdbc:postgresql://HOST/DATABASE?user=USER"
    )
    parser.add_argument("--lake", help="write history there: the URI of a folder, such as file:///lake")
    parser.add_argument(
        "--out-of-order",
        metavar="SECONDS",
        type=interval,
        help="for how long a payment may come after later ones, if not for 30; alerts wait for as long",
    )
    parser.add_argument("--rules", nargs="+", default=[RULES], help="rule documents, and folders of them")
    parser.add_argument("--updates", action="store_true", help="take newer rules from the table rule_updates")
    arguments = parser.parse_args()

    environment = StreamExecutionEnvironment.get_execution_environment()
    if arguments.source != "files" and not environment.get_checkpoint_config().is_checkpointing_enabled():
        sys.exit(
            "error: checkpoints are off, and with them the sinks commit what they write\n\n"
            "hint: set execution.checkpointing.interval, as deploy/flink-conf/config.yaml does"
        )
    tables = StreamTableEnvironment.create(environment)
    places = {name: getattr(arguments, name) for name in PLACES}
    given = {name: value for name, value in places.items() if value is not None}
    with flink_errors():
        create_tables(tables, arguments.source, data=str(Path(arguments.data).absolute()), **given)
        running = submit(tables, Rules.load(*arguments.rules), arguments.updates)
        # `flink run --detached` is done once the cluster has the job.
        if tables.get_config().get("execution.attached", "true") == "true":
            running.wait()


if __name__ == "__main__":
    main()
