"""Starts the parts of docker-compose.yml as processes, and ends them: for machines without Docker.

Run:  python -m deploy.local up | status | down [--fresh] | secrets

`make up` and `make down` call it where no Docker engine answers. All that the parts write is in out/up: logs, data,
checkpoints, secrets. `up` starts what doesn't run, so a second call mends what has died. Ports are those of
docker-compose.yml, or of the environment (KAFKA_PORT=… and so on), or free ones where those are taken.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from deploy.local import parts
from deploy.local.parts import ROOT, Part, Place
from deploy.local.processes import Processes
from deploy.local.topics import create_missing
from tests.services.server import NotInstallableError

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_TO_START = 120
# In the order in which they need each other. What is optional is left out where it isn't installed.
PARTS: dict[str, Callable[[Place], Part]] = {
    "kafka": parts.kafka,
    "registry": parts.registry,
    "postgres": parts.postgres,
    "zookeeper": parts.zookeeper,
    "jobmanager": parts.jobmanager,
    "taskmanager": parts.taskmanager,
    "job": parts.job,
    "prometheus": parts.prometheus,
}
OPTIONAL = {"prometheus"}
# What must be ready before a part starts, as far as it is wanted at all.
NEEDED = {
    "registry": {"kafka"},
    "jobmanager": {"zookeeper"},
    "taskmanager": {"jobmanager"},
    "job": {"kafka", "registry", "postgres", "jobmanager", "taskmanager"},
}
# Those of docker-compose.yml.
USUAL = [name for name in PARTS if name != "zookeeper"]


class NotStartedError(Exception):
    """A part that is installed, and did not start."""


def the_place(directory: Path) -> Place:
    """The directory's place, with the ports that an earlier call chose."""
    directory.mkdir(parents=True, exist_ok=True)
    chosen = directory / "ports.json"
    if not chosen.exists():
        chosen.write_text(json.dumps(parts.chosen_ports(dict(os.environ))))
    return Place(directory.absolute(), json.loads(chosen.read_text()))


def make_secrets(directory: Path) -> None:
    """Makes passwords up where there are none.

    The folder is its owner's alone. The files can be read by whoever gets to them: the users of containers, who are
    given them one by one.
    """
    folder = directory / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in ("postgres-password", "grafana-password"):
        file = folder / name
        if not file.exists():
            file.write_text(secrets.token_urlsafe(24))
    # As clients of PostgreSQL read it, whatever the host is called.
    (folder / "pgpass").write_text(f"*:*:cep:cep:{(folder / 'postgres-password').read_text()}\n")


def up(place: Place, wanted: list[str]) -> None:
    """Starts what doesn't run, each part once those that it needs are ready, and the others meanwhile."""
    make_secrets(place.directory)
    processes = Processes(place.directory)
    waiting = list(wanted)
    ran_before = {name for name in wanted if processes.is_running(name)}
    starting: dict[str, tuple[Part, float]] = {}
    while waiting or starting:
        unready = {*waiting, *starting}
        for name in [name for name in waiting if not NEEDED.get(name, set()) & unready]:
            waiting.remove(name)
            try:
                part = PARTS[name](place)
            except NotInstallableError as missing:
                if name not in OPTIONAL:
                    raise
                print(f"{name:12} left out: {str(missing).splitlines()[0]}")
                continue
            if name not in ran_before:
                processes.start(name, part.command, os.environ | dict(part.environment), ROOT)
            starting[name] = part, time.monotonic() + SECONDS_TO_START
        for part, deadline in list(starting.values()):
            if is_ready(part, processes, deadline):
                port = f" on port {part.port}" if part.port else ""
                print(f"{part.name:12} runs{' already' if part.name in ran_before else port}", flush=True)
                fill(place, part.name)
                del starting[part.name]
        time.sleep(0.1)


def fill(place: Place, name: str) -> None:
    """Gives a part that is ready what the others need of it, as far as it isn't there."""
    if name == "kafka" and (created := create_missing(place.kafka)):
        print(f"{'topics':12} {', '.join(created)}", flush=True)
    if name == "registry" and (registered := parts.register_schemas(place)):
        print(f"{'schemas':12} {', '.join(registered)}", flush=True)


def is_ready(part: Part, processes: Processes, deadline: float) -> bool:
    """Whether a part is ready.

    Raises:
        NotStartedError: It has ended, or its time is over.
    """
    if processes.is_running(part.name):
        if part.port is None or (listens(part.port) and (part.page is None or answers(part.port, part.page))):
            return True
        if time.monotonic() < deadline:
            return False
    log = processes.log(part.name)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise NotStartedError(f"{part.name} did not start\n{last}\n\nhint: the whole log is {log}")


def listens(port: int) -> bool:
    """Whether something listens on a port of loopback."""
    with socket.socket() as attempt:
        attempt.settimeout(1)
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def answers(port: int, page: str) -> bool:
    """Whether a page is there, at a port of loopback."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{page}", timeout=2):
            return True
    except OSError:
        return False


def status(directory: Path) -> int:
    """Says what runs, and where; 1 if something has died."""
    processes = Processes(directory.absolute())
    names = sorted(processes.names(), key=list(PARTS).index)
    if not names:
        print("nothing runs")
    died = [name for name in names if not processes.is_running(name)]
    for name in names:
        print(f"{name:12} {'died: ' + str(processes.log(name)) if name in died else 'runs'}")
    if (directory / "ports.json").exists():
        for variable, port in json.loads((directory / "ports.json").read_text()).items():
            print(f"{variable}={port}")
    return 1 if died else 0


def down(directory: Path, fresh: bool) -> None:
    """Ends what `up` has started, by its pid, and none before those that need it; with `fresh` all data goes too."""
    processes = Processes(directory.absolute())
    for name in sorted(processes.names(), key=list(PARTS).index, reverse=True):
        processes.stop(name)
        print(f"{name:12} ended", flush=True)
    for file in ("ports.json", "ports"):
        path = directory / file
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if fresh:
        shutil.rmtree(parts.postgres_folder(directory.absolute()), ignore_errors=True)
        shutil.rmtree(directory, ignore_errors=True)


def main() -> int:
    """Parses the arguments; 2 where a part can't be started."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description="The parts as processes.")
    parser.add_argument("what", choices=["up", "status", "down", "secrets"])
    parser.add_argument(
        "--directory", type=Path, default=ROOT / "out" / "up", help="for all that the parts write"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=USUAL, help="those to start")
    parser.add_argument("--fresh", action="store_true", help="down: remove data and checkpoints too")
    arguments = parser.parse_args()
    try:
        if arguments.what == "up":
            up(the_place(arguments.directory), arguments.parts)
        elif arguments.what == "status":
            return status(arguments.directory)
        elif arguments.what == "secrets":
            make_secrets(arguments.directory)
        else:
            down(arguments.directory, arguments.fresh)
    except (NotInstallableError, NotStartedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
