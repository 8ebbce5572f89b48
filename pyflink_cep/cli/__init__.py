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
    dead_letters,
    demo,
    explain,
    jar,
    plot,
    publish,
    rollback,
    schema,
    schemas,
    status,
    test,
)
from pyflink_cep.cli.console import WRONG_CALL, exit_code, say
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
    """Has a command say what is wrong with its input, and exit with 1 or 2, in place of a traceback."""

    @functools.wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Returned:
        try:
            return command(*args, **kwargs)
        except CepError as error:
            say(str(error))
            raise typer.Exit(exit_code(error)) from None
        except OSError as error:
            if error.filename is None:
                raise
            say(f"{error.filename}: error[unusable-file]: {error.strerror}")
            raise typer.Exit(WRONG_CALL) from None

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
):
    app.command()(reporting(command))

of_connectors = typer.Typer(cls=connectors.ListUnlessNamed)
of_connectors.command("list")(reporting(connectors.list_contents))
of_connectors.command()(reporting(connectors.fetch))
app.add_typer(of_connectors, name="connectors", help="List what is in the jar of connectors, or make it.")

of_schemas = typer.Typer(no_args_is_help=True)
of_schemas.command()(reporting(schemas.register))
of_schemas.command()(reporting(schemas.check))
app.add_typer(
    of_schemas, name="schemas", help="Register schemas, and check that new versions are compatible."
)

of_dead_letters = typer.Typer(no_args_is_help=True)
of_dead_letters.command("list")(reporting(dead_letters.list_letters))
of_dead_letters.command()(reporting(dead_letters.show))
of_dead_letters.command()(reporting(dead_letters.replay))
app.add_typer(of_dead_letters, name="dead-letters", help="List, show and replay what jobs could not process.")
