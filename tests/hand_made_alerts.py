"""A history of six events, two rules, and what they found."""

import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from pyflink_cep._files.history import History, Sources
from pyflink_cep._rules import Rule

# Day and hour of April 2018, card, label.
EVENTS = [
    (1, 10, "a", None),
    (1, 11, "a", "theft"),
    (1, 12, "b", "theft"),
    (2, 10, "b", None),
    (4, 10, "a", "theft"),
    (4, 11, "c", "loan"),
]


def at(row):
    day, hour, *_ = EVENTS[row]
    return datetime(2018, 4, day, hour, tzinfo=UTC)


def history(labelled=True):
    return History(
        table=pa.table({"card": [card for _, _, card, _ in EVENTS]}),
        times=np.array([int(at(row).timestamp()) * 1000 for row in range(len(EVENTS))]),
        time_field="at",
        labels=pd.Categorical([label for *_, label in EVENTS]) if labelled else None,
        numbers=np.arange(1, len(EVENTS) + 1),
        sources=Sources(),
    )


def rule(id_, version=1, status="live", **more):
    document = {"id": id_, "version": version, "status": status, "partition_by": "card", **more}
    return Rule(document, f"{id_}.yaml")


def alerts(*found):
    """A row for each (rule, key, rows)."""
    columns = ["rule_id", "key", "started_at", "ended_at", "measures", "rows"]
    rows = [
        (
            id_,
            json.dumps({"card": key}),
            at(rows[0]).replace(tzinfo=None),
            at(rows[-1]).replace(tzinfo=None),
            {"n": len(rows)},
            rows,
        )
        for id_, key, rows in found
    ]
    return pd.DataFrame(rows, columns=columns).astype(
        {"started_at": "datetime64[ms]", "ended_at": "datetime64[ms]"}
    )


BURST = rule("burst", 2, severity="high", description="Several at once", rollout=50)
LARGE = rule("large", status="shadow")
FOUND = alerts(
    ("burst", "a", (0, 1)),
    ("burst", "b", (2, 3)),
    ("burst", "a", (4,)),
    ("burst", "b", (3,)),
    ("large", "a", (1,)),
    ("large", "c", (5,)),
)
