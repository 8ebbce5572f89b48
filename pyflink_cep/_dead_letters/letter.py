"""A dead letter, as the table dead_letters writes it: JSON, with bytes in base64."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["open", "replayed", "parked"]

# What a replayed record has on its way, so that a letter that comes of it again is known.
ID_HEADER = "dead-letter-id"
TRIES_HEADER = "dead-letter-tries"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A record that a job could not parse, validate or deliver.

    Attributes:
        id: What tells it from others, also after it was replayed: at first its topic, partition and offset.
        reason: Why, in a worded code, or in a field's name and what is wrong with it.
        error: What went wrong, in a line.
        stack: Where it went wrong.
        topic: Where the record was read, and is sent back to; what could not be delivered has the topic that it was
            meant for.
        partition: Of that topic; None of what could not be delivered.
        offset: In that partition.
        key: The record's key.
        payload: The record's bytes; None where it has none, or where they were too many to be kept.
        size: How many bytes the record has; None where it has no value.
        headers: The record's headers.
        tries: How often it was replayed.
        failed_at: When the job failed at it.
    """

    id: str
    reason: str
    error: str | None = None
    stack: str | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    key: bytes | None = None
    payload: bytes | None = None
    size: int | None = None
    headers: Mapping[str, bytes | None]
    tries: int = 0
    failed_at: datetime

    @classmethod
    def read(cls, value: bytes) -> Self | None:
        r"""Reads a message's value; None where it is no dead letter.

        Example:
            >>> letter = DeadLetter.read(
            ...     b'{"id": "payments/0/7", "reason": "truncated", "record_key": null, "payload": "AAEC",'
            ...     b' "payload_size": 3, "topic": "payments", "tries": 0, "failed_at": "2025-03-03T08:00:00Z"}'
            ... )
            >>> letter.id, letter.payload
            ('payments/0/7', b'\x00\x01\x02')
        """
        try:
            row = json.loads(value)
            return cls(
                id=_text(row["id"]),
                reason=_text(row["reason"]),
                error=row.get("error"),
                stack=row.get("stack"),
                topic=row.get("topic"),
                partition=row.get("partition"),
                offset=row.get("offset"),
                key=_bytes(row.get("record_key")),
                payload=_bytes(row.get("payload")),
                size=row.get("payload_size"),
                headers={name: _bytes(header) for name, header in (row.get("headers") or {}).items()},
                tries=int(row.get("tries") or 0),
                failed_at=_instant(row["failed_at"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    @property
    def is_tombstone(self) -> bool:
        """Whether the record itself has no value, rather than one that wasn't kept."""
        return self.payload is None and self.size is None

    @property
    def lacks_payload(self) -> bool:
        """Whether the record's bytes were not kept."""
        return self.payload is None and self.size is not None

    def to_json(self) -> dict[str, Any]:
        """The letter for programs: bytes in base64."""
        return {
            "id": self.id,
            "reason": self.reason,
            "error": self.error,
            "stack": self.stack,
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "record_key": _base64(self.key),
            "payload": _base64(self.payload),
            "payload_size": self.size,
            "headers": {name: _base64(header) for name, header in self.headers.items()},
            "tries": self.tries,
            "failed_at": self.failed_at.isoformat(),
        }


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _bytes(text: str | None) -> bytes | None:
    try:
        return None if text is None else base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _instant(text: str) -> datetime:
    """A TIMESTAMP_LTZ, as Flink's JSON format writes it."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
