"""The exit code of every command: 0 where all is well, 1 where something is wrong, 2 after a wrong call."""

import json
import subprocess

import pytest
import typer

from pyflink_cep.cli import app
from tests.cli.conftest import BURST, CARD_TESTING, write

EVENTS = """\
ts,card_id,amount,merchant
2026-01-01T00:00:00Z,c1,0.5,kiosk
2026-01-01T00:01:00Z,c1,700.0,jeweller
"""
PASSES = "tests: [{name: t, events: [{ts: 1, card_id: c, amount: 5, merchant: m}], matches: 0}]\n"
ACCEPTED = {"rule_id": "burst", "rule_version": 1, "outcome": "accepted", "message": "", "errors": None}
REJECTED = ACCEPTED | {"rule_version": 2, "outcome": "rejected", "message": "wrong"}
COLUMNS = {"card_id": "STRING", "amount": "DOUBLE", "merchant": "STRING"}

CASES = {
    "check": [
        ("check rules", 0),
        ("check rules --schema columns.json", 0),
        ("check wrong", 1),
        ("check wrong --format json", 1),
        ("check rules --schema broken.json", 1),
        ("check nowhere", 2),
        ("check empty", 2),
        ("check rules --schema nowhere.json", 2),
        ("check rules --schema rules/burst.txt", 2),
        ("check rules --format yaml", 2),
    ],
    "test": [
        ("test tested", 0),
        ("test failing", 1),
        ("test rules", 1),
        ("test wrong", 1),
        ("test nowhere", 2),
        ("test tested --schema nowhere.json", 2),
    ],
    "explain": [
        ("explain rules/card-testing.yaml --events events.csv", 0),
        ("explain wrong/card-testing.yaml --events events.csv", 1),
        ("explain rules/card-testing.yaml --events broken.csv", 1),
        ("explain rules/card-testing.yaml --events nowhere.csv", 2),
        ("explain rules/card-testing.yaml --events events.csv --time at", 2),
        ("explain rules/card-testing.yaml --events events.csv --key c9", 2),
        ("explain rules --events events.csv", 2),
        ("explain rules/card-testing.yaml --events events.csv -o events.csv/out.txt", 2),
    ],
    "backtest": [
        ("backtest rules --events events.csv --time ts --parallelism 1", 0),
        ("backtest wrong --events events.csv --time ts", 1),
        ("backtest rules --events broken.csv --time ts", 1),
        ("backtest rules --events nowhere.csv --time ts", 2),
        ("backtest rules --events events.csv --time at", 2),
        ("backtest rules --events events.csv --time ts --label fraud", 2),
        ("backtest rules --events events.csv --time ts --to 2020-01-01", 2),
        ("backtest rules --events events.csv --time ts --html no/such/folder.html", 2),
    ],
    "plot": [
        ("plot rules/card-testing.yaml", 0),
        ("plot wrong/card-testing.yaml", 1),
        ("plot rules", 2),
        ("plot nowhere.yaml", 2),
    ],
    "publish": [
        ("publish rules --to updates", 0),
        ("publish rules --to updates --dry-run", 0),
        ("publish rules --to nowhere --create", 0),
        ("publish wrong --to updates", 1),
        ("publish failing --to updates", 1),
        ("publish rules --to nowhere", 2),
        ("publish rules --to rules/burst.yaml", 2),
    ],
    "rollback": [
        ("rollback burst --to published", 0),
        ("rollback once --to published", 1),
        ("rollback bursd --to published", 2),
        ("rollback burst --to published --to-version 9", 2),
        ("rollback burst --to nowhere", 2),
    ],
    "status": [
        ("status accepted", 0),
        ("status rejected", 1),
        ("status accepted --published published", 1),
        ("status nowhere", 1),
        ("status accepted --published nowhere", 2),
        ("status s3://bucket/status", 2),
    ],
    "schema": [("schema", 0), ("schema rules", 2)],
    "demo": [("demo", 3), ("demo --payments 0", 2)],
    "jar": [("jar", 0), ("jar --where", 2)],
    # What these find is in tests of their own, with the services that they need.
    "connectors": [("connectors --format yaml", 2)],
    "schemas": [("schemas register", 2), ("schemas check nowhere", 2)],
    "dead-letters": [("dead-letters list updates", 2), ("dead-letters show", 2)],
}


@pytest.fixture
def files(directory):
    write(directory / "rules" / "burst.yaml", BURST)
    write(directory / "rules" / "burst.txt", BURST)
    write(directory / "wrong" / "card-testing.yaml", CARD_TESTING.replace("amount < 1", "amount < "))
    write(directory / "tested" / "card-testing.yaml", CARD_TESTING + PASSES)
    write(
        directory / "failing" / "card-testing.yaml", CARD_TESTING + PASSES.replace("matches: 0", "matches: 1")
    )
    write(directory / "columns.json", json.dumps(COLUMNS))
    write(directory / "broken.json", json.dumps(COLUMNS | {"amount": "DUBLE"}))
    write(directory / "events.csv", EVENTS)
    write(directory / "broken.csv", EVENTS + "2026-01-01T00:02:00Z,c1\n")
    write(directory / "accepted" / "part-0", json.dumps(ACCEPTED) + "\n")
    write(directory / "rejected" / "part-0", f"{json.dumps(ACCEPTED)}\n{json.dumps(REJECTED)}\n")
    for rule, version in [("burst", 1), ("burst", 2), ("once", 1)]:
        document = {"id": rule, "version": version, "description": f"version {version}"}
        write(directory / "published" / f"{rule}.v{version}.json", json.dumps(document))
    for name in ("updates", "empty"):
        (directory / name).mkdir()


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("line", "code"), [case for cases in CASES.values() for case in cases])
def test_exit_code(run, line, code, monkeypatch):
    if line == "demo":
        demo = subprocess.CompletedProcess([], 3)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: demo)
    ran = run(line)

    assert ran.exit_code == code, ran
    if code == 2:
        assert ran.stdout == ""
        assert ran.stderr != ""


def test_each_command_is_there():
    assert list(CASES) == list(typer.main.get_command(app).commands)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("document", ["", "\n \n", "# a comment\n", "---\n", "null\n"])
def test_each_command_says_of_an_empty_document_that_it_is_one(run, directory, document):
    write(directory / "empty.yaml", document)
    for command in (
        "check empty.yaml",
        "test empty.yaml",
        "explain empty.yaml --events events.csv --time ts",
        "backtest empty.yaml --events events.csv --time ts",
        "publish empty.yaml --to updates",
    ):
        ran = run(command)
        said = ran.stderr.removeprefix("Reading the events\n").removeprefix("Checking the rules\n")
        assert (ran.exit_code, ran.stdout) == (1, ""), command
        assert said.startswith("empty.yaml:1:1: error[empty-document]: there is nothing in it\n"), command
