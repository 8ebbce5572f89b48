"""Reads an explanation from the trace that the JVM records."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pyflink_cep._explanation import (
    Asked,
    Closest,
    Dropped,
    Entry,
    EventMatched,
    Given,
    HeldBack,
    KeyExplanation,
    NearestMiss,
    PartialMatch,
    Progress,
    Reason,
    Skipped,
    TimedOut,
    TooLate,
    Trial,
    Way,
    WindowPassed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pyflink_cep._event_list import Event, EventList
    from pyflink_cep._explanation import End
    from pyflink_cep.testing import FoundMatches


def read_keys(
    document: Mapping[str, Any],
    listed: EventList,
    numbers: Mapping[int, int],
    partition_by: Sequence[str],
    found: FoundMatches,
) -> list[KeyExplanation]:
    """The explanation of each key, in the order in which the keys came.

    Args:
        document: What the JVM recorded.
        listed: The events.
        numbers: The events' numbers, by their places among the elements.
        partition_by: The fields of the key.
        found: What was found.
    """
    keys = [_KeyReader(key, listed, numbers, partition_by, found).read() for key in document["keys"]]
    for place in document["late"]:
        event = listed.event(place)
        key_fields = _key(event, partition_by)
        known = next((i for i, key in enumerate(keys) if key.key == key_fields), None)
        if known is None:
            keys.append(KeyExplanation(key_fields, [], {}, {numbers[place]: event}, None))
        else:
            keys[known] = replace(keys[known], late={**keys[known].late, numbers[place]: event})
    return keys


def _key(event: Event, partition_by: Sequence[str]) -> dict[str, Any]:
    return {column: event.get(column) for column in partition_by}


@dataclass(slots=True)
class _Growing:
    """A partial match while events are read."""

    number: int
    parent: int | None
    taken: tuple[tuple[str, int], ...]
    waits_for: Sequence[str] = ()
    end: End = "open"
    ended_at: int | datetime | str | None = None
    timeout: TimedOut | None = None
    held_by: int | None = None


@dataclass(slots=True)
class _KeyReader:
    document: Mapping[str, Any]
    listed: EventList
    numbers: Mapping[int, int]
    partition_by: Sequence[str]
    found: FoundMatches
    growing: dict[int, _Growing] = field(default_factory=dict)
    now: int | datetime | str = 0
    first: Event = field(default_factory=dict)

    def read(self) -> KeyExplanation:
        entries = [self._entry(entry) for entry in self.document["entries"]]
        key = _key(self.first, self.partition_by)
        partial_matches = {number: self._finished(match) for number, match in sorted(self.growing.items())}
        miss = self.document["nearest_miss"]
        return KeyExplanation(
            key, entries, partial_matches, {}, miss and self._miss(miss, key, partial_matches)
        )

    def _entry(self, entry: Mapping[str, Any]) -> Entry:
        if entry["kind"] == "event":
            return self._event(entry)
        number: int = entry["match"]
        if entry["kind"] == "window_passed" and number not in self.growing:
            self._grow(number, entry["of"], self.growing[entry["of"]].taken)
        match = self.growing[number]
        match entry["kind"]:
            case "timed_out":
                self.now = self.listed.instant(entry["at"])
                self._end(match, "timed_out")
                match.timeout = TimedOut(number, self.now, entry["window"], entry["length"])
                return match.timeout
            case "window_passed":
                self.now = self.listed.instant(entry["at"])
                match.end = "held_back"
                return WindowPassed(number, self.now)
            case "held_back":
                match.held_by = entry["by"]
                return HeldBack(number, entry["by"])
            case "given":
                self._end(match, "matched")
                return Given(number, self.found.matches[entry["place"]])
            case "skipped":
                self._end(match, "skipped")
                return Skipped(number, entry["by"])
            case _:
                self._end(match, "dropped")
                return Dropped(number)

    def _event(self, entry: Mapping[str, Any]) -> EventMatched:
        place: int = entry["place"]
        event = self.listed.event(place)
        self.first = self.first or event
        self.now = time = self.listed.time(place)
        asked = [[_asked(question) for question in questions] for questions in entry["asked"]]
        trials = [self._trial(each, asked[each["asked"]], place) for each in entry["tested"]]
        return EventMatched(self.numbers[place], event, time, trials)

    def _trial(self, tested: Mapping[str, Any], asked: Sequence[Asked], place: int) -> Trial:
        number: int | None = tested["match"] or None
        before = self.growing[number] if number else _Growing(0, None, ())
        read = Trial(
            number,
            tested["fate"],
            tested["stop"],
            before.waits_for,
            asked,
            [
                Way(
                    way["step"],
                    way["goes_on_as"] or None,
                    way["waits_for"],
                    way["waits_for_window"],
                    way["completes"] or None,
                )
                for way in tested["ways"]
            ],
        )
        taken = before.taken
        for way in read.ways:
            more = taken if way.step is None else (*taken, (way.step, place))
            if way.goes_on_as:
                self._grow(way.goes_on_as, number, more).waits_for = way.waits_for
            if way.completes:
                self._grow(way.completes, number or way.goes_on_as, more).end = "held_back"
        if read.fate in ("forbidden", "not_taken", "loop_ended", "merged"):
            self._end(before, read.fate)
        return read

    def _grow(self, number: int, parent: int | None, taken: tuple[tuple[str, int], ...]) -> _Growing:
        if number in self.growing:
            self.growing[number].taken = taken
        else:
            self.growing[number] = _Growing(number, parent, taken)
        return self.growing[number]

    def _end(self, match: _Growing, end: End) -> None:
        match.end = end
        match.ended_at = self.now

    def _finished(self, match: _Growing) -> PartialMatch:
        steps: dict[str, list[Event]] = {}
        numbers: dict[str, list[int]] = {}
        for step, place in match.taken:
            steps.setdefault(step, []).append(self.listed.event(place))
            numbers.setdefault(step, []).append(self.numbers[place])
        return PartialMatch(
            number=match.number,
            parent=match.parent,
            steps=steps,
            numbers=numbers,
            started_at=self.listed.time(match.taken[0][1]),
            ended_at=self.now if match.ended_at is None else match.ended_at,
            end=match.end,
        )

    def _miss(
        self, miss: Mapping[str, Any], key: Mapping[str, Any], partial_matches: Mapping[int, PartialMatch]
    ) -> NearestMiss:
        growing = self.growing.get(miss["match"])
        closest = miss.get("closest")
        too_late = miss.get("too_late")
        return NearestMiss(
            key=key,
            match=partial_matches.get(miss["match"]),
            timeout=growing.timeout if growing else None,
            within_match=miss["within_match"],
            progress=[Progress(**progress) for progress in miss["progress"]],
            needed=miss["needed"],
            waits_for=growing.held_by if growing else None,
            stop=miss["stop"],
            closest=closest and Closest(*self._placed(closest), _reasons(closest["reasons"])),
            too_late=too_late and TooLate(*self._placed(too_late), too_late["by"]),
            rank=miss["rank"],
        )

    def _placed(self, event: Mapping[str, Any]) -> tuple[int, Event, int | datetime]:
        place: int = event["place"]
        return (
            self.numbers[place],
            self.listed.event(place),
            self.listed.time(place),
        )


def _asked(asked: Mapping[str, Any]) -> Asked:
    return Asked(asked["steps"], asked["role"], asked["sql"], asked["truth"], _reasons(asked["reasons"]))


def _reasons(reasons: Sequence[Mapping[str, Any]]) -> list[Reason]:
    return [Reason(**reason) for reason in reasons]
