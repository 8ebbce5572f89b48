"""A Kafka broker, on loopback and free ports."""

from __future__ import annotations

import subprocess
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from tests.services.server import (
    Server,
    ServerContainer,
    ServerProcess,
    address_from,
    first_that_runs,
    free_ports,
    java_command,
    require_docker_engine,
    run_to_install,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

POM = Path(__file__).with_name("broker.pom.xml")
CLASSPATH = POM.parents[2] / "out" / "kafka" / "classpath"
IMAGE = "apache/kafka:4.1.1"
ADDRESS_VARIABLE = "PYFLINK_CEP_TEST_KAFKA"
JVM_OPTIONS = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
# One broker, which is its own controller, and keeps its own topics once.
PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "BROKER",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
}


@dataclass(frozen=True)
class Broker:
    """A running broker.

    Attributes:
        address: Its host and port.
        client: What a client has to set besides the address, as librdkafka names it.
        server: To kill it and to start it again; None where somebody else runs it.
    """

    address: str
    client: Mapping[str, str] = field(default_factory=dict)
    server: Server | None = None

    @property
    def settings(self) -> dict[str, str]:
        """All that a client has to set."""
        return {"bootstrap.servers": self.address, **self.client}

    def create_topic(self, name: str, partitions: int = 1, **configuration: str) -> str:
        """Creates a topic; underscores in the names of its settings stand for dots."""
        settings = {key.replace("_", "."): value for key, value in configuration.items()}
        client = AdminClient(self.settings)
        client.create_topics([NewTopic(name, num_partitions=partitions, config=settings)])[name].result()
        return name


def running_broker(directory: Path) -> AbstractContextManager[Broker]:
    """A broker: the one that the environment names, else in a container, else as a process."""
    return first_that_runs(broker_of_the_environment, broker_container, partial(broker_process, directory))


@contextmanager
def broker_of_the_environment() -> Iterator[Broker]:
    yield Broker(address_from(ADDRESS_VARIABLE))


@contextmanager
def broker_container() -> Iterator[Broker]:
    require_docker_engine()
    (port,) = free_ports(1)
    settings = {
        "listeners": f"BROKER://:{port},CONTROLLER://:9093",
        "advertised.listeners": f"BROKER://127.0.0.1:{port}",
        "controller.quorum.voters": "1@localhost:9093",
    }
    environment = {
        f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in (PROPERTIES | settings).items()
    }
    broker = Broker(f"127.0.0.1:{port}")
    server = ServerContainer(IMAGE, {port: port}, partial(answers, broker), environment)
    try:
        server.start()
        yield Broker(broker.address, server=server)
    finally:
        server.remove()


@contextmanager
def broker_process(
    directory: Path,
    properties: Mapping[str, str] | None = None,
    client: Mapping[str, str] | None = None,
    format_arguments: Sequence[str] = (),
    jvm_options: Sequence[str] = (),
) -> Iterator[Broker]:
    """Starts a broker with its data and its log in a directory, and ends it after.

    Args:
        directory: An empty one.
        properties: Of the broker, besides those above, or in place of them. Its listeners are BROKER and CONTROLLER.
        client: What a client then has to set besides the address.
        format_arguments: What `kafka-storage format` is given besides, such as `--add-scram`.
        jvm_options: Such as `-Djava.security.auth.login.config`.
    """
    broker_port, controller_port = free_ports(2)
    settings = PROPERTIES | {
        "listeners": f"BROKER://127.0.0.1:{broker_port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"BROKER://127.0.0.1:{broker_port}",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "log.dirs": (directory / "data").as_posix(),
        **(properties or {}),
    }
    file = directory / "server.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    java = [java_command(), *JVM_OPTIONS, *jvm_options, "-cp", classpath()]
    storage = ["kafka.tools.StorageTool", "format", "-t", cluster_id(), "-c", str(file), *format_arguments]
    formatted = subprocess.run([*java, *storage], capture_output=True, text=True, check=False)
    if formatted.returncode != 0:
        raise RuntimeError(f"the broker's storage can't be formatted:\n{formatted.stdout}{formatted.stderr}")

    broker = Broker(f"127.0.0.1:{broker_port}", client or {})
    server = ServerProcess(
        [*java, "kafka.Kafka", str(file)], directory / "broker.log", partial(answers, broker)
    )
    try:
        server.start()
        yield Broker(broker.address, broker.client, server)
    finally:
        server.kill()


def answers(broker: Broker) -> bool:
    """Whether a client gets an answer."""
    client = AdminClient({"log_level": 0, **broker.settings})
    try:
        client.list_topics(timeout=30)
    except KafkaException:
        return False
    return True


def classpath() -> str:
    """The broker's jars, which Maven fetches where they or their list are not there yet."""
    if not CLASSPATH.exists() or CLASSPATH.stat().st_mtime < POM.stat().st_mtime:
        command = ["mvn", "-B", "-ntp", "-q", "-f", str(POM), "dependency:build-classpath"]
        run_to_install(command, "the Kafka broker")
    return CLASSPATH.read_text().strip()


def cluster_id() -> str:
    """An id as Kafka has them: 16 bytes in 22 letters, none of them a leading dash, which would be an option."""
    return "A" + uuid.uuid4().hex[:21]
