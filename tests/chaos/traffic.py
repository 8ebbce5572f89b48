"""Sends numbered payments to the job's topics, and reads what the job made of them."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from deploy.local.parts import ROOT
from tests.chaos.payments import CARDS, ONE_DAMAGED_IN, START_MS, Alert, damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PAYMENTS, ALERTS, LETTERS = "card_fraud.payments", "card_fraud.alerts", "card_fraud.dead_letters"
SECONDS_TO_DELIVER = 300
# Where in a topic a record is.
Place = tuple[int, int]


@dataclass
class Traffic:
    """Sends to a broker, and reads from it.

    Args:
        broker: Its address.
        registry: The URL of the schema registry.

    Attributes:
        damaged: Where the damaged records went.
        sent: How many payments were sent.
        problems: What was not delivered, and why.
    """

    broker: str
    registry: str
    damaged: Counter[Place] = field(default_factory=Counter)
    sent: int = 0
    problems: list[str] = field(default_factory=list)

    def send_profiles_and_rates(self) -> None:
        """Sends what payments are enriched with: one rate, and the customers of `Numbered`."""
        producer = self._producer()
        customer, rate = self._serializer("card_fraud.customers"), self._serializer("card_fraud.rates")
        for number in range(CARDS):
            profile = {
                "customer_id": f"u{number:03}",
                "valid_from": START_MS - 1000,
                "home_latitude": 48.0,
                "home_longitude": 2.0,
                "currency": "EUR",
                "average_eur": 20.0,
            }
            producer.produce("card_fraud.customers", customer(profile), profile["customer_id"])
        euro = {"currency": "EUR", "valid_from": START_MS - 1000, "per_eur": 1.0}
        producer.produce("card_fraud.rates", rate(euro), "EUR")
        self._flush(producer)

    def send(
        self,
        payments: Iterable[Mapping[str, object]],
        each: float = 0,
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """Sends payments, damaged records among them, evenly over a time.

        Args:
            payments: What to send.
            each: How many seconds to take for each.
            go_on: Whether to take it: once it says no, the rest is sent as fast as can be.
        """
        producer, serialize = self._producer(), self._serializer(PAYMENTS)
        begun = time.monotonic()
        for number, payment in enumerate(payments):
            while (due := begun + each * number) > time.monotonic() and go_on():
                producer.poll(max(0.0, min(0.05, due - time.monotonic())))
            record = serialize(payment)
            self._produce(producer, record, str(payment["card_id"]), self._not_delivered)
            if number % ONE_DAMAGED_IN == ONE_DAMAGED_IN - 1:
                broken = damaged(record, number // ONE_DAMAGED_IN)
                self._produce(producer, broken, str(payment["card_id"]), self._note_damaged)
            self.sent += 1
        self._flush(producer)

    def alerts(self) -> Counter[Alert]:
        """The alerts that a reader of what is committed finds in Kafka."""
        deserialize = AvroDeserializer(self._registry())
        context = SerializationContext(ALERTS, MessageField.VALUE)
        found = (deserialize(value, context) for value in self._committed(ALERTS))
        return Counter(alert_of(alert["rule_id"], alert["measures"]) for alert in found)

    def dead_letters(self) -> Counter[Place]:
        """Where the records were that a reader of what is committed finds among the dead letters."""
        letters = (json.loads(value) for value in self._committed(LETTERS))
        return Counter((letter["partition"], letter["offset"]) for letter in letters)

    def _serializer(self, topic: str) -> Callable[[object], bytes]:
        schema = (ROOT / "schemas" / topic.removeprefix("card_fraud.") / "v1.avsc").read_text()
        serializer = AvroSerializer(self._registry(), schema)
        context = SerializationContext(topic, MessageField.VALUE)
        return lambda value: serializer(value, context)

    def _registry(self) -> SchemaRegistryClient:
        return SchemaRegistryClient({"url": self.registry, "timeout": 20})

    def _producer(self) -> Producer:
        # Idempotent: what it sends again after a broker has died, the broker has once.
        return Producer(
            {
                "bootstrap.servers": self.broker,
                "enable.idempotence": True,
                "message.timeout.ms": SECONDS_TO_DELIVER * 1000,
                "linger.ms": 20,
                "log_level": 0,
                "partitioner": "murmur2",
            }
        )

    @staticmethod
    def _produce(producer: Producer, value: bytes | None, key: str, delivered: Callable[..., None]) -> None:
        while True:
            try:
                producer.produce(PAYMENTS, value, key, on_delivery=delivered)
            except BufferError:
                producer.poll(0.1)
            else:
                producer.poll(0)
                return

    def _flush(self, producer: Producer) -> None:
        if left := producer.flush(SECONDS_TO_DELIVER):
            self.problems.append(f"{left} records were not delivered in {SECONDS_TO_DELIVER} s")

    def _not_delivered(self, error: object, _message: object) -> None:
        if error is not None:
            self.problems.append(str(error))

    def _note_damaged(self, error: object, message: object) -> None:
        self._not_delivered(error, message)
        if error is None:
            self.damaged[message.partition(), message.offset()] += 1

    def _committed(self, topic: str) -> Iterator[bytes]:
        consumer = Consumer(
            {
                "bootstrap.servers": self.broker,
                "group.id": "chaos",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "log_level": 0,
            }
        )
        try:
            partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
            left = set(partitions)
            while left:
                message = consumer.poll(30)
                if message is None:
                    raise TimeoutError(f"the broker gives no more of {topic}")
                if message.error() is None:
                    yield message.value()
                else:
                    left.discard(message.partition())
        finally:
            consumer.close()


def alert_of(rule_id: str, measures: str) -> Alert:
    """An alert by its columns."""
    payments = json.loads(measures)
    return Alert(rule_id, payments["first"], payments["last"])
