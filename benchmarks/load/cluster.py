"""Kafka, registry and Flink as `make up` starts them, and what they take of the processor."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import Request, urlopen

from deploy.local import parts
from deploy.local.__main__ import up
from deploy.local.parts import PORTS, ROOT, Place
from deploy.local.processes import Processes
from tests.services.server import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


class Cluster:
    """The parts, in a directory of their own and on free ports.

    Args:
        directory: for all that they write.
        settings: of Flink's processes, besides those of deploy/flink-conf.
    """

    def __init__(self, directory: Path, settings: Mapping[str, object]) -> None:
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.place = Place(directory, ports, dict(settings))
        self.processes = Processes(directory)
        self.job = ""

    def start(self) -> None:
        up(self.place, SERVERS)
        self.await_that(lambda: self.rest("/overview")["slots-available"] > 0)

    def stop(self) -> None:
        for name in self.processes.names():
            self.processes.stop(name)

    def submit(self, arguments: list[str], settings: Mapping[str, object]) -> None:
        """Starts a job, and waits until its tasks run."""
        command = parts.flink_run(self.place, "--parallelism=2", *parts.dynamic(dict(settings)), program=JOB)
        environment = os.environ | parts.flink_environment(self.place)
        self.processes.start("client", [*command, *arguments], environment, ROOT)
        self.job = self.await_that(self._running_job)
        self.processes.stop("client")

    def cancel(self) -> None:
        self.rest(f"/jobs/{self.job}?mode=cancel", method="PATCH")
        self.await_that(lambda: self.rest(f"/jobs/{self.job}")["state"] == "CANCELED")

    def _running_job(self) -> str | None:
        for job in self.rest("/jobs/overview")["jobs"]:
            if job["state"] == "RUNNING" and job["tasks"]["running"] == job["tasks"]["total"] > 0:
                return job["jid"]
        if not self.processes.is_running("client"):
            raise RuntimeError(f"the job was not submitted:\n{self.processes.log('client').read_text()}")
        return None

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

    def rest(self, path: str, method: str = "GET"):
        """What Flink's REST interface answers."""
        with urlopen(Request(self.place.rest + path, method=method), timeout=20) as answer:
            return json.load(answer)

    def await_that(self, condition: Callable[[], object]):
        """Waits for a condition, and gives what it gave."""
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            try:
                found = condition()
            except (URLError, OSError):
                found = None
            if found:
                return found
            time.sleep(0.3)
        raise TimeoutError(f"waited in vain; logs: {self.place.directory}/log")


def children_of(pid: int) -> list[int]:
    """The pids of a process's children, and of theirs."""
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                found += [child, *children_of(child)]
    except (FileNotFoundError, ProcessLookupError):
        pass  # It has ended meanwhile.
    return found


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
