"""The tables of sql/tables/card_fraud: each variant is planned by the real connectors and formats."""

from pathlib import Path

import pytest
from pyflink.table import StreamTableEnvironment

from jobs import card_fraud
from pyflink_cep import Rules
from pyflink_cep._connectors import JAR

EVENTS = ("payments", "customers", "rates")
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
def test_the_job_is_planned_on_the_tables_of_each_source(tables, places, source):
    card_fraud.create_tables(tables, source, **places)
    plan = card_fraud.plan(tables, Rules.load(card_fraud.RULES), updates=True).explain()

    sinks = ("alerts", "rule_status", "dead_letters", "history", "stored_alerts")
    assert [
        name for name in sinks if f"Sink(table=[default_catalog.default_database.{name}]" not in plan
    ] == []
    # Payments are read once, and Python is asked once about each.
    physical = plan.partition("== Physical Execution Plan ==")[2]
    print(plan)


def columns(statement):
    """The names of a table's columns, as its statement has them."""


def test_the_variants_of_a_table_give_a_query_the_same_columns(tables, places):
    found = {}
    for source in card_fraud.SOURCES[1:]:
        card_fraud.create_tables(tables, source, **places)
        found[source] = {
            name: tables.from_path(name).get_schema().get_field_names() for name in card_fraud.CREATED
        }
        for name in card_fraud.CREATED[:-1]:
            tables.execute_sql(f"DROP TABLE {name}")
    print(found)
