"""A whole backtest: reads, checks, runs and counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pyflink_cep._backtest import job
from pyflink_cep._backtest.evaluation import Period, check_period, evaluate
from pyflink_cep._backtest.exact import exactly
from pyflink_cep._files.checking import check_rules
from pyflink_cep._files.explained import nearest_miss
from pyflink_cep._files.history import read_history
from pyflink_cep._rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pyflink_cep._backtest.figures import Backtest


def run_backtest(
    rules: Sequence[str | Path],
    events: Sequence[str],
    time_field: str,
    *,
    label: str | None = None,
    schema: Mapping[str, str] | None = None,
    against: Sequence[str | Path] | None = None,
    period: Period | None = None,
    parallelism: int = 1,
    on_stage: Callable[[str], None] = lambda what: None,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Backtest:
    """Runs rules over a history, and counts what they find.

    Args:
        rules: Rule files, and folders of them.
        events: Files, folders or patterns with the history.
        time_field: The column with the events' time.
        label: The column that says what is to be found, which rules don't see.
        schema: The SQL type of each column; without it those of the files.
        against: Older rules to compare with.
        period: What is counted; without it, all.
        parallelism: Of the job. The figures don't depend on it.
        on_stage: Is told what comes next.
        on_progress: Is told how much of the job is done, as a share.

    Raises:
        CepError: The rules or the events can't be used, or the job failed.
    """
    period = period or Period()
    on_stage("Reading the events")
    sets = {"rules": Rules.load(*rules)}
    if against is not None:
        sets["older_rules"] = Rules.load(*against)
    history = read_history(events, time_field, label=label, until=period.end, schema=schema)
    check_period(history, period)
    on_stage("Checking the rules")
    checked = {name: check_rules(some, history) for name, some in sets.items()}
    on_stage(f"Matching {len(history):,} events")
    ran = job.run(history, sets, parallelism=parallelism, on_progress=on_progress)
    alerts = {name: exactly(ran.alerts[name], some, history.schema) for name, some in checked.items()}
    told = evaluate(
        history,
        checked["rules"],
        alerts["rules"],
        period=period,
        seconds=ran.seconds,
        parallelism=parallelism,
        label=label,
        problems=ran.problems["rules"],
        against=(checked["older_rules"], alerts["older_rules"]) if against is not None else None,
    )
    if all(rule.alerts for rule in told.rules if rule.runs):
        return told
    on_stage("Looking for what came nearest where a rule found nothing")
    rows = np.arange(len(history))
    return replace(
        told,
        rules=tuple(
            replace(figures, nearest_miss=nearest_miss(rule, history, rows))
            if figures.runs and not figures.alerts
            else figures
            for rule, figures in zip(checked["rules"], told.rules, strict=True)
        ),
    )
