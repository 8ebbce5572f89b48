"""A backtest as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.markup import escape
from rich.table import Table

from pyflink_cep._backtest import wording
from pyflink_cep._backtest.figures import precision_change, recall_change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from pyflink_cep._backtest.figures import Backtest, Change, Score

_SHOWN_KEYS = 3


def print_summary(backtest: Backtest, console: Console) -> None:
    """Prints the figures that a person decides by; the rest is in the report and in the JSON document."""
    console.print(
        f"{wording.count(backtest.events)} events from {wording.moment(backtest.first_event)} to "
        f"{wording.moment(backtest.last_event)} (UTC), in {backtest.seconds:.1f} s: "
        f"{backtest.events_a_second:,.0f} events a second on {wording.cores(backtest.parallelism)}",
        highlight=False,
        soft_wrap=True,
    )
    if backtest.evaluated_from or backtest.evaluated_to:
        start, end = backtest.evaluated_from, backtest.evaluated_to
        console.print(
            f"Evaluated: {wording.count(backtest.evaluated_events)} events"
            f"{f' from {wording.moment(start)}' if start else ''}"
            f"{f' until before {wording.moment(end)}' if end else ''}",
            highlight=False,
            soft_wrap=True,
        )
    console.print(_rules(backtest))
    for rule in backtest.rules:
        if rule.nearest_miss is not None:
            nearest = f"{wording.name(rule)} found nothing. Nearest miss: {rule.nearest_miss}"
            console.print(nearest, markup=False, highlight=False, soft_wrap=True)
    if backtest.label is not None:
        console.print(_values(backtest))
        console.print(f"Precision: {wording.PRECISION}.", soft_wrap=True)
        console.print(f"Recall: {wording.RECALL}.", soft_wrap=True)
    if backtest.overlaps:
        console.print(_overlaps(backtest))
    if backtest.change is not None:
        console.print(_change(backtest.change, backtest.label is not None))
        console.print(wording.SAME)
    for problem in backtest.problems:
        console.print(
            f"warning: {problem.outcome} in {problem.rule}: {problem.message}", markup=False, soft_wrap=True
        )


def _rules(backtest: Backtest) -> Table:
    scored = backtest.label is not None
    table = _table("Rules")
    _add_columns(table, ["alerts", "a day", "keys", *(["precision", "recall"] if scored else [])])
    table.add_column("keys that alert most", overflow="fold")
    for rule in backtest.rules:
        keys = ", ".join(f"{_key(key)} ({alerts})" for key, alerts in rule.top_keys[:_SHOWN_KEYS])
        numbers = [wording.count(rule.alerts), wording.rate(rule.alerts_a_day), wording.count(rule.keys)]
        table.add_row(escape(wording.name(rule)), *numbers, *_score(rule.score, scored), escape(keys))
    live = [wording.count(backtest.live_alerts), wording.rate(backtest.live_alerts / backtest.days), ""]
    table.add_section()
    table.add_row("live rules together", *live, *_score(backtest.live_score, scored), "")
    return table


def _key(key: Mapping[str, Any]) -> str:
    return " ".join(map(str, key.values()))


def _values(backtest: Backtest) -> Table:
    table = _table(f"Found, by {escape(str(backtest.label))}")
    table.add_column("value")
    _add_columns(table, ["events", "found", "recall", "keys", "found", "recall"])
    for name, score in _scores(backtest):
        for value in score.by_value:
            events = [wording.count(value.events), wording.count(value.found), wording.percent(value.recall)]
            keys = [wording.count(value.keys), wording.count(value.keys_found)]
            table.add_row(
                escape(name), escape(value.value), *events, *keys, wording.percent(value.key_recall)
            )
        table.add_section()
    return table


def _scores(backtest: Backtest) -> Iterator[tuple[str, Score]]:
    for rule in backtest.rules:
        if rule.score is not None:
            yield wording.name(rule), rule.score
    if backtest.live_score is not None:
        yield "live rules together", backtest.live_score


def _overlaps(backtest: Backtest) -> Table:
    table = _table("Rules that find the same")
    table.add_column("and")
    _add_columns(table, ["alerts that share an event", "of the other", "events in both (Jaccard)"])
    for overlap in backtest.overlaps:
        shared = [wording.count(overlap.alerts), wording.count(overlap.other_alerts)]
        table.add_row(escape(overlap.rule), escape(overlap.other), *shared, wording.percent(overlap.jaccard))
    return table


def _change(change: Change, scored: bool) -> Table:
    table = _table("Against the older rules")
    table.add_column("versions")
    _add_columns(table, ["same", "new", "gone", *(["precision", "recall"] if scored else [])])
    for rule in change.rules:
        versions = " -> ".join(
            "none" if version is None else f"v{version}" for version in (rule.old_version, rule.new_version)
        )
        numbers = [wording.count(number) for number in (rule.same, rule.added, rule.gone)]
        changed = _score_change(rule.old_score, rule.new_score) if scored else []
        table.add_row(escape(rule.id), versions, *numbers, *changed)
    if scored:
        table.add_section()
        changed = _score_change(change.old_score, change.new_score)
        table.add_row("live rules together", "", "", "", "", *changed)
    return table


def _table(title: str) -> Table:
    # Bare words where lines can't be drawn, and no colour that would be missed.
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
    table.add_column("rule", overflow="fold")
    return table


def _add_columns(table: Table, names: list[str]) -> None:
    for name in names:
        table.add_column(name, justify="right")


def _score(score: Score | None, scored: bool) -> list[str]:
    if not scored or score is None:
        return []
    return [wording.percent(score.precision), wording.percent(score.recall)]


def _score_change(old: Score | None, new: Score | None) -> list[str]:
    """Such as `91.0% (+2.1)`; for a rule that is gone its score of before."""
    shown = new or old
    if shown is None:
        return ["", ""]
    changes = (precision_change(old, new), recall_change(old, new))
    return [
        wording.percent(share) + ("" if change is None else f" ({wording.points(change)})")
        for share, change in zip((shown.precision, shown.recall), changes, strict=True)
    ]
