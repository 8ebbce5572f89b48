"""The card_fraud job with all that it reads and writes: Kafka by a registry, PostgreSQL, and a lake.

The same payments are first read from files. What the job finds on Kafka has to be that, to the id of each alert.
"""

import json
from base64 import b64decode
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment
from typer.testing import CliRunner

from generators.card_fraud import Dataset, generate
from generators.card_fraud_topics import encoded, send
from jobs import card_fraud
from pyflink_cep import Rules
from pyflink_cep._connectors import JAR
from pyflink_cep._files.iceberg import data_files
from pyflink_cep.cli import app
from tests.card_fraud_topics import committed, fresh_topics
from tests.waiting import SECONDS, awaited

ROOT = Path(__file__).resolve().parents[2]
PARTITIONS = 2
# The rule that the job has when it starts. The others are on the topic.
STARTS_WITH = card_fraud.RULES / "impossible-travel.yaml"


def paid_at(line):
    """The time of a payment; None for a record that has none."""
    try:
        return datetime.fromisoformat(json.loads(line)["paid_at"])
    except (ValueError, KeyError, TypeError):
        return None


class Payments:
    """Generated payments in order of time, so that none is late, in two parts; and records that are none."""

    def __init__(self):
        self.dataset = generate(4000, seed=11)
        self.malformed = [payload for _, payload in self.dataset.malformed]
        good = sorted(set(self.dataset.payments) - set(self.malformed), key=paid_at)
        self.boundary = paid_at(good[len(good) // 2])
        self.first, self.second = good[: len(good) // 2], good[len(good) // 2 :]
        # One for each partition, an hour later: with them, all before are in the past. They wait for later ones.
        last = json.loads(good[-1])
        at = (paid_at(good[-1]) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
        self.last = [
            json.dumps(last | {"payment_id": f"last-{n}", "card_id": f"last-{n}", "paid_at": at})
            for n in range(PARTITIONS)
        ]

        self.good = [*self.first, *self.second]


def new_tables(directory):
    configuration = Configuration()
    configuration.set_string("rest.bind-address", "127.0.0.1")
    configuration.set_string("execution.checkpointing.interval", "500 ms")
    configuration.set_string("execution.checkpointing.dir", (directory / "checkpoints").as_uri())
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(1)
    environment.add_jars(JAR.as_uri())
    return StreamTableEnvironment.create(environment)


@pytest.fixture(scope="module")
def payments():
    return Payments()


@pytest.fixture(scope="module")
def expected(payments, tmp_path_factory):
    """The alerts of the same payments in files, by their ids."""
    directory = tmp_path_factory.mktemp("files")
    replace(payments.dataset, payments=[*payments.good, payments.last[0]]).write(directory)
    tables = new_tables(directory)
    card_fraud.create_tables(tables, "files", data=str(directory))
    card_fraud.submit(tables, Rules.load(card_fraud.RULES)).wait()
    lines = [line for part in (directory / "alerts").glob("part-*") for line in part.open()]
    return {alert["id"]: alert for alert in map(json.loads, lines)}


class Job:
    """What the job on Kafka reads and writes."""

    def __init__(self, kafka, registry, postgresql, directory):
        self.kafka = kafka
        self.registry = registry
        self.postgresql = postgresql
        self.directory = directory
        self.lake = directory / "lake"
        self.table = self.lake / "card_fraud" / "payments"
        # One for all: each asks the registry before its first.
        self.read_alert = AvroDeserializer(SchemaRegistryClient({"url": registry.url, "timeout": SECONDS}))

    @contextmanager
    def running(self, rules):
        """The job, until the end of the block."""
        secret = f"user={self.postgresql.user}&password={self.postgresql.password}"
        places = {
            "bootstrap_servers": self.kafka.address,
            "registry": self.registry.url,
            "postgresql": f"{self.postgresql.jdbc_url}?{secret}",
            "lake": self.lake.as_uri(),
        }
        tables = new_tables(self.directory)
        card_fraud.create_tables(tables, "kafka_avro", **places)
        running = card_fraud.submit(tables, rules, updates=True).get_job_client()
        try:
            yield
        finally:
            running.cancel().result()

    def pay(self, records):
        """Sends payments as the generator does."""
        empty = Dataset([], [], [], [], [])
        send(replace(empty, payments=records), self.kafka.address, self.registry.url)

    def put(self, value, partition=0):
        """Sends bytes as they are."""
        producer = Producer(self.kafka.settings)
        producer.produce("card_fraud.payments", value, b"key", partition, headers={"trace": b"t1"})
        assert producer.flush(SECONDS) == 0

    def publish(self, *paths):
        target = f"kafka://{self.kafka.address}/card_fraud.rule_updates"
        app(["publish", *map(str, paths), "--to", target], standalone_mode=False)

    def outcomes(self):
        """What became of updates, by rule and version."""
        rows = [json.loads(message.value()) for message in committed(self.kafka, "card_fraud.rule_status")]
        return {(row["rule_id"], row["rule_version"]): row["outcome"] for row in rows}

    def alerts(self):
        """The alerts of the topic, as rows of PostgreSQL."""
        field = SerializationContext("card_fraud.alerts", MessageField.VALUE)
        read = self.read_alert
        found = [read(message.value(), field) for message in committed(self.kafka, "card_fraud.alerts")]
        return sorted(
            tuple(
                value.replace(tzinfo=None) if isinstance(value, datetime) else value
                for value in alert.values()
            )
            for alert in found
        )

    def stored_alerts(self):
        columns = "id, rule_id, rule_version, severity, status, key, started_at, ended_at, measures, events"
        return sorted(self.postgresql.execute(f"SELECT {columns} FROM alerts"))

    def stored_ids(self):
        return {row[0] for row in self.postgresql.execute("SELECT id FROM alerts")}

    def history(self):
        """The rows of the Parquet files that the table consists of now."""
        if not (self.table / "metadata").exists():
            return []
        return [row for file in data_files(self.table) for row in pq.ParquetFile(file).read().to_pylist()]

    def letters(self):
        return [json.loads(message.value()) for message in committed(self.kafka, "card_fraud.dead_letters")]


def in_avro(lines, registry):
    return [value for _, value in encoded("payments", lines, registry.url)]


@pytest.fixture(scope="module")
def bad(payments, registry):
    """Records that can't be used, and why: those that the generator has damaged, and bytes that are no record."""
    whole = in_avro(payments.first[:1], registry)[0]
    damaged = in_avro(payments.malformed, registry)
    return Counter([*damaged, whole[:-4], b"\0\xff\xff\xff\xff" + whole[5:], whole[:30] + b"\xff" * 4, None])


@pytest.fixture(scope="module")
def job(kafka, registry, postgresql, payments, expected, bad, tmp_path_factory):
    """All that the job has written, once it has read all."""
    fresh_topics(kafka)
    postgresql.execute("DROP TABLE IF EXISTS alerts")
    postgresql.execute((ROOT / "deploy" / "postgres" / "tables.sql").read_text())
    job = Job(kafka, registry, postgresql, tmp_path_factory.mktemp("kafka"))
    send(replace(payments.dataset, payments=[]), kafka.address, registry.url)
    job.publish(*(rule for rule in sorted(card_fraud.RULES.glob("*.yaml")) if rule != STARTS_WITH))
    with job.running(Rules.load(STARTS_WITH)):
        awaited(lambda: len(job.outcomes()) == 4)
        # Some twice, as of producers that send again what they have sent.
        job.pay([line for n, line in enumerate(payments.first) for _ in range(2 if n % 50 == 0 else 1)])
        before = payments.boundary - timedelta(minutes=5)
        sure = {alert_id for alert_id, alert in expected.items() if ended_at(alert) < before}
        assert len(sure) > 5
        awaited(lambda: sure <= job.stored_ids())
        job.publish(ROOT / "demo" / "card-testing.v2.yaml")
        awaited(lambda: ("card-testing", 2) in job.outcomes())
        job.pay(payments.second)
        for record in bad.elements():
            job.put(record)
        # Whatever else is sent, or isn't.
        awaited(lambda: len(job.letters()) == bad.total())
        for partition, record in enumerate(in_avro(payments.last, registry)):
            job.put(record, partition)
        unchanged = {alert_id for alert_id, alert in expected.items() if alert["rule_id"] != "card-testing"}
        awaited(lambda: unchanged <= job.stored_ids())
        awaited(lambda: job.alerts() == job.stored_alerts())
        awaited(lambda: (len(job.letters()), len(job.history())) == (bad.total(), len(payments.good)))
    return job


def ended_at(alert):
    return datetime.fromisoformat(alert["ended_at"])


def test_the_same_alerts_are_found_as_in_files(job, expected):
    found = {row[0]: row[1] for row in job.alerts()}

    assert {alert_id for alert_id, rule in found.items() if rule != "card-testing"} == {
        alert_id for alert_id, alert in expected.items() if alert["rule_id"] != "card-testing"
    }


def test_an_alert_is_in_the_topic_once_and_in_postgresql_once(job):
    alerts = job.alerts()

    assert len({alert[0] for alert in alerts}) == len(alerts) > 10
    assert job.stored_alerts() == alerts


def test_rules_come_from_their_topic_and_change_while_the_job_runs(job, payments):
    assert job.outcomes() == {
        # The job begins with it.
        ("impossible-travel", 1): "accepted",
        ("card-testing", 1): "accepted",
        ("spending-burst", 1): "accepted",
        ("terminal-misuse", 2): "accepted",
        ("card-testing", 2): "replaced",
    }
    found = [row for row in job.alerts() if row[1] == "card-testing"]
    assert {row[2] for row in found} == {1, 2}
    boundary = payments.boundary.replace(tzinfo=None)
    assert all((version == 2) == (started_at >= boundary) for _, _, version, _, _, _, started_at, *_ in found)


def test_each_bad_record_is_a_dead_letter_once_with_its_bytes(job, bad):
    letters = job.letters()

    assert Counter(letter["payload"] and b64decode(letter["payload"]) for letter in letters) == bad
    places = [(letter["topic"], letter["partition"], letter["offset"]) for letter in letters]
    first = min(offset for _, _, offset in places)
    # They were sent one after the other.
    assert sorted(places) == [("card_fraud.payments", 0, first + number) for number in range(len(letters))]
    assert sorted(letter["id"] for letter in letters) == sorted("/".join(map(str, place)) for place in places)
    assert {(letter["record_key"], letter["headers"]["trace"], letter["tries"]) for letter in letters} == {
        ("a2V5", "dDE=", 0)
    }
    assert Counter(letter["reason"] for letter in letters) == {
        # One of them has bytes in a text that are no UTF-8.
        "unreadable": 16,
        "truncated": 1,
        "unknown-schema": 1,
        "tombstone": 1,
        "amount: negative": 1,
        "currency: not a three-letter code": 1,
        "longitude: not from -180 to 180": 1,
        "paid_at: missing, before 1970, or in the future": 1,
    }


def test_the_lake_has_each_payment_once_in_files_by_day(job, payments):
    history = job.history()

    assert Counter(row["payment_id"] for row in history) == Counter(
        json.loads(line)["payment_id"] for line in payments.good
    )
    assert all(row["paid_at"].strftime("%Y-%m-%d") == row["day"] for row in history)
    assert len({row["day"] for row in history}) == 14


def test_the_lake_has_the_labels_of_payments(job, payments):
    told = {row["payment_id"]: row["fraud"] for row in job.history()}

    paid = [json.loads(line) for line in payments.good]
    assert told == {payment["payment_id"]: payment.get("fraud") for payment in paid}
    assert len(set(told.values())) == 5


def test_the_rules_find_in_the_lake_what_they_found_in_the_stream(job):
    """But for card-testing, of which a new version came meanwhile, and began afresh."""
    rules = [str(rule) for rule in card_fraud.RULES.glob("*.yaml") if rule.stem != "card-testing"]
    ran = CliRunner().invoke(
        app,
        [
            "backtest",
            *rules,
            "--events",
            str(job.table),
            "--time",
            "rowtime",
            "--label",
            "fraud",
            "--format",
            "json",
        ],
    )

    assert ran.exit_code == 0, ran.output
    backtest = json.loads(ran.stdout)
    told = {rule["id"]: rule["alerts"] for rule in backtest["rules"]}
    assert told == Counter(row[1] for row in job.alerts() if row[1] != "card-testing")
    labelled = sum(row["fraud"] is not None for row in job.history())
    assert {rule["score"]["labelled"] for rule in backtest["rules"]} == {labelled}
    assert all(rule["score"]["precision"] > 0.5 for rule in backtest["rules"])
