"""An explanation in words: what happened, moment by moment, and how near the nearest miss was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from pyflink_cep._duration import duration_text
from pyflink_cep._explanation import (
    Asked,
    Closest,
    Dropped,
    Entry,
    EventMatched,
    Explanation,
    Given,
    HeldBack,
    KeyExplanation,
    NearestMiss,
    PartialMatch,
    Reason,
    Skipped,
    TimedOut,
    Trial,
    Way,
    WindowPassed,
)

Tone = Literal["took", "passed", "ended", "matched", "waits"]

_LONGEST_VALUE = 60
_NUMBERS_SHOWN = 8
_TRUTHS = {"TRUE": "true", "FALSE": "false", "NULL": "NULL"}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened.

    Attributes:
        text: What.
        tone: Of what kind it is.
        conditions: The conditions that were asked.
    """

    text: str
    tone: Tone
    conditions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """An event, or a time at which something happened without one.

    Attributes:
        time: When.
        event: The event's name, such as `event 3`; None where there is none.
        fields: The event's fields, but for its time and its key.
        lines: What happened.
    """

    time: str
    event: str | None
    fields: str
    lines: list[Line] = field(default_factory=list)


# ---- values -----------------------------------------------------------------------------------


def time_text(instant: int | datetime | str) -> str:
    """A time: in ISO 8601, or in milliseconds where the events have them.

    Example:
        >>> time_text(1_500)
        '1500 ms'
        >>> time_text(datetime.fromisoformat("2026-01-01T10:00:00+00:00"))
        '2026-01-01T10:00:00Z'
    """
    if isinstance(instant, datetime):
        text = instant.isoformat()
        return text.removesuffix("+00:00") + "Z" if instant.tzinfo and not instant.utcoffset() else text
    return instant if isinstance(instant, str) else f"{instant} ms"


