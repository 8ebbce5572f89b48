"""Each Python function gets the argument of its own row: PyFlink has had one kind of function for which that fails."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.integration.own_arguments import NUMBER

# That of the start: PyFlink's workers, in threads of this process, change it, and then no gateway starts.
ENVIRONMENT = dict(os.environ)
ROOT = Path(__file__).parents[2]
# The others have a row of results for each row.
TWO_RESULTS = {"table", "flat_map"}


STREAMS = {"map", "flat_map", "process", "keyed process"}
TABLES = {"scalar", "scalar of arrays", "scalar of rows", "pandas", "table", "aggregate"}
# PyFlink refuses it in thread mode.
KINDS = {"process": STREAMS | TABLES | {"asynchronous"}, "thread": STREAMS | TABLES}


@pytest.mark.parametrize("reuse", ["true", "false"])
@pytest.mark.parametrize("mode", KINDS)
def test_a_function_gets_the_argument_of_its_own_row(mode, reuse):
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.own_arguments", mode, reuse],
        capture_output=True,
        text=True,
        cwd=ROOT,
        # In thread mode the interpreter that Flink starts doesn't see a virtual environment.
        env={**ENVIRONMENT, "PYTHONPATH": sysconfig.get_path("purelib")},
    )
    assert done.returncode == 0, done.stderr[-5000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {kind: [0, NUMBER * (2 if kind in TWO_RESULTS else 1), NUMBER] for kind in KINDS[mode]}


def test_nothing_uses_the_kind_of_function_for_which_that_fails():
    """AsyncScalarFunction of PyFlink 2.3.0 (FLINK-39532)."""
    texts = {
        path: path.read_text()
        for folder in ("pyflink_cep", "udfs", "jobs", "demo", "generators", "benchmarks", "deploy")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert len(texts) > 50
    assert [path for path, text in texts.items() if "import AsyncScalarFunction" in text] == []
    assert [path for path, text in texts.items() if "AsyncScalarFunction)" in text] == []
