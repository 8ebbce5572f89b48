"""Payments of the Fraud Detection Handbook, as the job's input."""

import json

import pandas as pd

from demo.card_fraud_handbook import convert


def history(*rows):
    columns = ["payment_id", "paid_at", "customer_id", "terminal_id", "amount", "fraud_scenario"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(paid_at=pd.to_datetime(frame["paid_at"]))


def test_a_payment_is_online_and_in_euros():
    dataset = convert(history((7, "2018-04-01 10:00:00", 1, 2, 50.5, 0)))
    assert [json.loads(line) for line in dataset.payments] == [
        {
            "payment_id": "p7",
            "paid_at": "2018-04-01T10:00:00Z",
            "card_id": "c1",
            "customer_id": "c1",
            "terminal_id": "t2",
            "merchant_id": "t2",
            "amount": 50.5,
            "currency": "EUR",
        }
    ]


def test_the_average_is_that_of_the_weeks_before():
    dataset = convert(
        history(
            (1, "2018-04-01 10:00:00", 1, 2, 10, 0),
            (2, "2018-04-09 10:00:00", 1, 2, 30, 0),
            (3, "2018-04-10 10:00:00", 1, 2, 50, 0),
        )
    )
    profiles = [json.loads(line) for line in dataset.customers]
    assert [(profile["valid_from"], profile["average_eur"]) for profile in profiles] == [
        ("2018-04-15T00:00:00Z", 30.0)
    ]


def test_fraud_of_one_owner_is_one_incident_until_a_month_passes():
    dataset = convert(
        history(
            (1, "2018-04-01", 1, 2, 10, 3),
            (2, "2018-04-09", 1, 3, 30, 3),
            (3, "2018-06-01", 1, 2, 50, 3),
            (4, "2018-06-02", 2, 2, 50, 2),
            (5, "2018-06-03", 3, 3, 50, 0),
        )
    )
    assert sorted(dataset.labels) == [
        ("p1", "spending-streak", 2),
        ("p2", "spending-streak", 2),
        ("p3", "spending-streak", 3),
        ("p4", "terminal-misuse", 1),
    ]


def test_a_large_fraudulent_payment_is_of_the_first_scenario_too():
    dataset = convert(history((1, "2018-04-01", 1, 2, 221, 3)))
    assert sorted(kind for _, kind, _ in dataset.labels) == ["large-payment", "spending-streak"]
