"""Generated payments on the topics of card_fraud: under their card, in Avro or JSON, and at a rate."""

import json
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from generators.card_fraud import generate, main
from generators.card_fraud_topics import send
from tests.card_fraud_topics import committed, fresh_topics
from tests.waiting import SECONDS

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
        # Good payments have no label, which Avro has as NULL.
        record.setdefault("fraud", None)
    return record


def test_confluents_deserializer_reads_what_is_sent_in_avro(kafka, registry, dataset):
    fresh_topics(kafka)
    send(dataset, kafka.address, registry.url)

    with SchemaRegistryClient({"url": registry.url, "timeout": SECONDS}) as client:
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


def test_payments_of_a_file_are_sent_and_lines_that_do_not_fit_are_told(
    kafka, registry, tmp_path, monkeypatch, capsys
):
    fresh_topics(kafka)
    paid = {"payment_id": "p1", "paid_at": "2025-03-18T08:00:00", "card_id": "c1", "amount": 3.5}
    good = paid | dict.fromkeys(["customer_id", "terminal_id", "merchant_id", "currency"], "x")
    without_customer = {name: value for name, value in good.items() if name != "customer_id"}
    lines = [
        json.dumps(good),
        "",
        json.dumps(good | {"amount": "3,50"}),
        json.dumps(without_customer),
        '{"pay',
    ]
    file = tmp_path / "payments.jsonl"
    file.write_text("\n".join(lines))
    to = ["--to", f"kafka://{kafka.address}", "--registry", registry.url]
    monkeypatch.setattr(sys, "argv", ["card_fraud", "--file", str(file), *to])

    main()

    told = capsys.readouterr().err.splitlines()
    assert [line.partition(": does not fit the schema, and is sent as it is: ")[0] for line in told[:-1]] == [
        f"{file}:{number}" for number in (3, 4, 5)
    ]
    assert told[-1] == "4 payments sent"
    values = [message.value() for message in committed(kafka, "card_fraud.payments")]
    assert {line.encode() for line in lines[2:]} < set(values)
    with SchemaRegistryClient({"url": registry.url, "timeout": SECONDS}) as client:
        (whole,) = [value for value in values if value.startswith(b"\0")]
        read = AvroDeserializer(client)(whole)
    # A time without a zone is in UTC, wherever it is sent.
    assert (read["payment_id"], read["paid_at"]) == ("p1", datetime(2025, 3, 18, 8, tzinfo=UTC))


def test_a_file_goes_to_a_broker(tmp_path, monkeypatch, capsys):
    file = tmp_path / "payments.jsonl"
    file.touch()
    monkeypatch.setattr(sys, "argv", ["card_fraud", "--file", str(file)])

    with pytest.raises(SystemExit):
        main()

    assert "--file needs --to" in capsys.readouterr().err
