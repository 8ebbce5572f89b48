"""A job whose topic has records of every bad kind in it: each ends where the documentation says, and nothing is lost.

Payments come in Avro from a Kafka topic, by a real registry. Those that pass are written to a topic, once each; all
others to a topic of dead letters, from which `replay` sends them back.
"""

import base64
import json
import struct
import time
import uuid
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from string import Template

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

ROOT = Path(__file__).parents[2]
SQL = ROOT / "sql" / "tables"
SCHEMA = fastavro.parse_schema(json.loads((ROOT / "schemas" / "payments" / "v1.avsc").read_text()))
OTHER_SCHEMA = fastavro.parse_schema(
    {"type": "record", "name": "Payment", "fields": [{"name": "payment_id", "type": "int"}]}
)
NOON = 1_740_999_600_000
LARGE = 20 * 1024 * 1024
SECONDS = 90

PAYMENTS = """
    CREATE TABLE payments (
      record_key BYTES,
      payment_id STRING,
      card_id STRING,
      amount DECIMAL(14, 2),
      paid_at BIGINT,
      payload BYTES METADATA FROM 'value.payload' VIRTUAL,
      payload_size INT METADATA FROM 'value.size' VIRTUAL,
      failure ROW<reason STRING, stack STRING> METADATA FROM 'value.failure' VIRTUAL,
      error STRING METADATA FROM 'value.error' VIRTUAL,
      headers MAP<STRING, BYTES> METADATA VIRTUAL,
      topic STRING METADATA VIRTUAL,
      `partition` INT METADATA VIRTUAL,
      `offset` BIGINT METADATA VIRTUAL,
      rowtime AS CASE
        WHEN paid_at >= 0 AND TO_TIMESTAMP_LTZ(paid_at, 3) < CURRENT_TIMESTAMP + INTERVAL '5' MINUTE
          THEN TO_TIMESTAMP_LTZ(paid_at, 3)
        ELSE TO_TIMESTAMP_LTZ(0, 3)
      END,
      WATERMARK FOR rowtime AS rowtime - INTERVAL '30' SECOND
    ) WITH (
      'connector' = 'kafka',
      'topic' = '${payments}',
      'properties.bootstrap.servers' = '${bootstrap_servers}',
      'properties.group.id' = '${payments}',
      'properties.isolation.level' = 'read_committed',
      'properties.allow.auto.create.topics' = 'false',
      'scan.startup.mode' = 'earliest-offset',
      'key.format' = 'raw',
      'key.fields' = 'record_key',
      'value.fields-include' = 'EXCEPT_KEY',
      'value.format' = 'try-decode',
      'value.try-decode.format' = 'avro-confluent',
      'value.try-decode.avro-confluent.url' = '${registry}',
      'value.try-decode.registry-timeout' = '1 s'
    )
"""
CHECKED = """
    CREATE TEMPORARY VIEW checked AS
    SELECT *,
      CASE
        WHEN paid_at < 0 THEN 'paid_at: before 1970'
        WHEN rowtime = TO_TIMESTAMP_LTZ(0, 3) THEN 'paid_at: in the future'
        WHEN amount < 0 THEN 'amount: negative'
      END AS reason
    FROM payments
    WHERE failure IS NULL
"""
INVALID = """
    SELECT
      COALESCE(
        CAST(headers['dead-letter-id'] AS STRING),
        CONCAT_WS('/', topic, CAST(`partition` AS STRING), CAST(`offset` AS STRING))
      ) AS id,
      reason, CAST(NULL AS STRING) AS error, CAST(NULL AS STRING) AS stack,
      topic, `partition`, `offset`, record_key, payload, CAST(payload_size AS BIGINT) AS payload_size, headers,
      COALESCE(TRY_CAST(CAST(headers['dead-letter-tries'] AS STRING) AS INT), 0) AS tries,
      CURRENT_TIMESTAMP AS failed_at
    FROM checked
    WHERE reason IS NOT NULL
"""
ACCEPTED = """
    CREATE TABLE accepted (payment_id STRING, amount DECIMAL(14, 2), paid_at BIGINT) WITH (
      'connector' = 'kafka',
      'topic' = '${accepted}',
      'properties.bootstrap.servers' = '${bootstrap_servers}',
      'format' = 'json',
      'sink.delivery-guarantee' = 'exactly-once',
      'sink.transactional-id-prefix' = '${accepted}',
      'properties.transaction.timeout.ms' = '900000'
    )
"""


