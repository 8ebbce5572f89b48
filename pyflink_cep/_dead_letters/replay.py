"""Sending dead letters back to where they came from: each once, however often it is interrupted and begun again.

A letter is sent, and marked as dealt with by a message without a value in its own topic, in one transaction. All
replays of a topic have one transactional id, so that one that is begun fences off one that may still be running,
before it reads what that has done.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pyflink_cep._dead_letters.box import OUTCOME_HEADER, Box, Entry, Filter, whole
from pyflink_cep._dead_letters.letter import ID_HEADER, TRIES_HEADER, DeadLetter
from pyflink_cep._publishing.kafka import client_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pyflink_cep._publishing.kafka import Record, Topic
    from pyflink_cep.errors import TargetError

Outcome = Literal["replayed", "parked", "waiting", "lost"]

PARKED_SUFFIX = ".parked"
# A transaction takes as many letters as are due in this time, so that an interruption loses no more of it.
_SECONDS_OF_A_TRANSACTION = 1.0
_LETTERS_OF_A_TRANSACTION = 500
_BYTES_OF_A_TRANSACTION = 32 * 1024 * 1024
_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How letters are replayed.

    Attributes:
        rate: How many are sent in a second at most.
        backoff: A letter that was replayed n times waits (2ⁿ - 1) times as long since it failed last.
        max_tries: A letter that was replayed as often is parked.
        to: The topic that they are sent to, in place of where they came from.
    """

    rate: float
    backoff: timedelta
    max_tries: int
    to: str | None = None

    def due_at(self, letter: DeadLetter) -> datetime:
        """When a letter may be replayed."""
        # Past that, a wait is longer than any topic keeps letters.
        pauses: int = 2 ** min(letter.tries, 20) - 1
        return letter.failed_at + self.backoff * pauses


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a letter.

    Attributes:
        letter: The letter.
        outcome: replayed; parked, after its last try; waiting, for its time to be tried again; lost, where the
            record's bytes are to be had no more.
        to: The topic that it went to.
        due_at: When it may be replayed, where it waits.
    """

    letter: DeadLetter
    outcome: Outcome
    to: str | None = None
    due_at: datetime | None = None


def plan(
    box: Box, which: Filter, policy: Policy, parked_topic: str, now: datetime | None = None
) -> list[tuple[Entry, Replayed]]:
    """What a replay does with each open letter that is meant, as far as is known before."""
    now = now or datetime.now(UTC)
    planned = []
    for entry in box.entries:
        letter = entry.letter
        if entry.state != "open" or not which.takes(letter):
            continue
        target = policy.to or letter.topic
        if letter.tries >= policy.max_tries:
            outcome = Replayed(letter, "parked", parked_topic)
        elif target is None or (letter.lacks_payload and letter.partition is None):
            # No record has the bytes: such is the letter of an alert that was too large.
            outcome = Replayed(letter, "lost")
        elif (due_at := policy.due_at(letter)) > now:
            outcome = Replayed(letter, "waiting", due_at=due_at)
        else:
            outcome = Replayed(letter, "replayed", target)
        planned.append((entry, outcome))
    return planned


def replay(
    topic: Topic,
    which: Filter,
    policy: Policy,
    *,
    dry_run: bool = False,
    pause: Callable[[float], object] = time.sleep,
) -> list[Replayed]:
    """Replays the open letters of a topic that are meant, and are due.

    Args:
        topic: The topic of dead letters. Letters that were tried often enough go to the topic of the same name with
            `.parked` behind it, which is created if need be.
        which: The letters that are meant.
        policy: How they are replayed.
        dry_run: Says what would be done, and does nothing.
        pause: Waits for some seconds.

    Returns:
        What became of each letter that is meant, in the order in which the job failed at them.

    Raises:
        TargetError: Kafka can't be reached, has not confirmed what was sent, or another replay has begun.
        InputError: An id is none of an open letter.
    """
    parked = replace(topic, name=topic.name + PARKED_SUFFIX)
    sender = None if dry_run else Sender(topic)
    box = Box.read(topic)
    for letter_id in which.ids:
        box.entry(letter_id)
    planned = plan(box, which, policy, parked.name)
    if sender is None:
        return [outcome for _, outcome in planned]
    for target in {outcome.to for _, outcome in planned if outcome.outcome == "replayed"}:
        # A message to a topic that isn't there would be refused too, but not before half a minute.
        replace(topic, name=target or "").partitions()
    if any(outcome.outcome == "parked" for _, outcome in planned):
        parked.create_like(topic)
    to_send = {
        entry.letter.id: (entry, outcome)
        for entry, outcome in planned
        if outcome.outcome in ("replayed", "parked")
    }
    lost = set()
    for batch in _batches(whole(topic, [entry for entry, _ in to_send.values()]), policy.rate):
        began = time.monotonic()
        messages = []
        originals = _originals(topic, [entry.letter for entry, _ in batch])
        for entry, value in batch:
            outcome = to_send[entry.letter.id][1]
            message = _message(entry, outcome, value, originals.get(entry.letter.id))
            if message is None:
                lost.add(entry.letter.id)
            else:
                messages.append(message)
        sender.send(messages)
        pause(max(0.0, len(messages) / policy.rate - (time.monotonic() - began)))
    return [
        replace(outcome, outcome="lost", to=None) if outcome.letter.id in lost else outcome
        for _, outcome in planned
    ]


@dataclass(frozen=True, slots=True)
class Message:
    """A letter on its way.

    Attributes:
        entry: The letter.
        outcome: What becomes of it.
        topic: Where it goes.
        arguments: The message, as the client library takes it.
    """

    entry: Entry
    outcome: Outcome
    topic: str
    arguments: Mapping[str, Any]


def _message(entry: Entry, outcome: Replayed, value: bytes, original: Record | None) -> Message | None:
    """What is sent of a letter; None where the record's bytes are to be had no more."""
    letter = entry.letter
    target = outcome.to or ""
    if outcome.outcome == "parked":
        return Message(entry, "parked", target, {"key": letter.id, "value": value})
    arguments: dict[str, Any]
    if original is not None:
        # A table has headers as a MAP, in which those that share a name are one.
        arguments = {"key": original.key, "value": original.value}
        headers: Iterable[tuple[str, bytes | None]] = original.headers
        if original.timestamp:
            arguments["timestamp"] = original.timestamp
    elif letter.lacks_payload:
        return None
    else:
        arguments = {"key": letter.key, "value": letter.payload}
        headers = letter.headers.items()
    arguments["headers"] = [
        *((name, header) for name, header in headers if name not in (ID_HEADER, TRIES_HEADER)),
        (ID_HEADER, letter.id.encode()),
        (TRIES_HEADER, str(letter.tries + 1).encode()),
    ]
    if target == letter.topic and letter.partition is not None:
        arguments["partition"] = letter.partition
    return Message(entry, "replayed", target, arguments)


