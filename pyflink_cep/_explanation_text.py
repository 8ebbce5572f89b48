"""An explanation as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyflink_cep._explanation_words import (
    errors_text,
    key_text,
    match_text,
    miss_details,
    moments,
    overview,
    time_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyflink_cep._explanation import Explanation, KeyExplanation


def to_text(explanation: Explanation, *, all_columns: bool) -> str:
    """The whole explanation: what was found, what happened for each key, and the nearest miss."""
    return "\n".join(_lines(explanation, all_columns)) + "\n"


def _lines(explanation: Explanation, all_columns: bool) -> Iterator[str]:
    yield overview(explanation)
    for key in explanation.keys:
        for match in key.partial_matches.values():
            if match.end == "matched":
                yield f"  {match_text(key, match)}"
    for error in errors_text(explanation):
        yield f"  {error}"
    for key in explanation.keys:
        yield ""
        yield from _key_lines(explanation, key, all_columns)
    yield ""
    yield from _miss_lines(explanation)


def _key_lines(explanation: Explanation, key: KeyExplanation, all_columns: bool) -> Iterator[str]:
    yield key_text(key.key)
    for moment in moments(explanation, key, all_columns=all_columns):
        yield "  " + "  ".join(filter(None, [moment.time, moment.event, moment.fields]))
        for line in moment.lines:
            yield f"    {line.text}"
            for condition in line.conditions:
                yield f"      {condition}"
    for number, event in key.late.items():
        time = time_text(event[explanation.time_field])
        yield f"  {time}  event {number}  came late: a watermark had passed it"


def _miss_lines(explanation: Explanation) -> Iterator[str]:
    miss = explanation.nearest_miss
    if miss is None:
        yield "Nearest miss: none; all that began is part of a match"
        return
    of = f" of {key_text(miss.key)}" if miss.key else ""
    yield f"Nearest miss{of}: {miss.summary}"
    for detail in miss_details(miss):
        yield f"  {detail}"
