"""Profiles of customers as changes of a table in PostgreSQL: messages of Debezium, and ones made by hand."""

import json
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer
from pyflink.table import EnvironmentSettings, TableEnvironment

from tests.conftest import skipping
from tests.services.connect import connect_process
from tests.services.postgresql import postgresql_process
from tests.waiting import SECONDS

ROOT = Path(__file__).resolve().parents[2]
CONNECTORS = ROOT / "deploy" / "connectors" / "target" / "pyflink-cep-connectors.jar"
CONFIGURATION = ROOT / "deploy" / "kafka-connect" / "customers-source.json"
ALICE = {
    "customer_id": "alice",
    "home_latitude": 48.9,
    "home_longitude": 2.4,
    "currency": "EUR",
    "average_eur": 40.0,
}


def changes(broker, topic="cep.public.customers"):
    """What the table of sql/tables makes of a topic: the kind of each change, the customer, the average, the time."""
    settings = EnvironmentSettings.in_streaming_mode()
    tables = TableEnvironment.create(settings)
    tables.get_config().set("pipeline.jars", CONNECTORS.as_uri()).set("parallelism.default", "1")
    statement = (ROOT / "sql" / "tables" / "card_fraud" / "customers" / "kafka_debezium.sql").read_text()
    statement = statement.replace("${bootstrap_servers}", broker.address).replace(
        "cep.public.customers", topic
    )
    tables.execute_sql(statement)
    query = """
        SELECT customer_id, average_eur, CAST(valid_from AS STRING)
        FROM customers /*+ OPTIONS('scan.bounded.mode' = 'latest-offset') */
    """
    tables.get_config().set("table.local-time-zone", "UTC")
    with tables.execute_sql(query).collect() as rows:
        return [(str(row.get_row_kind()), *row) for row in rows]


def written(broker, messages):
    """A new topic with messages: Debezium's envelope, or None for a tombstone, each with the key of alice."""
    topic = broker.create_topic(f"changes-{uuid.uuid4().hex}", cleanup_policy="compact")
    producer = Producer(broker.settings)
    for message in messages:
        producer.produce(topic, message and json.dumps(message), key='{"customer_id":"alice"}')
    assert producer.flush(SECONDS) == 0
    return topic


def envelope(op, before, after, at):
    """A message as Debezium's connector for PostgreSQL writes it, in JSON without schemas."""
    source = {
        "version": "3.4.1.Final",
        "connector": "postgresql",
        "name": "cep",
        "ts_ms": at,
        "snapshot": "false",
    }
    source |= {
        "db": "cep",
        "sequence": '["1","2"]',
        "schema": "public",
        "table": "customers",
        "txId": 7,
        "lsn": 9,
    }
    return {
        "before": before,
        "after": after,
        "source": source,
        "op": op,
        "ts_ms": at + 5,
        "transaction": None,
    }


def test_each_kind_of_message_is_the_change_that_it_means(kafka):
    richer = ALICE | {"average_eur": 70.0}
    topic = written(
        kafka,
        [
            envelope("r", None, ALICE, 1000),
            envelope("u", ALICE, richer, 2000),
            envelope("d", richer, None, 3000),
            None,
            envelope("c", None, ALICE, 4000),
        ],
    )
    assert changes(kafka, topic) == [
        ("+I", "alice", 40.0, "1970-01-01 00:00:01.000"),
        ("-U", "alice", 40.0, "1970-01-01 00:00:02.000"),
        ("+U", "alice", 70.0, "1970-01-01 00:00:02.000"),
        ("-D", "alice", 70.0, "1970-01-01 00:00:03.000"),
        ("+I", "alice", 40.0, "1970-01-01 00:00:04.000"),
    ]


def test_an_update_without_the_row_before_says_what_the_table_needs(kafka):
    topic = written(kafka, [envelope("u", None, ALICE, 1000)])
    with pytest.raises(Exception, match="REPLICA IDENTITY"):
        changes(kafka, topic)


