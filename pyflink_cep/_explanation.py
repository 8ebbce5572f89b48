"""What an explanation is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from pyflink_cep._event_list import Event
    from pyflink_cep._pattern import Pattern
    from pyflink_cep.testing import FoundMatches, Match

Truth = Literal["TRUE", "FALSE", "NULL", "FAILED"]
Fate = Literal["unchanged", "moved", "merged", "forbidden", "not_taken", "loop_ended"]
End = Literal[
    "matched",
    "timed_out",
    "forbidden",
    "not_taken",
    "loop_ended",
    "merged",
    "dropped",
    "skipped",
    "open",
    "held_back",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a condition that decided its value.

    Attributes:
        sql: The part as it was written, such as ``amount > 500``.
        truth: The part's own value; FAILED where it can't be evaluated on the event.
        error: What failed, or None.
        values: What it refers to, as it was written, and the values as SQL: ``{"LAST(probe.merchant)": "'kiosk'"}``.
    """

    sql: str
    truth: Truth
    error: str | None
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition that was asked.

    Attributes:
        steps: The step that it is of, or the steps of a group.
        role: `until` for the condition that ends a loop.
        sql: The whole condition.
        truth: Its value; only TRUE holds.
        reasons: The parts that decided it.
    """

    steps: Sequence[str]
    role: Literal["where", "until"]
    sql: str
    truth: Truth
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Way:
    """A way on for a partial match.

    Attributes:
        step: The step that took the event; None where it was passed over.
        goes_on_as: The number of the partial match that goes on: another one where it forks; None where none does.
        waits_for: The steps that may take its next event.
        waits_for_window: Whether it is a match once its window has passed.
        completes: The number of the match that it completes, or None.
    """

    step: str | None
    goes_on_as: int | None
    waits_for: Sequence[str]
    waits_for_window: bool
    completes: int | None


@dataclass(frozen=True, slots=True)
class Trial:
    """An event and a partial match.

    Attributes:
        match: The number of the partial match; None: whether the event begins one.
        fate: What became of the partial match: `unchanged` where the event was passed over, `forbidden` where it
            must not come, `not_taken` where it had to be taken, `loop_ended` where it fulfilled the `until` of a loop,
            `merged` where another one came to the same.
        stop: The step that must not come, and came; or None.
        waits_for: The steps that might have taken the event.
        asked: The conditions that were asked, in order.
        ways: The ways on.
    """

    match: int | None
    fate: Fate
    stop: str | None
    waits_for: Sequence[str]
    asked: Sequence[Asked]
    ways: Sequence[Way]


@dataclass(frozen=True, slots=True)
class EventMatched:
    """An event was matched.

    Attributes:
        number: Its number: its place in the list from 1, unless the events were given others.
        event: The event.
        time: Its time.
        trials: What it did to each partial match, and last whether it began one.
    """

    number: int
    event: Event
    time: int | datetime
    trials: Sequence[Trial]


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A partial match ran out of a window.

    Attributes:
        match: Its number.
        time: The first time that was too late. In place of a datetime after the year 9999, text.
        window: What the window is between.
        length: Its length in milliseconds.
    """

    match: int
    time: int | datetime | str
    window: Literal["first_and_last", "previous_and_current"]
    length: int


