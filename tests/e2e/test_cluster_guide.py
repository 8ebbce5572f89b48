"""The commands of the guide to clusters, run as they stand there: the card_fraud job, and its SQL pipeline."""

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pyflink
import pytest

from tests.waiting import SECONDS

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "cluster.md"
# What the test's own environment and cluster stand for.
PREPARED = ("make ", "source ", "export ", '"$FLINK_HOME/bin/start-', '"$FLINK_HOME/bin/stop-')


@pytest.fixture(scope="module")
def commands():
    text = "".join(re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL))
    return [line for line in text.splitlines() if not line.startswith(PREPARED)]


@pytest.fixture(scope="module")
def written(cluster, commands, tmp_path_factory):
    """The directory of the input and output, once the commands have run."""
    clone = tmp_path_factory.mktemp("clone")
    for folder in ("demo", "generators", "jobs", "pyflink_cep", "rules", "schemas", "sql", "udfs"):
        shutil.copytree(ROOT / folder, clone / folder)
    (clone / "out").mkdir()
    for command in commands:
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=clone,
            env=cluster.environment | {"FLINK_HOME": pyflink.__path__[0]},
            check=True,
            timeout=SECONDS,
        )
    return clone / "out" / "card_fraud"


@pytest.fixture(scope="module")
def alerts(written):
    """Those of the job, which have the events, and those of the pipeline, which don't."""
    all_alerts = rows(written / "alerts")
    return (
        [alert for alert in all_alerts if alert["events"] is not None],
        [alert for alert in all_alerts if alert["events"] is None],
    )


def rows(directory):
    return [json.loads(line) for part in directory.glob("part-*") for line in part.open()]


def test_the_guide_submits_a_job_and_a_sql_pipeline(commands):
    assert any('flink" run' in command for command in commands)
    assert any("sql-client.sh" in command for command in commands)


def test_the_job_writes_alerts_of_every_rule(alerts):
    rules = {alert["rule_id"] for alert in alerts[0]}
    assert rules == {"card-testing", "impossible-travel", "spending-burst", "terminal-misuse"}


def test_the_job_loses_no_record(written):
    malformed = sum(1 for _ in (written / "malformed.csv").open()) - 1
    reasons = Counter(letter["reason"] for letter in rows(written / "dead_letters"))
    assert reasons.total() - reasons["paid_at: late"] == malformed


def test_the_pipeline_finds_the_same_card_testing(alerts):
    def card_testing(some):
        return sorted((comparable(alert) for alert in some if alert["rule_id"] == "card-testing"), key=str)

    by_job, by_pipeline = map(card_testing, alerts)
    assert by_job
    assert by_pipeline == by_job


def comparable(alert):
    """An alert with what the pipeline has of one: neither an id, nor a risk, nor the events."""
    measures = json.loads(alert["measures"])
    measures.pop("risk", None)
    return alert | {"id": None, "measures": measures | {"euros": round(measures["euros"], 6)}, "events": None}