def value_text(value: Any) -> str:
    """A value much as SQL writes it.

    Example:
        >>> value_text({"open": True, "name": "O'Neil", "tags": [None, 1.5]})
        "{open: TRUE, name: 'O''Neil', tags: [NULL, 1.5]}"
    """
    text = _value_text(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _value_text(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            return time_text(value)
        case date() | time():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case bytes():
            return f"x'{value.hex()}'"
        case Mapping():
            return "{" + ", ".join(f"{name}: {_value_text(inner)}" for name, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value_text, value)) + "]"
    return str(value)


def fields_text(fields: Mapping[str, Any]) -> str:
    """Fields and their values."""
    return ", ".join(f"{name} = {value_text(value)}" for name, value in fields.items())


def key_text(key: Mapping[str, Any]) -> str:
    """What tells a key from others."""
    return fields_text(key) or "all events"


def count_text(count: int, noun: str, plural: str | None = None) -> str:
    """A number of things.

    Example:
        >>> count_text(0, "match", "matches"), count_text(1, "event"), count_text(2, "key")
        ('no matches', '1 event', '2 keys')
    """
    many = plural or f"{noun}s"
    return f"no {many}" if count == 0 else f"1 {noun}" if count == 1 else f"{count:,} {many}"


def _listed(names: Iterable[str], last: str) -> str:
    quoted = [f"`{name}`" for name in names]
    return f" {last} ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


# ---- conditions -------------------------------------------------------------------------------


def reason_text(reason: Reason, verb: str = "is") -> str:
    """A part of a condition, its value, and what made it so."""
    values = ", ".join(f"{name} = {value}" for name, value in reason.values.items())
    told = f"failed: {reason.error}" if reason.truth == "FAILED" else f"{verb} {_TRUTHS[reason.truth]}"
    return f"{_one_line(reason.sql)} {told}" + (f" ({values})" if values else "")


def condition_text(asked: Asked) -> str:
    """A condition, its value, and the parts that made it so."""
    whole = f"{'until of ' if asked.role == 'until' else ''}{_listed(asked.steps, 'and')}: "
    if len(asked.reasons) == 1 and _one_line(asked.reasons[0].sql) == _one_line(asked.sql):
        return whole + reason_text(asked.reasons[0])
    sql = _one_line(asked.sql)
    in_order = sorted(asked.reasons, key=lambda reason: sql.find(_one_line(reason.sql)))
    reasons = "; ".join(map(reason_text, in_order))
    told = "failed" if asked.truth == "FAILED" else f"is {_TRUTHS[asked.truth]}"
    return f"{whole}{sql} {told}: {reasons}"


def _one_line(sql: str) -> str:
    return " ".join(sql.split())


# ---- the whole --------------------------------------------------------------------------------


def overview(explanation: Explanation) -> str:
    """What was found, in one sentence."""
    events = sum(
        sum(isinstance(entry, EventMatched) for entry in key.entries) + len(key.late)
        for key in explanation.keys
    )
    matches = count_text(len(explanation.found.matches), "match", "matches")
    of_keys = (
        f" of {count_text(len(explanation.keys), 'key')}" if any(key.key for key in explanation.keys) else ""
    )
    text = f"{matches[0].upper()}{matches[1:]} in {count_text(events, 'event')}{of_keys}"
    others = [
        match for key in explanation.keys for match in key.partial_matches.values() if match.end != "matched"
    ]
    ends = Counter(end_text(match) for match in others)
    if not others:
        return text
    told = ", ".join(f"{count} {end}" for end, count in ends.most_common())
    return f"{text}; {count_text(len(others), 'other partial match', 'other partial matches')}: {told}"


def match_text(key: KeyExplanation, match: PartialMatch) -> str:
    """A match, and where its events are."""
    return f"#{match.number}{f' of {key_text(key.key)}' if key.key else ''}: {taken_text(match)}"


def errors_text(explanation: Explanation) -> list[str]:
    """The conditions and measures that can't be evaluated on some events."""
    numbers = event_numbers(explanation)
    return [
        f"{error.location}"
        + ("" if error.expression is None else f" `{error.expression}`")
        + f" can't be evaluated on {count_text(error.count, 'event')}, first on event"
        f" {numbers[id(error.event)]}: {error.message}"
        for error in explanation.found.errors
    ]


def event_numbers(explanation: Explanation) -> dict[int, int]:
    """The numbers of the events that were matched, by the events' identities."""
    return {
        id(entry.event): entry.number
        for key in explanation.keys
        for entry in key.entries
        if isinstance(entry, EventMatched)
    }


# ---- what happened ----------------------------------------------------------------------------


def moments(explanation: Explanation, key: KeyExplanation, *, all_columns: bool) -> list[Moment]:
    """What happened for a key, in order."""
    told: list[Moment] = []
    hidden = {explanation.time_field, *key.key}
    for entry in key.entries:
        if isinstance(entry, EventMatched):
            fields = {
                name: value
                for name, value in entry.event.items()
                if name not in hidden and (all_columns or name in explanation.used)
            }
            told.append(
                Moment(
                    time_text(entry.time), f"event {entry.number}", fields_text(fields), _event_lines(entry)
                )
            )
            continue
        if isinstance(entry, TimedOut | WindowPassed) and (
            told[-1].event is not None or told[-1].time != time_text(entry.time)
        ):
            told.append(Moment(time_text(entry.time), None, ""))
        told[-1].lines.append(_entry_line(entry))
    return told


def _event_lines(matched: EventMatched) -> list[Line]:
    lines = []
    for trials, conditions in _alike(matched.trials):
        if len(trials) > 1:
            lines.append(Line(f"{_numbers(trials)} pass it over", "passed", conditions))
            continue
        for place, (text, tone) in enumerate(_outcomes(trials[0])):
            lines.append(Line(text, tone, conditions if place == 0 else ()))
    return lines


def _alike(trials: Sequence[Trial]) -> list[tuple[list[Trial], Sequence[str]]]:
    """The trials with their conditions; those that pass an event over for the same reasons together."""
    groups: dict[object, tuple[list[Trial], Sequence[str]]] = {}
    for place, trial in enumerate(trials):
        conditions = tuple(map(condition_text, trial.asked))
        passed_over = trial.match is not None and trial.fate == "unchanged"
        groups.setdefault(conditions if passed_over else place, ([], conditions))[0].append(trial)
    return list(groups.values())


def _numbers(trials: Sequence[Trial]) -> str:
    names = [f"#{trial.match}" for trial in trials]
    if len(names) > _NUMBERS_SHOWN:
        return f"{', '.join(names[: _NUMBERS_SHOWN - 1])}, … {names[-1]} ({len(names)} partial matches)"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _outcomes(trial: Trial) -> Iterator[tuple[str, Tone]]:
    if trial.match is None:
        if not trial.ways:
            yield "begins nothing", "passed"
        for way in trial.ways:
            yield _beginning(way)
        return
    name = f"#{trial.match}"
    match trial.fate:
        case "unchanged":
            yield f"{name} passes it over", "passed"
        case "merged":
            yield f"{name} comes to the same as another one, and is dropped", "ended"
        case "forbidden":
            yield f"{name} is dropped: `{trial.stop}` must not come", "ended"
        case "not_taken":
            yield f"{name} is dropped: it had to be {_listed(trial.waits_for, 'or')}", "ended"
        case "loop_ended":
            yield f"{name} is dropped: it ends the loop", "ended"
        case _:
            for way in trial.ways:
                yield _move(trial.match, way, trial.waits_for)
            if trial.stop is not None:
                yield f"{name} doesn't go on: `{trial.stop}` must not come", "ended"


def _beginning(way: Way) -> tuple[str, Tone]:
    if way.goes_on_as is None:
        return f"begins and completes #{way.completes}: taken as `{way.step}`", "matched"
    text = f"begins #{way.goes_on_as}: taken as `{way.step}`"
    if way.completes is not None:
        return f"{text}; with that #{way.completes} is complete", "matched"
    return text + _waits(way), "took"


def _move(match: int, way: Way, waited_for: Sequence[str]) -> tuple[str, Tone]:
    did = "passes it over" if way.step is None else f"takes it as `{way.step}`"
    name = f"#{match}"
    if way.goes_on_as is None:
        if way.completes == match:
            return f"{name} {did}, and is complete", "matched"
        return f"{name} {did}, which makes #{way.completes}, and that is complete", "matched"
    if way.goes_on_as != match:
        name = f"#{match} forks #{way.goes_on_as}, which"
    if way.completes is not None:
        return f"{name} {did}, and goes on; as it is, it is complete as #{way.completes}", "matched"
    if way.step is None:
        waits = "" if way.waits_for == waited_for else _waits(way)
        return f"{name} {did}{waits}", "passed"
    return f"{name} {did}{_waits(way)}", "took"


def _waits(way: Way) -> str:
    if way.waits_for_window:
        return "; waits for its window to pass"
    return f"; waits for {_listed(way.waits_for, 'or') if way.waits_for else 'one more event'}"


def _entry_line(entry: Entry) -> Line:
    match entry:
        case TimedOut(match=number, window=window, length=length):
            event = "first" if window == "first_and_last" else "last"
            return Line(
                f"#{number} runs out of time, {duration_text(length)} after its {event} event", "ended"
            )
        case WindowPassed(match=number):
            return Line(f"#{number} is complete, as its window has passed", "matched")
        case HeldBack(match=number, by=by):
            return Line(f"#{number} waits: #{by} began before it, and is still open", "waits")
        case Given(match=number, found=found):
            measures = f": {fields_text(found.measures)}" if found.measures else ""
            return Line(f"#{number} is a match{measures}", "matched")
        case Skipped(match=number, by=by):
            return Line(f"#{number} is dropped, as the skip strategy says after match #{by}", "ended")
        case Dropped(match=number):
            return Line(f"#{number} is dropped, as its key has too many partial matches", "ended")
    raise AssertionError(entry)


def end_text(match: PartialMatch) -> str:
    """What became of a partial match."""
    return {
        "matched": "a match",
        "timed_out": "ran out of time",
        "forbidden": "dropped by an event that must not come",
        "not_taken": "dropped as the next event was another one",
        "loop_ended": "dropped as its loop ended",
        "merged": "came to the same as another one",
        "dropped": "dropped as its key had too many",
        "skipped": "dropped by a match",
        "open": "still open",
        "held_back": "complete, and waiting",
    }[match.end]


def taken_text(match: PartialMatch) -> str:
    """The events that a partial match took, by step."""
    return "; ".join(
        f"`{step}` {'event' if len(numbers) == 1 else 'events'} {', '.join(map(str, numbers))}"
        for step, numbers in match.numbers.items()
    )


# ---- the nearest miss -------------------------------------------------------------------------


def miss_summary(miss: NearestMiss) -> str:
    """One sentence on how near it came."""
    return "; ".join(filter(None, [_progress(miss), _end_of_miss(miss)]))


def _progress(miss: NearestMiss) -> str:
    if miss.match is None:
        return "nothing ever began"
    told = []
    for step in miss.progress:
        if step.taken == step.needed:
            told.append(f"`{step.step}`" if step.taken == 1 else f"{step.taken} `{step.step}`")
        elif step.step == miss.needed:
            told.append(
                f"{step.taken} of {step.needed} `{step.step}`" if step.needed > 1 else f"no `{step.step}`"
            )
    return ", ".join(told)


def _end_of_miss(miss: NearestMiss) -> str:
    if miss.match is None:
        return "" if miss.closest is None else f"closest was {_closest(miss.closest)}"
    match miss.match.end:
        case "timed_out":
            return _timed_out(miss)
        case "forbidden":
            return f"then `{miss.stop}` came, which must not: {_closest(miss.closest)}"
        case "not_taken":
            return f"`{miss.needed}` had to be next, and next was {_closest(miss.closest)}{_later(miss)}"
        case "loop_ended":
            return f"then its loop ended with {_closest(miss.closest)}"
        case "dropped":
            return "dropped, as its key had too many partial matches"
        case "skipped":
            return "dropped by a match, as the skip strategy says"
        case "held_back":
            waits = f" for #{miss.waits_for}, which began before it" if miss.waits_for else ""
            return f"complete, and still waiting{waits}"
    return "still open at the end" + (
        "" if miss.closest is None else f"; closest was {_closest(miss.closest)}"
    )


def _timed_out(miss: NearestMiss) -> str:
    assert miss.timeout is not None
    window = f"the window of {duration_text(miss.timeout.length)}"
    if miss.too_late is not None and _is_near(miss, miss.timeout):
        if miss.too_late.by == 0:
            return f"{_wanted(miss)} came at the end of {window}, which is outside it"
        return f"{_wanted(miss)} came {duration_text(miss.too_late.by)} too late"
    closest = "" if miss.closest is None else f"; closest was {_closest(miss.closest)}"
    return f"{window} passed{closest}"


def _is_near(miss: NearestMiss, timeout: TimedOut) -> bool:
    """Whether the event that came too late says more than the one that came close in time."""
    return miss.closest is None or (miss.too_late is not None and miss.too_late.by <= timeout.length)


def _wanted(miss: NearestMiss) -> str:
    """The event that it lacked."""
    for step in miss.progress:
        if step.step == miss.needed and step.taken:
            place = step.taken
            ordinal = _ORDINALS[place] if place < len(_ORDINALS) else f"{place + 1}th"
            return f"the {ordinal}"
    return f"`{miss.needed}`" if miss.needed else "the next event"


def _later(miss: NearestMiss) -> str:
    if miss.too_late is None:
        return ""
    return f"; one that fits came {duration_text(miss.too_late.by)} later: event {miss.too_late.number}"


def _closest(closest: Closest | None) -> str:
    assert closest is not None
    reasons = " and ".join(reason_text(reason, "was") for reason in closest.reasons)
    return f"event {closest.number}" + (f", where {reasons}" if reasons else "")


def miss_details(miss: NearestMiss) -> list[str]:
    """What else is to be known of the nearest miss."""
    details = []
    if miss.match is not None:
        began = f"#{miss.match.number} began at {time_text(miss.match.started_at)}"
        details.append(f"{began}, and took {taken_text(miss.match)}")
    if miss.timeout is not None:
        event = "first" if miss.timeout.window == "first_and_last" else "last"
        length = duration_text(miss.timeout.length)
        details.append(
            f"it ran out of time at {time_text(miss.timeout.time)}, {length} after its {event} event"
        )
    if miss.too_late is not None and miss.timeout is not None:
        event = f"event {miss.too_late.number}, at {time_text(miss.too_late.time)}"
        if _is_near(miss, miss.timeout):
            details.append(f"the event that was too late is {event}")
            if miss.closest is not None:
                details.append(f"in time, closest was {_closest(miss.closest)}")
        else:
            details.append(f"one that fits came {duration_text(miss.too_late.by)} too late: {event}")
    if miss.within_match:
        details.append("all of its events are part of matches")
    return details
