"""How a server that tests need is run: in a container, as a process, or by somebody else.

Each has `start`, `kill` and `stop`; what was stopped or killed starts again on the same port, with its data.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from tests.waiting import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

SECONDS_TO_STOP = 30
Service = TypeVar("Service")


class NotInstallableError(Exception):
    """A part that can't be had on this machine, with the reason."""


class Server(Protocol):
    def start(self) -> None:
        """Starts it, and waits until it answers."""

    def kill(self) -> None:
        """Ends it by SIGKILL."""

    def stop(self) -> None:
        """Has it end in good order."""


@dataclass
class ServerProcess:
    """A server as a process of this machine.

    Attributes:
        command: What is run.
        log: The file that its output is added to.
        answers: Whether it is up. Raises nothing.
        environment: Variables besides those of this process.
        user: Who runs it; None is who runs the tests.
        stop_signal: What has it end in good order.
        tries: How often it may end by itself while it starts, before that is an error.
    """

    command: Sequence[str]
    log: Path
    answers: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    tries: int = 1
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        for _ in range(self.tries):
            self._spawn()
            if self._is_up():
                return
            self.kill()
        raise RuntimeError(f"{self.command[0]} did not start:\n{self.log.read_text()}")

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(self.stop_signal)

    def _spawn(self) -> None:
        # A group of its own: what a user's Ctrl-C sends to the tests doesn't reach it before they end it.
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | self.environment,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
                start_new_session=True,
            )

    def _is_up(self) -> bool:
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.answers():
                return True
            time.sleep(0.05)
        return False

    def _end(self, by: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(by)
        try:
            self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@dataclass
class ServerContainer:
    """A server in a container of the local Docker engine.

    Attributes:
        image: Its image, with the version.
        ports: Its ports, by those of this machine.
        answers: Whether it is up. Raises nothing.
        environment: Its variables.
        command: What is run in it, where that is not what the image runs.
    """

    image: str
    ports: Mapping[int, int]
    answers: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] | None = None
    container: object = None

    def start(self) -> None:
        if self.container is None:
            self.container = self._created()
        else:
            self.container.get_wrapped_container().start()
        deadline = time.monotonic() + SECONDS
        while not self.answers():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.image} did not start:\n{self.container.get_logs()}")
            time.sleep(0.1)

    def kill(self) -> None:
        self.container.get_wrapped_container().kill("SIGKILL")

    def stop(self) -> None:
        self.container.get_wrapped_container().stop()

    def remove(self) -> None:
        """Ends it, and deletes its data."""
        if self.container is not None:
            self.container.stop()

    def _created(self) -> object:
        from docker.errors import DockerException
        from testcontainers.core.container import DockerContainer

        container = DockerContainer(self.image)
        for ours, its in self.ports.items():
            container.with_bind_ports(its, ("127.0.0.1", ours))
        for name, value in self.environment.items():
            container.with_env(name, value)
        if self.command is not None:
            container.with_command(list(self.command))
        try:
            return container.start()
        except DockerException as error:
            raise NotInstallableError(f"Docker can't run {self.image}: {error}") from error


@cache
def docker_engine_answers() -> bool:
    """Whether there is a Docker engine to run containers on."""
    import docker

    try:
        client = docker.from_env()
    except docker.errors.DockerException:
        return False
    try:
        return client.ping()
    except docker.errors.DockerException:
        return False
    finally:
        client.close()


@contextmanager
def first_that_runs(*ways: Callable[[], AbstractContextManager[Service]]) -> Iterator[Service]:
    """The service by the first way that can be gone on this machine.

    Raises:
        NotInstallableError: None can be gone, for these reasons.
    """
    reasons = []
    with ExitStack() as stack:
        for way in ways:
            try:
                service = stack.enter_context(way())
            except NotInstallableError as error:
                reasons.append(str(error))
            else:
                yield service
                return
        raise NotInstallableError("; ".join(reasons))


def require_docker_engine() -> None:
    """Raises where no container can be run."""
    if not docker_engine_answers():
        raise NotInstallableError("no Docker engine answers")


def address_from(variable: str) -> str:
    """An address that the environment has."""
    try:
        return os.environ[variable]
    except KeyError:
        raise NotInstallableError(f"{variable} is not set") from None


def run_to_install(command: Sequence[str], what: str) -> None:
    """Runs what fetches a part."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise NotInstallableError(f"{what} needs {command[0]}, which is not installed") from None
    except subprocess.CalledProcessError as error:
        said = [line for line in (error.stdout + error.stderr).splitlines() if line.strip()]
        raise NotInstallableError(
            f"{what} can't be fetched: {said[0] if said else f'{command[0]} failed'}"
        ) from None


def java_command() -> str:
    home = os.environ.get("JAVA_HOME")
    return "java" if home is None else str(Path(home, "bin", "java"))


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listening.getsockname()[1] for listening in sockets]
