"""A Kafka broker without Docker: a process on loopback and free ports, with its data in a directory of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

if TYPE_CHECKING:
    from collections.abc import Iterator

POM = Path(__file__).with_name("pom.xml")
CLASSPATH = POM.parents[2] / "out" / "kafka" / "classpath"
JVM_OPTIONS = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
SECONDS_TO_START = 90

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=BROKER://127.0.0.1:{broker_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=BROKER://127.0.0.1:{broker_port}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""


@dataclass(frozen=True)
class Broker:
    """A running broker.

    Attributes:
        address: Its host and port.
    """

    address: str

    def create_topic(self, name: str, **configuration: str) -> str:
        """Creates a topic of one partition; underscores in the names of its settings stand for dots."""
        settings = {key.replace("_", "."): value for key, value in configuration.items()}
        client = AdminClient({"bootstrap.servers": self.address})
        client.create_topics([NewTopic(name, num_partitions=1, config=settings)])[name].result()
        return name


@contextmanager
def running_broker(directory: Path) -> Iterator[Broker]:
    """Starts a broker with its data and its log in a directory, and ends it after."""
    broker_port, controller_port = free_ports(2)
    properties = directory / "server.properties"
    properties.write_text(
        PROPERTIES.format(
            broker_port=broker_port, controller_port=controller_port, data=(directory / "data").as_posix()
        )
    )
    java = [java_command(), *JVM_OPTIONS, "-cp", classpath()]
    storage = ["kafka.tools.StorageTool", "format", "-t", cluster_id(), "-c", str(properties)]
    subprocess.run([*java, *storage], check=True, capture_output=True, text=True)

    log = directory / "broker.log"
    with log.open("w") as output, ExitStack() as stack:
        process = subprocess.Popen(
            [*java, "kafka.Kafka", str(properties)], stdout=output, stderr=subprocess.STDOUT
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        address = f"127.0.0.1:{broker_port}"
        await_answer(address, process, log)
        yield Broker(address)


def await_answer(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Waits until the broker answers."""
    client = AdminClient({"bootstrap.servers": address, "log_level": 0})
    deadline = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            client.list_topics(timeout=1)
        except KafkaException:
            continue
        return
    raise RuntimeError(f"the Kafka broker did not start:\n{log.read_text()}")


def classpath() -> str:
    """The broker's jars, which Maven fetches where they or their list are not there yet."""
    if not CLASSPATH.exists() or CLASSPATH.stat().st_mtime < POM.stat().st_mtime:
        subprocess.run(["mvn", "-B", "-ntp", "-q", "-f", str(POM), "dependency:build-classpath"], check=True)
    return CLASSPATH.read_text().strip()


def java_command() -> str:
    home = os.environ.get("JAVA_HOME")
    return "java" if home is None else str(Path(home, "bin", "java"))


def cluster_id() -> str:
    """An id as Kafka has them: 16 bytes in 22 letters, none of them a leading dash, which would be an option."""
    return "A" + uuid.uuid4().hex[:21]


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listening.getsockname()[1] for listening in sockets]
