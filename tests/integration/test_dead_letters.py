"""A job whose topic has records of every bad kind in it: each ends where the documentation says, and nothing is lost.

Payments come in Avro from a Kafka topic, by a real registry. Those that pass are written to a topic, once each; all
others to a topic of dead letters, from which `replay` sends them back.
"""

import json
import socket
import struct
import uuid
from contextlib import contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from string import Template
from threading import Thread
from urllib.parse import urlsplit

import fastavro
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from pyflink_cep import add_jar, deduplicate
from pyflink_cep._connectors import JAR as CONNECTORS
from pyflink_cep._dead_letters.box import Filter
from pyflink_cep._dead_letters.letter import DeadLetter
from pyflink_cep._dead_letters.replay import Policy, replay
from pyflink_cep._publishing.kafka import Topic
from tests.waiting import SECONDS, awaited

ROOT = Path(__file__).parents[2]
SQL = ROOT / "sql" / "tables" / "card_fraud"
DOCUMENT = json.loads((ROOT / "schemas" / "payments" / "v1.avsc").read_text())
SCHEMA = fastavro.parse_schema(DOCUMENT)
OTHER_SCHEMA = fastavro.parse_schema(
    {"type": "record", "name": "Payment", "fields": [{"name": "payment_id", "type": "int"}]}
)


def with_amount(type_):
    fields = [field | {"type": type_} if field["name"] == "amount" else field for field in DOCUMENT["fields"]]
    return fastavro.parse_schema(DOCUMENT | {"fields": fields})


TEXT_AMOUNT = with_amount("string")
NULLABLE = fastavro.parse_schema(
    DOCUMENT
    | {
        "fields": [
            field
            if isinstance(field["type"], list)
            else {**field, "type": ["null", field["type"]], "default": None}
            for field in DOCUMENT["fields"]
        ]
    }
)
# A payment without one of its fields is not good, and so it is a letter.
WITHOUT = {
    **{
        field: f"{field}: missing"
        for field in ("payment_id", "card_id", "customer_id", "terminal_id", "merchant_id", "currency")
    },
    "amount": "amount: missing, or not a number",
    "paid_at": "paid_at: missing, before 1970, or in the future",
    "latitude": "latitude and longitude: one without the other",
    "longitude": "latitude and longitude: one without the other",
}
FINER_AMOUNT = with_amount({"type": "bytes", "logicalType": "decimal", "precision": 14, "scale": 4})
NOON = 1_740_999_600_000
LARGE = 20 * 1024 * 1024
KAFKA_LIMIT = str(8 * 1024 * 1024)
WRONG_TIME = "paid_at: missing, before 1970, or in the future"

ACCEPTED = """
    CREATE TABLE accepted (payment_id STRING, amount DECIMAL(14, 2)) WITH (
      'connector' = 'kafka',
      'topic' = 'card_fraud.accepted',
      'properties.bootstrap.servers' = '${bootstrap_servers}',
      'format' = 'json',
      'sink.delivery-guarantee' = 'exactly-once',
      'sink.transactional-id-prefix' = 'card_fraud.accepted',
      'properties.transaction.timeout.ms' = '900000'
    )
"""


