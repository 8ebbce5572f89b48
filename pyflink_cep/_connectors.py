"""What is in the jar of connectors and formats, as its build wrote it down."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pyflink_cep.errors import Diagnostic, InputError, JarNotFoundError

NAME = "pyflink-cep-connectors.jar"
# Where `make connectors` leaves it. It is not in the wheel: it is as large as what it brings together.
JAR = Path(__file__).resolve().parents[1] / "deploy" / "connectors" / "target" / NAME
_CONTENTS = "META-INF/pyflink-cep/connectors.json"


@dataclass(frozen=True, slots=True)
class Provided:
    """A connector, format or catalog that a table can name.

    Attributes:
        kind: `connector`, `format` or `catalog`.
        name: Its name in SQL.
        uses: What can be done with it: `read`, `write`, `create`.
    """

    kind: str
    name: str
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """An artifact of Maven that is in the jar.

    Attributes:
        artifact: Its group and name, with a colon between.
        version: Its version.
        purpose: What it is there for.
        provides: What tables can name; nothing where it is there for the others.
    """

    artifact: str
    version: str
    purpose: str
    provides: tuple[Provided, ...]

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """Reads a part as the build wrote it."""
        provides = tuple(
            Provided(entry["kind"], entry["name"], tuple(entry["uses"])) for entry in fields["provides"]
        )
        return cls(fields["artifact"], fields["version"], fields["purpose"], provides)


@dataclass(frozen=True, slots=True)
class Connectors:
    """A jar of connectors, and what is in it.

    Attributes:
        jar: The file.
        version: The version of pyflink-cep that it was built from.
        parts: Its artifacts.
    """

    jar: Path
    version: str
    parts: tuple[Part, ...]


def read_connectors(jar: Path = JAR) -> Connectors:
    """Reads what is in a jar of connectors.

    Raises:
        JarNotFoundError: There is no such file.
        InputError: The file was not built by `make connectors` or `pyflink-cep connectors fetch`.
    """
    if not jar.is_file():
        raise JarNotFoundError(
            Diagnostic(
                code="missing-jar",
                location="connectors",
                message=f"{jar} does not exist",
                hint="make it by `pyflink-cep connectors fetch`, or name the jar",
            )
        )
    try:
        with zipfile.ZipFile(jar) as archive:
            contents = json.loads(archive.read(_CONTENTS))
    except (zipfile.BadZipFile, KeyError) as error:
        raise InputError(
            Diagnostic(
                code="no-connectors",
                location=str(jar),
                message=f"expected a jar with {_CONTENTS}, found none",
                hint="`pyflink-cep connectors fetch` makes one",
            )
        ) from error
    return Connectors(jar, contents["version"], tuple(map(Part.from_json, contents["parts"])))
