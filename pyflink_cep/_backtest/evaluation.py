"""Counts what alerts say of rules: by day and key, against labels, between rules, and against older rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pyflink_cep._backtest.figures import (
    Alert,
    Backtest,
    Change,
    Overlap,
    Problem,
    RuleChange,
    RuleFigures,
    Score,
    ValueScore,
    takes_part,
)
from pyflink_cep.errors import Diagnostic, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyflink_cep._files.history import History
    from pyflink_cep._rules import Rule

_TOP_KEYS = 10
# Of each kind: without labels there is one, with them the right ones and the false alarms.
_EXAMPLES = 3
_IDENTITY = ["key", "started_at", "ended_at"]


@dataclass(frozen=True)
class Period:
    """The part of a history that is evaluated: alerts and labelled events outside it are not counted.

    An alert is of the time of its last event.

    Attributes:
        start: The first time that is in it, or None for the first event.
        end: The first time that is not, or None for after the last event.
    """

    start: datetime | None = None
    end: datetime | None = None


def check_period(history: History, period: Period) -> None:
    """Refuses a period without events.

    Raises:
        InputError: It begins after the last event.
    """
    last = _datetime(history.times[-1])
    if period.start is not None and last < period.start:
        message = (
            f"there are no events from {period.start:%Y-%m-%d %H:%M} on; the last is of {last:%Y-%m-%d %H:%M}"
        )
        raise InputError(Diagnostic(code="no-events", location="--from", message=message))


def evaluate(
    history: History,
    rules: Sequence[Rule],
    alerts: pd.DataFrame,
    *,
    period: Period,
    seconds: float,
    parallelism: int,
    label: str | None = None,
    problems: pd.DataFrame | None = None,
    against: tuple[Sequence[Rule], pd.DataFrame] | None = None,
) -> Backtest:
    """Counts.

    Args:
        history: The events.
        rules: Those that ran.
        alerts: What they found.
        period: What of it is counted.
        seconds: What the job took.
        parallelism: Of the job.
        label: The column of the labels.
        problems: What went wrong on events.
        against: Older rules, and what those found.
    """
    evaluation = _Evaluation(history, period)
    found = evaluation.within_period(alerts)
    live = {rule.id for rule in rules if rule.status == "live"}
    live_alerts = found[found["rule_id"].isin(live)]
    live_score = evaluation.score(live_alerts, ())
    return Backtest(
        events=len(history),
        first_event=_datetime(history.times[0]),
        last_event=_datetime(history.times[-1]),
        evaluated_from=period.start,
        evaluated_to=period.end,
        evaluated_events=int(evaluation.in_period.sum()),
        seconds=seconds,
        parallelism=parallelism,
        label=label,
        rules=tuple(evaluation.rule(rule, found[found["rule_id"] == rule.id]) for rule in rules),
        live_alerts=len(live_alerts),
        live_score=live_score,
        overlaps=overlaps(found, [rule.id for rule in rules]),
        change=None
        if against is None
        else evaluation.change(against[0], evaluation.within_period(against[1]), rules, found, live_score),
        problems=()
        if problems is None
        else tuple(Problem(row.rule_id, row.outcome, row.message) for row in problems.itertuples()),
    )


class _Evaluation:
    """What is counted of one history and period."""

    def __init__(self, history: History, period: Period) -> None:
        self.history = history
        self.period = period
        start, end = (_milliseconds(time) for time in (period.start, period.end))
        times = history.times
        self.in_period = np.full(len(times), True)
        if start is not None:
            self.in_period &= times >= start
        if end is not None:
            self.in_period &= times < end
        self.days = _days(times[self.in_period])
        self.codes = None
        if history.labels is not None:
            self.codes = np.asarray(history.labels.codes)
            self.labelled = np.flatnonzero((self.codes >= 0) & self.in_period)

    def within_period(self, alerts: pd.DataFrame) -> pd.DataFrame:
        """The alerts whose last event is in the period."""
        kept = pd.Series(True, index=alerts.index)
        if self.period.start is not None:
            kept &= alerts["ended_at"] >= _naive(self.period.start)
        if self.period.end is not None:
            kept &= alerts["ended_at"] < _naive(self.period.end)
        return alerts[kept].reset_index(drop=True)

    def rule(self, rule: Rule, alerts: pd.DataFrame) -> RuleFigures:
        keys = alerts["key"].value_counts(sort=False)
        by_alerts = sorted(keys.items(), key=lambda item: (-item[1], item[0]))[:_TOP_KEYS]
        by_day = alerts["ended_at"].dt.date.value_counts()
        return RuleFigures(
            id=rule.id,
            version=rule.version,
            status=rule.status,
            severity=rule.severity,
            description=rule.description,
            partition_by=rule.partition_by,
            rollout=rule.rollout,
            alerts=len(alerts),
            keys=len(keys),
            by_day={day: int(by_day.get(day, 0)) for day in self.days},
            top_keys=tuple((json.loads(key), int(count)) for key, count in by_alerts),
            examples=self.examples(alerts),
            score=self.score(alerts, rule.partition_by) if takes_part(rule.status) else None,
        )

    def score(self, alerts: pd.DataFrame, partition_by: Sequence[str]) -> Score | None:
        """The alerts against the labels, by key too where there is one."""
        if self.codes is None or self.history.labels is None:
            return None
        taken = np.zeros(len(self.codes), dtype=bool)
        taken[_rows(alerts)] = True
        found = taken[self.labelled]
        codes = self.codes[self.labelled]
        keys = self._keys(partition_by)
        by_value = []
        for code, value in enumerate(self.history.labels.categories):
            of_value = codes == code
            if not of_value.any():
                continue
            by_value.append(
                ValueScore(
                    value=str(value),
                    events=int(of_value.sum()),
                    found=int(found[of_value].sum()),
                    keys=None if keys is None else len(np.unique(keys[of_value])),
                    keys_found=None if keys is None else len(np.unique(keys[of_value & found])),
                )
            )
        right = sum(bool((self.codes[list(rows)] >= 0).any()) for rows in alerts["rows"])
        return Score(len(alerts), right, len(self.labelled), int(found.sum()), tuple(by_value))

    def _keys(self, partition_by: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]] | None:
        """A number for the key of each labelled event of the period."""
        if not partition_by:
            return None
        columns = self.history.table.select(list(partition_by)).take(self.labelled).to_pandas()
        numbers: np.ndarray[Any, np.dtype[np.int64]] = (
            columns.groupby(list(partition_by), dropna=False).ngroup().to_numpy()
        )
        return numbers

    def examples(self, alerts: pd.DataFrame) -> tuple[Alert, ...]:
        """Some alerts from all over the period; with labels, right ones and false alarms."""
        if self.codes is None:
            return tuple(self._alerts(_spread(alerts)))
        codes = self.codes
        right = np.array([bool((codes[list(rows)] >= 0).any()) for rows in alerts["rows"]], dtype=bool)
        return (*self._alerts(_spread(alerts[right])), *self._alerts(_spread(alerts[~right])))

    def _alerts(self, alerts: pd.DataFrame) -> Iterable[Alert]:
        for alert in alerts.itertuples(index=False):
            yield Alert(
                key=json.loads(alert.key),
                started_at=alert.started_at.to_pydatetime().replace(tzinfo=UTC),
                ended_at=alert.ended_at.to_pydatetime().replace(tzinfo=UTC),
                measures=alert.measures,
                events=len(alert.rows),
                labels=self._labels(alert.rows),
            )

    def _labels(self, rows: Sequence[int]) -> tuple[str, ...] | None:
        if self.codes is None or self.history.labels is None:
            return None
        values = self.history.labels.categories
        return tuple(
            str(values[code]) for code in sorted({int(code) for code in self.codes[list(rows)]} - {-1})
        )

    def change(
        self,
        old_rules: Sequence[Rule],
        old: pd.DataFrame,
        new_rules: Sequence[Rule],
        new: pd.DataFrame,
        new_score: Score | None,
    ) -> Change:
        """What became of the alerts of older rules."""
        before, after = ({rule.id: rule for rule in rules} for rules in (old_rules, new_rules))
        old_live = {rule.id for rule in old_rules if rule.status == "live"}
        return Change(
            rules=tuple(
                self._rule_change(
                    before.get(id_), old[old["rule_id"] == id_], after.get(id_), new[new["rule_id"] == id_]
                )
                for id_ in dict.fromkeys([*after, *before])
            ),
            old_score=self.score(old[old["rule_id"].isin(old_live)], ()),
            new_score=new_score,
        )

    def _rule_change(
        self, old_rule: Rule | None, old: pd.DataFrame, new_rule: Rule | None, new: pd.DataFrame
    ) -> RuleChange:
        old_keys, new_keys = (_identities(alerts) for alerts in (old, new))
        gone, added = old[~old_keys.isin(new_keys)], new[~new_keys.isin(old_keys)]
        rule = new_rule or old_rule
        assert rule is not None
        return RuleChange(
            id=rule.id,
            old_version=old_rule.version if old_rule else None,
            new_version=new_rule.version if new_rule else None,
            same=len(new) - len(added),
            added=len(added),
            gone=len(gone),
            added_examples=tuple(self._alerts(_spread(added))),
            gone_examples=tuple(self._alerts(_spread(gone))),
            old_score=self.score(old, old_rule.partition_by) if old_rule else None,
            new_score=self.score(new, new_rule.partition_by) if new_rule else None,
        )


def overlaps(alerts: pd.DataFrame, rule_ids: Sequence[str]) -> tuple[Overlap, ...]:
    """How far each two rules find the same; those that share no event are left out."""
    taken = alerts[["rule_id", "rows"]].explode("rows").rename_axis("alert").reset_index()
    events = taken[["rule_id", "rows"]].drop_duplicates()
    sizes = events["rule_id"].value_counts()
    pairs = events.merge(events, on="rows", suffixes=("", "_other"))
    both = pairs.groupby(["rule_id", "rule_id_other"]).size()
    touching = taken.merge(events, on="rows", suffixes=("", "_other"))
    counts = touching.groupby(["rule_id", "rule_id_other"])["alert"].nunique()
    place = {id_: number for number, id_ in enumerate(rule_ids)}
    found = []
    for (rule, other), shared in both.items():
        if place[rule] < place[other]:
            union = int(sizes[rule] + sizes[other] - shared)
            found.append(
                Overlap(rule, other, int(counts[rule, other]), int(counts[other, rule]), int(shared) / union)
            )
    return tuple(sorted(found, key=lambda overlap: (place[overlap.rule], place[overlap.other])))


def _identities(alerts: pd.DataFrame) -> pd.Series:
    """What makes an alert the same as one of another version; equal ones of a rule are told apart by their number."""
    number = alerts.groupby(_IDENTITY).cumcount()
    identities = [*zip(*(alerts[column] for column in _IDENTITY), number, strict=True)]
    return pd.Series(identities, index=alerts.index, dtype=object)


def _spread(alerts: pd.DataFrame) -> pd.DataFrame:
    places = np.unique(np.linspace(0, len(alerts) - 1, _EXAMPLES).round().astype(int)) if len(alerts) else []
    return alerts.iloc[places]


def _rows(alerts: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.fromiter((row for rows in alerts["rows"] for row in rows), dtype=np.int64)


def _days(times: np.ndarray[Any, np.dtype[np.int64]]) -> list[date]:
    first, last = _datetime(times[0]).date(), _datetime(times[-1]).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _datetime(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(milliseconds))


def _milliseconds(time: datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)


def _naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)
