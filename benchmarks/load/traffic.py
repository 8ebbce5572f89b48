"""Sends payments at a rate, and reads the alerts as they come."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import fastavro
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from benchmarks.load.payments import Payments, customers, rates
from deploy.local.parts import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

PAYMENTS, ALERTS = "card_fraud.payments", "card_fraud.alerts"
KEYS = {"customers": "customer_id", "rates": "currency"}
# How often the sender looks at the clock.
TICK = 0.005
SECONDS_TO_DELIVER = 60
SECONDS_OF_SILENCE = 2
# About one of fifty payments raises alerts, and watermarks are 100 ms apart.
CLOSING, CLOSING_RATE = 1500, 1500.0


@dataclass(frozen=True)
class Seen:
    """An alert that was read.

    Attributes:
        at: milliseconds since 1970.
        ended_at: the time of its last payment, which is when that was sent.
        payment: the number of that payment.
    """

    at: float
    ended_at: int
    payment: int


class Traffic:
    """Sends to a broker.

    Args:
        broker: its address.
        registry: the URL of the schema registry.
    """

    def __init__(self, broker: str, registry: str) -> None:
        self.broker = broker
        self._registry = SchemaRegistryClient({"url": registry, "timeout": 60})
        self._producer = Producer(
            {
                "bootstrap.servers": broker,
                "enable.idempotence": True,
                "linger.ms": 5,
                "partitioner": "murmur2",
                "queue.buffering.max.messages": 1_000_000,
                "log_level": 0,
            }
        )
        self._payments = Payments(*self._schema("payments"))
        self.sent = 0
        # The next payment's time is no earlier than the last one's.
        self._last_ms = 0

    def send_profiles_and_rates(self) -> None:
        """Sends what payments are enriched with."""
        valid_from = int(time.time() * 1000) - 3_600_000
        for name, records in {"customers": customers(valid_from), "rates": rates(valid_from)}.items():
            schema, schema_id = self._schema(name)
            self._deliver(f"card_fraud.{name}", KEYS[name], records, fastavro.parse_schema(schema), schema_id)

    def send(self, count: int, rate: float | None) -> float:
        """Sends payments evenly, or as fast as can be; gives the seconds that it took.

        The time of a payment is when it should be sent, so what holds up the sender counts as latency.
        """
        begun, done = time.time(), 0
        while done < count:
            now = time.time()
            due = count if rate is None else min(count, int((now - begun) * rate))
            if rate is None:
                due = min(due, done + 2000)
            for number in range(done, due):
                paid_at = int((begun + number / rate if rate else now) * 1000)
                self._last_ms = max(self._last_ms, paid_at)
                key, value = self._payments.record(self.sent + number, self._last_ms)
                self._produce(PAYMENTS, key, value)
            done = due
            self._producer.poll(0 if rate is None else TICK)
        self.sent += count
        self._flush()
        return time.time() - begun

    def close(self) -> int:
        """Sends some more payments, so that the time of those before is over.

        Returns:
            A number of a payment up to which alerts come, and soon.
        """
        last = self.sent
        self.send(CLOSING, rate=CLOSING_RATE)
        return last - CLOSING

    def skip_to_the_end(self) -> None:
        """Has a job that starts without a checkpoint read what is sent from now on."""
        consumer = Consumer({"bootstrap.servers": self.broker, "group.id": "card_fraud", "log_level": 0})
        try:
            ends = [
                TopicPartition(
                    PAYMENTS, number, consumer.get_watermark_offsets(TopicPartition(PAYMENTS, number))[1]
                )
                for number in consumer.list_topics(PAYMENTS, timeout=30).topics[PAYMENTS].partitions
            ]
            consumer.commit(offsets=ends, asynchronous=False)
        finally:
            consumer.close()

    def _schema(self, name: str) -> tuple[dict, int]:
        text = (ROOT / "schemas" / name / "v1.avsc").read_text()
        return json.loads(text), self._registry.register_schema(
            f"card_fraud.{name}-value", Schema(text, "AVRO")
        )

    def _deliver(self, topic: str, key: str, records: Iterable[dict], schema: dict, schema_id: int) -> None:
        for record in records:
            value = BytesIO()
            value.write(bytes(1) + schema_id.to_bytes(4, "big"))
            fastavro.schemaless_writer(value, schema, record)
            self._produce(topic, record[key].encode(), value.getvalue())
        self._flush()

    def _produce(self, topic: str, key: bytes, value: bytes) -> None:
        while True:
            try:
                self._producer.produce(topic, value, key)
                return
            except BufferError:
                self._producer.poll(0.05)

    def _flush(self) -> None:
        if left := self._producer.flush(SECONDS_TO_DELIVER):
            raise RuntimeError(f"{left} records were not delivered in {SECONDS_TO_DELIVER} s")


class Alerts:
    """Reads alerts in a thread of its own, from now on, until it is closed.

    Args:
        broker: its address.
        committed: whether to read what is committed only.
    """

    def __init__(self, broker: str, committed: bool) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": broker,
                "group.id": "load",
                "enable.auto.commit": False,
                "isolation.level": "read_committed" if committed else "read_uncommitted",
                "fetch.wait.max.ms": 100,
                "log_level": 0,
            }
        )
        partitions = self._consumer.list_topics(ALERTS, timeout=30).topics[ALERTS].partitions
        # Ends are those of what is written, committed or not.
        ends = {
            number: self._consumer.get_watermark_offsets(TopicPartition(ALERTS, number))[1]
            for number in partitions
        }
        self._consumer.assign([TopicPartition(ALERTS, number, end) for number, end in ends.items()])
        self._schema = fastavro.parse_schema(
            json.loads((ROOT / "schemas" / "alerts" / "v1.avsc").read_text())
        )
        self.seen: list[Seen] = []
        self._open = True
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def __enter__(self) -> Alerts:
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join()
        self._consumer.close()

    def await_payment(self, number: int, at_most: float = 300.0) -> None:
        """Waits until alerts have come to a payment, by its number."""
        deadline = time.time() + at_most
        looked = 0
        while time.time() < deadline:
            seen, looked = self.seen[looked:], len(self.seen)
            if any(one.payment >= number for one in seen):
                return
            time.sleep(0.05)
        raise TimeoutError(
            f"no alert of payment {number:,} or later in {at_most:g} s; {len(self.seen):,} of others"
        )

    def await_silence(self) -> None:
        """Waits until no alert has come for a while: what piled up while a job started comes key by key."""
        before = -1
        while before < (before := len(self.seen)):
            time.sleep(SECONDS_OF_SILENCE)

    def _read(self) -> None:
        while self._open:
            messages = self._consumer.consume(500, 0.05)
            at = time.time() * 1000
            for message in messages:
                if message.error() is None:
                    alert = fastavro.schemaless_reader(BytesIO(message.value()[5:]), self._schema, None)
                    payment = json.loads(alert["measures"])["last_payment_id"]
                    self.seen.append(Seen(at, round(alert["ended_at"].timestamp() * 1000), int(payment)))