class Place:
    """The topics of a job, and the registry."""

    def __init__(self, kafka, registry):
        self.kafka = kafka
        self.registry = registry
        name = uuid.uuid4().hex[:8]
        large = str(LARGE + 1000)
        self.payments = kafka.create_topic(f"payments-{name}", max_message_bytes=large)
        self.accepted = kafka.create_topic(f"accepted-{name}")
        self.dead_letters = kafka.create_topic(f"dead-letters-{name}", max_message_bytes=str(8 * 1024 * 1024))
        self.subject = f"{self.payments}-value"
        self.producer = Producer({**kafka.settings, "message.max.bytes": LARGE + 1000})
        self.offset = 0

    def register(self, schema=SCHEMA):
        client = SchemaRegistryClient({"url": self.registry.url})
        client.set_compatibility(self.subject, "NONE") if client.get_subjects() else None
        return client.register_schema(self.subject, Schema(json.dumps(schema), "AVRO"))

    def put(self, value, key=b"k"):
        """Writes a record, and gives its letter's id."""
        self.producer.produce(self.payments, value, key, headers={"trace": b"t1"})
        assert self.producer.flush(30) == 0
        self.offset += 1
        return f"{self.payments}/0/{self.offset - 1}"

    @property
    def parameters(self):
        return {
            "payments": self.payments,
            "accepted": self.accepted,
            "topic": self.dead_letters,
            "transactional_id": self.dead_letters,
            "bootstrap_servers": self.kafka.address,
            "registry": self.registry.url,
        }

    def letters(self):
        return [DeadLetter.read(value) for value in self.read(self.dead_letters) if value is not None]

    def reasons(self):
        return sorted((letter.id, letter.reason, letter.tries) for letter in self.letters())

    def accepted_ids(self):
        return sorted(json.loads(value)["payment_id"] for value in self.read(self.accepted))

    def read(self, topic):
        """The values that are committed."""
        consumer = Consumer({**self.kafka.settings, "group.id": "test", "enable.partition.eof": True})
        consumer.assign([TopicPartition(topic, 0, 0)])
        values = []
        try:
            # A message without a value is false.
            while (message := consumer.poll(30)) is not None and not message.error():
                values.append(message.value())
        finally:
            consumer.close()
        assert message is not None
        return values

    def replay(self, **which):
        policy = Policy(rate=1000, backoff=timedelta(), max_tries=5)
        outcomes = replay(Topic(self.kafka.address, self.dead_letters), Filter(**which), policy)
        return {outcome.letter.id: outcome.outcome for outcome in outcomes}


@pytest.fixture
def place(kafka, registry):
    return Place(kafka, registry)


@contextmanager
def running_job(place):
    """A job that goes on until the test ends."""
    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.set_parallelism(1)
    environment.enable_checkpointing(300)
    environment.add_jars(CONNECTORS.as_uri())
    tables = StreamTableEnvironment.create(environment)
    add_jar(tables)
    scripts = [PAYMENTS, (SQL / "card_fraud" / "undecoded_payments.sql").read_text(), CHECKED, ACCEPTED]
    scripts.append((SQL / "dead_letters" / "kafka.sql").read_text())
    for script in scripts:
        tables.execute_sql(Template(script).substitute(place.parameters).strip().removesuffix(";"))
    valid = tables.sql_query("SELECT payment_id, amount, paid_at, rowtime FROM checked WHERE reason IS NULL")
    tables.create_temporary_view("once", deduplicate(valid, "payment_id", timedelta(days=7)))
    statements = tables.create_statement_set()
    statements.add_insert_sql(
        f"INSERT INTO dead_letters SELECT * FROM undecoded_payments UNION ALL {INVALID}"
    )
    statements.add_insert_sql("INSERT INTO accepted SELECT payment_id, amount, paid_at FROM once")
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


def with_field(whole, value, replaced):
    """The record with bytes in place of a field's, as long as those."""
    assert len(value) == len(replaced)
    assert whole.count(value) == 1
    return whole.replace(value, replaced)


def awaited(give, expected):
    """Waits until a function gives what is expected; where it doesn't, shows what it gave."""
    deadline = time.monotonic() + SECONDS
    while (given := give()) != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    assert given == expected