def _originals(topic: Topic, letters: Sequence[DeadLetter]) -> dict[str, Record]:
    """The records themselves, by the letters' ids, where their topics still have them."""
    placed = [(letter, place) for letter in letters if (place := _place(letter)) is not None]
    records = {
        (name, *place): record
        for name in {name for _, (name, *_) in placed}
        for place, record in replace(topic, name=name)
        .records_at({(partition, offset) for _, (other, partition, offset) in placed if other == name})
        .items()
    }
    return {
        letter.id: records[place]
        for letter, place in placed
        if place in records and _is_of(records[place], letter)
    }


def _place(letter: DeadLetter) -> tuple[str, int, int] | None:
    if letter.topic is None or letter.partition is None or letter.offset is None:
        return None
    return letter.topic, letter.partition, letter.offset


def _is_of(record: Record, letter: DeadLetter) -> bool:
    """Whether a record is the letter's: a topic that was deleted and created anew has another in its place."""
    if letter.lacks_payload:
        return record.value is not None and len(record.value) == letter.size
    return (record.key, record.value) == (letter.key, letter.payload)


def _batches(letters: Iterable[tuple[Entry, bytes]], rate: float) -> Iterator[Sequence[tuple[Entry, bytes]]]:
    """Batches of letters, a transaction each: those of a second, and no more than memory has room for."""
    count = max(1, min(_LETTERS_OF_A_TRANSACTION, int(rate * _SECONDS_OF_A_TRANSACTION)))
    batch: list[tuple[Entry, bytes]] = []
    size = 0
    for letter in letters:
        batch.append(letter)
        size += len(letter[1])
        if len(batch) == count or size > _BYTES_OF_A_TRANSACTION:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class Sender:
    """Sends letters, and marks them as dealt with, in transactions.

    Args:
        topic: The topic of dead letters.

    Raises:
        TargetError: Kafka can't be reached, or allows no transactions.
    """

    def __init__(self, topic: Topic) -> None:
        kafka = client_library(topic)
        self._topic = topic
        self._exception = kafka.KafkaException
        settings = topic.settings() | {
            "transactional.id": f"pyflink-cep-replay-{topic.name}",
            # The broker says what is too large.
            "message.max.bytes": 1_000_000_000,
            # That of Java's clients, so that keys stay in their partitions.
            "partitioner": "murmur2_random",
        }
        try:
            self._producer = kafka.Producer(settings)
            self._producer.init_transactions(_SECONDS)
        except kafka.KafkaException as error:
            raise topic.error(
                "no-transactions",
                f"a transaction can't be begun: {error.args[0].str()}",
                hint="look at the address; TLS and SASL are set by `--kafka-config FILE`",
            ) from error

    def send(self, messages: Sequence[Message]) -> None:
        """Sends letters in one transaction: all of them, or none.

        Raises:
            TargetError: Kafka has not confirmed them, or another replay has begun.
        """
        if not messages:
            return
        try:
            self._producer.begin_transaction()
            for message in messages:
                self._produce(
                    self._topic.name,
                    key=message.entry.letter.id,
                    partition=message.entry.partition,
                    headers=[(OUTCOME_HEADER, message.outcome.encode())],
                )
            for message in messages:
                self._produce(message.topic, **message.arguments)
            self._producer.commit_transaction(_SECONDS)
        except self._exception as error:
            reason = error.args[0]
            if reason.fatal():
                raise self._topic.error(
                    "fenced",
                    f"another replay of the topic has begun, or the broker has ended this one: {reason.str()}",
                    hint="run the command again: what was sent is not sent twice",
                ) from error
            self._abort()
            raise self._unconfirmed(reason.str()) from error
        except BaseException:
            self._abort()
            raise

    def _abort(self) -> None:
        # Where it can't be, the broker does so in time, or as the next replay begins.
        with suppress(self._exception):
            self._producer.abort_transaction(_SECONDS)

    def _produce(self, topic: str, **arguments: Any) -> None:
        # Of a message that isn't delivered the commit tells: without callbacks nothing is raised amid them.
        self._producer.produce(topic, **arguments)
        self._producer.poll(0)

    def _unconfirmed(self, reason: str) -> TargetError:
        return self._topic.error(
            "not-confirmed",
            f"Kafka has not confirmed the letters: {reason}",
            hint="run the command again: what was sent is not sent twice",
        )