@contextmanager
def consuming(broker, topic):
    """The values of a topic's messages, as they come."""
    consumer = Consumer(broker.settings | {"group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])

    def values():
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is not None and message.error() is None:
                yield message.value()

    try:
        yield values()
    finally:
        consumer.close()


@pytest.fixture(scope="module")
def database():
    with skipping("PostgreSQL"), postgresql_process({"wal_level": "logical"}) as server:
        for statement in (ROOT / "deploy" / "postgres" / "customers.sql").read_text().split(";\n"):
            server.execute(statement)
        server.execute("CREATE ROLE debezium LOGIN REPLICATION PASSWORD 'for-debezium'")
        server.execute("GRANT SELECT ON customers TO debezium")
        yield server


@pytest.fixture(scope="module")
def connect(kafka, database, tmp_path_factory):
    environment = {"POSTGRES_HOST": database.host, "POSTGRES_PORT": str(database.port)}
    with (
        skipping("Kafka Connect"),
        connect_process(tmp_path_factory.mktemp("connect"), kafka, environment) as worker,
    ):
        yield worker


@pytest.fixture(scope="module")
def configuration(database, tmp_path_factory):
    """The connector's, with this database and its secrets; TLS is another test's."""
    secrets = tmp_path_factory.mktemp("secrets")
    (secrets / "debezium-password").write_text("for-debezium")
    text = CONFIGURATION.read_text().replace("/run/secrets", str(secrets))
    here = {"name": "customers-source", "database.dbname": database.database, "database.sslmode": "disable"}
    return json.loads(text)["config"] | here


def findings(connect, configuration):
    """What the connector says of a configuration: errors by setting, and settings that it doesn't know."""
    said = connect.ask("PUT", "/connector-plugins/PostgresConnector/config/validate", configuration)
    errors = {setting["value"]["name"]: setting["value"]["errors"] for setting in said["configs"]}
    unknown = configuration.keys() - {setting["definition"]["name"] for setting in said["configs"]}
    return {name: error for name, error in errors.items() if error}, unknown


def test_the_connector_takes_each_setting_of_its_configuration(connect, configuration):
    assert findings(connect, configuration) == ({}, set())


def test_the_connector_would_say_what_is_wrong(connect, configuration):
    errors, unknown = findings(connect, configuration | {"slot.name": "Not A Slot", "slot.nam": "cep"})
    assert (errors.keys(), unknown) == ({"slot.name"}, {"slot.nam"})


def test_changes_of_the_database_come_to_flink(kafka, connect, configuration, database):
    for topic in ("cep.public.customers", "__debezium-heartbeat.cep"):
        kafka.create_topic(topic, cleanup_policy="compact")
    database.execute("INSERT INTO customers VALUES ('alice', 48.9, 2.4, 'EUR', 40), ('bob', 1, 2, 'GBP', 10)")
    created = connect.ask("POST", "/connectors", {"name": "customers-source", "config": configuration})
    assert created["type"] == "source"
    with consuming(kafka, "cep.public.customers") as messages:
        assert [json.loads(next(messages))["op"] for _ in range(2)] == ["r", "r"]
        database.execute("UPDATE customers SET average_eur = 70 WHERE customer_id = 'alice'")
        database.execute("DELETE FROM customers WHERE customer_id = 'bob'")
        assert [value and json.loads(value)["op"] for value in (next(messages) for _ in range(3))] == [
            "u",
            "d",
            None,
        ]

    assert [change[:3] for change in changes(kafka)] == [
        ("+I", "alice", 40.0),
        ("+I", "bob", 10.0),
        ("-U", "alice", 40.0),
        ("+U", "alice", 70.0),
        ("-D", "bob", 10.0),
    ]
    secret = configuration["database.password"]
    assert connect.ask("GET", "/connectors/customers-source/config")["database.password"] == secret
