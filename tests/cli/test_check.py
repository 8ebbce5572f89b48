import json
import re

import pytest

from tests.cli.conftest import BURST, CARD_TESTING, Ran, write

COLUMNS = {"card_id": "STRING", "ts": "BIGINT", "amount": "DECIMAL(10, 2)", "merchant": "STRING"}
PAYMENTS = """\
-- Payments; as they come.
CREATE TABLE payments (
  card_id STRING,
  ts BIGINT,
  amount DECIMAL(10, 2),
  merchant STRING NOT NULL,
  paid_at AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR paid_at AS paid_at
) WITH ('connector' = 'kafka', 'topic' = '${topic}');
"""
TYPES = (
    "Types: `BOOLEAN`, `TINYINT`, `SMALLINT`, `INT`, `BIGINT`, `FLOAT`, `DOUBLE`, `DECIMAL`, `CHAR`, `VARCHAR`,"
    " `STRING`, `BINARY`, `VARBINARY`, `BYTES`, `DATE`, `TIME`, `TIMESTAMP`, `TIMESTAMP_LTZ`, `INTERVAL`, `ARRAY`,"
    " `MAP`, `ROW`"
)
TYPOS = CARD_TESTING.replace("amount < 1", "amont < 1").replace("within: 10", "witin: 10")


def test_it_says_what_was_checked(run, directory):
    write(directory / "other" / "burst.json", '{"id": "burst", "version": 1, "steps": [{"begin": "a"}]}')

    assert run("check rules other/burst.json") == Ran(
        0,
        "rules/card-testing.yaml: card-testing v3\n"
        "other/burst.json: burst v1\n"
        "\n"
        "2 rules checked, without the names and types of fields: give --schema FILE to check those too\n",
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("payments.json", json.dumps(COLUMNS)),
        ("payments.yaml", "card_id: STRING\nts: BIGINT\namount: DECIMAL(10, 2)\nmerchant: STRING\n"),
    ],
)
def test_a_schema_is_an_object_of_columns(run, directory, name, text):
    write(directory / name, text)

    assert run(f"check rules --schema {name}") == Ran(
        0, f"rules/card-testing.yaml: card-testing v3\n\n1 rule checked, with the 4 columns of {name}\n"
    )


def test_a_schema_is_a_table_in_sql(run, directory):
    write(directory / "payments.sql", PAYMENTS)

    ran = run("check rules --schema payments.sql --format json")

    assert json.loads(ran.stdout)["schema"] == COLUMNS | {"paid_at": "TIMESTAMP_LTZ(3)"}


def test_a_schema_is_one_of_several_tables_in_sql(run, directory):
    write(directory / "tables.sql", PAYMENTS + "\nCREATE TABLE rates (currency STRING);\n")

    ran = run("check rules --schema tables.sql#payments --format json")

    assert json.loads(ran.stdout)["schema"] == COLUMNS | {"paid_at": "TIMESTAMP_LTZ(3)"}


