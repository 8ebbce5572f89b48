"""`pyflink-cep demo`."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from pyflink_cep._jar import find_jar
from pyflink_cep.errors import CepError, Diagnostic

_MODULE = "demo.card_fraud"


def demo(
    payments: Annotated[int, typer.Option(min=1, help="How many payments to generate.")] = 200_000,
) -> None:
    """Find fraud in generated payments, as `make demo` does. It is in the repository, and not in the package.

    Example: pyflink-cep demo --payments 50000
    """
    root = _repository()
    find_jar()
    ended = subprocess.run(
        [sys.executable, "-m", _MODULE, "--payments", str(payments)], cwd=root, check=False
    )
    raise typer.Exit(ended.returncode)


def _repository() -> Path:
    try:
        spec = find_spec(_MODULE)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise CepError(
            Diagnostic(
                code="no-repository",
                location="demo",
                message="the demo is in pyflink-cep's repository, and this is the package alone",
                hint="clone the repository, and run `make demo` in it",
            )
        )
    return Path(spec.origin).resolve().parents[1]
