"""The tables of sql/tables/card_fraud: each variant is planned by the real connectors and formats."""

import argparse
import json
import re

import pytest
from pyflink.table import StreamTableEnvironment

from jobs import card_fraud
from pyflink_cep import Rules
from pyflink_cep._connectors import JAR
from pyflink_cep.errors import InputError

READ = ("payments", "customers", "rates", "rule_updates")
WRITTEN = ("alerts", "rule_status", "dead_letters", "history", "stored_alerts")
PLACES = {
    "bootstrap_servers": "127.0.0.1:9",
    "registry": "http://127.0.0.1:9",
    "postgresql": "jdbc:postgresql://127.0.0.1:9/alerts?user=cep",
}


@pytest.fixture
def tables(environment):
    environment.add_jars(JAR.as_uri())
    return StreamTableEnvironment.create(environment)


@pytest.fixture
def places(tmp_path):
    return {**PLACES, "data": str(tmp_path / "data"), "lake": (tmp_path / "lake").as_uri()}


@pytest.mark.parametrize("source", card_fraud.SOURCES)
def test_the_job_reads_payments_once_and_asks_python_once_whatever_it_writes(
    environment, tables, places, source
):
    card_fraud.create_tables(tables, source, **places)
    job = card_fraud.plan(tables, Rules.load(card_fraud.RULES), updates=True)
    explained = job.explain()
    assert [
        name for name in WRITTEN if f"Sink(table=[default_catalog.default_database.{name}]" not in explained
    ] == []

    job.attach_as_datastream()
    nodes = [node["type"] for node in json.loads(environment.get_execution_plan())["nodes"]]
    sources = [re.search(r"(\w+)(\[\d+])?$", node)[1] for node in nodes if node.startswith("Source: ")]
    assert sorted(sources) == sorted(READ)
    assert len([node for node in nodes if node.startswith("PythonCalc")]) == 1


@pytest.mark.parametrize("late", ["0", "0.05", "120", "86400.5"])
def test_payments_may_be_told_to_come_as_late_as_they_do(tables, places, late):
    card_fraud.create_tables(tables, "kafka_avro", **places, out_of_order=card_fraud.interval(late))
    milliseconds = round(float(late) * 1000)
    (watermark,) = re.findall(
        r"LogicalWatermarkAssigner\(rowtime=\[rowtime], watermark=\[-\(\$\d+, (\d+):INTERVAL",
        tables.from_path("payments").explain(),
    )
    assert int(watermark) == milliseconds


@pytest.mark.parametrize("late", ["soon", "-1", "1e3", "1' DAY --", ""])
def test_what_is_no_number_of_seconds_is_refused(late):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number of seconds"):
        card_fraud.interval(late)


def test_a_table_of_the_lake_from_before_a_column_is_refused_with_the_statements_that_add_it(tables, places):
    lake = places["lake"]
    catalog = (
        "CREATE CATALOG IF NOT EXISTS lake WITH ('type' = 'iceberg', 'catalog-type' = 'hadoop', "
        f"'default-database' = 'card_fraud', 'warehouse' = '{lake}')"
    )
    statement = (card_fraud.TABLES / "history" / "iceberg.sql").read_text()
    columns = re.search(r"CREATE TABLE history \((.*?)\) PARTITIONED", statement, re.DOTALL)[1]
    older = columns.replace("  fraud STRING,\n", "").replace("  currency STRING,\n", "")
    tables.execute_sql(catalog)
    tables.execute_sql(f"CREATE TABLE lake.card_fraud.payments ({older}) PARTITIONED BY (`day`)")

    with pytest.raises(InputError) as refused:
        card_fraud.create_tables(tables, "files", **places)
    assert str(refused.value) == (
        f"{lake}/card_fraud/payments: error[missing-column]: the table lacks columns that the job writes: "
        "`currency`, `fraud`\n\n"
        "hint: add them in Flink's SQL client, while no job writes:\n"
        f"{catalog};\n"
        "ALTER TABLE lake.card_fraud.payments ADD `currency` STRING;\n"
        "ALTER TABLE lake.card_fraud.payments MODIFY `currency` STRING AFTER `amount`;\n"
        "ALTER TABLE lake.card_fraud.payments ADD `fraud` STRING;\n"
        "ALTER TABLE lake.card_fraud.payments MODIFY `fraud` STRING AFTER `risk`;"
    )

    for step in refused.value.diagnostics[0].hint.rstrip(";").split(";\n")[1:]:
        tables.execute_sql(step)
    card_fraud.check_lake(tables, lake)
    row = ", ".join(
        f"CAST({value} AS {column[1]})"
        for column in tables.execute_sql("DESCRIBE history").collect()
        for value in ["'2025-03-03'" if column[0] == "day" else "NULL"]
    )
    tables.execute_sql(f"INSERT INTO history SELECT {row}").wait()
    with tables.execute_sql("SELECT `day`, fraud FROM lake.card_fraud.payments").collect() as rows:
        assert [tuple(row) for row in rows] == [("2025-03-03", None)]
