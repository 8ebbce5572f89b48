"""Flink and a Python client understand each other's records: Avro by a registry, and Protobuf by generated classes."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from pyflink.table import StreamTableEnvironment

from pyflink_cep._connectors import JAR
from tests.integration.test_schemas import compiled
from tests.waiting import SECONDS

SCHEMAS = Path(__file__).parents[2] / "schemas"
PAYMENT = {
    "payment_id": "p1",
    "paid_at": datetime(2025, 3, 3, 8, tzinfo=UTC),
    "card_id": "c1",
    "customer_id": "alice",
    "terminal_id": "t1",
    "merchant_id": "m1",
    "amount": Decimal("12.50"),
    "currency": "EUR",
    "latitude": 52.5,
    "longitude": None,
}


@pytest.fixture
def tables(environment):
    environment.add_jars(JAR.as_uri())
    tables = StreamTableEnvironment.create(environment)
    tables.get_config().set_local_timezone("UTC")
    return tables


@pytest.fixture
def topics(kafka):
    """A topic to read and one to write."""
    return [kafka.create_topic(f"payments-{uuid.uuid4().hex[:8]}") for _ in range(2)]


def copy(tables, kafka, topics, columns, options):
    """Has Flink read one topic to its end, and write the other."""
    for name, topic in zip(("given", "written"), topics, strict=True):
        settings = {
            "connector": "kafka",
            "topic": topic,
            "properties.bootstrap.servers": kafka.address,
            "properties.group.id": topic,
            "scan.startup.mode": "earliest-offset",
            "scan.bounded.mode": "latest-offset",
            **options,
        }
        with_options = ", ".join(
            "'{}' = '{}'".format(key, value.replace("'", "''")) for key, value in settings.items()
        )
        tables.execute_sql(f"CREATE TABLE {name} ({columns}) WITH ({with_options})")
    tables.execute_sql("INSERT INTO written SELECT * FROM given").wait()


def send(kafka, topic, value):
    producer = Producer(kafka.settings)
    producer.produce(topic, value)
    assert producer.flush(SECONDS) == 0


def received(kafka, topic):
    consumer = Consumer(kafka.settings | {"group.id": uuid.uuid4().hex})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    (message,) = consumer.consume(1, timeout=SECONDS)
    consumer.close()
    return message.value()


def test_avro_records_of_a_registry_go_through_flink_and_back(tables, kafka, registry, topics):
    text = (SCHEMAS / "payments" / "v1.avsc").read_text()
    columns = (
        "payment_id STRING NOT NULL, paid_at TIMESTAMP(3) NOT NULL, card_id STRING NOT NULL,"
        " customer_id STRING NOT NULL, terminal_id STRING NOT NULL, merchant_id STRING NOT NULL,"
        " amount DECIMAL(14, 2) NOT NULL, currency STRING NOT NULL, latitude DOUBLE, longitude DOUBLE"
    )
    with SchemaRegistryClient({"url": registry.url, "timeout": SECONDS}) as client:
        for topic in topics:
            client.register_schema(f"{topic}-value", Schema(text, "AVRO"))
        serializer = AvroSerializer(client, text, conf={"auto.register.schemas": False})
        send(kafka, topics[0], serializer(PAYMENT, SerializationContext(topics[0], MessageField.VALUE)))

        options = {
            "format": "avro-confluent",
            "avro-confluent.url": registry.url,
            "avro-confluent.subject": f"{topics[1]}-value",
            "avro-confluent.schema": text,
        }
        copy(tables, kafka, topics, columns, options)

        record = received(kafka, topics[1])
        found = AvroDeserializer(client)(record, SerializationContext(topics[1], MessageField.VALUE))
        versions = client.get_versions(f"{topics[1]}-value")
    assert found == PAYMENT
    # Flink has written by the schema that is registered, and added none of its own.
    assert versions == [1]


def test_protobuf_messages_go_through_flink_and_back(tables, kafka, topics, tmp_path):
    message = compiled((SCHEMAS / "payments" / "v1.proto").read_text(), tmp_path)["pyflinkcep.events.Payment"]
    given = {**PAYMENT, "paid_at": 1_740_988_800_000, "amount": "12.50"}
    del given["longitude"]
    send(kafka, topics[0], message(**given).SerializeToString())

    columns = (
        "payment_id STRING, paid_at BIGINT, card_id STRING, customer_id STRING, terminal_id STRING,"
        " merchant_id STRING, amount STRING, currency STRING, latitude DOUBLE, longitude DOUBLE"
    )
    options = {"format": "protobuf", "protobuf.message-class-name": "org.pyflinkcep.events.Payment"}
    copy(tables, kafka, topics, columns, options)

    found = message.FromString(received(kafka, topics[1]))
    assert {field.name: value for field, value in found.ListFields()} == given
