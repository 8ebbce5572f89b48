"""A schema registry that speaks Confluent's API, such as Confluent's, Apicurio's or Karapace."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pyflink_cep._schemas.files import Kind, Schema
from pyflink_cep.errors import Diagnostic, InputError, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# What a registry answers to a schema that is incompatible, or none at all.
_REFUSED = (409, 422)
_NOT_FOUND = 404
_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of a schema.

    Attributes:
        schema_id: The id that records carry.
        is_new: Whether the subject didn't have it before.
        not_stored: What the registry has otherwise under that id, such as `doc`; nothing where it has the schema as it
            was sent. Some take schemas for the same that differ in what readers of records don't need.
    """

    schema_id: int
    is_new: bool
    not_stored: Sequence[str] = ()


@dataclass(frozen=True)
class Registry:
    """A registry.

    Attributes:
        url: Where its API begins.
        client: More settings of confluent-kafka's client, such as `basic.auth.user.info`.
    """

    url: str
    client: Mapping[str, str] = field(default_factory=dict)

    def versions(self, subject: str) -> list[Schema]:
        """The schemas of a subject, oldest first; none where there is no such subject.

        Raises:
            TargetError: The registry doesn't answer.
        """
        with self._asked(subject) as client:
            numbers = client.get_versions(subject) if self._knows(client, subject) else []
            return [
                Schema(
                    f"version {number} of `{subject}`",
                    subject,
                    number,
                    Kind((found.schema.schema_type or Kind.AVRO).lower()),
                    found.schema.schema_str,
                )
                for number in sorted(numbers)
                for found in [client.get_version(subject, number)]
            ]

    def has(self, subject: str, schema: Schema) -> bool:
        """Whether a subject has this schema as one of its versions."""
        return self._found(subject, schema) is not None

    def accepts(self, subject: str, schema: Schema) -> bool:
        """Whether the registry would take a new version, by the level that it has for the subject."""
        with self._asked(subject) as client, _naming(schema, subject):
            accepted: bool = client.test_compatibility(subject, self._of_client(schema))
            return accepted

    def level(self, subject: str) -> str | None:
        """The level that the registry has for a subject; None where it has none, or doesn't tell."""
        with self._asked(subject) as client:
            for asked in (subject, None):
                try:
                    level: str = client.get_compatibility(asked)
                except Exception as error:
                    if not _is(error, _NOT_FOUND):
                        raise
                else:
                    return level
            return None

    def set_level(self, subject: str, level: str) -> None:
        """Has the registry refuse new versions of a subject that don't keep to a level."""
        with self._asked(subject) as client:
            client.set_compatibility(subject, level.upper())

    def register(self, subject: str, schema: Schema) -> Registration:
        """Makes a schema the newest version of a subject, where it is not one of its versions.

        Raises:
            TargetError: The registry refuses it, or doesn't answer.
        """
        known = self._found(subject, schema)
        schema_id = known
        if schema_id is None:
            with self._asked(subject) as client, _naming(schema, subject):
                schema_id = client.register_schema(subject, self._of_client(schema))
        # By a client of its own: the other has what it sent in its cache.
        with self._asked(subject) as client:
            not_stored = differences(schema, client.get_schema(schema_id).schema_str)
        return Registration(schema_id, is_new=known is None and not not_stored, not_stored=not_stored)

    def decode(self, message: bytes) -> Any:
        """The record in a message in Avro, by the schema whose id it begins with.

        Raises:
            TargetError: The registry doesn't answer, or refuses the client.
            InputError: The registry doesn't know the schema, or the bytes are no record of it.
        """
        library = _client_library(self.url)
        with self._asked("the schema of a record") as client:
            try:
                return library.AvroDeserializer(client)(message)
            except library.TransportError:
                raise
            # Bytes that are no record fail in as many ways as there are bytes.
            except Exception as error:
                if isinstance(error, library.RegistryError) and not _is(error, _NOT_FOUND):
                    raise
                failure = error
        reason = f"{type(failure).__name__}: {failure}".partition("\n")[0]
        raise InputError(Diagnostic(code="undecodable", location=self.url, message=reason)) from failure

    def _found(self, subject: str, schema: Schema) -> int | None:
        with self._asked(subject) as client:
            if not self._knows(client, subject):
                return None
            try:
                found: int = client.lookup_schema(subject, self._of_client(schema)).schema_id
            except Exception as error:
                if not _is(error, _NOT_FOUND):
                    raise
                return None
            return found

    def _of_client(self, schema: Schema) -> Any:
        return _client_library(self.url).Schema(schema.text, schema.kind.upper())

    @staticmethod
    def _knows(client: Any, subject: str) -> bool:
        return subject in client.get_subjects()

    @contextlib.contextmanager
    def _asked(self, subject: str) -> Iterator[Any]:
        """A client, whose errors are raised as those of this library."""
        library = _client_library(self.url)
        settings = {"url": self.url, "timeout": _SECONDS, "max.retries": 1, **self.client}
        try:
            with library.Client(settings) as client:
                yield client
        except library.RegistryError as error:
            raise self._error("registry-error", f"`{subject}`: {error.error_message}") from error
        except ValueError as error:
            raise self._error("invalid-setting", str(error)) from error
        except library.TransportError as error:
            raise self._error(
                "registry-unreachable",
                f"the registry doesn't answer: {error}",
                "look at the address; a password and TLS are set by `--registry-config FILE`",
            ) from error

    def _error(self, code: str, message: str, hint: str | None = None) -> TargetError:
        return TargetError(Diagnostic(code=code, location=self.url, message=message, hint=hint))


