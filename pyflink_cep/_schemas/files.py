"""Files with schemas: `<name>/v<version>.avsc`, `.proto` or `.json`, in folders by the name of what they describe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class Kind(StrEnum):
    """A language for schemas."""

    AVRO = "avro"
    PROTOBUF = "protobuf"
    JSON = "json"


_KINDS = {".avsc": Kind.AVRO, ".proto": Kind.PROTOBUF, ".json": Kind.JSON}
_NAME = re.compile(r"v([1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema, from a file or from the registry.

    Attributes:
        location: What it is called in messages: the file, or the subject with the version.
        name: What it describes, which is the name of the file's folder, or the subject.
        version: The number that the file is named by, or the registry's, from 1.
        kind: Its language.
        text: The schema.
    """

    location: str
    name: str
    version: int
    kind: Kind
    text: str


def read_schemas(paths: Sequence[Path], kinds: Iterable[Kind] = tuple(Kind)) -> list[Schema]:
    """Reads files, and folders of them, in the order of names, kinds and versions.

    Raises:
        InputError: A path has no schemas, or a file's name has no version.
    """
    wanted = set(kinds)
    schemas: dict[tuple[str, Kind, int], Schema] = {}
    problems = []
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        found = [file for file in files if file.suffix in _KINDS and file.is_file()]
        if not found:
            problems.append(
                Diagnostic(
                    code="no-schemas",
                    location=str(path),
                    message=f"expected schemas, found no file that ends in {', '.join(_KINDS)}",
                )
            )
        for file in found:
            named = _NAME.fullmatch(file.stem)
            if named is None:
                problems.append(
                    Diagnostic(
                        code="unversioned-schema",
                        location=str(file),
                        message=f"expected a file name such as v1{file.suffix}, found {file.name}",
                        hint="a version that is published stays; a change is a new file, v2 after v1",
                    )
                )
                continue
            kind, version, name = _KINDS[file.suffix], int(named[1]), file.absolute().parent.name
            if kind in wanted:
                schemas[name, kind, version] = Schema(
                    str(file), name, version, kind, file.read_text(encoding="utf-8")
                )
    if problems:
        raise InputError(*problems)
    return [schemas[key] for key in sorted(schemas)]
