"""The command, run in a directory of its own that has a rule in it."""

import shlex
import uuid
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from typer.testing import CliRunner

from pyflink_cep.cli import app
from tests.services.broker import Broker
from tests.waiting import SECONDS

CARD_TESTING = """\
id: card-testing
version: 3
description: Small probes, then a large spend at another merchant
partition_by: [card_id]
steps:
  - begin: probe
    where: amount < 1
    times: 3+
  - followed_by: spend
    where: amount > 500 AND merchant <> LAST(probe.merchant)
within: 10 minutes
skip: past_last_event
measures: {probes: COUNT(probe), spent: spend.amount}
severity: high
"""
BURST = """\
id: burst
version: 1
partition_by: card_id
steps: [{begin: spend, where: amount > 100, times: 3}]
within: 1 hour
"""
# As on a plain terminal, whatever the tests are run on.
ENVIRONMENT = {"COLUMNS": "80", "NO_COLOR": "1", "FORCE_COLOR": None, "GITHUB_ACTIONS": None, "TERM": "dumb"}


class Ran(NamedTuple):
    """What a command did: exit code, stdout and stderr."""

    exit_code: int
    stdout: str = ""
    stderr: str = ""


@pytest.fixture
def directory(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "rules" / "card-testing.yaml", CARD_TESTING)
    return tmp_path


@pytest.fixture
def run(directory):
    """Runs a command line, without the command's name."""

    def run(line: str) -> Ran:
        result = CliRunner().invoke(app, shlex.split(line), env=ENVIRONMENT, catch_exceptions=False)
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def raised(version, text=CARD_TESTING):
    return text.replace("version: 3", f"version: {version}")


class Place(NamedTuple):
    """A place to publish to, or to read a job's status from."""

    name: str
    broker: Broker | None = None

    def put(self, *lines: str) -> None:
        """Writes as somebody else does, such as a job."""
        if self.broker is None:
            with (Path(self.name) / "part-0").open("a") as file:
                file.writelines(f"{line}\n" for line in lines)
        else:
            producer = Producer({"bootstrap.servers": self.broker.address})
            for line in lines:
                producer.produce(self.name.rpartition("/")[2], line)
            assert producer.flush(SECONDS) == 0

    def published(self, count: int) -> dict[str, str]:
        """What a job reads there: texts by the names of their files, or by their keys."""
        if self.broker is None:
            return {file.name: file.read_text() for file in sorted(Path(self.name).iterdir())}
        consumer = Consumer({"bootstrap.servers": self.broker.address, "group.id": "test"})
        consumer.assign([TopicPartition(self.name.rpartition("/")[2], 0, OFFSET_BEGINNING)])
        messages = consumer.consume(count, timeout=SECONDS)
        consumer.close()
        return {message.key().decode(): message.value().decode() for message in messages}


@pytest.fixture(params=["directory", "kafka"])
def place(request):
    """Makes a place: one that a job writes to, or one that jobs read rules from."""

    def place(name, *, of_job=False, create=True):
        if request.param == "directory":
            if create:
                Path(name).mkdir()
            return Place(name)
        broker = request.getfixturevalue("kafka")
        topic = f"{name}-{uuid.uuid4().hex[:8]}"
        if create:
            broker.create_topic(topic, cleanup_policy="delete" if of_job else "compact")
        return Place(f"kafka://{broker.address}/{topic}", broker)

    return place


@pytest.fixture
def updates_place(place):
    return place("updates")


@pytest.fixture
def updates(updates_place):
    return updates_place.name


@pytest.fixture
def published(run, directory, updates):
    """Three versions of a rule, 3, 4 and 5, with as many probes."""
    for version in (3, 4, 5):
        write(directory / "rules" / "card-testing.yaml", raised(version).replace("3+", f"{version}+"))
        assert run(f"publish rules --to {updates}").exit_code == 0
    return updates
