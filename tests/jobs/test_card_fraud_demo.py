"""The demo: a rule is changed while the job runs, and nothing else of what the job finds."""

import json
from contextlib import redirect_stderr
from io import StringIO
from unittest.mock import MagicMock
from urllib.error import URLError

import pandas as pd
import pytest

from demo import card_fraud as demo
from demo.mini_cluster import RunningJob, prepare
from generators.card_fraud import generate
from jobs import card_fraud
from pyflink_cep import Rules

# Of this seed, payments with card testing in both halves.
PAYMENTS, SEED = 20_000, 4


@pytest.fixture(scope="module")
def dataset():
    return generate(PAYMENTS, SEED)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("changed")


@pytest.fixture(scope="module")
def told():
    """What the demo tells of its progress."""
    return StringIO()


@pytest.fixture(scope="module")
def change(directory, dataset, told):
    with redirect_stderr(told):
        return demo.run(directory, dataset)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory, dataset):
    """The directory of a run over the same payments with the rules as they are."""
    directory = tmp_path_factory.mktemp("unchanged")
    dataset.write(directory)
    tables = prepare(parallelism=1)
    card_fraud.create_tables(tables, "files", data=str(directory))
    card_fraud.submit(tables, Rules.load(card_fraud.RULES)).wait()
    return directory


def alerts_of(directory, *, card_testing):
    alerts = demo.read_lines(directory / "alerts")
    return sorted(
        (alert for alert in alerts if (alert["rule_id"] == "card-testing") == card_testing),
        key=lambda alert: (alert["rule_id"], alert["ended_at"], alert["key"]),
    )


def test_the_job_says_what_it_made_of_the_new_version(change, directory):
    (answer,) = demo.updates_answered(directory)
    assert answer.pop("at")
    assert answer == {
        "rule_id": "card-testing",
        "rule_version": 2,
        "outcome": "replaced",
        "message": "live, in place of version 1",
        "errors": None,
    }
    assert change.seconds >= 0


def test_the_first_half_of_the_payments_is_for_the_old_version_and_the_second_for_the_new(
    change, directory, dataset
):
    first_half = {json.loads(line)["payment_id"] for line in dataset.payments[: change.after] if paid(line)}
    versions = {
        json.loads(alert["measures"])["last_payment_id"]: alert["rule_version"]
        for alert in alerts_of(directory, card_testing=True)
    }
    assert set(versions.values()) == {1, 2}
    assert versions == {payment: 1 if payment in first_half else 2 for payment in versions}


def paid(line):
    try:
        return "payment_id" in json.loads(line)
    except ValueError:
        return False


def test_the_other_rules_find_what_they_find_without_the_change(change, directory, unchanged):
    assert alerts_of(directory, card_testing=False) == alerts_of(unchanged, card_testing=False)
    assert sorted(demo.read_lines(directory / "dead_letters"), key=str) == sorted(
        demo.read_lines(unchanged / "dead_letters"), key=str
    )


def test_the_report_tells_of_both_versions(change, directory):
    labels = pd.read_csv(directory / "labels.csv")
    lines = demo.effect(change, demo.judge(directory, labels)).splitlines()
    assert lines[1] == f"A rule was changed while the job ran: card-testing, after {change.after:,} payments"
    assert lines[2].endswith(" s later replaced: live, in place of version 1")
    assert [line.partition(" gave ")[0] for line in lines[3:5]] == ["version 1", "version 2"]
    assert lines[5].startswith("the first alert of version 2: card-")


def test_where_the_output_is_no_terminal_the_progress_is_told_once(change, told):
    bars = [line for line in told.getvalue().splitlines() if "[" in line]
    assert bars == [f"  [{'#' * 40}] 100%"]
    assert "\r" not in told.getvalue()


def test_a_job_whose_address_is_slow_to_answer_is_followed_on(monkeypatch):
    answers = iter([TimeoutError(), URLError("refused"), 5, 5, 10])

    def read(_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(RunningJob, "read", read)
    # It goes on for ever, as the demo's does until it is stopped.
    job = RunningJob(started=MagicMock(), url="", total=10)
    job.started.get_job_client().get_job_execution_result().done.return_value = False
    job.follow(lambda: job.read() == 10)
    job.started.wait.assert_not_called()
