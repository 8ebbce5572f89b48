"""The command `pyflink-cep`: the tools of the person who writes rules.

Data goes to stdout, and what is said of it to stderr. It exits with 0 where all is well, 1 where something was found
to be wrong, and 2 after a wrong call.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import typer

from pyflink_cep.cli import (
    backtest,
    check,
    connectors,
    demo,
    explain,
    jar,
    plot,
    publish,
    rollback,
    schema,
    status,
    test,
)
from pyflink_cep.cli.console import FINDING
from pyflink_cep.errors import CepError

if TYPE_CHECKING:
    from collections.abc import Callable

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")

app = typer.Typer(
    name="pyflink-cep",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def main() -> None:
    """Write, test, explain and publish rules for event streams."""


def reporting(command: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """Has a command say what is wrong with its input, and exit with 1, in place of a traceback."""

    @functools.wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Returned:
        try:
            return command(*args, **kwargs)
        except CepError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(FINDING) from None

    return run


for command in (
    check.check,
    test.test,
    explain.explain,
    backtest.backtest,
    plot.plot,
    publish.publish,
    rollback.rollback,
    status.status,
    schema.schema,
    demo.demo,
    jar.jar,
    connectors.connectors,
):
    app.command()(reporting(command))
