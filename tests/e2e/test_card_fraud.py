"""The card_fraud job and its SQL pipeline, submitted to a standalone cluster as the docs say."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from generators.card_fraud import generate

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "sql" / "tables" / "card_fraud"
JAR = ROOT / "pyflink_cep" / "lib" / "pyflink-cep-runtime.jar"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    directory = tmp_path_factory.mktemp("card_fraud")
    generate(payments=8_000, seed=3).write(directory)
    return directory


def rows(directory):
    return [json.loads(line) for part in directory.glob("part-*") for line in part.open()]


@pytest.fixture(scope="module")
def submitted(cluster, data, tmp_path_factory):
    """The directory of what the job wrote."""
    python_files = tmp_path_factory.mktemp("python_files") / "python_files.zip"
    zip_them = [sys.executable, "-m", "zipfile", "-c", python_files, "udfs", "pyflink_cep"]
    subprocess.run(zip_them, cwd=ROOT, check=True)
    python = ["-pyclientexec", sys.executable, "-pyexec", sys.executable]
    files = ["-py", "jobs/card_fraud.py", "-pyfs", python_files, "--jarfile", JAR]
    cluster.run("flink", "run", *python, *files, "--source", "files", "--data", data)
    return data


def test_flink_run_writes_alerts_of_every_pattern(submitted):
    patterns = Counter(alert["pattern"] for alert in rows(submitted / "alerts"))
    assert set(patterns) == {"card_testing", "impossible_travel", "spending_burst", "terminal_misuse"}


def test_flink_run_loses_no_record(submitted, data):
    malformed = sum(1 for _ in (data / "malformed.csv").open()) - 1
    reasons = Counter(letter["reason"] for letter in rows(submitted / "dead_letters"))
    assert sum(reasons.values()) - reasons["paid_at: late"] == malformed


def test_the_sql_client_finds_the_same_card_testing(cluster, submitted, tmp_path):
    (tmp_path / "payments.jsonl.gz").symlink_to(submitted / "payments.jsonl.gz")
    (tmp_path / "rates.jsonl").symlink_to(submitted / "rates.jsonl")
    tables = "".join((TABLES / name).read_text() for name in ("files.sql", "checked_payments.sql"))
    (tmp_path / "tables.sql").write_text(
        "SET 'table.dml-sync' = 'true';\n" + tables.replace("${data}", str(tmp_path))
    )
    cluster.run("sql-client.sh", "-i", tmp_path / "tables.sql", "-f", "sql/pipelines/card_fraud.sql")

    def card_testing(directory):
        alerts = [alert for alert in rows(directory / "alerts") if alert["pattern"] == "card_testing"]
        return sorted(
            ({**alert, "risk": None, "euros": round(alert["euros"], 6)} for alert in alerts), key=str
        )

    assert card_testing(tmp_path) == card_testing(submitted)
    assert card_testing(tmp_path)
