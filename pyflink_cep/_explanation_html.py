"""An explanation as a page in one file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pyflink_cep._events import to_milliseconds
from pyflink_cep._explanation_words import (
    Moment,
    end_text,
    errors_text,
    key_text,
    match_text,
    miss_details,
    moments,
    overview,
    taken_text,
    time_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyflink_cep._explanation import Explanation, KeyExplanation, PartialMatch


_NAME = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True)
class _Row:
    """A partial match in the table of a key; its span in percent of the key's time."""

    number: int
    parent: int | None
    began: str
    taken: str
    end: str
    became: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class _Section:
    """All that is said of a key."""

    title: str
    partial_matches: Sequence[_Row]
    moments: Sequence[Moment]
    late: Sequence[tuple[str, int]]


def to_html(explanation: Explanation, title: str, *, all_columns: bool) -> str:
    """The page."""
    miss = explanation.nearest_miss
    templates = Environment(
        loader=PackageLoader("pyflink_cep", ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.filters["words"] = words
    return templates.get_template("explanation.html.jinja").render(
        title=title,
        overview=overview(explanation),
        pattern=repr(explanation.pattern),
        matches=[
            match_text(key, match)
            for key in explanation.keys
            for match in key.partial_matches.values()
            if match.end == "matched"
        ],
        errors=errors_text(explanation),
        miss=miss and {"key": key_text(miss.key), "summary": miss.summary, "details": miss_details(miss)},
        sections=[_section(explanation, key, all_columns) for key in explanation.keys],
    )


def _section(explanation: Explanation, key: KeyExplanation, all_columns: bool) -> _Section:
    matches = list(key.partial_matches.values())
    late = [(time_text(event[explanation.time_field]), number) for number, event in key.late.items()]
    return _Section(
        key_text(key.key), _rows(matches), moments(explanation, key, all_columns=all_columns), late
    )


def _rows(matches: Sequence[PartialMatch]) -> list[_Row]:
    spans = [(_milliseconds(match.started_at), _milliseconds(match.ended_at)) for match in matches]
    begin = min((start for start, _ in spans), default=0)
    length = max((end for _, end in spans), default=0) - begin or 1
    return [
        _Row(
            number=match.number,
            parent=match.parent,
            began=time_text(match.started_at),
            taken=taken_text(match),
            end=match.end,
            became=f"{end_text(match)}, {time_text(match.ended_at)}",
            left=round(100 * (start - begin) / length, 2),
            width=round(100 * (end - start) / length, 2),
        )
        for match, (start, end) in zip(matches, spans, strict=True)
    ]


def _milliseconds(instant: int | datetime | str) -> int:
    """For the length of a bar; one that goes on after the year 9999 ends there."""
    return to_milliseconds(datetime.max if isinstance(instant, str) else instant, "time")


def words(text: str) -> Markup:
    """Text whose names, in backticks, are code."""
    return Markup(_NAME.sub(r"<code>\1</code>", str(escape(text))))
