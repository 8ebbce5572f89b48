"""`pyflink-cep schemas`: register schemas, and check that new versions are compatible."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from pyflink_cep._schemas.compatibility import Level, incompatibilities
from pyflink_cep._schemas.files import Kind, Schema, read_schemas
from pyflink_cep.cli.console import FINDING, counted, diagnostic_json, print_json, say, stdout
from pyflink_cep.cli.options import Format, OutputFormat, RegistryConfig, registry_of
from pyflink_cep.errors import Diagnostic, InputError

SchemaPaths = Annotated[
    list[Path],
    typer.Argument(
        metavar="SCHEMAS", exists=True, help="Schemas, or folders of them (.avsc, .proto, .json)."
    ),
]
RegistryUrl = Annotated[
    str,
    typer.Option("--registry", metavar="URL", help="Where Confluent's API of the registry begins."),
]
SchemaKind = Annotated[Kind, typer.Option("--type", help="Which of the schemas.")]
Subject = Annotated[
    str,
    typer.Option("--subject", metavar="TEMPLATE", help="The subject of a schema, by its {name}."),
]


def register(
    schemas: SchemaPaths,
    registry: RegistryUrl,
    kind: SchemaKind = Kind.AVRO,
    subject: Subject = "{name}-value",
    level: Annotated[
        Level | None,
        typer.Option("--level", help="Has the registry refuse later versions that don't keep to this."),
    ] = None,
    registry_config: RegistryConfig = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Register schemas, each version in turn; what is registered already is left as it is.

    Example: pyflink-cep schemas register schemas --registry http://localhost:8081 --level full
    """
    target = registry_of(registry, registry_config)
    rows: list[dict[str, Any]] = []
    for of_subject, versions in _by_subject(schemas, kind, subject):
        for schema in versions:
            registered = target.register(of_subject, schema)
            rows.append(
                {
                    "subject": of_subject,
                    "file": schema.location,
                    "id": registered.schema_id,
                    "outcome": "registered" if registered.is_new else "unchanged",
                    "not_stored": list(registered.not_stored),
                }
            )
        if level is not None:
            target.set_level(of_subject, level)
    if output is Format.JSON:
        print_json({"registry": registry, "schemas": rows})
        return
    for row in rows:
        stdout().print(f"{row['subject']}  {row['file']}  id {row['id']}  {row['outcome']}", soft_wrap=True)
    for row in rows:
        if row["not_stored"]:
            _say_what_is_not_stored(row)
    new = sum(row["outcome"] == "registered" for row in rows)
    say(f"\n{counted(new, 'schema')} registered, {len(rows) - new} unchanged")


def _say_what_is_not_stored(row: Mapping[str, Any]) -> None:
    keywords = ", ".join(f"`{keyword}`" for keyword in row["not_stored"])
    say(
        f"\n{row['file']}: notice[not-stored]: the registry takes it for what it has as id {row['id']}, and has"
        f" not stored what is different: {keywords}\n\n"
        "hint: records are read the same; who needs these takes the file, or add a field with a default, which makes it"
        " a new version"
    )


def check(
    schemas: SchemaPaths,
    registry: Annotated[
        str | None,
        typer.Option(
            "--registry",
            metavar="URL",
            help="Compares with what is registered there; without it with the version before in the same folder.",
        ),
    ] = None,
    kind: SchemaKind = Kind.AVRO,
    subject: Subject = "{name}-value",
    level: Annotated[
        Level,
        typer.Option("--level", help="Who has to read what: new readers old records, old ones new, or both."),
    ] = Level.FULL,
    transitive: Annotated[
        bool, typer.Option("--transitive", help="Compares with all older versions, not with the last alone.")
    ] = False,
    registry_config: RegistryConfig = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Check that the newest versions of schemas are compatible with those that are in use.

    Exits with 1 where one is not, and where the registry would refuse it by the level that it has for the subject.

    Example: pyflink-cep schemas check schemas --registry http://localhost:8081 --level full
    """
    target = None if registry is None else registry_of(registry, registry_config)
    rows: list[dict[str, Any]] = []
    findings: list[Diagnostic] = []
    for of_subject, versions in _by_subject(schemas, kind, subject):
        newest = versions[-1]
        older = versions[:-1] if target is None else target.versions(of_subject)
        unchanged = target is not None and target.has(of_subject, newest)
        if unchanged:
            outcome, found = "unchanged", []
        elif not older:
            outcome, found = "new", _readable(newest)
        else:
            found = [
                problem
                for old in (older if transitive else older[-1:])
                for problem in incompatibilities(newest, old, level)
            ]
            if target is not None and not found and not target.accepts(of_subject, newest):
                found = [_refused(newest, of_subject, target.level(of_subject))]
            outcome = "incompatible" if found else "compatible"
        findings += found
        rows.append({"subject": of_subject, "file": newest.location, "outcome": outcome})
    if output is Format.JSON:
        print_json({"level": level, "schemas": rows, "errors": [diagnostic_json(f) for f in findings]})
    else:
        for row in rows:
            style = "bold red" if row["outcome"] == "incompatible" else ""
            stdout().print(
                Text(f"{row['subject']}  {row['file']}  ") + Text(row["outcome"], style), soft_wrap=True
            )
        for finding in findings:
            say(f"\n{finding}")
        bad = sum(row["outcome"] == "incompatible" for row in rows)
        say(f"\n{counted(len(rows), 'schema')}, {bad} incompatible")
    if findings:
        raise typer.Exit(FINDING)


def _readable(schema: Schema) -> list[Diagnostic]:
    """Nothing, for a schema that can be read: each understands itself."""
    return incompatibilities(schema, schema, Level.FULL)


def _refused(schema: Schema, subject: str, level: str | None) -> Diagnostic:
    by = "" if level is None else f" by its level {level}"
    return Diagnostic(
        code="registry-refuses",
        location=schema.location,
        message=f"the registry would refuse it as a version of `{subject}`{by}",
        hint="the level of a subject is set by `pyflink-cep schemas register --level`, or in the registry",
    )


def _by_subject(paths: Sequence[Path], kind: Kind, subject: str) -> Iterable[tuple[str, list[Schema]]]:
    found = read_schemas(paths, [kind])
    if not found:
        raise InputError(
            Diagnostic(
                code="no-schemas",
                location=", ".join(map(str, paths)),
                message=f"expected schemas of the type {kind}, found none",
                hint="`--type` takes one of " + ", ".join(f"`{known}`" for known in Kind),
            )
        )
    return [
        (subject.replace("{name}", name), list(versions))
        for name, versions in groupby(found, key=lambda schema: schema.name)
    ]
