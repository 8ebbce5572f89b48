"""What a backtest tells, in numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from pyflink_cep._backtest.wording import plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ValueScore:
    """How much of what one value of the label marks was found.

    Attributes:
        value: The label, as text.
        events: How many events of the period it marks.
        found: How many of them are in an alert.
        keys: How many keys of the rule have such an event; None where rules have several kinds of key, or none.
        keys_found: How many of those have one that is in an alert.
    """

    value: str
    events: int
    found: int
    keys: int | None
    keys_found: int | None

    @property
    def recall(self) -> float | None:
        """The share of the events that were found."""
        return _share(self.found, self.events)

    @property
    def key_recall(self) -> float | None:
        """The share of the keys that were found."""
        return None if self.keys is None or self.keys_found is None else _share(self.keys_found, self.keys)

    def to_json(self) -> Json:
        """As plain data."""
        numbers = {"value": self.value, "events": self.events, "found": self.found, "recall": self.recall}
        if self.keys is None:
            return numbers
        return numbers | {"keys": self.keys, "keys_found": self.keys_found, "key_recall": self.key_recall}


@dataclass(frozen=True, slots=True)
class Score:
    """Alerts against labels.

    Attributes:
        alerts: How many there are.
        right: How many of them took a labelled event.
        labelled: How many events of the period are labelled.
        found: How many of them are in an alert.
        by_value: The same for each value of the label.
    """

    alerts: int
    right: int
    labelled: int
    found: int
    by_value: tuple[ValueScore, ...]

    @property
    def precision(self) -> float | None:
        """The share of alerts that are right; None where there are none."""
        return _share(self.right, self.alerts)

    @property
    def recall(self) -> float | None:
        """The share of labelled events that were found; None where there are none."""
        return _share(self.found, self.labelled)

    def to_json(self) -> Json:
        """As plain data."""
        return {
            "alerts": self.alerts,
            "right": self.right,
            "precision": self.precision,
            "labelled": self.labelled,
            "found": self.found,
            "recall": self.recall,
            "by_value": [value.to_json() for value in self.by_value],
        }


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert, as an example.

    Attributes:
        key: The rule's columns and their values.
        started_at: The time of its first event, in UTC.
        ended_at: The time of its last event, in UTC.
        measures: As the rule says them.
        events: How many events it took.
        labels: The labels among them; None without labels.
    """

    key: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime
    measures: Mapping[str, Any]
    events: int
    labels: tuple[str, ...] | None

    def to_json(self) -> Json:
        """As plain data."""
        told = {
            "key": dict(self.key),
            "started_at": write_time(self.started_at),
            "ended_at": write_time(self.ended_at),
            "measures": plain(self.measures),
            "events": self.events,
        }
        return told if self.labels is None else told | {"labels": list(self.labels)}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong with a rule on an event, told once.

    Attributes:
        rule: The id of the rule.
        outcome: evaluation_error, for a condition that failed and was taken for false; or overload, for partial
            matches that were dropped.
        message: What went wrong, with the first event that it went wrong on.
    """

    rule: str
    outcome: str
    message: str

    def to_json(self) -> Json:
        """As plain data."""
        return {"rule": self.rule, "outcome": self.outcome, "message": self.message}


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What one rule found.

    Attributes:
        id: The rule's.
        version: The rule's.
        status: Such as live or shadow.
        severity: The rule's.
        description: The rule's.
        partition_by: The columns of its key.
        rollout: The share of the keys that it looks at, in percent.
        alerts: How many it raised.
        keys: How many keys raised one.
        by_day: How many a day, for each day of the period.
        top_keys: The keys that raised most, with how many.
        examples: Some alerts.
        score: Against the labels; None without them.
        nearest_miss: What came closest to an alert, where a rule that takes part raised none; None where nothing did.
    """

    id: str
    version: int
    status: str
    severity: str
    description: str
    partition_by: tuple[str, ...]
    rollout: float
    alerts: int
    keys: int
    by_day: Mapping[date, int]
    top_keys: tuple[tuple[Mapping[str, Any], int], ...]
    examples: tuple[Alert, ...]
    score: Score | None
    nearest_miss: str | None = None

    @property
    def runs(self) -> bool:
        """Whether the rule takes part."""
        return takes_part(self.status)

    @property
    def alerts_a_day(self) -> float:
        """The mean over the days of the period."""
        return self.alerts / len(self.by_day)

    def to_json(self) -> Json:
        """As plain data."""
        return {
            "id": self.id,
            "version": self.version,
            "status": self.status,
            "severity": self.severity,
            "description": self.description,
            "partition_by": list(self.partition_by),
            "rollout": self.rollout,
            "alerts": self.alerts,
            "alerts_a_day": self.alerts_a_day,
            "by_day": {day.isoformat(): count for day, count in self.by_day.items()},
            "keys": self.keys,
            "top_keys": [{"key": dict(key), "alerts": alerts} for key, alerts in self.top_keys],
            "examples": [alert.to_json() for alert in self.examples],
            "nearest_miss": self.nearest_miss,
            "score": None if self.score is None else self.score.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far two rules find the same.

    Attributes:
        rule: The id of the one.
        other: The id of the other.
        alerts: How many alerts of the one share an event with an alert of the other.
        other_alerts: How many of the other share an event with one of the one.
        jaccard: Of the events that either took, the share that both took.
    """

    rule: str
    other: str
    alerts: int
    other_alerts: int
    jaccard: float

    def to_json(self) -> Json:
        """As plain data."""
        return {
            "rules": [self.rule, self.other],
            "alerts": [self.alerts, self.other_alerts],
            "jaccard": self.jaccard,
        }


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What became of a rule's alerts, from its older version to the newer.

    An alert is the same if rule, key, beginning and end are.

    Attributes:
        id: The rule's.
        old_version: None for a rule that is new.
        new_version: None for a rule that is gone.
        same: How many alerts both raise.
        added: How many only the newer one raises.
        gone: How many only the older one raised.
        added_examples: Some of those.
        gone_examples: Some of those.
        old_score: Against the labels.
        new_score: Against the labels.
    """

    id: str
    old_version: int | None
    new_version: int | None
    same: int
    added: int
    gone: int
    added_examples: tuple[Alert, ...]
    gone_examples: tuple[Alert, ...]
    old_score: Score | None
    new_score: Score | None

    def to_json(self) -> Json:
        """As plain data."""
        return {
            "id": self.id,
            "old_version": self.old_version,
            "new_version": self.new_version,
            "same": self.same,
            "new": self.added,
            "gone": self.gone,
            "new_examples": [alert.to_json() for alert in self.added_examples],
            "gone_examples": [alert.to_json() for alert in self.gone_examples],
            **_score_change(self.old_score, self.new_score),
        }


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the alerts, from the older rules to the newer.

    Attributes:
        rules: By rule, those of either side.
        old_score: Of all live rules together.
        new_score: Of all live rules together.
    """

    rules: tuple[RuleChange, ...]
    old_score: Score | None
    new_score: Score | None

    def to_json(self) -> Json:
        """As plain data."""
        return {
            "rules": [rule.to_json() for rule in self.rules],
            "live_rules": _score_change(self.old_score, self.new_score),
        }


@dataclass(frozen=True, slots=True)
class Backtest:
    """What rules found in a history.

    Attributes:
        events: How many were read.
        first_event: Its time, in UTC.
        last_event: Its time, in UTC.
        evaluated_from: Where the period begins; None for the first event. Events before it only lead up to matches.
        evaluated_to: Where the period and the events end; None for the last event.
        evaluated_events: How many events the period has.
        seconds: How long the job took, with starting up.
        parallelism: Of the job.
        label: The column that says what is to be found, or None.
        rules: What each found.
        live_alerts: How many alerts the live rules raised.
        live_score: Of the live rules together, against the labels.
        overlaps: Of each two rules that share an event.
        change: Against older rules, or None.
        problems: What went wrong on events, so that the figures may not be what the rules mean.
    """

    events: int
    first_event: datetime
    last_event: datetime
    evaluated_from: datetime | None
    evaluated_to: datetime | None
    evaluated_events: int
    seconds: float
    parallelism: int
    label: str | None
    rules: tuple[RuleFigures, ...]
    live_alerts: int
    live_score: Score | None
    overlaps: tuple[Overlap, ...]
    change: Change | None
    problems: tuple[Problem, ...] = ()

    @property
    def events_a_second(self) -> float:
        """The speed, with starting up."""
        return self.events / self.seconds

    @property
    def shadow_alerts(self) -> int:
        """How many alerts the shadow rules raised."""
        return sum(rule.alerts for rule in self.rules if rule.status == "shadow")

    @property
    def days(self) -> int:
        """How many days the period has."""
        return len(self.rules[0].by_day)

    def to_json(self) -> str:
        """The numbers as a JSON document. Times are in UTC; what can't be told, such as precision of none, is null."""
        document = {
            "events": self.events,
            "first_event": write_time(self.first_event),
            "last_event": write_time(self.last_event),
            "from": self.evaluated_from and write_time(self.evaluated_from),
            "to": self.evaluated_to and write_time(self.evaluated_to),
            "evaluated_events": self.evaluated_events,
            "seconds": round(self.seconds, 3),
            "events_a_second": round(self.events_a_second),
            "parallelism": self.parallelism,
            "label": self.label,
            "rules": [rule.to_json() for rule in self.rules],
            "live_rules": {
                "alerts": self.live_alerts,
                "score": None if self.live_score is None else self.live_score.to_json(),
            },
            "overlaps": [overlap.to_json() for overlap in self.overlaps],
            "problems": [problem.to_json() for problem in self.problems],
            "against": None if self.change is None else self.change.to_json(),
        }
        return json.dumps(document, ensure_ascii=False, indent=2)


def takes_part(status: str) -> bool:
    """Whether a rule of the status is matched: a paused or retired one is not."""
    return status in ("live", "shadow")


def write_time(time: datetime) -> str:
    """The time in ISO 8601, in milliseconds and UTC."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _score_change(old: Score | None, new: Score | None) -> Json:
    return {
        "old_score": None if old is None else old.to_json(),
        "new_score": None if new is None else new.to_json(),
        "precision_change": precision_change(old, new),
        "recall_change": recall_change(old, new),
    }


def precision_change(old: Score | None, new: Score | None) -> float | None:
    """How much precision was gained, or None where one of them can't be told."""
    return None if old is None or new is None else _difference(old.precision, new.precision)


def recall_change(old: Score | None, new: Score | None) -> float | None:
    """How much recall was gained, or None where one of them can't be told."""
    return None if old is None or new is None else _difference(old.recall, new.recall)


def _difference(old: float | None, new: float | None) -> float | None:
    return None if old is None or new is None else new - old
