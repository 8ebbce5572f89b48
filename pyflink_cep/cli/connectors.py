"""`pyflink-cep connectors`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from pyflink_cep._connectors import JAR, Connectors, Part, read_connectors
from pyflink_cep.cli.console import labelled, print_json, say, stdout
from pyflink_cep.cli.options import Format, OutputFormat


def connectors(
    jar: Annotated[
        Path | None,
        typer.Argument(metavar="JAR", help="The jar; without it that of this clone of the repository."),
    ] = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Print what is in the jar of connectors and formats that `make connectors` builds, with versions.

    Example: pyflink-cep connectors --format json
    """
    found = read_connectors(JAR if jar is None else jar)
    if output is Format.JSON:
        print_json(_as_json(found))
        return
    console = stdout()
    for part in found.parts:
        console.print(Text(part.artifact, "bold") + Text(f" {part.version}"), soft_wrap=True)
        console.print(labelled(_rows(part), console.width), soft_wrap=True)
    say(f"\n{found.jar}, of pyflink-cep {found.version}")


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
