"""The command as a whole: what it is made of, and the small commands."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

import pyflink_cep
from pyflink_cep import _gateway
from pyflink_cep._jar import JAR
from pyflink_cep.cli import demo
from tests.cli.conftest import CARD_TESTING, Ran


@pytest.mark.usefixtures("directory")
def test_data_goes_to_stdout_and_diagnostics_to_stderr():
    def run(*arguments):
        ran = subprocess.run(
            [sys.executable, "-m", "pyflink_cep", *arguments],
            env=os.environ | {"PYTHONPATH": str(Path(pyflink_cep.__file__).parents[1])},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    Path("updates").mkdir()
    assert run("jar") == Ran(0, f"{JAR}\n")
    assert run("rollback", "card-testing", "--to", "updates") == Ran(
        2,
        "",
        "rule `card-testing`: error[unknown-rule]: no rule `card-testing` is published\n\nhint: Rules: none\n",
    )
    wrong = run("rollback")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("Usage: pyflink-cep rollback [OPTIONS] {ID}\n")


def test_schema_prints_the_json_schema_of_rules(run):
    ran = run("schema")

    assert json.loads(ran.stdout) == json.loads(_gateway.rule_schema())
    assert ran == Ran(0, ran.stdout, "")
    jsonschema.validate(yaml.safe_load(CARD_TESTING), json.loads(ran.stdout))


def test_demo_runs_that_of_the_repository(run, monkeypatch):
    called = []

    def ran(command, **options):
        called.append((command, options))
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", ran)

    assert run("demo --payments 5") == Ran(3)
    assert called == [
        (
            [sys.executable, "-m", "demo.card_fraud", "--payments", "5"],
            {"cwd": demo._repository(), "check": False},
        )
    ]
    assert (demo._repository() / "Makefile").exists()


@pytest.mark.parametrize("module", ["no_such_package.card_fraud", "json.card_fraud"])
def test_demo_outside_of_the_repository_says_where_it_is(run, monkeypatch, module):
    monkeypatch.setattr(demo, "_MODULE", module)

    assert run("demo") == Ran(
        1,
        "",
        "demo: error[no-repository]: the demo is in pyflink-cep's repository, and this is the package alone\n"
        "\n"
        "hint: clone the repository, and run `make demo` in it\n",
    )
