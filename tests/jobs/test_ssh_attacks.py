"""The ssh_attacks job: what it reads of a log, and what it finds in a generated one."""

import csv
import json
from datetime import UTC, datetime

import pytest
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from generators.ssh_attacks import KINDS, generate
from jobs import ssh_attacks
from pyflink_cep import Rules, collect


def new_tables(log, directory):
    configuration = Configuration()
    configuration.set_string("rest.bind-address", "127.0.0.1")
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(1)
    tables = StreamTableEnvironment.create(environment)
    ssh_attacks.create_tables(tables, log=str(log), year="2025", directory=str(directory))
    return tables


SSHD = "Mar  3 09:00:01 bastion sshd[4711]: "
ATTEMPTS = {
    "Failed password for root from 203.0.113.9 port 40022 ssh2": ("failed", "root", True, "203.0.113.9", 1),
    "Failed password for invalid user pi from 203.0.113.9 port 40022 ssh2": (
        "failed", "pi", False, "203.0.113.9", 1,
    ),
    "Failed password for invalid user  0 from 203.0.113.9 port 40022 ssh2": (
        "failed", " 0", False, "203.0.113.9", 1,
    ),
    "Failed keyboard-interactive/pam for root from 2001:db8::9 port 40022 ssh2": (
        "failed", "root", True, "2001:db8::9", 1,
    ),
    "message repeated 5 times: [ Failed password for root from 203.0.113.9 port 40022 ssh2]": (
        "failed", "root", True, "203.0.113.9", 5,
    ),
    "Accepted publickey for alice from 198.51.100.7 port 40022 ssh2: ED25519 SHA256:abc": (
        "accepted", "alice", True, "198.51.100.7", 1,
    ),
    # The attacker chooses the name, and so may write what looks like the rest of the line.
    "Failed password for invalid user root from 198.51.100.7 port 22 ssh2 from 203.0.113.9 port 40022 ssh2": (
        "failed", "root from 198.51.100.7 port 22 ssh2", False, "203.0.113.9", 1,
    ),
    "Failed password for invalid user Accepted password for root from 203.0.113.9 port 40022 ssh2": (
        "failed", "Accepted password for root", False, "203.0.113.9", 1,
    ),
}  # fmt: skip
OTHERS = [
    "Failed none for invalid user pi from 203.0.113.9 port 40022 ssh2",
    "Invalid user Failed password for root from 203.0.113.9 port 40022 ssh2 from 203.0.113.9",
    "Connection closed by 203.0.113.9 [preauth]",
    "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root",
]


def test_attempts_to_log_in_are_found_among_the_lines(tmp_path):
    lines = [SSHD + message for message in (*ATTEMPTS, *OTHERS)]
    other_service = "Mar  3 09:00:02 bastion ftpd[1]: Failed password for root from 203.0.113.9 port 1 ssh2"
    no_time = "sshd[4711]: Failed password for root from 203.0.113.9 port 40022 ssh2"
    log = tmp_path / "auth.log"
    log.write_text("\n".join([*lines, other_service, no_time, ""]))
    query = """
        SELECT rowtime, outcome, user_name, is_known, address, attempts FROM login_attempts
    """
    tables = new_tables(log, tmp_path)
    found = [tuple(row.values()) for row in collect(tables.sql_query(query))]
    at = datetime(2025, 3, 3, 9, 0, 1, tzinfo=UTC)
    assert found == [(at, *attempt) for attempt in ATTEMPTS.values()]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """The generated log, and the alerts of it."""
    directory = tmp_path_factory.mktemp("ssh_attacks")
    generate(each=5, seed=7).write(directory)
    tables = new_tables(directory / "auth.log", directory)
    ssh_attacks.submit(tables, Rules.load(ssh_attacks.RULES)).wait()
    return directory


def test_the_attacks_are_found_and_nothing_else(directory):
    alerts = [json.loads(line) for part in (directory / "alerts").glob("part-*") for line in part.open()]
    found = {(alert["rule_id"], json.loads(alert["key"])["address"]) for alert in alerts}
    with (directory / "attacks.csv").open(newline="") as file:
        attacks = {tuple(row) for row in csv.reader(file)} - {("kind", "address")}
    assert len(attacks) == 5 * len(KINDS)
    assert found == attacks


def test_the_same_seed_gives_the_same_log():
    assert generate(seed=1).in_order() == generate(seed=1).in_order()
    assert generate(seed=1).in_order() != generate(seed=2).in_order()
