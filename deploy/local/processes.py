"""Processes that outlive the command that started them, and are ended by their pids."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

SECONDS_TO_END = 20


@dataclass(frozen=True)
class Processes:
    """The processes of a directory: a log and a file with the pid for each.

    Args:
        directory: where they are; `log` and `pid` are made in it.
    """

    directory: Path

    def log(self, name: str) -> Path:
        """The log of a process."""
        return self.directory / "log" / f"{name}.log"

    def names(self) -> list[str]:
        """Those that have been started and not stopped, in no order."""
        return [file.stem for file in (self.directory / "pid").glob("*.json")]

    def is_running(self, name: str) -> bool:
        """Whether the process that was started under the name still runs."""
        return self._pid(name) is not None

    def start(self, name: str, command: list[str], environment: dict[str, str], folder: Path) -> None:
        """Starts a process in a group of its own, so that its children end with it."""
        self.log(name).parent.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("a") as log:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        file = self._file(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"pid": process.pid, "started": start_time(process.pid)}))

    def stop(self, name: str, first: signal.Signals = signal.SIGTERM) -> None:
        """Ends a process and its children: asks, waits, and then doesn't ask.

        Args:
            name: of the process.
            first: the signal that asks.
        """
        pid = self._pid(name)
        if pid is not None:
            os.kill(pid, first)
            deadline = time.monotonic() + SECONDS_TO_END
            while self._pid(name) is not None and time.monotonic() < deadline:
                reap(pid)
                time.sleep(0.05)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            reap(pid)
        self._file(name).unlink(missing_ok=True)

    def pid(self, name: str) -> int:
        """The pid of a process that runs.

        Raises:
            ProcessLookupError: It doesn't.
        """
        pid = self._pid(name)
        if pid is None:
            raise ProcessLookupError(name)
        return pid

    def kill(self, name: str) -> None:
        """Ends a process at once, as a machine does that loses its power: nobody ends its children."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        while self._pid(name) is not None:
            reap(pid)
            time.sleep(0.01)
        self._file(name).unlink()

    def _file(self, name: str) -> Path:
        return self.directory / "pid" / f"{name}.json"

    def _pid(self, name: str) -> int | None:
        """The pid, if it is still that process's: numbers are used again."""
        try:
            written = json.loads(self._file(name).read_text())
        except FileNotFoundError:
            return None
        # One that ended at once was never seen to have started.
        started = written["started"]
        return written["pid"] if started is not None and start_time(written["pid"]) == started else None


def start_time(pid: int) -> int | None:
    """When a process began, in the kernel's ticks; None if there is none, or none that does anything more."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name, in parentheses, may have spaces in it.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else int(fields[18])


def reap(pid: int) -> None:
    """Takes note that a child has ended, if it is a child of this command."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
