"""The jar of connectors: Flink finds all that it lists, and what it brings together works together."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pyflink.table import StreamTableEnvironment

from pyflink_cep import __version__
from pyflink_cep._connectors import JAR, read_connectors
from tests.integration.results import rows

ROOT = Path(__file__).parents[2]
KAFKA = {"topic": "payments", "properties.bootstrap.servers": "127.0.0.1:9", "properties.group.id": "test"}
FROM_START = {"scan.startup.mode": "earliest-offset"}
COLUMNS = "`seconds` BIGINT, `nanos` INT"
WITH_KEY = f"{COLUMNS}, PRIMARY KEY (`seconds`) NOT ENFORCED"
# What a table of each needs besides; those that only read have no INSERT.
TABLES = {
    ("connector", "kafka"): (COLUMNS, KAFKA | FROM_START | {"connector": "kafka", "format": "json"}),
    ("connector", "upsert-kafka"): (
        WITH_KEY,
        KAFKA | {"connector": "upsert-kafka", "key.format": "json", "value.format": "json"},
    ),
    ("connector", "dynamic-kafka"): (
        COLUMNS,
        {
            "connector": "dynamic-kafka",
            "stream-ids": "payments",
            "metadata-service": "single-cluster",
            "metadata-service.cluster-id": "here",
            "properties.bootstrap.servers": KAFKA["properties.bootstrap.servers"],
            "properties.group.id": "test",
            "format": "json",
        },
    ),
    ("connector", "jdbc"): (
        WITH_KEY,
        {"connector": "jdbc", "url": "jdbc:postgresql://127.0.0.1:9/payments", "table-name": "payments"},
    ),
    ("connector", "iceberg"): (
        COLUMNS,
        {
            "connector": "iceberg",
            "catalog-name": "lake",
            "catalog-type": "hadoop",
            "warehouse": "file://${directory}",
        },
    ),
    ("format", "avro"): (COLUMNS, KAFKA | FROM_START | {"connector": "kafka", "format": "avro"}),
    **{
        ("format", name): (
            COLUMNS,
            KAFKA | FROM_START | {"connector": "kafka", "format": name, f"{name}.url": "http://127.0.0.1:9"},
        )
        for name in ("avro-confluent", "debezium-avro-confluent")
    },
    ("format", "protobuf"): (
        COLUMNS,
        KAFKA
        | FROM_START
        | {
            "connector": "kafka",
            "format": "protobuf",
            "protobuf.message-class-name": "com.google.protobuf.Timestamp",
        },
    ),
    ("format", "parquet"): (
        COLUMNS,
        {"connector": "filesystem", "path": "${directory}", "format": "parquet"},
    ),
}
CATALOGS = {
    ("catalog", "iceberg"): {"catalog-type": "hadoop", "warehouse": "file://${directory}"},
}


@pytest.fixture(scope="module")
def connectors():
    return read_connectors()


@pytest.fixture
def tables(environment):
    environment.add_jars(JAR.as_uri())
    tables = StreamTableEnvironment.create(environment)
    tables.get_config().set_local_timezone("UTC")
    return tables


def options(of, directory):
    return ", ".join(
        f"'{name}' = '{value.replace('${directory}', str(directory))}'" for name, value in of.items()
    )


def test_the_list_in_the_jar_is_that_of_the_pom(connectors):
    maven = "{http://maven.apache.org/POM/4.0.0}"
    pom = ElementTree.parse(ROOT / "deploy" / "connectors" / "pom.xml").getroot()
    versions = {f"${{{node.tag.removeprefix(maven)}}}": node.text for node in pom.find(f"{maven}properties")}
    named = {
        f"{node.find(f'{maven}groupId').text}:{node.find(f'{maven}artifactId').text}": versions[
            node.find(f"{maven}version").text
        ]
        for node in pom.iter(f"{maven}dependency")
        if node.find(f"{maven}scope") is None
    }

    *parts, ourselves = connectors.parts
    assert {part.artifact: part.version for part in parts} == named
    assert (ourselves.artifact, ourselves.version) == ("org.pyflinkcep:pyflink-cep-connectors", __version__)
    assert connectors.version == __version__


def test_each_connector_and_format_of_the_jar_has_a_table_here(connectors):
    provided = {
        (entry.kind, entry.name)
        for part in connectors.parts
        for entry in part.provides
        if entry.kind != "message"
    }

    # A catalog of PostgreSQL asks the database when it is created: tests/services has one.
    assert provided - {("catalog", "jdbc")} == set(TABLES) | set(CATALOGS)


def test_each_protobuf_schema_has_a_class_in_the_jar(connectors):
    (ourselves,) = connectors.parts[-1:]
    messages = {
        f"org.pyflinkcep.events.{message}"
        for schema in ROOT.glob("schemas/*/v1.proto")
        for message in re.findall(r"^message (\w+)", schema.read_text(), re.MULTILINE)
    }

    assert {entry.name for entry in ourselves.provides} == messages


@pytest.mark.parametrize(("kind", "name"), TABLES)
def test_flink_plans_what_the_jar_says_that_can_be_done(connectors, tables, tmp_path, kind, name):
    columns, of = TABLES[kind, name]
    tables.execute_sql(f"CREATE TABLE found ({columns}) WITH ({options(of, tmp_path)})")
    (provided,) = (
        entry
        for part in connectors.parts
        for entry in part.provides
        if (entry.kind, entry.name) == (kind, name)
    )

    planned = []
    if "read" in provided.uses:
        assert "TableSourceScan" in tables.explain_sql("SELECT * FROM found")
        planned.append("read")
    if "write" in provided.uses:
        rows = "(VALUES (CAST(1 AS BIGINT), 2)) AS given (`seconds`, `nanos`)"
        # Where the table has a key, rows have to come by that key.
        by_key = f"SELECT `seconds`, MAX(`nanos`) FROM {rows} GROUP BY `seconds`"
        given = by_key if columns is WITH_KEY else f"SELECT * FROM {rows}"
        assert "Sink(" in tables.explain_sql(f"INSERT INTO found {given}")
        planned.append("write")
    assert tuple(planned) == provided.uses


def test_a_lake_holds_parquet_files_by_day_and_gives_them_back(tables, environment, tmp_path):
    environment.enable_checkpointing(500)
    lake = options(CATALOGS["catalog", "iceberg"], tmp_path)
    tables.execute_sql(f"CREATE CATALOG lake WITH ('type' = 'iceberg', {lake})")
    tables.execute_sql("CREATE DATABASE lake.card_fraud")
    tables.execute_sql(
        "CREATE TABLE lake.card_fraud.alerts (rule_id STRING, `day` STRING) PARTITIONED BY (`day`)"
        " WITH ('write.format.default' = 'parquet')"
    )
    alerts = [
        ("card-testing", "2025-03-03"),
        ("impossible-travel", "2025-03-04"),
        ("card-testing", "2025-03-04"),
    ]
    values = ", ".join(map(str, alerts))
    tables.execute_sql(f"INSERT INTO lake.card_fraud.alerts VALUES {values}").wait()

    assert rows(tables.sql_query("SELECT * FROM lake.card_fraud.alerts")) == sorted(alerts)
    data = tmp_path / "card_fraud" / "alerts" / "data"
    assert {file.parent.name for file in data.rglob("*.parquet")} == {"day=2025-03-03", "day=2025-03-04"}


def test_parquet_files_give_back_what_was_written(tables, tmp_path):
    columns, of = TABLES["format", "parquet"]
    tables.execute_sql(f"CREATE TABLE history ({columns}) WITH ({options(of, tmp_path)})")
    tables.execute_sql("INSERT INTO history VALUES (1, 2), (3, 4)").wait()

    assert rows(tables.from_path("history")) == [(1, 2), (3, 4)]
