"""The plots of a backtest's report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from pyflink_cep._backtest import wording

if TYPE_CHECKING:
    from pyflink_cep._backtest.figures import Backtest, Change, RuleFigures, Score

COLOURS = ["#2a78d6", "#eb6834", "#1baf7a", "#8a5cd6", "#d64f8a", "#b08900", "#3aa6b9", "#7a6a5a"]
INK, MUTED, FAINT = "#1f2328", "#6e7781", "#d0d7de"
_OTHERS = "other rules"
_MOST_IN_HEATMAP = 30
_BAR = 26
_DAY = 24 * 3600 * 1000
_MOST_DAYS_NAMED = 8
# Below, the ticks that Plotly chooses are halves and fifths.
_MOST_TICKS = 8


def alerts_by_day(backtest: Backtest) -> go.Figure | None:
    """A stack for each day; those of rules beyond the colours are taken together."""
    raising = sorted((rule for rule in backtest.rules if rule.alerts), key=lambda rule: -rule.alerts)
    if not raising:
        return None
    days = list(raising[0].by_day)
    figure = _figure(height=320)
    for place, rule in enumerate(raising[: len(COLOURS)]):
        figure.add_bar(
            x=days,
            y=list(rule.by_day.values()),
            name=_text(wording.name(rule)),
            marker={"color": COLOURS[place], "pattern": {"shape": _shape(rule)}, "line": {"width": 0}},
        )
    others = raising[len(COLOURS) :]
    if others:
        total = [sum(rule.by_day[day] for rule in others) for day in days]
        figure.add_bar(x=days, y=total, name=f"{len(others)} {_OTHERS}", marker={"color": FAINT})
    figure.update_layout(
        barmode="stack",
        bargap=0.15,
        hovermode="x unified",
        showlegend=True,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    most = max(sum(rule.by_day[day] for rule in raising) for day in days)
    figure.update_yaxes(title="alerts", gridcolor=FAINT, rangemode="tozero", **_whole(most))
    if len(days) <= _MOST_DAYS_NAMED:
        # Else there are hours between the days, at which there is nothing.
        figure.update_xaxes(dtick=_DAY, tickformat="%b %-d")
    return figure


def scores(backtest: Backtest) -> go.Figure | None:
    """Precision and recall of each rule, and of the live ones together."""
    scored: list[tuple[str, Score]] = [
        (wording.name(rule), rule.score) for rule in backtest.rules if rule.runs and rule.score is not None
    ]
    if backtest.live_score is not None:
        scored.append(("live rules together", backtest.live_score))
    if not scored:
        return None
    names = [_text(name) for name, _ in scored]
    figure = _figure(height=90 + 2 * _BAR * len(scored))
    measured = {
        "precision": [score.precision for _, score in scored],
        "recall": [score.recall for _, score in scored],
    }
    for place, (measure, shares) in enumerate(measured.items()):
        figure.add_bar(
            y=names,
            x=[share or 0 for share in shares],
            name=measure,
            orientation="h",
            text=[f"{wording.percent(share)} {measure}" for share in shares],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
            marker={"color": COLOURS[place]},
        )
    figure.update_layout(barmode="group", bargap=0.25)
    figure.update_xaxes(range=[0, 1.45], visible=False)
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def overlap(backtest: Backtest) -> go.Figure | None:
    """For each rule and each other one, the share of the one's alerts that share an event with one of the other."""
    shared = {}
    for pair in backtest.overlaps:
        shared[pair.rule, pair.other] = pair.alerts
        shared[pair.other, pair.rule] = pair.other_alerts
    if not shared:
        return None
    alike: dict[str, int] = {}
    for (rule, _), alerts in shared.items():
        alike[rule] = alike.get(rule, 0) + alerts
    shown = set(sorted(alike, key=lambda rule: -alike[rule])[:_MOST_IN_HEATMAP])
    rules = [rule for rule in backtest.rules if rule.id in shown]
    cells = [[_cell(rule, other, shared) for other in rules] for rule in rules]
    figure = _figure(height=140 + 46 * len(rules))
    names = [_text(wording.name(rule)) for rule in rules]
    figure.add_heatmap(
        z=cells,
        x=names,
        y=names,
        text=[["" if cell is None else f"{cell:.0%}" for cell in row] for row in cells],
        texttemplate="%{text}",
        hovertemplate="%{text} of the alerts of %{y} share an event with one of %{x}<extra></extra>",
        zmin=0,
        zmax=1,
        colorscale=[[0, "#f3f6fa"], [1, COLOURS[0]]],
        showscale=False,
        xgap=2,
        ygap=2,
    )
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False, ticks="")
    figure.update_xaxes(side="top", automargin=True, showgrid=False, ticks="")
    return figure


def change(changes: Change) -> go.Figure | None:
    """How many alerts of each rule are the same, new and gone."""
    rules = [rule for rule in changes.rules if rule.same or rule.added or rule.gone]
    if not rules:
        return None
    figure = _figure(height=110 + 2 * _BAR * len(rules))
    names = [_text(rule.id) for rule in rules]
    for name, numbers, colour in (
        ("same", [rule.same for rule in rules], FAINT),
        ("new", [rule.added for rule in rules], COLOURS[2]),
        ("gone", [rule.gone for rule in rules], COLOURS[1]),
    ):
        figure.add_bar(
            y=names,
            x=numbers,
            name=name,
            orientation="h",
            text=[f"{number:,} {name}" if number else "" for number in numbers],
            textposition="auto",
            hoverinfo="skip",
            marker={"color": colour},
        )
    figure.update_layout(
        barmode="stack",
        bargap=0.35,
        showlegend=True,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "traceorder": "normal"},
    )
    most = max(rule.same + rule.added + rule.gone for rule in rules)
    figure.update_xaxes(title="alerts", gridcolor=FAINT, **_whole(most))
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def _cell(rule: RuleFigures, other: RuleFigures, shared: dict[tuple[str, str], int]) -> float | None:
    if rule.id == other.id:
        return None
    return shared.get((rule.id, other.id), 0) / rule.alerts


def _whole(most: int) -> dict[str, Any]:
    """An axis of counts, with ticks at whole numbers alone."""
    return {"tickformat": ",d", **({"dtick": 1} if most <= _MOST_TICKS else {})}


def _shape(rule: RuleFigures) -> str:
    return "/" if rule.status == "shadow" else ""


def _text(text: str) -> str:
    """Text as it is: Plotly takes some HTML for markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _figure(**layout: Any) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        template="none",
        font={"family": "system-ui, 'DejaVu Sans', sans-serif", "size": 13, "color": INK},
        margin={"l": 60, "r": 20, "t": 30, "b": 40},
        paper_bgcolor="white",
        plot_bgcolor="white",
        showlegend=False,
        **layout,
    )
    figure.update_xaxes(color=MUTED, zeroline=False)
    figure.update_yaxes(color=MUTED, zeroline=False)
    return figure
