"""Alert on attacks on an OpenSSH server: guessed passwords, searches for users, and a login after many failures.

Reads:  log_lines, the server's log
Writes: alerts
Run:    python -m jobs.ssh_attacks --log /var/log/auth.log --directory out/ssh_attacks

The rules are in rules/ssh_attacks, the tables in sql/tables/ssh_attacks: the log as files, and the view that finds the
attempts to log in among its lines.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from string import Template

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment, Table, TableResult
from pyflink.table.expressions import col

from pyflink_cep import Rules, flink_errors, match_rules

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "sql" / "tables" / "ssh_attacks"
RULES = ROOT / "rules" / "ssh_attacks"


def build(login_attempts: Table, rules: Rules) -> Table:
    """The alerts of what the view login_attempts tells of."""
    return match_rules(login_attempts, rules, name="ssh_attacks").matches.drop_columns(col("rowtime"))


def create_tables(tables: StreamTableEnvironment, **parameters: str) -> None:
    """Runs the statements of sql/tables/ssh_attacks: the tables, with their parameters, and the view."""
    for name in ("files", "login_attempts"):
        script = Template((TABLES / f"{name}.sql").read_text()).safe_substitute(parameters)
        for statement in filter(str.strip, script.split(";\n")):
            tables.execute_sql(statement)


def submit(tables: StreamTableEnvironment, rules: Rules) -> TableResult:
    """Starts the job on the tables that `create_tables` has made."""
    return build(tables.from_path("login_attempts"), rules).execute_insert("alerts")


def main() -> None:
    """Parses the arguments, and runs the job."""
    parser = argparse.ArgumentParser(description="Alert on attacks on an OpenSSH server.")
    parser.add_argument("--log", required=True, type=Path, help="the log, or a directory of logs")
    parser.add_argument(
        "--year", default=str(datetime.now(UTC).year), help="of the log; this year without it"
    )
    parser.add_argument("--directory", default=Path("out/ssh_attacks"), type=Path, help="of the alerts")
    parser.add_argument("--rules", nargs="+", default=[RULES], help="rule documents, and folders of them")
    arguments = parser.parse_args()

    tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
    log, directory = str(arguments.log.absolute()), str(arguments.directory.absolute())
    with flink_errors():
        create_tables(tables, log=log, year=arguments.year, directory=directory)
        submit(tables, Rules.load(*arguments.rules)).wait()


if __name__ == "__main__":
    main()
