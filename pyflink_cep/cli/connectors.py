"""`pyflink-cep connectors`: what is in the jar of connectors, and a way to get it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from pyflink_cep._connectors import JAR, NAME, Connectors, Part, read_connectors
from pyflink_cep._connectors_build import build
from pyflink_cep.cli.console import labelled, print_json, say, stdout
from pyflink_cep.cli.options import Format, OutputFormat


class ListUnlessNamed(TyperGroup):
    """The group of the commands: without a command's name it lists."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts in the name of the command where there is none."""
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["list", *args]
        return super().parse_args(ctx, args)


def list_contents(
    jar: Annotated[
        Path | None,
        typer.Argument(
            metavar="JAR", help=f"The jar; without it that of this clone of the repository, or {NAME} here."
        ),
    ] = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Print what is in the jar of connectors and formats, with versions.

    Example: pyflink-cep connectors list --format json
    """
    found = read_connectors(jar or (JAR if JAR.is_file() else Path(NAME)))
    if output is Format.JSON:
        print_json(_as_json(found))
        return
    console = stdout()
    for part in found.parts:
        console.print(Text(part.artifact, "bold") + Text(f" {part.version}"), soft_wrap=True)
        console.print(labelled(_rows(part), console.width), soft_wrap=True)
    say(f"\n{found.jar}, of pyflink-cep {found.version}")


def fetch(
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FILE", help="The jar, or a folder for it; replaced where it exists."),
    ] = Path(NAME),
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Maven's settings.xml: mirrors, proxies; without it the user's.",
        ),
    ] = None,
) -> None:
    """Make the jar of connectors and formats, from what Maven's repositories have.

    It needs Maven and a JDK 17, and is the same jar as `make connectors` builds in a clone of the repository.

    Example: pyflink-cep connectors fetch --to jars/pyflink-cep-connectors.jar
    """
    file = to / NAME if to.is_dir() else to
    say(f"Maven fetches the parts of {file}, 270 MB the first time")
    build(file, settings)
    typer.echo(file)


def _rows(part: Part) -> list[tuple[str, str]]:
    rows = [("for", part.purpose)]
    rows += [(entry.kind, f"{entry.name} ({', '.join(entry.uses)})") for entry in part.provides]
    return rows


def _as_json(found: Connectors) -> dict[str, Any]:
    return {
        "jar": str(found.jar),
        "version": found.version,
        "parts": [asdict(part) for part in found.parts],
    }
