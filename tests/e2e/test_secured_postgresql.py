"""PostgreSQL by TLS alone, with a password that the tables don't have."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.conftest import skipping
from tests.services.secured import Authority, secured_postgresql

CONNECTORS = (
    Path(__file__).resolve().parents[2] / "deploy" / "connectors" / "target" / "pyflink-cep-connectors.jar"
)
# In a process of its own: Java reads where the passwords are from its environment.
READ = """
import sys
from pyflink.table import EnvironmentSettings, TableEnvironment
from pyflink_cep import collect

jar, url = sys.argv[1:]
tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
tables.get_config().set("pipeline.jars", jar)
options = f"'connector' = 'jdbc', 'url' = '{url}', 'table-name' = 'merchants'"
tables.execute_sql(f"CREATE TABLE merchants (id INT) WITH ({options})")
print([row["id"] for row in collect(tables.from_path("merchants"))])
"""


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    directory = tmp_path_factory.mktemp("postgresql")
    with skipping("PostgreSQL"), secured_postgresql(directory) as (server, authority):
        server.execute("CREATE TABLE merchants (id int)")
        server.execute("INSERT INTO merchants VALUES (7)")
        yield server, authority


def read_by_flink(server, authority, passwords):
    settings = f"sslmode=verify-full&sslrootcert={authority.certificate()}&user={server.user}"
    return subprocess.run(
        [sys.executable, "-c", READ, CONNECTORS.as_uri(), f"{server.jdbc_url}?{settings}"],
        env=os.environ | {"PGPASSFILE": str(passwords)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def passwords(secured, tmp_path):
    server, _ = secured
    file = tmp_path / "pgpass"
    file.write_text(f"{server.host}:{server.port}:*:{server.user}:{server.password}\n")
    file.chmod(0o600)
    return file


def test_a_connection_without_tls_is_refused(secured):
    server, _ = secured
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(server.url, sslmode="disable")


def test_flink_reads_by_tls_with_the_password_of_a_file(secured, passwords):
    ran = read_by_flink(*secured, passwords)
    assert ran.stdout == "[7]\n", ran.stderr


def test_flink_trusts_no_server_of_another_authority(secured, passwords, tmp_path):
    server, _ = secured
    ran = read_by_flink(server, Authority(tmp_path), passwords)
    assert ran.returncode == 1
    assert "unable to find valid certification path" in ran.stderr
    assert server.password not in ran.stderr
