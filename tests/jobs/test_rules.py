"""The rules of this repository find in their own tests what these say."""

from pathlib import Path
from unittest.mock import patch

import pytest
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs import card_fraud, ssh_attacks
from pyflink_cep import Rules
from pyflink_cep._rule_tests import run_tests
from pyflink_cep._schema_file import read_schema

ROOT = Path(__file__).parents[2]
FOLDERS = ("rules/*/*.yaml", "demo/*.yaml")
FILES = [
    pytest.param(file, id=f"{file.parent.name}/{file.stem}")
    for pattern in FOLDERS
    for file in sorted(ROOT.glob(pattern))
]


@pytest.mark.parametrize("file", FILES)
def test_a_rule_finds_what_its_tests_say(file):
    (rule,) = Rules.load(file).check()
    assert [result for result in run_tests(rule, None) if result.outcome != "passed"] == []


@pytest.mark.parametrize("file", FILES)
def test_a_rule_says_what_it_catches_and_is_tested_on_matches_and_near_misses(file):
    (rule,) = Rules.load(file).check()
    assert rule.description
    assert rule.measures
    expected = [test["matches"] for test in rule.tests]
    assert 0 in expected
    assert any(matches != 0 for matches in expected)


@pytest.mark.parametrize(
    ("job", "schema", "plan"),
    [
        pytest.param(
            card_fraud,
            "payments",
            lambda tables: (
                card_fraud.create_tables(tables, "files", data="nowhere"),
                card_fraud.plan(tables, Rules.load(card_fraud.RULES)),
            ),
            id="card_fraud",
        ),
        pytest.param(
            ssh_attacks,
            "login_attempts",
            lambda tables: (
                ssh_attacks.create_tables(tables, log="nowhere", year="2025", directory="nowhere"),
                ssh_attacks.build(tables.from_path("login_attempts"), Rules.load(ssh_attacks.RULES)),
            ),
            id="ssh_attacks",
        ),
    ],
)
def test_the_schema_beside_the_rules_has_the_columns_that_the_job_gives_them(job, schema, plan):
    tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
    with patch.object(job, "match_rules", wraps=job.match_rules) as matching:
        plan(tables)
    tables.create_temporary_view("given", matching.call_args.args[0])
    given = {
        column["name"]: column["type"].removesuffix(" *ROWTIME*") for column in described(tables, "given")
    }
    schema = read_schema(str(job.RULES / f"{schema}.sql"))
    assert schema == given
    Rules.load(job.RULES).check(schema, tests=True)


def described(tables, name):
    result = tables.execute_sql(f"DESCRIBE `{name}`")
    names = result.get_resolved_schema().get_column_names()
    with result.collect() as rows:
        return [dict(zip(names, row, strict=True)) for row in rows]
