"""Send generated payments, profiles and rates to the topics of `jobs/card_fraud.py`.

With a registry they are sent in Avro, by the schemas of `schemas/`; without one in JSON. What can't be written by the
schema, such as half a record, is sent as the text that it is. Payments go under their card, profiles under their
customer and rates under their currency, which is what the tables of the job expect.

Run:    python -m generators.card_fraud --payments 500000 --to kafka://localhost:9092 --registry URL --rate 20000
        python -m generators.card_fraud --file demo/payments.jsonl --to kafka://localhost:9092 --registry URL
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import fastavro
from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from confluent_kafka import KafkaError, Message

    from generators.card_fraud import Dataset

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
KEYS = {"customers": "customer_id", "rates": "currency", "payments": "card_id"}
TIMES = ("paid_at", "valid_from")
# What a line raises that can't be written by a schema.
NO_RECORD = (ValueError, TypeError, KeyError, ArithmeticError)
SECONDS_TO_DELIVER = 60.0
# The producer makes its own batches of what it is given; this is how often the rate is looked at.
RECORDS_AT_ONCE = 200


@dataclass(frozen=True)
class Sent:
    """How many payments were sent, and how long it took from the first to the last that was delivered."""

    payments: int
    seconds: float


def send(
    dataset: Dataset,
    bootstrap_servers: str,
    registry: str | None = None,
    rate: float | None = None,
    client: Mapping[str, str] | None = None,
) -> Sent:
    """Sends all of a dataset, the payments last.

    Args:
        dataset: what `generate` has made.
        bootstrap_servers: addresses of brokers that have the topics.
        registry: URL of a schema registry, which gets the schemas that it lacks; None for JSON.
        rate: payments a second; None for as many as can be sent.
        client: settings of librdkafka, such as those of TLS and SASL.
    """
    for name in ("customers", "rates"):
        send_lines(name, getattr(dataset, name), bootstrap_servers, registry, client=client)
    return send_lines("payments", dataset.payments, bootstrap_servers, registry, rate, client)


def send_lines(
    name: str,
    lines: Iterable[str],
    bootstrap_servers: str,
    registry: str | None = None,
    rate: float | None = None,
    client: Mapping[str, str] | None = None,
) -> Sent:
    """Sends records of one kind, each a line of JSON.

    Args:
        name: payments, customers or rates.
        lines: the records, with the fields of schemas/NAME, and times as text of ISO 8601.
        bootstrap_servers: addresses of brokers that have the topics.
        registry: URL of a schema registry; None for JSON.
        rate: records a second; None for as many as can be sent.
        client: settings of librdkafka.
    """
    producer = Producer({"linger.ms": 5, **(client or {}), "bootstrap.servers": bootstrap_servers})
    # Written before the first is sent, so that writing takes no part in the rate.
    records = [(key_of(line, KEYS[name]), value) for line, value in encoded(name, lines, registry)]
    return deliver(producer, f"card_fraud.{name}", records, rate)


def deliver(
    producer: Producer, topic: str, records: list[tuple[str | None, bytes]], rate: float | None
) -> Sent:
    """Sends records to a topic, no faster than a rate, and waits until the broker has them.

    Raises:
        RuntimeError: The broker has refused one, or doesn't answer.
    """
    failures: list[KafkaError] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failures.append(error)

    started = time.perf_counter()
    for number, (key, value) in enumerate(records):
        if number % RECORDS_AT_ONCE == 0 and rate is not None:
            ahead = number / rate - (time.perf_counter() - started)
            if ahead > 0:
                time.sleep(ahead)
        while True:
            try:
                producer.produce(topic, value, key, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.1)
        if number % RECORDS_AT_ONCE == 0:
            producer.poll(0)
    undelivered = producer.flush(SECONDS_TO_DELIVER)
    if failures or undelivered:
        raise RuntimeError(
            f"{topic}: {failures[0] if failures else f'{undelivered} records are not delivered'}"
        )
    return Sent(len(records), time.perf_counter() - started)


def encoded(name: str, lines: Iterable[str], registry: str | None) -> Iterator[tuple[str, bytes]]:
    """Lines of JSON, and each as the bytes of a message."""
    if registry is None:
        yield from ((line, line.encode()) for line in lines)
        return
    text = newest_schema(name)
    with SchemaRegistryClient({"url": registry, "timeout": 20}) as client:
        schema_id = client.register_schema(f"card_fraud.{name}-value", Schema(text, "AVRO"))
    schema = fastavro.parse_schema(json.loads(text))
    # As Confluent's serializers have it: a zero, the schema's id in four bytes, and the record.
    head = bytes(1) + schema_id.to_bytes(4, "big")
    for line in lines:
        try:
            yield line, head + in_avro(line, schema)
        except NO_RECORD:
            yield line, line.encode()


def misfits(name: str, lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Which lines are no records of the schema, by their numbers from 1, and why: these are sent as they are."""
    schema = fastavro.parse_schema(json.loads(newest_schema(name)))
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                in_avro(line, schema)
            except NO_RECORD as error:
                yield number, f"{type(error).__name__}: {error}"


def newest_schema(name: str) -> str:
    """The text of the newest version of a schema in Avro."""
    versions = (SCHEMAS / name).glob("v*.avsc")
    return max(versions, key=lambda version: int(version.stem[1:])).read_text()


def in_avro(line: str, schema: object) -> bytes:
    """A line of JSON in Avro; one of NO_RECORD is raised where it is none of the schema."""
    body = BytesIO()
    fastavro.schemaless_writer(body, schema, of_avro(json.loads(line)))
    return body.getvalue()


def of_avro(record: dict) -> dict:
    """A record of JSON with the times, in UTC where they say no zone, and the amounts of Avro.

    Example:
        >>> of_avro({"paid_at": "2025-03-03T08:00:00.250Z", "amount": 12.5})
        {'paid_at': 1740988800250, 'amount': Decimal('12.5')}
    """
    for name in TIMES:
        if name in record:
            time = datetime.fromisoformat(record[name])
            record[name] = round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
    if "amount" in record:
        record["amount"] = Decimal(str(record["amount"]))
    return record


def key_of(line: str, name: str) -> str | None:
    """The field of a record that is its key; None where it has none.

    Example:
        >>> [key_of(line, "card_id") for line in ('{"card_id": "card-1"}', "502 Bad Gateway", "502")]
        ['card-1', None, None]
    """
    try:
        return json.loads(line).get(name)
    except (ValueError, AttributeError):
        return None
