"""Draw what the card_fraud job found: when, where, and how well."""

from __future__ import annotations

import gzip
import json

import matplotlib

matplotlib.use("Agg")
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.dates import DateFormatter, DayLocator
from matplotlib.lines import Line2D

from generators.card_fraud import CITIES

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

COLOURS = {
    "card-testing": "#2a78d6",
    "impossible-travel": "#eb6834",
    "spending-burst": "#1baf7a",
    "terminal-misuse": "#8a5cd6",
}
# Cities with room for a name, and on which side of the dot.
NAMED = {
    "New York": "right",
    "Dublin": "right",
    "Lisbon": "right",
    "Sao Paulo": "right",
    "Stockholm": "left",
    "Istanbul": "left",
    "Singapore": "left",
    "Tokyo": "left",
    "Sydney": "left",
}
INK, MUTED, FAINT = "#1f2328", "#6e7781", "#d0d7de"


def draw(
    directory: Path, alerts: pd.DataFrame, labels: pd.DataFrame, scores: pd.DataFrame, path: Path
) -> None:
    """Draws the alerts over the rhythm of the payments, the journeys on a map, and the scores.

    Args:
        directory: of the payments.
        alerts: with the columns of the job's output, and `incident`, -1 for a false alarm.
        labels: payment_id, kind, incident.
        scores: precision and recall by rule.
        path: of the picture, a PNG.
    """
    payments = read_payments(directory)
    plt.rcParams.update(
        {"font.family": "DejaVu Sans", "font.size": 10, "text.color": INK, "axes.edgecolor": FAINT}
    )
    plt.rcParams.update({"xtick.color": MUTED, "ytick.color": MUTED, "axes.labelcolor": MUTED})
    figure = plt.figure(figsize=(15, 10), facecolor="white")
    grid = figure.add_gridspec(
        3,
        5,
        height_ratios=(1.1, 1.5, 3),
        hspace=0.28,
        wspace=0.6,
        left=0.1,
        right=0.97,
        top=0.86,
        bottom=0.06,
    )
    rhythm = figure.add_subplot(grid[0, :])
    draw_rhythm(rhythm, payments)
    draw_timeline(figure.add_subplot(grid[1, :], sharex=rhythm), payments, alerts, labels)
    draw_map(figure.add_subplot(grid[2, :3]), payments, alerts)
    draw_scores(figure.add_subplot(grid[2, 3:]), scores)

    right, wrong = int((alerts["incident"] >= 0).sum()), int((alerts["incident"] < 0).sum())
    figure.text(
        0.03, 0.955, f"{right} alerts on fraud in {len(payments):,} payments", fontsize=20, weight="bold"
    )
    figure.text(
        0.03,
        0.922,
        f"{wrong} more were false alarms; {scores['found'].sum()} of {scores['incidents'].sum()} incidents were found",
        fontsize=12,
        color=MUTED,
    )
    figure.savefig(path, dpi=110)
    plt.close(figure)


def read_payments(directory: Path) -> pd.DataFrame:
    """The payments that are well formed, by payment_id."""
    malformed = set(pd.read_csv(directory / "malformed.csv")["payload"])
    records = []
    for file in sorted((directory / "payments").iterdir()):
        with gzip.open(file, "rt") as lines:
            records += [json.loads(line) for line in lines if line.rstrip("\n") not in malformed]
    payments = pd.DataFrame(records).set_index("payment_id")
    payments["paid_at"] = pd.to_datetime(payments["paid_at"], format="ISO8601")
    return payments


def draw_rhythm(axes: Axes, payments: pd.DataFrame) -> None:
    """Payments an hour."""
    hourly = payments["paid_at"].dt.floor("h").value_counts().sort_index()
    axes.fill_between(hourly.index, hourly, color=FAINT, linewidth=0)
    axes.plot(hourly.index, hourly, color=MUTED, linewidth=1)
    axes.set_ylim(bottom=0)
    axes.set_title("Payments an hour", loc="left", fontsize=11)
    axes.tick_params(labelbottom=False, length=0)
    plain(axes)