@dataclass(frozen=True, slots=True)
class WindowPassed:
    """A partial match became a match, as its window passed without what must not come."""

    match: int
    time: int | datetime | str


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A match waits for a partial match that began before it, and might have it dropped."""

    match: int
    by: int


@dataclass(frozen=True, slots=True)
class Given:
    """A match was given."""

    match: int
    found: Match


@dataclass(frozen=True, slots=True)
class Skipped:
    """A match that was given had another one dropped, by the skip strategy."""

    match: int
    by: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """A partial match was dropped, as its key had too many."""

    match: int


Entry = EventMatched | TimedOut | WindowPassed | HeldBack | Given | Skipped | Dropped


@dataclass(frozen=True, slots=True)
class PartialMatch:
    """A partial match, when it was over.

    Attributes:
        number: Tells it from others of its key; from 1.
        parent: The number of the one that it forked from, or None.
        steps: The events that it had taken, by step.
        numbers: The numbers of these events.
        started_at: The time of its first event.
        ended_at: When it was over; that of the key's last event where it was not. In place of a datetime after the
            year 9999, text.
        end: What became of it.
    """

    number: int
    parent: int | None
    steps: Mapping[str, list[Event]]
    numbers: Mapping[str, list[int]]
    started_at: int | datetime
    ended_at: int | datetime | str
    end: End


@dataclass(frozen=True, slots=True)
class Closest:
    """An event that came close.

    Attributes:
        number: Its number: its place in the list from 1, unless the events were given others.
        event: The event.
        time: Its time.
        reasons: What of the conditions it did not fulfil; for one that must not come, what it did.
    """

    number: int
    event: Event
    time: int | datetime
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class TooLate:
    """An event that a partial match lacked, which came when that was over.

    Attributes:
        number: Its number: its place in the list from 1, unless the events were given others.
        event: The event.
        time: Its time.
        by: By how many milliseconds it was too late; 0 at the window's end, which is outside.
    """

    number: int
    event: Event
    time: int | datetime
    by: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How many events a step took, and how many it needs at least."""

    step: str
    taken: int
    needed: int


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The partial match that came closest to a match without becoming one.

    Attributes:
        key: The values of the key's fields.
        match: The partial match; None where none was ever begun.
        timeout: The window that it ran out of, or None.
        within_match: Whether all of its events are those of matches.
        progress: How far each step came, without those that it neither took nor needed.
        needed: The step whose event it lacked next, or None.
        waits_for: The number of the partial match that holds it back, or None.
        stop: The step that must not come, and came; or None.
        closest: The event that came closest to what it lacked, or the one that ended it; or None.
        too_late: The event that it lacked, where that came once it was over; or None.
        rank: Puts the nearest first.
    """

    key: Mapping[str, Any]
    match: PartialMatch | None
    timeout: TimedOut | None
    within_match: bool
    progress: Sequence[Progress]
    needed: str | None
    waits_for: int | None
    stop: str | None
    closest: Closest | None
    too_late: TooLate | None
    rank: Sequence[float]

    @property
    def summary(self) -> str:
        """One sentence, such as ``2 of 3 `probe`; the third came 40 s too late``."""
        from pyflink_cep._explanation_words import miss_summary

        return miss_summary(self)


@dataclass(frozen=True, slots=True)
class KeyExplanation:
    """What happened for one key.

    Attributes:
        key: The values of the key's fields; empty where all events are of one key.
        entries: What happened, in order.
        partial_matches: The partial matches by number.
        late: The events, by number, that came after a watermark had passed them, and were not matched.
        nearest_miss: What came closest to a match; None where all that began became one.
    """

    key: Mapping[str, Any]
    entries: Sequence[Entry]
    partial_matches: Mapping[int, PartialMatch]
    late: Mapping[int, Event]
    nearest_miss: NearestMiss | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the matches of a pattern came about in a list of events, or why there were none.

    Attributes:
        pattern: The pattern.
        found: What `find_matches` finds.
        keys: What happened, key by key.
        time_field: The field with an event's time.
        used: The names of the columns that the pattern and the measures use.
    """

    pattern: Pattern
    found: FoundMatches
    keys: Sequence[KeyExplanation]
    time_field: str
    used: Collection[str]

    @property
    def nearest_miss(self) -> NearestMiss | None:
        """What came closest to a match, of all keys; None where all that began became one."""
        misses = [key.nearest_miss for key in self.keys if key.nearest_miss is not None]
        return min(misses, key=lambda miss: tuple(miss.rank), default=None)

    def to_text(self, *, all_columns: bool = False) -> str:
        """The explanation as text, for a terminal.

        Args:
            all_columns: Whether all fields of the events are shown; else those that the pattern and the measures use.
        """
        from pyflink_cep._explanation_text import to_text

        return to_text(self, all_columns=all_columns)

    def to_data(self) -> dict[str, Any]:
        """The explanation in the types that JSON has, for programs: `docs/reference/command.md` has its shape."""
        from pyflink_cep._explanation_data import to_data

        return to_data(self)

    def to_html(self, title: str = "Why it fired, or did not", *, all_columns: bool = False) -> str:
        """The explanation as a page in one file, which loads nothing.

        Args:
            title: The page's title, such as the name of the rule.
            all_columns: Whether all fields of the events are shown; else those that the pattern and the measures use.
        """
        from pyflink_cep._explanation_html import to_html

        return to_html(self, title, all_columns=all_columns)
