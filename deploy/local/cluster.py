"""Parts in a directory of their own and on free ports, and a job on them, for who measures them or lets them fail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from deploy.local import parts
from deploy.local.__main__ import up
from deploy.local.parts import PORTS, ROOT, Place
from deploy.local.processes import Processes
from tests.services.server import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class NotReachedError(AssertionError):
    """What was waited for did not come."""


class LocalCluster:
    """Some of the parts of docker-compose.yml, as processes.

    Args:
        directory: For all that they write.
        servers: The parts, in the order in which they need each other.
        settings: Of Flink's processes, besides those of deploy/flink-conf, or in place of them.
        seconds: How long anything may take.

    Attributes:
        job: The id of the job that was submitted last.
    """

    def __init__(
        self, directory: Path, servers: Sequence[str], settings: Mapping[str, object], seconds: float
    ) -> None:
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.place = Place(directory, ports, dict(settings))
        self.processes = Processes(directory)
        self.servers = list(servers)
        self.seconds = seconds
        self.job = ""

    def start(self) -> None:
        """Starts the parts."""
        up(self.place, self.servers)
        self.await_that(lambda: self.rest("/overview")["slots-available"] > 0, "a TaskManager registers")

    def stop(self) -> None:
        """Ends them, none before those that need it, and takes away what of them is not in the directory."""
        for name in sorted(self.processes.names(), key=self.servers.index, reverse=True):
            self.processes.stop(name)
        folder = parts.postgres_folder(self.place.directory)
        if not folder.is_relative_to(self.place.directory):
            shutil.rmtree(folder, ignore_errors=True)

    def submit(
        self,
        program: Path,
        arguments: Sequence[str],
        parallelism: int,
        settings: Mapping[str, object],
        savepoint: str | None = None,
    ) -> None:
        """Starts a job with settings of its own, and waits until all of its tasks run."""
        options = [f"--parallelism={parallelism}", *parts.dynamic(dict(settings))]
        options += [] if savepoint is None else ["--fromSavepoint", savepoint]
        command = [*parts.flink_run(self.place, *options, program=program), *arguments]
        environment = os.environ | parts.flink_environment(self.place)
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise RuntimeError(f"the job was not submitted:\n{ran.stdout}{ran.stderr}")
        before = self.job

        def running() -> str | None:
            jobs = [job for job in self.rest("/jobs/overview")["jobs"] if job["jid"] != before]
            return next((job["jid"] for job in jobs if runs_whole(job)), None)

        self.job = self.await_that(running, "the job runs")

    def rest(self, path: str, body: object = None, method: str | None = None) -> Any:
        """What Flink's REST interface answers.

        Raises:
            OSError: It doesn't.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(self.place.rest + path, data, headers, method=method), timeout=20) as answer:
            return json.load(answer)

    def await_that(self, condition: Callable[[], Any], what: str) -> Any:
        """Waits for a condition, and gives what it gave; what can't be asked yet isn't so yet.

        Raises:
            NotReachedError: It did not come in time.
        """
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline:
            self.tend()
            try:
                found = condition()
            except OSError:
                found = None
            if found:
                return found
            time.sleep(0.2)
        raise NotReachedError(
            f"waited for {self.seconds} s, in vain, that {what}; logs: {self.place.directory}/log"
        )

    def tend(self) -> None:
        """What is done for the parts while something is waited for: nothing, where nobody looks after them."""


def runs_whole(job: Mapping[str, Any]) -> bool:
    """Whether all tasks of a job of /jobs/overview run."""
    tasks = job["tasks"]
    return job["state"] == "RUNNING" and tasks["running"] == tasks["total"] > 0


def children_of(pid: int) -> list[int]:
    """The pids of a process's children, and of theirs; of one that ends meanwhile, those seen so far."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                found += [child, *children_of(child)]
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found
