"""The job with all that it needs, as `make up` starts it without Docker, to be broken and mended part by part."""

from __future__ import annotations

import json
import os
import subprocess
import time
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
    from collections.abc import Callable, Sequence

SECONDS_TO_RECOVER = 180
SERVERS = ["kafka", "registry", "postgres", "zookeeper", "jobmanager", "taskmanager"]
# Failures come every few seconds here, not every few months: what deploy/flink-conf waits for would never come.
SETTINGS = {
    "execution.checkpointing.interval": "2s",
    "execution.checkpointing.min-pause": "500ms",
    "execution.checkpointing.timeout": "6s",
    "execution.checkpointing.tolerable-failed-checkpoints": 1000,
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": 1_000_000,
    "restart-strategy.fixed-delay.delay": "1s",
    "taskmanager.numberOfTaskSlots": 4,
}


# What starts again by itself where it is deployed, as docker-compose.yml says with `restart`. A TaskManager ends itself
# when a sink can't be closed: the connector of JDBC throws then, if its database is away.
SUPERVISED = ["jobmanager", "taskmanager"]


class NotRecoveredError(AssertionError):
    """The job did not do again what it did before a failure."""


class Cluster:
    """The parts, in a directory of their own and on free ports.

    Args:
        directory: For all that they write.
        arguments: Of the job, given the place.
    """

    def __init__(self, directory: Path, arguments: Callable[[Place], Sequence[str]]) -> None:
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.place = Place(directory, ports)
        self.place = Place(directory, ports, SETTINGS | parts.high_availability(self.place))
        self.processes = Processes(directory)
        self.arguments = arguments
        self.job = ""
        self.parallelism = 0

    def start(self) -> None:
        """Starts all parts but the job."""
        up(self.place, SERVERS)
        self.await_that(lambda: self.rest("/overview")["slots-available"] > 0, "a TaskManager registers")

    def start_part(self, name: str) -> None:
        """Starts a part that has ended."""
        up(self.place, [name])

    def stop(self) -> None:
        """Ends them all."""
        for name in self.processes.names():
            self.processes.stop(name)

    def submit(self, parallelism: int, savepoint: str | None = None) -> None:
        """Starts the job, and waits until it has stored its state once."""
        options = [f"--parallelism={parallelism}", *parts.dynamic(SETTINGS)]
        options += [] if savepoint is None else ["--fromSavepoint", savepoint]
        command = [*parts.flink_run(self.place, *options), *self.arguments(self.place)]
        environment = os.environ | parts.flink_environment(self.place)
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise RuntimeError(f"the job was not submitted:\n{ran.stdout}{ran.stderr}")
        self.parallelism = parallelism
        self.job = self.await_that(self.started_job, "the job starts")
        self.await_checkpoint()

    def started_job(self) -> str | None:
        """The id of a job that runs and is not the one before."""
        jobs = self.rest("/jobs/overview")["jobs"]
        return next(
            (job["jid"] for job in jobs if job["state"] == "RUNNING" and job["jid"] != self.job), None
        )

    def stop_with_savepoint(self) -> str:
        """Stops the job, and gives where its state is."""
        stopping = self.rest(f"/jobs/{self.job}/stop", {"drain": False})["request-id"]

        def location() -> str | None:
            status = self.rest(f"/jobs/{self.job}/savepoints/{stopping}")
            if status["status"]["id"] != "COMPLETED":
                return None
            if "location" not in status["operation"]:
                raise RuntimeError(f"no savepoint: {status['operation']}")
            return status["operation"]["location"]

        return self.await_that(location, "the job stops with a savepoint")

    def await_checkpoint(self) -> None:
        """Waits until the job has stored its state, begun after now."""
        now = time.time() * 1000

        def has_stored() -> bool:
            checkpoints = self.rest(f"/jobs/{self.job}/checkpoints")["latest"]["completed"]
            return checkpoints is not None and checkpoints["trigger_timestamp"] > now

        self.await_that(has_stored, "the job stores its state")

    def failed_checkpoints(self) -> int:
        """How many checkpoints have failed since the JobManager knows the job."""
        return self.rest(f"/jobs/{self.job}/checkpoints")["counts"]["failed"]

    def python_workers(self) -> list[int]:
        """The pids of the processes that run Python functions for the TaskManager."""
        taskmanager = self.processes.pid("taskmanager")
        return [pid for pid in children_of(taskmanager) if "beam_boot" in command_of(pid)]

    def start_what_has_ended(self) -> None:
        """Does what a supervisor does."""
        for name in SUPERVISED:
            if not self.processes.is_running(name):
                self.start_part(name)

    def rest(self, path: str, body: object = None) -> dict[str, object]:
        """What Flink's REST interface answers.

        Raises:
            OSError: It doesn't.
        """
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.place.rest + path, data, {"Content-Type": "application/json"})
        with urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def await_that(self, condition: Callable[[], object], what: str) -> object:
        """Waits for a condition, and gives what it gave; what can't be asked yet isn't so yet."""
        deadline = time.monotonic() + SECONDS_TO_RECOVER
        while time.monotonic() < deadline:
            self.start_what_has_ended()
            try:
                found = condition()
            except (URLError, OSError):
                found = None
            if found:
                return found
            time.sleep(0.2)
        raise NotRecoveredError(
            f"waited for {SECONDS_TO_RECOVER} s, in vain, that {what}; logs: {self.place.directory}/log"
        )


def children_of(pid: int) -> list[int]:
    """The pids of a process's children, and of theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children_of(child)]
    return found


def command_of(pid: int) -> str:
    """What a process runs; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
