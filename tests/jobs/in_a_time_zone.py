"""Runs the jobs, a pipeline in SQL, backtest and explain in a folder, in the time zone of this process.

Run with the folder, and the zone of the session; the zone of the process is in the environment, as TZ.
"""

import shutil
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment
from typer.testing import CliRunner

import generators.card_fraud
import generators.ssh_attacks
from jobs import card_fraud, ssh_attacks
from pyflink_cep import Rules
from pyflink_cep.cli import app

# In both, clocks of St. John's go forward: on the 9th of March, from two to three.
LOG_START = datetime(2025, 3, 8)
PAYMENTS_START = np.datetime64("2025-03-03T00:00:00.000", "ms")
PIPELINE = card_fraud.ROOT / "sql" / "pipelines" / "card_fraud.sql"


RULE = """
id: probe-spend
version: 1
partition_by: card
steps:
  - {begin: probe, where: amount < 10}
  - {followed_by: spend, where: amount > 100}
within: 30 minutes
measures: {ms: ROWTIME(spend), minutes: "TIMESTAMPDIFF(MINUTE, probe.ts, spend.ts)"}
"""
# In Newfoundland the second is after the hour that its clock skips, and 20 minutes after the first.
EVENTS = """\
{"ts": "2025-03-09T05:20:00.250Z", "card": "c1", "amount": 5}
{"ts": "2025-03-09T05:40:00.250Z", "card": "c1", "amount": 500}
{"ts": "2025-03-09T06:20:00Z", "card": "c1", "amount": 5}
{"ts": "2025-03-09T06:50:00Z", "card": "c1", "amount": 500}
"""


def new_tables():
    configuration = Configuration()
    configuration.set_string("rest.bind-address", "127.0.0.1")
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(1)
    return StreamTableEnvironment.create(environment)


def write_events(directory):
    """Logs and payments, the same each time."""
    generators.ssh_attacks.START = LOG_START
    generators.card_fraud.START = PAYMENTS_START
    generators.ssh_attacks.generate(each=2, seed=7).write(directory)
    generators.card_fraud.generate(3_000, 4).write(directory)


def run(directory, zone):
    """Runs all; what is found is in files of the folder."""
    tables = new_tables()
    ssh_attacks.create_tables(
        tables, log=str(directory / "auth.log"), year="2025", directory=str(directory / "ssh")
    )
    tables.get_config().set_local_timezone(zone)
    ssh_attacks.submit(tables, Rules.load(ssh_attacks.RULES)).wait()

    tables = new_tables()
    card_fraud.create_tables(tables, "files", data=str(directory))
    tables.get_config().set_local_timezone(zone)
    card_fraud.submit(tables, Rules.load(card_fraud.RULES)).wait()
    shutil.move(directory / "alerts", directory / "alerts_of_the_job")

    tables = new_tables()
    card_fraud.create_tables(tables, "files", data=str(directory))
    tables.get_config().set_local_timezone(zone)
    tables.execute_sql(PIPELINE.read_text().rstrip().removesuffix(";")).wait()

    rule, events = directory / "probe-spend.yaml", directory / "events.jsonl"
    rule.write_text(RULE)
    events.write_text(EVENTS)
    arguments = [str(rule), "--events", str(events), "--time", "ts", "--format", "json"]
    for command in ("explain", "backtest"):
        result = CliRunner().invoke(app, [command, *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        (directory / f"{command}.json").write_text(result.stdout)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2])
