"""Kafka, registry and Flink as `make up` starts them, and what they take of the processor."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.cluster import LocalCluster, children_of
from deploy.local.parts import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVERS = ["kafka", "registry", "jobmanager", "taskmanager"]
JOB = ROOT / "benchmarks" / "load" / "job.py"
SECONDS_TO_START = 300
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cpu:
    """Seconds of processor time, by part."""

    flink: float
    python: float
    kafka: float

    def __sub__(self, before: Cpu) -> Cpu:
        return Cpu(self.flink - before.flink, self.python - before.python, self.kafka - before.kafka)

    @property
    def total(self) -> float:
        return self.flink + self.python + self.kafka


class Cluster(LocalCluster):
    """The parts, and what they take."""

    def __init__(self, directory: Path, settings: Mapping[str, object]) -> None:
        super().__init__(directory, SERVERS, settings, SECONDS_TO_START)

    def cancel(self) -> None:
        """Ends the job."""
        self.rest(f"/jobs/{self.job}?mode=cancel", method="PATCH")
        self.await_that(lambda: self.rest(f"/jobs/{self.job}")["state"] == "CANCELED", "the job ends")

    def busy(self) -> dict[str, float]:
        """How busy each vertex of the job is, from 0 to 1: the busiest of its tasks."""
        found = {}
        for vertex in self.rest(f"/jobs/{self.job}")["vertices"]:
            values = self.rest(
                f"/jobs/{self.job}/vertices/{vertex['id']}/subtasks/metrics?get=busyTimeMsPerSecond&agg=max"
            )
            found[vertex["name"]] = values[0]["max"] / 1000 if values else 0.0
        return found

    def cpu(self) -> Cpu:
        """What all processes have taken so far."""
        flink, python = 0.0, 0.0
        for name in ("jobmanager", "taskmanager"):
            main = self.processes.pid(name)
            for pid in [main, *children_of(main)]:
                if is_python(pid):
                    python += seconds_of(pid)
                else:
                    flink += seconds_of(pid)
        return Cpu(flink, python, seconds_of(self.processes.pid("kafka")))


def is_python(pid: int) -> bool:
    """Whether a process runs Python; one that has ended doesn't."""
    try:
        return Path(f"/proc/{pid}/exe").readlink().name.startswith("python")
    except OSError:
        return False


def seconds_of(pid: int) -> float:
    """What a process has taken of the processor; nothing if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
