"""The job with all that it needs, as `make up` starts it without Docker, to be broken and mended part by part."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local import parts
from deploy.local.__main__ import up
from deploy.local.cluster import LocalCluster, children_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploy.local.parts import Place

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


class Cluster(LocalCluster):
    """The parts, with ZooKeeper, by which the job outlives its JobManager.

    Args:
        directory: For all that they write.
        arguments: Of the job, given the place.
    """

    def __init__(self, directory: Path, arguments: Callable[[Place], Sequence[str]]) -> None:
        super().__init__(directory, SERVERS, SETTINGS, SECONDS_TO_RECOVER)
        processes = SETTINGS | parts.high_availability(self.place)
        self.place = dataclasses.replace(self.place, flink=processes)
        self.arguments = arguments
        self.parallelism = 0

    def start_part(self, name: str) -> None:
        """Starts a part that has ended."""
        up(self.place, [name])

    def start_job(self, parallelism: int, savepoint: str | None = None) -> None:
        """Starts the job, and waits until it has stored its state once."""
        self.submit(parts.CARD_FRAUD, self.arguments(self.place), parallelism, SETTINGS, savepoint)
        self.parallelism = parallelism
        self.await_checkpoint()

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

    def tend(self) -> None:
        """Does what a supervisor does."""
        for name in SUPERVISED:
            if name in self.processes.names() and not self.processes.is_running(name):
                self.start_part(name)


def command_of(pid: int) -> str:
    """What a process runs; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