def differences(schema: Schema, stored: str) -> list[str]:
    """The keywords in which a schema differs from what a registry has stored of it.

    Example:
        >>> sent = Schema("v2.avsc", "payments", 2, Kind.AVRO, '{"type": "string", "doc": "An id."}')
        >>> differences(sent, '{"type": "string"}'), differences(sent, '{"doc": "An id.",  "type": "string"}')
        (['doc'], [])
    """
    if schema.kind is Kind.PROTOBUF:
        return [] if schema.text.split() == stored.split() else ["text"]
    return sorted(set(_differing(json.loads(schema.text), json.loads(stored), "type")))


def _differing(sent: Any, stored: Any, keyword: str) -> Iterator[str]:
    if isinstance(sent, dict) and isinstance(stored, dict):
        for name in sent.keys() | stored.keys():
            if name in sent and name in stored:
                yield from _differing(sent[name], stored[name], name)
            else:
                yield name
    elif isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        for one, other in zip(sent, stored, strict=True):
            yield from _differing(one, other, keyword)
    elif sent != stored:
        yield keyword


class _Library(NamedTuple):
    Client: Any
    Schema: Any
    AvroDeserializer: Any
    RegistryError: type[Any]
    TransportError: type[Exception]


def _client_library(url: str) -> _Library:
    try:
        from confluent_kafka import schema_registry
        from confluent_kafka.schema_registry.avro import AvroDeserializer
        from confluent_kafka.schema_registry.common._httpx_compat import httpx
    except ImportError as error:
        raise TargetError(
            Diagnostic(
                code="missing-package",
                location=url,
                message="a registry needs the package confluent-kafka with its client, which is not installed",
                hint="pip install 'pyflink-cep[schemas]'",
            )
        ) from error
    return _Library(
        schema_registry.SchemaRegistryClient,
        schema_registry.Schema,
        AvroDeserializer,
        schema_registry.SchemaRegistryError,
        httpx.TransportError,
    )


@contextlib.contextmanager
def _naming(schema: Schema, subject: str) -> Iterator[None]:
    """Names the file of a schema that the registry refuses."""
    try:
        yield
    except Exception as error:
        if not any(_is(error, status) for status in _REFUSED):
            raise
        raise TargetError(
            Diagnostic(
                code="registry-refuses",
                location=schema.location,
                message=f"the registry refuses it as a version of `{subject}`: {error}",
                hint="`pyflink-cep schemas check` says which field is at fault",
            )
        ) from error


def _is(error: BaseException, status: int) -> bool:
    """Whether an error is the registry's answer of a status; other errors have none."""
    return getattr(error, "http_status_code", None) == status