def draw_timeline(axes: Axes, payments: pd.DataFrame, alerts: pd.DataFrame, labels: pd.DataFrame) -> None:
    """A lane of alerts for each rule, and the incidents that none of them was about."""
    started = labels.groupby(["kind", "incident"])["payment_id"].first()
    for lane, (kind, colour) in enumerate(COLOURS.items()):
        mine = alerts[alerts["rule_id"] == kind]
        at = pd.to_datetime(mine["ended_at"], format="ISO8601")
        right = (mine["incident"] >= 0).to_numpy()
        missed = payments["paid_at"].loc[started[kind].drop(mine["incident"].unique(), errors="ignore")]
        axes.axhline(lane, color=FAINT, linewidth=0.8, zorder=0)
        axes.scatter(at[right], np.full(right.sum(), lane), s=90, marker="|", color=colour, linewidth=2)
        axes.scatter(
            at[~right], np.full((~right).sum(), lane + 0.28), s=16, marker="v", color=MUTED, linewidth=0
        )
        axes.scatter(
            missed, np.full(len(missed), lane - 0.3), s=20, marker="x", color="#cf222e", linewidth=1.2
        )
    axes.set_yticks(range(len(COLOURS)), [kind.replace("-", " ") for kind in COLOURS], color=INK)
    axes.set_ylim(len(COLOURS) - 0.4, -0.6)
    axes.xaxis.set_major_locator(DayLocator())
    axes.xaxis.set_major_formatter(DateFormatter("%a %-d"))
    axes.tick_params(length=0)
    handles = [
        Line2D(
            [],
            [],
            color=INK,
            marker="|",
            linestyle="",
            markersize=9,
            markeredgewidth=2,
            label="alert on fraud",
        ),
        Line2D([], [], color=MUTED, marker="v", linestyle="", markersize=4, label="false alarm"),
        Line2D([], [], color="#cf222e", marker="x", linestyle="", markersize=5, label="missed incident"),
    ]
    axes.set_title("Alerts", loc="left", fontsize=11)
    axes.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, fontsize=9)
    plain(axes)


def draw_map(axes: Axes, payments: pd.DataFrame, alerts: pd.DataFrame) -> None:
    """Terminals as dots; a line from the last place of a card to the impossible next one."""
    terminals = payments.dropna(subset="latitude").drop_duplicates("terminal_id")
    axes.scatter(
        terminals["longitude"], terminals["latitude"], s=14, color=INK, alpha=0.35, linewidth=0, zorder=3
    )
    for name, _, latitude, longitude, _ in CITIES:
        if name in NAMED:
            offset = 5 if NAMED[name] == "left" else -5
            axes.annotate(
                name,
                (longitude, latitude),
                (offset, -8),
                textcoords="offset points",
                ha=NAMED[name],
                fontsize=9,
            )
    journeys = alerts[alerts["rule_id"] == "impossible-travel"].sort_values("incident")
    for first, last, incident in journeys[["first_payment_id", "last_payment_id", "incident"]].itertuples(
        index=False
    ):
        here, there = payments.loc[first], payments.loc[last]
        longitude, latitude = arc(here["longitude"], here["latitude"], there["longitude"], there["latitude"])
        fraud = incident >= 0
        colour = COLOURS["impossible-travel"] if fraud else MUTED
        axes.plot(
            longitude, latitude, color=colour, linewidth=1.1, alpha=0.75, linestyle="-" if fraud else ":"
        )
    axes.set_xlim(-105, 172)
    axes.set_ylim(-45, 90)
    axes.set_title(
        "Impossible travel: from one payment to the next (dotted: false alarm)", loc="left", fontsize=11
    )
    axes.set_xticks([])
    axes.set_yticks([])
    plain(axes)


def arc(x: float, y: float, to_x: float, to_y: float) -> tuple[np.ndarray, np.ndarray]:
    """A line that bends north, so that both ends and other lines can be told apart."""
    along = np.linspace(0, 1, 40)
    lift = np.hypot(to_x - x, to_y - y) * 0.12 * np.sin(np.pi * along)
    return x + (to_x - x) * along, y + (to_y - y) * along + lift


def draw_scores(axes: Axes, scores: pd.DataFrame) -> None:
    """Precision and recall by rule."""
    for place, (kind, colour) in enumerate(COLOURS.items()):
        for offset, measure, alpha in ((-0.19, "precision", 1.0), (0.19, "recall", 0.55)):
            value = scores.loc[kind, measure]
            axes.barh(place + offset, value, height=0.32, color=colour, alpha=alpha)
            axes.text(value + 0.015, place + offset, f"{value:.0%} {measure}", va="center", fontsize=9)
    axes.set_yticks(range(len(COLOURS)), [kind.replace("-", "\n") for kind in COLOURS], color=INK)
    axes.set_ylim(len(COLOURS) - 0.5, -0.5)
    axes.set_xlim(0, 1.32)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.set_title("Against the labels", loc="left", fontsize=11)
    plain(axes)


def plain(axes: Axes) -> None:
    """Takes the frame away."""
    axes.spines[:].set_visible(False)
