"""The card_fraud job on a Kafka broker, in JSON: alerts, and a new version of a rule that it takes from its topic."""

import json
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs import card_fraud
from pyflink_cep import Rules
from pyflink_cep._connectors import JAR
from pyflink_cep.cli import app
from tests.card_fraud_topics import fresh_topics
from tests.waiting import SECONDS

ROOT = Path(__file__).resolve().parents[2]


def instant(minute):
    return f"{(datetime(2025, 3, 3, 8) + timedelta(minutes=minute)).isoformat(timespec='seconds')}Z"


class Topics:
    """Writes and reads the job's topics."""

    def __init__(self, address):
        self.producer = Producer({"bootstrap.servers": address})
        self.consumers = {}
        for topic in ("alerts", "rule_status"):
            settings = {"group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest"}
            self.consumers[topic] = Consumer({"bootstrap.servers": address, **settings})
            self.consumers[topic].subscribe([f"card_fraud.{topic}"])

    def send(self, topic, value, key=None):
        self.producer.produce(f"card_fraud.{topic}", key=key, value=json.dumps(value))
        self.producer.flush(SECONDS)

    def pay(self, minute, card, amount, merchant):
        payment = {
            "payment_id": f"{card}-{minute}",
            "paid_at": instant(minute),
            "card_id": card,
            "customer_id": "alice",
            "terminal_id": "t1",
            "merchant_id": merchant,
            "amount": amount,
            "currency": "EUR",
        }
        self.send("payments", payment)

    def probe_and_spend(self, minute, card, spend):
        """Three probes and a spend, and a payment of another card after which all of them are in the past."""
        for probe in range(3):
            self.pay(minute + probe, card, 0.5, "songs")
        self.pay(minute + 5, card, spend, "jeweller")
        self.pay(minute + 7, "other", 20, "bistro")

    def await_rows(self, topic, number):
        """The next rows of a topic."""
        rows = []
        deadline = time.monotonic() + SECONDS
        while len(rows) < number and time.monotonic() < deadline:
            message = self.consumers[topic].poll(0.2)
            if message is not None and message.error() is None:
                rows.append(json.loads(message.value()))
        assert len(rows) == number, f"{topic} has {rows}"
        return rows


@pytest.fixture
def topics(kafka):
    fresh_topics(kafka, "card_fraud.payments")
    topics = Topics(kafka.address)
    topics.send("rates", {"currency": "EUR", "valid_from": instant(-60), "per_eur": 1.0}, key="EUR")
    topics.send(
        "customers",
        {"customer_id": "alice", "valid_from": instant(-60), "currency": "EUR", "average_eur": 40.0},
        key="alice",
    )
    yield topics
    for consumer in topics.consumers.values():
        consumer.close()


@pytest.fixture
def job(kafka, topics):
    """Runs the job to the end of the test."""
    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.set_parallelism(1)
    # Alerts are committed with it.
    environment.enable_checkpointing(500)
    environment.add_jars(JAR.as_uri())
    tables = StreamTableEnvironment.create(environment)
    card_fraud.create_tables(tables, "kafka_json", bootstrap_servers=kafka.address)
    result = card_fraud.submit(tables, Rules.load(card_fraud.RULES), updates=True)
    yield
    result.get_job_client().cancel().result()


def alerts_of(rows):
    return [
        (row["rule_id"], row["rule_version"], row["status"], json.loads(row["key"])["card_id"])
        for row in rows
    ]


@pytest.mark.usefixtures("job")
def test_the_job_takes_a_new_version_of_a_rule_from_its_topic(kafka, topics):
    topics.probe_and_spend(0, "before", 600)
    assert alerts_of(topics.await_rows("alerts", 1)) == [("card-testing", 1, "live", "before")]

    begun = topics.await_rows("rule_status", 4)
    assert {(row["rule_id"], row["outcome"]) for row in begun} == {
        (path.stem, "accepted") for path in (ROOT / "rules" / "card_fraud").glob("*.yaml")
    }
    target = f"kafka://{kafka.address}/card_fraud.rule_updates"
    app(["publish", str(ROOT / "demo" / "card-testing.v2.yaml"), "--to", target], standalone_mode=False)
    (status,) = topics.await_rows("rule_status", 1)
    assert (status["rule_id"], status["rule_version"], status["outcome"]) == ("card-testing", 2, "replaced")

    topics.probe_and_spend(20, "let-through", 600)
    topics.probe_and_spend(40, "after", 740)
    assert alerts_of(topics.await_rows("alerts", 1)) == [("card-testing", 2, "live", "after")]