class Place:
    """The topics of a job, and the registry."""

    def __init__(self, kafka, registry):
        self.kafka = kafka
        self.registry = registry
        self.name = f"card_fraud-{uuid.uuid4().hex[:8]}"
        self.payments = kafka.create_topic(f"{self.name}.payments", max_message_bytes=str(LARGE + 1000))
        self.accepted = kafka.create_topic(f"{self.name}.accepted")
        self.alerts = kafka.create_topic(f"{self.name}.alerts", max_message_bytes=KAFKA_LIMIT)
        self.dead_letters = kafka.create_topic(f"{self.name}.dead_letters", max_message_bytes=KAFKA_LIMIT)
        self.registry_url = registry.url
        self.producer = Producer({**kafka.settings, "message.max.bytes": LARGE + 1000})
        self.offset = 0

    def register(self, schema=SCHEMA):
        """Registers a schema that no other test has, under a subject of its own, and gives its id."""
        document = json.dumps(schema | {"doc": f"of {self.payments}, {uuid.uuid4().hex}"})
        client = SchemaRegistryClient({"url": self.registry.url, "timeout": SECONDS})
        return client.register_schema(f"payments-{uuid.uuid4().hex}", Schema(document, "AVRO"))

    def put(self, value, key=b"k"):
        """Writes a record, and gives its letter's id."""
        self.producer.produce(self.payments, value, key, headers={"trace": b"t1"})
        assert self.producer.flush(SECONDS) == 0
        self.offset += 1
        return f"{self.payments}/0/{self.offset - 1}"

    def tables(self, *scripts):
        """An environment with tables: statements, or files of the job card_fraud, with topics of this test."""
        environment = StreamExecutionEnvironment.get_execution_environment()
        environment.set_parallelism(1)
        environment.enable_checkpointing(300)
        environment.add_jars(CONNECTORS.as_uri())
        tables = StreamTableEnvironment.create(environment)
        tables.get_config().set_local_timezone("UTC")
        add_jar(tables)
        for script in scripts:
            text = script.read_text() if isinstance(script, Path) else script
            text = text.replace("'card_fraud.", f"'{self.name}.").replace("'card_fraud'", f"'{self.name}'")
            text = Template(text).safe_substitute(
                bootstrap_servers=self.kafka.address, registry=self.registry_url
            )
            for statement in filter(str.strip, text.split(";\n")):
                tables.execute_sql(statement)
        return tables

    def letters(self):
        return [
            DeadLetter.read(value) for value in committed(self.kafka, self.dead_letters) if value is not None
        ]

    def reasons(self):
        return sorted((letter.id, letter.reason, letter.tries) for letter in self.letters())

    def accepted_ids(self):
        return sorted(json.loads(value)["payment_id"] for value in committed(self.kafka, self.accepted))

    def replay(self, **which):
        policy = Policy(rate=1000, backoff=timedelta(), max_tries=5)
        outcomes = replay(Topic(self.kafka.address, self.dead_letters), Filter(**which), policy)
        return {outcome.letter.id: outcome.outcome for outcome in outcomes}


class Door:
    """A way to a server, at an address of its own, that can be closed and opened again."""

    def __init__(self, url):
        parts = urlsplit(url)
        self._server = parts.hostname, parts.port
        self._address = "127.0.0.1", 0
        self._path = parts.path
        self._connections = []

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._address[1]}{self._path}"

    def open(self):
        self._listening = socket.create_server(self._address)
        self._address = self._listening.getsockname()
        self._listener = Thread(target=self._listen, args=[self._listening])
        self._listener.start()

    def close(self):
        # Wakes the thread that waits for a connection.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._listener.join()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._connections.clear()

    def _listen(self, listening):
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            self._connections += [client, server]
            for source, target in [(client, server), (server, client)]:
                Thread(target=self._carry, args=[source, target], daemon=True).start()

    def _carry(self, source, target):
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def place(kafka, registry):
    return Place(kafka, registry)


