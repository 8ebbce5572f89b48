"""From a rule's file to a running job and back: published to a directory, matched, and asked for its status."""

import json
import shlex
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyflink_cep import Rules, match_rules
from pyflink_cep.cli import app
from tests.waiting import awaited

RULE = """\
id: card-testing
version: {version}
partition_by: card_id
steps:
  - {{begin: probe, where: amount < 1, times: {probes}+}}
  - {{followed_by: spend, where: {spend} > 500}}
within: 10 minutes
skip: past_last_event
measures: {{probes: COUNT(probe)}}
tests:
  - {{name: one is no match, events: [{{ts: 1, card_id: c1, amount: 0.5}}], matches: 0}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("updates", "payments", "alerts", "status"):
        (tmp_path / name).mkdir()
    return tmp_path


@contextmanager
def running_job(environment, tables, folder):
    """A job that goes on until the test ends, and reads what is put into directories meanwhile."""
    environment.enable_checkpointing(200)
    watched = "'connector' = 'filesystem', 'source.monitor-interval' = '100 ms'"
    written = (
        "'connector' = 'filesystem', 'format' = 'json', 'sink.rolling-policy.rollover-interval' = '100 ms',"
        " 'sink.rolling-policy.check-interval' = '100 ms'"
    )
    tables.execute_sql(f"""
        CREATE TABLE updates (document STRING)
        WITH ({watched}, 'path' = '{folder}/updates', 'format' = 'raw')
    """)
    tables.execute_sql(f"""
        CREATE TABLE payments (
          card_id STRING, amount DOUBLE, ts BIGINT, paid_at AS TO_TIMESTAMP_LTZ(ts, 3), WATERMARK FOR paid_at AS paid_at
        ) WITH ({watched}, 'path' = '{folder}/payments', 'format' = 'json')
    """)
    tables.execute_sql(f"""
        CREATE TABLE alerts (rule_id STRING, rule_version BIGINT, `measures` STRING)
        WITH ({written}, 'path' = '{folder}/alerts')
    """)
    tables.execute_sql(f"""
        CREATE TABLE status (
          rule_id STRING, rule_version BIGINT, outcome STRING, message STRING, errors STRING, `at` TIMESTAMP_LTZ(3)
        ) WITH ({written}, 'path' = '{folder}/status')
    """)
    found = match_rules(tables.from_path("payments"), Rules.load("rules"), tables.from_path("updates"))
    tables.create_temporary_view("found", found.matches)
    statements = tables.create_statement_set()
    statements.add_insert("alerts", tables.sql_query("SELECT rule_id, rule_version, `measures` FROM found"))
    statements.add_insert("status", found.status)
    job = statements.execute().get_job_client()
    try:
        yield
    finally:
        job.cancel().result()


def run(line):
    result = CliRunner().invoke(app, shlex.split(line), catch_exceptions=False)
    return result.exit_code, result.stdout


def answered():
    """Waits for the job's answers to all that is published; gives exit code and output of `status`."""

    def status():
        ran = run("status status --published updates --format json")
        return None if json.loads(ran[1])["unanswered"] else ran

    code, _ = awaited(status)
    return code, run("status status")[1]


def alerts(folder, count):
    def read():
        lines = [
            json.loads(line) for part in sorted((folder / "alerts").glob("part-*")) for line in part.open()
        ]
        return lines if len(lines) >= count else None

    return [(alert["rule_version"], json.loads(alert["measures"])) for alert in awaited(read)]


def pay(folder, card, first_second, *amounts):
    """Puts a file of payments there, as a whole: one a second."""
    lines = [
        json.dumps({"card_id": card, "amount": amount, "ts": 1000 * (first_second + second)})
        for second, amount in enumerate(amounts)
    ]
    # The next second's watermark lets those before it go.
    lines.append(json.dumps({"card_id": "end", "amount": 5.0, "ts": 1000 * (first_second + len(amounts))}))
    draft = folder / "payments" / f".{card}"
    draft.write_text("\n".join(lines))
    draft.rename(folder / "payments" / card)


def write(version, probes, spend="amount"):
    file = Path("rules") / "card-testing.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(RULE.format(version=version, probes=probes, spend=spend))


def test_a_published_rule_acts_in_a_running_job_and_its_status_comes_back(environment, tables, folder):
    write(1, 3)
    with running_job(environment, tables, folder):
        # What the job was started with is published as well, without its tests.
        assert run("publish rules --to updates")[0] == 0
        code, status = answered()
        # It is answered already by what the job says that it began with.
        assert (code, status.splitlines()[1].split()[2:5]) == (0, ["v1", "accepted", "live,"])

        write(2, 2)
        assert run("publish rules --to updates") == (
            0,
            "card-testing  replaced   v1 -> v2\n\n1 replaced; published to updates\n",
        )
        assert answered()[0] == 0
        pay(folder, "c1", 0, 0.5, 0.5, 600.0)
        assert alerts(folder, 1) == [(2, {"probes": 2})]

        # The rule's own test finds that there is no such column; without it nobody but the job can know.
        write(3, 1, spend="amont")
        assert run("publish rules --to updates")[0] == 1
        assert run("publish rules --to updates --skip-tests")[0] == 0
        code, status = answered()
        assert code == 1
        assert "card-testing: v2 at work, the newest update was rejected\n" in status
        assert "error[unknown-field]: `amont` is not a field" in status

        assert run("rollback card-testing --to updates --to-version 1")[0] == 0
        assert answered()[0] == 0
        pay(folder, "c2", 100, *[0.5] * 8, 600.0)
        assert alerts(folder, 2)[1:] == [(4, {"probes": 8})]
