"""Arguments and options that several commands have."""

import difflib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pyflink_cep._publishing.directory import Directory
from pyflink_cep._publishing.kafka import Topic
from pyflink_cep._publishing.target import read_client_settings, read_target
from pyflink_cep._schemas.registry import Registry
from pyflink_cep.errors import InputError


class Format(StrEnum):
    """How data is printed."""

    TEXT = "text"
    JSON = "json"


RulePaths = Annotated[
    list[Path],
    typer.Argument(
        metavar="RULES", exists=True, help="Rule documents, or folders of them (.yaml, .yml, .json)."
    ),
]
SchemaFile = Annotated[
    str | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        help="The columns of the events: JSON or YAML with a SQL type for each, or a .sql file with a"
        " CREATE TABLE; FILE.sql#TABLE where it has several.",
    ),
]
OutputFormat = Annotated[Format, typer.Option("--format", help="Text, or JSON for a program.")]
PublishTarget = Annotated[
    str,
    typer.Option(
        "--to", metavar="TARGET", help="A directory, or kafka://HOST:PORT/TOPIC with a compacted topic."
    ),
]
Create = Annotated[
    bool,
    typer.Option("--create", help="Make TARGET where it doesn't exist: a directory, or a compacted topic."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the difference, and write nothing.")]
KafkaConfig = Annotated[
    Path | None,
    typer.Option(
        "--kafka-config",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Settings of Kafka's client, a key=value a line, as librdkafka names them: TLS, SASL.",
    ),
]
RegistryConfig = Annotated[
    Path | None,
    typer.Option(
        "--registry-config",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Settings of the registry's client, a key=value a line: TLS, basic.auth.user.info.",
    ),
]


def existing_target(
    name: str, kafka_config: Path | None, option: str, *, create: bool | None = None
) -> Directory | Topic:
    """The place that an option names; what doesn't exist is a wrong call, as it is more often a typo than new.

    Args:
        name: The place.
        kafka_config: The file with settings of Kafka's client, or None.
        option: What the option is called in errors.
        create: Whether it may be new; None where the command can't make it.
    """
    target = target_of(name, kafka_config, option)
    if create or target.exists():
        return target
    if isinstance(target, Directory):
        message = f"there is no directory `{name}`"
        beside = target.path.parent
        siblings = (
            [str(path) for path in sorted(beside.iterdir()) if path.is_dir()] if beside.is_dir() else []
        )
        if nearest := difflib.get_close_matches(name, siblings, n=1):
            message += f": did you mean `{nearest[0]}`?"
    else:
        message = f"there is no topic `{target.name}` at {target.servers}"
    hint = "\n\nhint: --create makes it" if create is not None else ""
    raise typer.BadParameter(message + hint, param_hint=option)


def target_of(name: str, kafka_config: Path | None, option: str) -> Directory | Topic:
    """The place that an option names; what is no place is a wrong call."""
    try:
        return read_target(name, read_client_settings(kafka_config) if kafka_config else {})
    except InputError as error:
        raise typer.BadParameter(
            "\n\n".join(f"{d.message}\n\nhint: {d.hint}" for d in error.diagnostics), param_hint=option
        ) from error


def registry_of(url: str, config: Path | None) -> Registry:
    """The registry at a URL, with the settings of a file."""
    return Registry(url.rstrip("/"), read_client_settings(config) if config else {})
