"""The rules for the Fraud Detection Handbook: each rule's own tests, and the history that they are run over."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from demo.handbook_history import with_chargebacks
from pyflink_cep import Rules
from pyflink_cep.testing import find_matches

FILES = sorted((Path(__file__).parents[2] / "rules" / "handbook").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_rule_finds_what_its_tests_say(file):
    (rule,) = Rules.load(file).check()
    found = {
        test["name"]: find_matches(
            rule.pattern, test["events"], partition_by=rule.partition_by, measures=rule.measures
        ).matches
        for test in rule.tests
    }
    assert {name: [match.measures for match in matches] for name, matches in found.items()} == {
        test["name"]: test["matches"] or [] for test in rule.tests
    }


def test_a_chargeback_comes_a_week_after_the_fraud_and_has_no_customer_and_no_label():
    payments = pa.table(
        {
            "payment_id": [1, 2, 3],
            "paid_at": pa.array([datetime(2018, 4, day) for day in (1, 2, 8)], pa.timestamp("ms")),
            "customer_id": [7, 8, 7],
            "terminal_id": [3, 4, 3],
            "amount": [300.0, 20.0, 250.0],
            "fraud_scenario": [1, 0, 1],
        }
    )
    history = with_chargebacks(payments)
    assert history.filter(pc.equal(history["kind"], "chargeback")).to_pylist() == [
        {
            "payment_id": 1,
            "at": datetime(2018, 4, 8),
            "customer_id": None,
            "terminal_id": 3,
            "amount": None,
            "fraud_scenario": None,
            "kind": "chargeback",
        }
    ]
    assert len(history) == 4
