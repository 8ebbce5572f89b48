"""Matching the rows of a table against rules, which may change while the job runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyflink_cep._keywords import known_keywords
from pyflink_cep._plan import write_rules_plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from pyflink.table import Table

    from pyflink_cep._rules import Rules


@dataclass(frozen=True, slots=True)
class Alerts:
    """What `match_rules` gives.

    Only what a job reads of it is computed.

    Attributes:
        matches: One row a match: `rule_id`, `rule_version`, `severity`, `status` (live or shadow), `key` (JSON, the
            columns of the rule's key), `started_at` and `ended_at` (the times of its first and last event),
            `measures` (JSON), `events` (JSON, the events by step), and `rowtime`, as in `Found.matches`.
        status: The rules that the job begins with, what became of each update, and what went wrong: `rule_id`,
            `rule_version`, `outcome` (accepted, replaced, retired, unchanged, rejected; evaluation_error and overload,
            the first of each kind of a rule and task), `message`, `errors` (JSON, the diagnostics of a rejected
            document), `at` (by the clock). Where a job goes on from a checkpoint or a savepoint, its rules aren't told
            again.
        late: The events that came after the watermark had passed them, as far as a rule could have needed them.
    """

    matches: Table
    status: Table
    late: Table


@known_keywords
def match_rules(
    events: Table,
    rules: Rules,
    updates: Table | None = None,
    *,
    order_by: str | Sequence[str] | None = None,
    allowed_lateness: timedelta | None = None,
    max_partial_matches: int | None = None,
    name: str | None = None,
) -> Alerts:
    """Finds the matches of many rules in the rows of a table, and takes new versions of them while the job runs.

    All rules are matched in one operator. Events are sent once to each distinct key that rules ask for, and not at
    all where no rule of a key can need them.

    A new version of a rule begins fresh matches; those under way are finished under the version that they began with,
    one of the last 20, or 1,000 where updates have a time. `status: paused` and `status: retired` end what is under way
    as well, of all versions. A document that is wrong, or whose version isn't higher than the last, is rejected with
    its errors on `status`, and the last good version stays.

    Where `updates` has a rowtime attribute, an update acts on the events from that time on, so that the same events
    and updates give the same alerts again: events wait until the watermark of the updates has passed them, and a
    table whose updates are rare needs an idle timeout ('scan.watermark.idle-timeout'). An update that is late itself
    acts from the watermark on that it is behind. Without a rowtime, an update acts on the events that arrive after
    it, and a match that time alone would complete after a pause is not given.

    Args:
        events: A Table of a StreamTableEnvironment, with a rowtime attribute (a column with a watermark).
        rules: The rules that the job starts with. A job that is restored from a savepoint goes on with the rules
            that it had, and takes those that are of a higher version here.
        updates: A Table with one STRING column, each value a rule document in YAML or JSON, and a rowtime attribute
            or none. With None the rules stay as they are.
        order_by: The columns that order events of the same time. Without them those keep the order in which they
            came.
        allowed_lateness: How long an event is held back after the watermark has passed it.
        max_partial_matches: How many partial matches a key may have for a rule that doesn't say so itself. Over it,
            the oldest one is dropped, counted, and told on `status`. Without it, 10,000.
        name: The operator's name: in Flink's web UI, in its metrics, and in savepoints, where its state is found by
            it. Without it, "rules".

    Returns:
        The alerts, what became of the updates, and the late events.

    Raises:
        PatternError: A rule is wrong, or doesn't fit the events: all errors of all rules, with file, line and column.
        InputError: The tables don't fit, or an argument has a value that it can't have.
        ArgumentTypeError: An argument is of the wrong type.
        JarNotFoundError: This is a source checkout whose jar was not built.
        JavaError: There is no Java, or one that is too old.

    Example:
        >>> from pyflink.datastream import StreamExecutionEnvironment
        >>> from pyflink.table import StreamTableEnvironment
        >>> from pyflink_cep import Rules, match_rules
        >>> tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
        >>> _ = tables.execute_sql('''
        ...     CREATE TABLE payments (
        ...         card_id STRING, amount DOUBLE, paid_at TIMESTAMP_LTZ(3),
        ...         WATERMARK FOR paid_at AS paid_at - INTERVAL '5' SECOND
        ...     ) WITH ('connector' = 'datagen')
        ... ''')
        >>> rules = Rules.of('''
        ... id: card-testing
        ... version: 1
        ... partition_by: card_id
        ... steps:
        ...   - {begin: probe, where: amount < 1, times: 3+}
        ...   - {followed_by: spend, where: amount > 500}
        ... within: 10 minutes
        ... measures: {probes: COUNT(probe), spent: spend.amount}
        ... ''')
        >>> alerts = match_rules(tables.from_path("payments"), rules)
        >>> alerts.matches.get_schema().get_field_names()
        ['rule_id', 'rule_version', 'severity', 'status', 'key', 'started_at', 'ended_at', 'measures', 'events',
        'rowtime']
    """
    # Flink's modules take a second to import, which rules and their documents do without.
    from pyflink_cep import _gateway

    plan = write_rules_plan(
        rules,
        order_by=order_by,
        allowed_lateness=allowed_lateness,
        max_partial_matches=max_partial_matches,
        name=name,
    )
    return Alerts(*_gateway.match_rules(events, updates, plan))
