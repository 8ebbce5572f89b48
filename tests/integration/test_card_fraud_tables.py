"""The tables of sql/tables/card_fraud: each variant is planned by the real connectors and formats."""

import argparse
import json
import re

import pytest
from pyflink.table import StreamTableEnvironment

from jobs import card_fraud
from pyflink_cep import Rules
from pyflink_cep._connectors import JAR

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