@pytest.mark.parametrize(
    ("schema", "text", "error"),
    [
        (
            "tables.sql",
            PAYMENTS + "CREATE TABLE rates (currency STRING);\n",
            "tables.sql: error[several-tables]: the file has 2 tables: payments, rates\n\n"
            "hint: name one of them, as `tables.sql#payments`\n",
        ),
        (
            "payments.sql#payment",
            PAYMENTS,
            "payments.sql#payment: error[unknown-table]: the file has no table `payment`\n\n"
            "hint: did you mean `payments`? Tables: `payments`\n",
        ),
        (
            "payments.sql",
            PAYMENTS.replace("DECIMAL(10, 2)", "DECIMALE"),
            "payments.sql:5:10: error[unknown-type]: `DECIMALE` is not a type of SQL\n"
            "  5 |   amount DECIMALE,\n"
            "    |          ^^^^^^^^\n"
            "\n"
            f"hint: did you mean `DECIMAL`? {TYPES}\n",
        ),
        (
            "payments.sql",
            PAYMENTS.replace(") WITH", ") WIT"),
            'payments.sql:9:3: error[invalid-sql]: SQL parse failed. Encountered "WIT"\n'
            "  9 | ) WIT ('connector' = 'kafka', 'topic' = '${topic}');\n"
            "    |   ^\n",
        ),
        ("payments.sql", "SELECT 1;\n", "payments.sql: error[no-table]: the file has no CREATE TABLE\n"),
        (
            "payments.yaml",
            "[card_id, amount]",
            "payments.yaml: error[wrong-type]: expected an object of columns, each with its Flink SQL type,"
            " found a list\n\nhint: such as {card_id: STRING, amount: DOUBLE}\n",
        ),
        (
            "payments.yaml",
            "card_id: STRNG\namount: DECIMAL(10, 2\nts: [BIGINT]\nmerchant: ARRAY<STRING>\nat: TIMESTAMP(12)\n",
            f"""\
payments.yaml:1:10: error[unknown-type]: `card_id` is of type `STRNG`, which is not one of SQL
  1 | card_id: STRNG
    |          ^^^^^

hint: did you mean `STRING`? {TYPES}

payments.yaml:2:9: error[unknown-type]: `amount` is of type `DECIMAL(10, 2`, which is not one of SQL: Unexpected end
  2 | amount: DECIMAL(10, 2
    |         ^^^^^^^^^^^^^

hint: such as BIGINT, DECIMAL(10, 2) or ARRAY<STRING>

payments.yaml:3:5: error[wrong-type]: `ts` has a list for a type, and a type of SQL is text
  3 | ts: [BIGINT]
    |     ^^^^^^^^

hint: such as STRING, or DECIMAL(10, 2)

payments.yaml:5:5: error[unknown-type]: `at` is of type `TIMESTAMP(12)`, which is not one of SQL: \
Timestamp precision must be between 0 and 9 (both inclusive)
  5 | at: TIMESTAMP(12)
    |     ^^^^^^^^^^^^^

hint: such as BIGINT, DECIMAL(10, 2) or ARRAY<STRING>
""",
        ),
        (
            "payments.json",
            '{"card_id": "STRING",\n "amount": "DUBLE"}',
            f"""\
payments.json:2:12: error[unknown-type]: `amount` is of type `DUBLE`, which is not one of SQL
  2 |  "amount": "DUBLE"}}
    |            ^^^^^^^

hint: did you mean `DOUBLE`? {TYPES}
""",
        ),
        (
            "payments.json",
            '{"card_id": "STRING"\n "amount": "DOUBLE"}',
            "payments.json:2:2: error[syntax]: this is not YAML: expected ',' or '}', but got"
            " <scalar>\n"
            '  2 |  "amount": "DOUBLE"}\n'
            "    |  ^\n"
            "\n"
            "hint: a comma or a quote may be missing before it\n",
        ),
        (
            "payments.yaml",
            "a: INT\nb: INT\na: STRING\n",
            "payments.yaml:3:1: error[duplicate-key]: `a` is there twice\n  3 | a: STRING\n    | ^\n",
        ),
        (
            "payments.txt",
            "",
            "payments.txt: error[unknown-format]: a schema is a .json, .yaml or .sql file\n\n"
            "hint: such as {amount: DECIMAL(10, 2)}\n",
        ),
    ],
)
def test_a_schema_that_cant_be_read_is_an_error(run, directory, schema, text, error):
    write(directory / schema.partition("#")[0], text)
    # What the name is wrong about is a wrong call.
    code = 2 if re.search("unknown-table|several-tables|unknown-format", error) else 1

    assert run(f"check rules --schema {schema}") == Ran(code, "", error)


def test_a_schema_that_is_not_there_is_an_error(run):
    assert run("check rules --schema payments.json") == Ran(
        2, "", "payments.json: error[missing-file]: there is no such file\n"
    )


