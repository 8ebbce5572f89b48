"""The topic of dead letters, and what has become of each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, cast

from pyflink_cep._dead_letters.letter import DeadLetter, State
from pyflink_cep.errors import Diagnostic, InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from pyflink_cep._publishing.kafka import Record, Topic

# The header of a message without a value, which says that the letter of its key was dealt with.
OUTCOME_HEADER = "dead-letter-outcome"


@dataclass(frozen=True, slots=True)
class Entry:
    """A letter in its topic.

    Attributes:
        letter: The letter. In a list of many it has neither payload nor stack, so that they fit into memory.
        state: What has become of it.
        partition: Where its message is in the topic of dead letters.
        offset: The same.
    """

    letter: DeadLetter
    state: State
    partition: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which letters are meant: those that fulfil all that is given.

    Attributes:
        ids: Their ids; none: any.
        reason: A pattern of their reason, in which `*` stands for anything.
        topic: Where the record was read.
        since: When the job failed at them, at the earliest.
        until: When the job failed at them, before that.
    """

    ids: Collection[str] = ()
    reason: str | None = None
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, letter: DeadLetter) -> bool:
        """Whether a letter is meant."""
        return (
            (not self.ids or letter.id in self.ids)
            and (self.reason is None or fnmatchcase(letter.reason, self.reason))
            and (self.topic is None or letter.topic == self.topic)
            and (self.since is None or letter.failed_at >= self.since)
            and (self.until is None or letter.failed_at < self.until)
        )


@dataclass(frozen=True, slots=True)
class Box:
    """What a topic of dead letters holds.

    Attributes:
        entries: The newest letter of each id, in the order in which the job failed at them.
        strangers: Where messages are that are no dead letters, as `PARTITION/OFFSET`.
    """

    entries: Sequence[Entry]
    strangers: Sequence[str]

    @classmethod
    def read(cls, topic: Topic) -> Box:
        """Reads the topic up to its present end.

        Raises:
            TargetError: There is no such topic, or Kafka can't be reached.
        """
        newest: dict[str, Entry] = {}
        strangers = []
        for record in topic.records():
            if record.value is None:
                _close(newest, record)
            elif letter := DeadLetter.read(record.value):
                light = replace(letter, payload=b"" if letter.payload is not None else None, stack=None)
                newest[letter.id] = Entry(light, "open", record.partition, record.offset)
            else:
                strangers.append(f"{record.partition}/{record.offset}")
        entries = sorted(newest.values(), key=lambda entry: (entry.letter.failed_at, entry.letter.id))
        return cls(entries, strangers)

    def entry(self, letter_id: str) -> Entry:
        """The letter of an id.

        Raises:
            InputError: There is none.
        """
        for entry in self.entries:
            if entry.letter.id == letter_id:
                return entry
        raise InputError(
            Diagnostic(
                code="unknown-letter",
                location=letter_id,
                message=f"there is no dead letter `{letter_id}`",
                hint=did_you_mean(letter_id, [entry.letter.id for entry in self.entries][-10:], "The newest"),
            )
        )


def whole(topic: Topic, entries: Collection[Entry]) -> Iterator[tuple[Entry, bytes]]:
    """The same letters as they are in the topic, with payload and stack, each with its message's value.

    Raises:
        TargetError: Kafka can't be reached.
    """
    wanted = {(entry.partition, entry.offset): entry for entry in entries}
    if not wanted:
        return
    for record in topic.records():
        entry = wanted.pop((record.partition, record.offset), None)
        if entry is not None and record.value is not None and (letter := DeadLetter.read(record.value)):
            yield replace(entry, letter=letter), record.value
        if not wanted:
            return


def _close(newest: dict[str, Entry], record: Record) -> None:
    letter_id = (record.key or b"").decode(errors="replace")
    outcome = (record.header(OUTCOME_HEADER) or b"replayed").decode(errors="replace")
    entry = newest.get(letter_id)
    if entry is not None:
        state = cast("State", outcome if outcome in ("replayed", "parked") else "replayed")
        newest[letter_id] = replace(entry, state=state)
