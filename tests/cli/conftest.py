"""The command, run in a directory of its own that has a rule in it."""

import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from pyflink_cep.cli import app

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
