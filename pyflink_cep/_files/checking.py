"""Checks rules against the columns of events that were read from files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from pyflink_cep.errors import CepError, Diagnostic, PatternError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyflink_cep._files.history import History
    from pyflink_cep._rules import Rule, Rules

# From this share of numbers on, a column is one of numbers with some that are wrong.
_LEAST_NUMBERS = 0.5


def check_rules(rules: Rules, history: History) -> tuple[Rule, ...]:
    """Checks rules against the columns of events.

    Raises:
        PatternError: All that is wrong with them. Where a rule takes a column for numbers that is text because of
            some wrong value, the value is named first, with its place in the files.
    """
    try:
        return rules.check(history.schema)
    except CepError as error:
        wrong = [*_left_out(history, error), *_texts(history, error), *_wrong_values(history, error)]
        raise (PatternError(*wrong, *error.diagnostics) if wrong else error) from None


def _left_out(history: History, error: CepError) -> Iterator[Diagnostic]:
    """Why columns and fields that rules name are not there."""
    unknown = {
        diagnostic.message.split("`")[1]
        for diagnostic in error.diagnostics
        if diagnostic.code in ("unknown-column", "unknown-field")
    }
    for path, why in history.left_out.items():
        if unknown & {path, path.rpartition(".")[2].removesuffix("[]")}:
            yield why


def _texts(history: History, error: CepError) -> Iterator[Diagnostic]:
    """Why columns that rules name are text."""
    for name, why in history.texts.items():
        if re.search(rf"\b{re.escape(name)}\b", _lines(error)):
            message = f"`{name}` is text, as {why}"
            hint = "--schema FILE gives it another type"
            yield Diagnostic(code="text-column", location="events", message=message, hint=hint)


def _lines(error: CepError) -> str:
    return "\n".join(diagnostic.source_line or "" for diagnostic in error.diagnostics)


def _wrong_values(history: History, error: CepError) -> Iterator[Diagnostic]:
    lines = _lines(error)
    for column in history.table.schema:
        if not pa.types.is_string(column.type) or not re.search(rf"\b{re.escape(column.name)}\b", lines):
            continue
        texts = history.table[column.name].to_pandas()
        is_number = pd.to_numeric(texts, errors="coerce").notna()
        wrong = (texts.notna() & ~is_number).to_numpy()
        if wrong.any() and is_number.sum() >= _LEAST_NUMBERS * texts.notna().sum():
            first = int(np.where(wrong, history.numbers, np.iinfo(np.int64).max).argmin())
            others = int(wrong.sum()) - 1
            more = f", as {others:,} more" if others else ""
            yield Diagnostic(
                code="not-a-number",
                location=history.sources.place_of(int(history.numbers[first]) - 1),
                message=f"`{column.name}` is {texts[first]!r}, which is no number{more}: that makes the column text",
                hint="a number is such as 1200.5",
            )