def committed(kafka, topic):
    """The values in a topic that are committed."""
    consumer = Consumer({**kafka.settings, "group.id": "test", "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values = []
    try:
        # A message without a value is false.
        while (message := consumer.poll(SECONDS)) is not None and not message.error():
            values.append(message.value())
    finally:
        consumer.close()
    assert message is not None
    return values


@contextmanager
def running_job(place):
    """A job on the tables of card_fraud, which goes on until the test ends."""
    tables = place.tables(
        SQL / "payments" / "kafka_avro.sql",
        # A job that waits for the registry longer restarts later, and so would this test.
        "ALTER TABLE payments SET ('value.try-decode.registry-timeout' = '1 s')",
        SQL / "checked_payments" / "kafka.sql",
        "CREATE TEMPORARY VIEW rejected_payments AS"
        " SELECT p.origin.*, reason FROM checked_payments AS p WHERE reason IS NOT NULL",
        SQL / "rejected_letters.sql",
        SQL / "dead_letters" / "kafka.sql",
        ACCEPTED,
    )
    valid = tables.sql_query("SELECT payment_id, amount, rowtime FROM checked_payments WHERE reason IS NULL")
    tables.create_temporary_view("once", deduplicate(valid, "payment_id", timedelta(days=7)))
    statements = tables.create_statement_set()
    statements.add_insert_sql("INSERT INTO dead_letters SELECT * FROM rejected_letters")
    statements.add_insert_sql("INSERT INTO accepted SELECT payment_id, amount FROM once")
    job = statements.execute().get_job_client()
    try:
        yield job
    finally:
        job.cancel().result()


def payment(payment_id, schema_id, schema=SCHEMA, **fields):
    """A payment as Confluent's serializer writes it."""
    record = {
        "payment_id": payment_id,
        "paid_at": NOON,
        "card_id": "c1",
        "customer_id": "u1",
        "terminal_id": "t1",
        "merchant_id": "m1",
        "amount": Decimal("1.50"),
        "currency": "EUR",
    } | fields
    body = BytesIO()
    fastavro.schemaless_writer(body, schema, record)
    return struct.pack(">bI", 0, schema_id) + body.getvalue()


def awaited_to_be(give, expected):
    """Waits until a function gives what is expected."""
    awaited(give, lambda given: given == expected)


def test_each_bad_record_ends_where_the_documentation_says(place):
    known = place.register()
    other = place.register(OTHER_SCHEMA)
    nullable = place.register(NULLABLE)
    as_text, finer = place.register(TEXT_AMOUNT), place.register(FINER_AMOUNT)
    good = payment("p1", known)
    too_large = bytes(LARGE)
    future = NOON * 1000
    bad = {
        good[:-3]: "truncated",
        good[:3]: "truncated",
        b"": "truncated",
        good + b"more": "unreadable",
        b"{}": "unreadable",
        payment("p?", known).replace(b"p?", b"p\xff"): "unreadable",
        good + good: "unreadable",
        payment("p2", 999_999): "unknown-schema",
        payment(7, other, OTHER_SCHEMA): "wrong-type",
        payment("p9", as_text, TEXT_AMOUNT, amount="1.50"): "wrong-type",
        payment("p9", finer, FINER_AMOUNT, amount=Decimal("1.5000")): "wrong-type",
        None: "tombstone",
        too_large: "too-large",
        payment("p3", known, paid_at=-1): WRONG_TIME,
        payment("p4", known, paid_at=-(2**62)): WRONG_TIME,
        payment("p5", known, paid_at=future): WRONG_TIME,
        payment("p6", known, paid_at=2**62): WRONG_TIME,
        payment("p7", known, amount=Decimal("-1.50")): "amount: negative",
        payment("p8", known, latitude=float("nan"), longitude=2.0): "latitude: not from -90 to 90",
        payment("", known): "payment_id: missing",
    }
    for field, reason in WITHOUT.items():
        fields = {"payment_id": f"without {field}", "latitude": 1.0, "longitude": 2.0, field: None}
        bad[payment(fields.pop("payment_id"), nullable, NULLABLE, **fields)] = reason
    expected = []
    values = {}
    for value, reason in bad.items():
        letter_id = place.put(value)
        expected.append((letter_id, reason, 0))
        values[letter_id] = value
        # One that is good after each that isn't, and the same again.
        place.put(payment(f"good-{reason}-{len(expected)}", known))
        place.put(payment(f"good-{reason}-{len(expected)}", known))

    with running_job(place):
        awaited_to_be(place.reasons, sorted(expected))
        awaited_to_be(lambda: len(place.accepted_ids()), len(bad))

        good_ids = [f"good-{reason}-{n}" for n, (_, reason, _) in enumerate(expected, 1)]
        assert place.accepted_ids() == sorted(good_ids)
        for letter in place.letters():
            value = values[letter.id]
            kept = None if letter.reason == "too-large" else value
            assert (letter.payload, letter.key, letter.headers) == (kept, b"k", {"trace": b"t1"})
            assert letter.size == (None if value is None else len(value))
            assert (letter.topic, letter.partition) == (place.payments, 0)


def test_a_registry_that_is_down_loses_nothing_and_makes_no_dead_letter(place):
    with Door(place.registry.url) as door:
        place.registry_url = door.url
        known, second = place.register(), place.register()
        place.put(payment("p1", known))
        with running_job(place) as job:
            awaited_to_be(place.accepted_ids, ["p1"])
            door.close()
            # The one schema is known to the reader, the other it has to ask for.
            place.put(payment("p2", known))
            place.put(payment("p3", second))
            broken = place.put(b"broken")
            place.put(payment("p4", known))
            awaited_to_be(lambda: "RESTARTING" in str(job.get_job_status().result()), True)
            door.open()

            awaited_to_be(place.accepted_ids, ["p1", "p2", "p3", "p4"])
            awaited_to_be(place.reasons, [(broken, "unreadable", 0)])


def test_what_is_mended_is_replayed_and_processed_once(place):
    known = place.register()
    unknown = place.put(payment("p1", known + 1))
    broken = place.put(b"broken")
    place.put(payment("p2", known))
    with running_job(place):
        awaited_to_be(place.reasons, [(unknown, "unknown-schema", 0), (broken, "unreadable", 0)])

        # The producer's new schema is registered, late.
        assert place.register() == known + 1
        assert place.replay() == {unknown: "replayed", broken: "replayed"}
        awaited_to_be(place.accepted_ids, ["p1", "p2"])
        # What is still broken comes back, with its id, and one try more.
        awaited_to_be(
            place.reasons,
            [(unknown, "unknown-schema", 0), (broken, "unreadable", 0), (broken, "unreadable", 1)],
        )
        assert place.replay(reason="unknown-schema") == {}

        # Somebody sends the same by hand.
        place.offset += 3
        place.put(payment("p1", known))
        place.put(payment("p3", known))
        awaited_to_be(place.accepted_ids, ["p1", "p2", "p3"])


# Quotes double in JSON.
FOUND_ALERTS = """
    CREATE TEMPORARY VIEW found_alerts AS
    SELECT
      rule_id AS id, rule_id, CAST(1 AS BIGINT) AS rule_version, 'high' AS severity, 'live' AS `status`,
      REPEAT('k', key_length) AS `key`, TO_TIMESTAMP_LTZ(0, 3) AS started_at, TO_TIMESTAMP_LTZ(1000, 3) AS ended_at,
      REPEAT('"', measures_length) AS `measures`, REPEAT('"', events_length) AS events
    FROM (VALUES
      ('small', 1, 2, 3), ('whole', 65536, 100000, 900000), ('events', 1, 2, 900001), ('huge', 1, 2, 20971520),
      ('measures', 1, 100001, 3), ('key', 65537, 2, 3)
    ) AS given (rule_id, key_length, measures_length, events_length)
"""


def test_an_alert_that_is_too_large_for_kafka_is_delivered_without_what_is_too_long(place):
    tables = place.tables(
        SQL / "alerts" / "kafka.sql",
        SQL / "dead_letters" / "kafka.sql",
        FOUND_ALERTS,
        SQL / "undeliverable_alerts.sql",
    )
    statements = tables.create_statement_set()
    statements.add_insert_sql("INSERT INTO alerts SELECT * FROM deliverable_alerts")
    statements.add_insert_sql("INSERT INTO dead_letters SELECT * FROM undeliverable_alerts")
    statements.execute().wait()

    lengths = {}
    for value in committed(place.kafka, place.alerts):
        alert = json.loads(value)
        lengths[alert["rule_id"]] = [
            alert[part] and len(alert[part]) for part in ("key", "measures", "events")
        ]
    assert lengths == {
        "small": [1, 2, 3],
        "whole": [65536, 100000, 900000],
        "events": [1, 2, None],
        "huge": [1, 2, None],
        "measures": [1, 2, 3],
    }
    found = {
        letter.id.rpartition("/")[2]: (
            letter.reason,
            letter.key,
            letter.payload,
            letter.size,
            letter.error,
        )
        for letter in place.letters()
    }
    said = "the alert was delivered without what is too long; its key has {} characters, its measures {}, its events {}"
    assert found == {
        "events": ("too-large", b"k", None, 900004, said.format(1, 2, 900001)),
        "huge": ("too-large", b"k", None, LARGE + 3, said.format(1, 2, LARGE)),
        "measures": ("too-large", b"k", None, 100005, said.format(1, 100001, 3)),
        "key": ("too-large", None, None, 65542, said.format(65537, 2, 3)),
    }
