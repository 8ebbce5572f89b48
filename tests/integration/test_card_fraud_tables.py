"""The tables of sql/tables/card_fraud: each variant is planned by the real connectors and formats."""

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
