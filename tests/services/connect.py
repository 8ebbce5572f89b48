"""A worker of Kafka Connect with Debezium's connector for PostgreSQL, on loopback and a free port."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tests.services.broker import JVM_OPTIONS
from tests.services.server import ServerProcess, free_ports, java_command, run_to_install
from tests.waiting import SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.services.broker import Broker

ROOT = Path(__file__).resolve().parents[2]
POM = Path(__file__).with_name("connect.pom.xml")
CLASSPATH = ROOT / "out" / "kafka-connect" / "classpath"
SETTINGS = ROOT / "deploy" / "kafka-connect" / "worker.properties"


@dataclass(frozen=True)
class Connect:
    """A running worker.

    Attributes:
        url: Where its REST interface is.
    """

    url: str

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> object:
        """Calls the REST interface, and gives the answer, also where that says what is wrong."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}{path}", data, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=SECONDS) as response:
                return json.loads(response.read() or "null")
        except HTTPError as error:
            return json.loads(error.read())


@contextmanager
def connect_process(directory: Path, broker: Broker, environment: Mapping[str, str]) -> Iterator[Connect]:
    """Starts a worker with its offsets and its log in a directory, and ends it after.

    Args:
        directory: An empty one.
        broker: To write to.
        environment: What configurations of connectors find as `${env:NAME}`.
    """
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    settings = directory / "worker.properties"
    added = {
        "bootstrap.servers": broker.address,
        "listeners": url,
        "offset.storage.file.filename": directory / "offsets",
        # All is on the class path.
        "plugin.discovery": "only_scan",
    }
    settings.write_text(SETTINGS.read_text() + "".join(f"{name}={value}\n" for name, value in added.items()))
    java = [java_command(), *JVM_OPTIONS, "-cp", classpath()]
    server = ServerProcess(
        [*java, "org.apache.kafka.connect.cli.ConnectStandalone", str(settings)],
        directory / "connect.log",
        partial(answers, url),
        dict(environment),
    )
    try:
        server.start()
        yield Connect(url)
    finally:
        server.kill()


def answers(url: str) -> bool:
    """Whether it lists its connectors."""
    try:
        with urlopen(f"{url}/connectors", timeout=30) as response:
            return response.status == 200
    except (URLError, ConnectionError, TimeoutError):
        return False


def classpath() -> str:
    """The worker's jars, which Maven fetches where they or their list are not there yet."""
    if not CLASSPATH.exists() or CLASSPATH.stat().st_mtime < POM.stat().st_mtime:
        command = ["mvn", "-B", "-ntp", "-q", "-f", str(POM), "dependency:build-classpath"]
        run_to_install(command, "Kafka Connect")
    return CLASSPATH.read_text().strip()
