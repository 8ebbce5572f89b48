"""Generated payments on the topics of card_fraud: under their card, in Avro or JSON, and at a rate."""

import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from generators.card_fraud import generate
from generators.card_fraud_topics import send
from tests.card_fraud_topics import committed, fresh_topics

KEYS = {"payments": "card_id", "customers": "customer_id", "rates": "currency"}


@pytest.fixture(scope="module")
def dataset():
    """Without records that are damaged, so that all can be read."""
    dataset = generate(2000, seed=3)
    damaged = {payload for _, payload in dataset.malformed}
    return replace(dataset, payments=[line for line in dataset.payments if line not in damaged])


def in_python(line):
    """A record of the generator as a reader of Avro has it."""
    record = json.loads(line)
    for name in ("paid_at", "valid_from"):
        if name in record:
            record[name] = datetime.fromisoformat(record[name])
    if "amount" in record:
        record["amount"] = Decimal(str(record["amount"])).quantize(Decimal("0.01"))
    return record


def test_confluents_deserializer_reads_what_is_sent_in_avro(kafka, registry, dataset):
    fresh_topics(kafka)
    send(dataset, kafka.address, registry.url)

    with SchemaRegistryClient({"url": registry.url, "timeout": 20}) as client:
        read = AvroDeserializer(client)
        for name, key in KEYS.items():
            topic = f"card_fraud.{name}"
            field = SerializationContext(topic, MessageField.VALUE)
            messages = committed(kafka, topic)
            found = [read(message.value(), field) for message in messages]
            assert sorted(found, key=str) == sorted(map(in_python, getattr(dataset, name)), key=str)
            assert [message.key().decode() for message in messages] == [record[key] for record in found]


def test_the_payments_of_a_card_are_in_one_partition_in_their_order(kafka, dataset):
    fresh_topics(kafka)
    send(dataset, kafka.address)

    partitions, found = defaultdict(set), defaultdict(list)
    for message in committed(kafka, "card_fraud.payments"):
        partitions[message.key()].add(message.partition())
        found[message.key()].append(message.value().decode())
    given = defaultdict(list)
    for line in dataset.payments:
        given[json.loads(line)["card_id"].encode()].append(line)
    assert found == given
    assert Counter(map(len, partitions.values())).keys() == {1}
    assert len(set.union(*partitions.values())) == 2


def test_payments_are_sent_no_faster_than_they_should_be(kafka, dataset):
    fresh_topics(kafka)
    sent = send(dataset, kafka.address, rate=1000)

    assert sent.payments == len(dataset.payments)
    # The last ones go at once.
    assert sent.seconds >= (sent.payments - 400) / 1000