def test_all_errors_of_all_files_are_said_at_once(run, directory):
    write(directory / "payments.json", json.dumps(COLUMNS))
    write(directory / "rules" / "burst.yaml", BURST.replace("version: 1", "version: one"))
    write(directory / "rules" / "card-testing.yaml", TYPOS)

    assert run("check rules --schema payments.json") == Ran(
        1,
        "",
        """\
rules/burst.yaml:2:10: error[wrong-type]: a version is a whole number from 1 on
  2 | version: one
    |          ^^^

rules/card-testing.yaml:7:12: error[unknown-field]: `amont` is not a field
  7 |     where: amont < 1
    |            ^^^^^

hint: did you mean `amount`? Fields: `card_id`, `ts`, `amount`, `merchant`

rules/card-testing.yaml:11:1: error[unknown-key]: `witin` is not a key of a rule
  11 | witin: 10 minutes
     | ^^^^^

hint: did you mean `within`? Keys: `id`, `version`, `description`, `partition_by`, `steps`, `within`, \
`within_previous`, `skip`, `measures`, `severity`, `status`, `rollout`, `max_partial_matches`, `tests`
""",
    )


def test_what_is_wrong_with_the_tests_of_a_rule_is_said_beside_the_rest(run, directory):
    write(directory / "payments.json", json.dumps(COLUMNS))
    tests = "tests:\n  - {name: a, events: [{ts: 1, amont: 5}], matches: [{probs: 3}]}\n"
    write(directory / "rules" / "card-testing.yaml", CARD_TESTING.replace("amount < 1", "amont < 1") + tests)

    ran = run("check rules --schema payments.json --format json")

    assert [
        (error["code"], error["line"], error["column"]) for error in json.loads(ran.stdout)["errors"]
    ] == [
        ("unknown-field", 7, 12),
        ("unknown-field", 16, 32),
        ("unknown-measure", 16, 55),
    ]
    assert ran == Ran(1, ran.stdout, "")


def test_as_json_it_gives_the_rules(run, directory):
    write(directory / "rules" / "burst.yaml", BURST + "status: shadow\n")

    ran = run("check rules --format json")

    assert json.loads(ran.stdout) == {
        "schema": None,
        "rules": [
            {"id": "burst", "version": 1, "status": "shadow", "source": "rules/burst.yaml"},
            {"id": "card-testing", "version": 3, "status": "live", "source": "rules/card-testing.yaml"},
        ],
        "errors": [],
        "warnings": [],
    }
    assert ran == Ran(0, ran.stdout, "")


def test_as_json_errors_are_data(run, directory):
    write(directory / "rules" / "card-testing.yaml", "id: card-testing\nsteps: [{begin: probe}]\n")

    ran = run("check rules --format json")

    assert json.loads(ran.stdout) == {
        "schema": None,
        "rules": [],
        "errors": [
            {
                "code": "missing-key",
                "location": "rules/card-testing.yaml",
                "message": "a rule needs a `version`",
                "hint": "the first one is 1",
                "line": 1,
                "column": 1,
                "length": 16,
                "source_line": "id: card-testing",
            }
        ],
        "warnings": [],
    }
    assert ran == Ran(1, ran.stdout, "")


def test_rules_that_are_not_there_are_a_wrong_call(run):
    ran = run("check ruels")

    assert ran.exit_code == 2
    assert ran.stdout == ""
    assert "Invalid value for 'RULES': " in ran.stderr


def test_a_measure_that_an_alert_cannot_have_is_refused(run, directory):
    write(directory / "r.yaml", "id: r\nversion: 1\nsteps: [{begin: a}]\nmeasures:\n  counts: MAP[a.n, 1]\n")
    write(directory / "schema.yaml", "n: INT")

    assert run("check r.yaml --schema schema.yaml") == Ran(
        1,
        "",
        """\
r.yaml:5:11: error[unsupported-type]: its type is MAP<INT, INT>, and a map can \
be given here only if its keys are strings
  5 |   counts: MAP[a.n, 1]
    |           ^^^^^^^^^^^

hint: cast it, such as CAST(... AS MAP<STRING, INT>)
""",
    )
