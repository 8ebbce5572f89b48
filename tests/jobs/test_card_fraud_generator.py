"""Generated payments: what a seed fixes, and what is in them."""

import csv
import json
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from generators.card_fraud import KINDS, generate


@pytest.fixture(scope="module")
def dataset():
    return generate(payments=40_000, seed=7)


@pytest.fixture(scope="module")
def payments(dataset):
    malformed = {payload for _, payload in dataset.malformed}
    records = [json.loads(line) for line in dataset.payments if line not in malformed]
    return {record["payment_id"]: record for record in records}


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for directory in ("one", "other"):
        generate(payments=3_000, seed=1).write(tmp_path / directory)
    files, others = (written(tmp_path / directory) for directory in ("one", "other"))
    assert files == others
    assert sorted(files) == [
        "customers.jsonl",
        "labels.csv",
        "malformed.csv",
        "payments/1.jsonl.gz",
        "rates.jsonl",
    ]


def written(directory):
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def test_another_seed_gives_other_payments():
    assert generate(payments=3_000, seed=1).payments != generate(payments=3_000, seed=2).payments


def test_there_are_as_many_payments_as_asked_for(payments):
    assert len(payments) == 40_000


def test_every_kind_of_fraud_is_labelled_on_payments_that_exist(dataset, payments):
    kinds = Counter(kind for kind, _ in {(kind, incident) for _, kind, incident in dataset.labels})
    assert kinds == dict.fromkeys(KINDS, 10)
    assert all(payment_id in payments for payment_id, _, _ in dataset.labels)


def test_card_testing_is_probes_and_a_larger_spend_of_one_card(dataset, payments):
    incidents = defaultdict(list)
    for payment_id, kind, incident in dataset.labels:
        if kind == "card-testing":
            incidents[incident].append(payments[payment_id])
    for paid in incidents.values():
        *probes, spend = sorted(paid, key=lambda payment: payment["paid_at"])
        assert len(probes) >= 3
        assert {payment["card_id"] for payment in paid} == {spend["card_id"]}
        assert all(probe["amount"] < 1.2 < spend["amount"] for probe in probes)
        assert all(probe["merchant_id"] != spend["merchant_id"] for probe in probes)


def test_a_fraudulent_payment_says_its_kind_and_no_other_does(dataset, payments):
    told = {payment_id: paid["fraud"] for payment_id, paid in payments.items() if "fraud" in paid}
    assert told == {payment_id: kind for payment_id, kind, _ in dataset.labels}


def test_some_payments_come_out_of_order_and_a_few_late(dataset, payments):
    malformed = {payload for _, payload in dataset.malformed}
    paid_at = [json.loads(line)["paid_at"] for line in dataset.payments if line not in malformed]
    out_of_order = sum(earlier > later for earlier, later in pairwise(paid_at))
    assert 100 < out_of_order < 10_000
    assert sorted(paid_at) == sorted(payment["paid_at"] for payment in payments.values())


def test_each_way_to_be_malformed_is_there(dataset, tmp_path):
    assert len(dataset.malformed) == 40
    assert {field for field, _ in dataset.malformed} == {
        "payload", "payment_id", "paid_at", "card_id", "customer_id", "terminal_id", "merchant_id", "amount",
        "currency", "latitude", "longitude",
    }  # fmt: skip
    dataset.write(tmp_path)
    with (tmp_path / "malformed.csv").open(newline="") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == dataset.malformed


def test_customers_pay_by_day_more_than_by_night(payments):
    hours = Counter(int(payment["paid_at"][11:13]) for payment in payments.values())
    assert min(hours[hour] for hour in (11, 12, 17, 18)) > 3 * max(hours[hour] for hour in (1, 2, 3))


def test_there_are_several_currencies(payments):
    assert len({payment["currency"] for payment in payments.values()}) >= 10
