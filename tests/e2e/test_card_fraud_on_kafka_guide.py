"""The commands of the guide "card_fraud on Kafka", run as they stand there, on real servers and a cluster."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pyflink_cep._connectors import JAR
from tests.card_fraud_topics import existing_topics_removed
from tests.waiting import SECONDS, awaited

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guides" / "card-fraud-on-kafka.md"
RULES = {"card-testing", "impossible-travel", "spending-burst", "terminal-misuse"}


@pytest.fixture(scope="module")
def sections():
    """The commands by the heading that they are under."""
    parts = re.split(r"^## (.*)$", GUIDE.read_text(), flags=re.MULTILINE)
    blocks = {
        heading: re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for heading, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {heading: "".join(commands) for heading, commands in blocks.items() if commands}


@pytest.fixture(scope="module")
def run(cluster, kafka, registry, postgresql, tmp_path_factory):
    """Runs commands in a clone."""
    existing_topics_removed(kafka)
    postgresql.execute("DROP TABLE IF EXISTS alerts")
    clone = tmp_path_factory.mktemp("clone")
    for folder in ("deploy", "generators", "jobs", "pyflink_cep", "rules", "schemas", "sql", "tests", "udfs"):
        (clone / folder).symlink_to(ROOT / folder)
    (clone / "out").mkdir()
    passwords = Path(cluster.environment["PGPASSFILE"])
    passwords.write_text(f"{postgresql.host}:{postgresql.port}:*:{postgresql.user}:{postgresql.password}\n")
    passwords.chmod(0o600)
    commands = clone / "bin"
    commands.mkdir()
    for name, command in {
        "python": f'exec "{sys.executable}" "$@"',
        "pyflink-cep": f'exec "{sys.executable}" -m pyflink_cep "$@"',
        "flink": f'exec "{cluster.command("flink")}" "$@"',
    }.items():
        (commands / name).write_text(f"#!/bin/sh\n{command}\n")
        (commands / name).chmod(0o755)
    database = f"{postgresql.host}:{postgresql.port}/{postgresql.database}?user={postgresql.user}"
    environment = cluster.environment | {
        "PATH": f"{commands}:{cluster.environment['PATH']}",
        "PYTHONPATH": str(clone),
        "KAFKA": kafka.address,
        "REGISTRY": registry.url,
        "POSTGRESQL": f"postgresql://{database}",
        "COLUMNS": "160",
    }

    def run(command):
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    yield run
    # Where the guide's own command couldn't stop the job, later tests would wait for its slots.
    cluster.cancel_jobs()


def test_the_commands_of_the_guide_find_fraud_and_stop(sections, run):
    assert JAR.exists()
    for heading in ("Prepare", "Start the job", "Send payments"):
        run(sections.pop(heading))
    reading = sections.pop("Read what it found")
    try:
        awaited(lambda: run_or_nothing(run, reading), found_all)
    finally:
        stopped = run(sections.pop("Stop it"))
    assert "Savepoint completed" in stopped
    assert sections == {}


def run_or_nothing(run, command):
    """What a command prints; nothing as long as what it reads is not there."""
    try:
        return run(command)
    except AssertionError:
        return ""


def found_all(read):
    """Whether there are alerts of all rules, letters, and files by day."""
    rules = set(re.findall(r"^([a-z-]+)\|[1-9]", read, re.MULTILINE))
    return rules == RULES and "currency: not a three-letter code" in read and "day=2025-03-16" in read