def test_each_bad_record_ends_where_the_documentation_says(place):
    known = place.register()
    other = place.register(OTHER_SCHEMA)
    good = payment("p1", known)
    too_large = bytes(LARGE)
    future = NOON * 1000
    bad = {
        good[:-3]: "truncated",
        good[:3]: "truncated",
        b"": "truncated",
        good + b"more": "unreadable",
        b"{}": "unreadable",
        payment("p2", 999_999): "unknown-schema",
        payment(7, other, OTHER_SCHEMA): "wrong-type",
        None: "tombstone",
        too_large: "too-large",
        payment("p3", known, paid_at=-1): "paid_at: before 1970",
        payment("p4", known, paid_at=-(2**62)): "paid_at: before 1970",
        payment("p5", known, paid_at=future): "paid_at: in the future",
        payment("p6", known, paid_at=2**62): "paid_at: in the future",
        payment("p7", known, amount=Decimal("-1.50")): "amount: negative",
    }
    expected = []
    values = {}
    for value, reason in bad.items():
        letter_id = place.put(value)
        expected.append((letter_id, reason, 0))
        values[letter_id] = value
        # One that is good after each that isn't, and the same again.
        place.put(payment(f"good-{reason}-{len(expected)}", known))
        place.put(payment(f"good-{reason}-{len(expected)}", known))
    # Avro has no rule for it: the bytes pass, with a sign in their place.
    place.put(with_field(payment("invalid-utf-8", known), b"invalid", b"inv\xffalid"[:7]))

    with running_job(place):
        awaited(place.reasons, sorted(expected))
        awaited(lambda: len(place.accepted_ids()), len(bad) + 1)

        assert len(set(place.accepted_ids())) == len(bad) + 1
        for letter in place.letters():
            value = values[letter.id]
            kept = None if letter.reason == "too-large" else value
            assert (letter.payload, letter.key, letter.headers) == (kept, b"k", {"trace": b"t1"})
            assert letter.size == (None if value is None else len(value))
            assert (letter.topic, letter.partition) == (place.payments, 0)


def test_a_registry_that_is_down_loses_nothing_and_makes_no_dead_letter(place):
    if place.registry.server is None:
        pytest.skip("the registry of the environment can't be stopped")
    known = place.register()
    place.put(payment("p1", known))
    with running_job(place) as job:
        awaited(place.accepted_ids, ["p1"])
        second = place.register(OTHER_SCHEMA | {"fields": SCHEMA["fields"]})
        place.registry.server.kill()
        try:
            # The one schema is known to the reader, the other it has to ask for.
            place.put(payment("p2", known))
            place.put(payment("p3", second))
            place.put(b"broken")
            place.put(payment("p4", known))
            awaited(lambda: "RESTARTING" in str(job.get_job_status().result()), True)
        finally:
            place.registry.server.start()
        assert [place.register(), place.register(OTHER_SCHEMA | {"fields": SCHEMA["fields"]})] == [
            known,
            second,
        ]

        awaited(place.accepted_ids, ["p1", "p2", "p3", "p4"])
        awaited(place.reasons, [(f"{place.payments}/0/3", "unreadable", 0)])


def test_what_is_mended_is_replayed_and_processed_once(place):
    known = place.register()
    unknown = place.put(payment("p1", known + 1))
    broken = place.put(b"broken")
    place.put(payment("p2", known))
    with running_job(place):
        awaited(place.reasons, [(unknown, "unknown-schema", 0), (broken, "unreadable", 0)])

        # The producer's new schema is registered, late.
        assert place.register(OTHER_SCHEMA | {"fields": SCHEMA["fields"]}) == known + 1
        assert place.replay() == {unknown: "replayed", broken: "replayed"}
        awaited(place.accepted_ids, ["p1", "p2"])
        # What is still broken comes back, with its id, and one try more.
        awaited(
            place.reasons,
            [(unknown, "unknown-schema", 0), (broken, "unreadable", 0), (broken, "unreadable", 1)],
        )
        assert place.replay(reason="unknown-schema") == {}

        # Somebody sends the same by hand.
        place.put(payment("p1", known))
        place.put(payment("p3", known))
        awaited(place.accepted_ids, ["p1", "p2", "p3"])


ALERTS = """
    CREATE TEMPORARY VIEW found_alerts AS
    SELECT rule_id, CAST(1 AS BIGINT) AS rule_version, 'high' AS severity, 'live' AS `status`, `key`,
      TO_TIMESTAMP_LTZ(0, 3) AS started_at, TO_TIMESTAMP_LTZ(1000, 3) AS ended_at, `measures`,
      REPEAT('"', n) AS events
    FROM given
"""


def test_an_alert_that_is_too_large_for_kafka_is_delivered_without_what_is_too_long(place, tables): ...


def decoded(value):
    return base64.b64decode(value)
