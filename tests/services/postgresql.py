"""A PostgreSQL server, on loopback and a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import psycopg

from tests.services.server import (
    NotInstallableError,
    Server,
    ServerContainer,
    ServerProcess,
    address_from,
    first_that_runs,
    free_ports,
    require_docker_engine,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

IMAGE = "postgres:15"
ADDRESS_VARIABLE = "PYFLINK_CEP_TEST_POSTGRESQL"
DEBIAN = Path("/usr/lib/postgresql")
# It refuses to run as root.
USER_IN_PLACE_OF_ROOT = "postgres"
USER = "pyflink_cep"
PASSWORD = "for-tests"
# What was written survives the process, which is all that tests kill: it needn't wait for the disk.
SETTINGS = {"fsync": "off", "max_connections": "50", "shared_buffers": "32MB"}


@dataclass(frozen=True)
class PostgreSQL:
    """A running server.

    Attributes:
        host: Where it listens.
        port: Where it listens.
        user: Who may do all.
        password: The user's.
        database: The user's.
        server: To kill it and to start it again; None where somebody else runs it.
    """

    host: str
    port: int
    user: str = USER
    password: str = PASSWORD
    database: str = "postgres"
    server: Server | None = None

    @classmethod
    def at(cls, url: str) -> PostgreSQL:
        """The server of `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`."""
        parts = urlsplit(url)
        return cls(
            parts.hostname or "127.0.0.1",
            parts.port or 5432,
            parts.username or USER,
            parts.password or "",
            parts.path.removeprefix("/") or "postgres",
        )

    @property
    def url(self) -> str:
        """Where it is, as psycopg reads it."""
        secret = f"{quote(self.user)}:{quote(self.password)}"
        return f"postgresql://{secret}@{self.host}:{self.port}/{self.database}"

    @property
    def jdbc_url(self) -> str:
        """Where it is, for Flink's jdbc connector, which takes user and password besides."""
        return f"jdbc:postgresql://{self.host}:{self.port}/{self.database}"

    def execute(self, statement: str, parameters: Sequence[object] | None = None) -> list[tuple[object, ...]]:
        """Runs a statement, and gives its rows."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=30) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []


def running_postgresql() -> AbstractContextManager[PostgreSQL]:
    """A server: the one that the environment names, else in a container, else as a process."""
    return first_that_runs(postgresql_of_the_environment, postgresql_container, postgresql_process)


@contextmanager
def postgresql_of_the_environment() -> Iterator[PostgreSQL]:
    yield PostgreSQL.at(address_from(ADDRESS_VARIABLE))


@contextmanager
def postgresql_container() -> Iterator[PostgreSQL]:
    require_docker_engine()
    (port,) = free_ports(1)
    environment = {"POSTGRES_USER": USER, "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "postgres"}
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    server = ServerContainer(
        IMAGE,
        {port: 5432},
        partial(answers, PostgreSQL("127.0.0.1", port)),
        environment,
        ["postgres", *settings],
    )
    try:
        server.start()
        yield PostgreSQL("127.0.0.1", port, server=server)
    finally:
        server.remove()


@contextmanager
def postgresql_process(
    settings: Mapping[str, str] | None = None, rules: Sequence[str] | None = None
) -> Iterator[PostgreSQL]:
    """Starts a server with its data in a directory of its own, and deletes it after.

    Args:
        settings: Of postgresql.conf, besides those above, or in place of them.
        rules: The lines of pg_hba.conf, where they are not to be those of initdb: a password for each connection.
    """
    programs = installed_programs()
    user = user_to_run_as()
    (port,) = free_ports(1)
    # Not pytest's folder, which another user can't enter.
    directory = Path(tempfile.mkdtemp(prefix="pyflink-cep-postgresql-"))
    password = directory / "password"
    password.write_text(PASSWORD)
    if user is not None:
        for path in (directory, password):
            shutil.chown(path, user)
    data = directory / "data"
    initdb = [str(programs / "initdb"), "--pgdata", str(data), "--username", USER, "--pwfile", str(password)]
    initdb += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
    log = directory / "postgresql.log"
    try:
        subprocess.run(
            initdb,
            check=True,
            capture_output=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            cwd=directory,
        )
        if rules is not None:
            (data / "pg_hba.conf").write_text("".join(f"{rule}\n" for rule in rules))
        options = SETTINGS | {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(directory),
            **(settings or {}),
        }
        server = ServerProcess(
            [
                str(programs / "postgres"),
                "-D",
                str(data),
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ],
            log,
            partial(answers, PostgreSQL("127.0.0.1", port)),
            user=user,
            # A fast shutdown: sessions are ended, not waited for.
            stop_signal=signal.SIGINT,
            # After SIGKILL the sessions' processes hold its memory until they notice.
            tries=20,
        )
        try:
            server.start()
            yield PostgreSQL("127.0.0.1", port, server=server)
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory)


def answers(server: PostgreSQL) -> bool:
    """Whether it runs a statement."""
    try:
        server.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def installed_programs() -> Path:
    """The folder of Debian's newest PostgreSQL, or that of the path."""
    versions = [path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists()]
    if versions:
        return max(versions, key=lambda path: int(path.parent.name))
    initdb = shutil.which("initdb")
    if initdb is None:
        raise NotInstallableError("PostgreSQL is not installed: `apt-get install postgresql` does it")
    return Path(initdb).resolve().parent


def user_to_run_as() -> str | None:
    """None where it can be the user of the tests."""
    if os.getuid() != 0:
        return None
    try:
        pwd.getpwnam(USER_IN_PLACE_OF_ROOT)
    except KeyError:
        raise NotInstallableError(
            f"PostgreSQL doesn't run as root, and there is no user {USER_IN_PLACE_OF_ROOT}"
        ) from None
    return USER_IN_PLACE_OF_ROOT
