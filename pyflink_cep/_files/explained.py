"""A rule explained on events of a history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pyflink_cep._files.columns import plain_rows
from pyflink_cep.explaining import explain

if TYPE_CHECKING:
    from pyflink_cep._files.history import History
    from pyflink_cep._rules import Rule
    from pyflink_cep.explaining import Explanation

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# As many events tell what came near, in seconds.
_MOST_EVENTS = 20_000


def explain_rows(rule: Rule, history: History, rows: Any) -> Explanation:
    """Explains a rule on some events of a history.

    Args:
        rule: The rule, checked.
        history: The events.
        rows: The numbers of those to explain, from 0, ascending.
    """
    # A time that rules see as a number stays as it is, and its milliseconds stand beside it.
    time_field = "event time" if history.time_stays else history.time_field
    schema = history.schema | ({time_field: "TIMESTAMP_LTZ(3)"} if history.time_stays else {})
    events = [
        {**event, time_field: _EPOCH + timedelta(milliseconds=int(milliseconds))}
        for event, milliseconds in zip(plain_rows(history.table.take(rows)), history.times[rows], strict=True)
    ]
    return explain(
        rule.pattern,
        events,
        time_field=time_field,
        partition_by=rule.partition_by,
        measures=rule.measures,
        schema=schema,
        numbers=history.numbers[rows].tolist(),
    )


def nearest_miss(rule: Rule, history: History, rows: Any) -> str | None:
    """What came closest to a match of a rule that found nothing, in a sentence.

    Args:
        rule: The rule, checked.
        history: The events.
        rows: The numbers of those in question, from 0, ascending; of many the last are looked at.
    """
    from pyflink_cep._explanation_words import count_text, key_text

    looked_at = rows[-_MOST_EVENTS:]
    miss = explain_rows(rule, history, looked_at).nearest_miss if len(looked_at) else None
    if miss is None:
        return None
    of = f" ({key_text(miss.key)})" if miss.key else ""
    among = f", among the last {count_text(len(looked_at), 'event')}" if len(looked_at) < len(rows) else ""
    return f"{miss.summary}{of}{among}"
