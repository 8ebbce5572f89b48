"""The dashboard of the card_fraud job: what its rules do, and how Flink gets on.

Run:  python -m deploy.grafana.card_fraud > deploy/grafana/dashboards/card_fraud.json
"""

from __future__ import annotations

from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BigValueGraphMode, GraphDrawStyle
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
OPERATOR = "flink_taskmanager_job_task_operator"
RULE = f"{OPERATOR}_rule"
JOB = "flink_jobmanager_job"
TASK = "flink_taskmanager_job_task"


class Graph(NamedTuple):
    """One picture: a title, what it says to whoever looks, an expression, a legend and a unit."""

    title: str
    says: str
    expression: str
    legend: str
    unit: str = "short"


RULES = [
    Graph(
        "Matches",
        "A rule that is silent for long, or suddenly loud, is worth a look.",
        f"sum by (rule) (rate({RULE}_numMatches[1m])) * 60",
        "{{rule}}",
        "cpm",
    ),
    Graph(
        "From event to alert, 95th percentile",
        "By the clock, from the time of a match's last event: watermarks, queues and waiting for order are all in it.",
        f'max by (rule) ({RULE}_eventToAlertMs{{quantile="0.95"}})',
        "{{rule}}",
        "ms",
    ),
    Graph(
        "Partial matches that are open",
        "What the rules hold in state. Growth without end is a rule without a window.",
        f"sum by (rule) ({RULE}_numPartialMatches)",
        "{{rule}}",
    ),
    Graph(
        "Events tested",
        "Events that a rule was asked about: what it costs.",
        f"sum by (rule) (rate({RULE}_numEventsTested[1m]))",
        "{{rule}}",
        "eps",
    ),
    Graph(
        "Timeouts",
        "Partial matches that ran out of time.",
        f"sum by (rule) (rate({RULE}_numTimeouts[1m])) * 60",
        "{{rule}}",
        "cpm",
    ),
    Graph(
        "Errors and dropped partial matches",
        "Both should be nothing: a rule whose condition fails, or that is at its limit, misses what it is there for.",
        f"sum by (rule) (increase({RULE}_numEvaluationErrors[5m]))"
        f" + sum by (rule) (increase({RULE}_numPartialMatchesDropped[5m]))",
        "{{rule}}",
    ),
]
FLINK = [
    Graph(
        "Events in",
        "Records that the sources gave.",
        f'sum by (operator_name) (rate({OPERATOR}_numRecordsIn{{operator_name=~"Source.*"}}[1m]))',
        "{{operator_name}}",
        "eps",
    ),
    Graph(
        "Records that wait in the topics",
        "Growth says that the job is too slow for what comes.",
        f"sum by (operator_name) ({OPERATOR}_pendingRecords)",
        "{{operator_name}}",
    ),
    Graph(
        "Backpressure",
        "The share of time that a task waits for those after it. The culprit is the first task that doesn't.",
        f"max by (task_name) ({TASK}_backPressuredTimeMsPerSecond) / 1000",
        "{{task_name}}",
        "percentunit",
    ),
    Graph(
        "Late events",
        "Events that came after the watermark had passed them.",
        f"sum(increase({OPERATOR}_numLateEvents[5m]))",
        "late",
    ),
    Graph(
        "Time of a checkpoint",
        "Alerts are committed with it.",
        f"max({JOB}_lastCheckpointDuration)",
        "last",
        "ms",
    ),
    Graph("Size of a checkpoint", "", f"max({JOB}_lastCheckpointFullSize)", "last", "bytes"),
]
NUMBERS = [
    Graph("Jobs", "", "sum(flink_jobmanager_numRunningJobs)", "running"),
    Graph("TaskManagers", "", "sum(flink_jobmanager_numRegisteredTaskManagers)", "registered"),
    Graph("Restarts", "", f"sum({JOB}_numRestarts)", "restarts"),
    Graph("Checkpoints that failed", "", f"sum({JOB}_numberOfFailedCheckpoints)", "failed"),
]


def query(graph: Graph) -> prometheus.Dataquery:
    return prometheus.Dataquery().ref_id("A").expr(graph.expression).legend_format(graph.legend)


def number(graph: Graph) -> stat.Panel:
    panel = stat.Panel().title(graph.title).datasource(SOURCE).with_target(query(graph))
    return panel.graph_mode(BigValueGraphMode.NONE).span(6).height(4)


def picture(graph: Graph) -> timeseries.Panel:
    return (
        timeseries.Panel()
        .title(graph.title)
        .description(graph.says)
        .datasource(SOURCE)
        .unit(graph.unit)
        .min(0)
        .draw_style(GraphDrawStyle.LINE)
        .fill_opacity(10)
        .with_target(query(graph))
        .span(8)
        .height(8)
    )


def build() -> str:
    """The dashboard as Grafana's JSON."""
    board = (
        dashboard.Dashboard("card_fraud")
        .uid("card-fraud")
        .tags(["flink", "pyflink-cep"])
        .readonly()
        .refresh("10s")
        .time("now-30m", "now")
        .timezone("browser")
    )
    for graph in NUMBERS:
        board.with_panel(number(graph))
    for title, graphs in (("Rules", RULES), ("Flink", FLINK)):
        board.with_row(dashboard.Row(title))
        for graph in graphs:
            board.with_panel(picture(graph))
    return JSONEncoder(sort_keys=True, indent=2).encode(board.build())


if __name__ == "__main__":
    print(build())
