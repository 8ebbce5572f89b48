"""The format try-decode in SQL statements of PyFlink, without a flag for its jar."""

import pytest
from pyflink.table import EnvironmentSettings, TableEnvironment

from pyflink_cep import ArgumentTypeError, add_jar
from tests.integration.results import rows

PAYMENTS = """
    CREATE TABLE payments (payment_id STRING, amount INT) WITH (
      'connector' = 'filesystem', 'path' = '{path}', 'format' = 'try-decode', 'try-decode.format' = 'json'
    )
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "payments.jsonl"
    file.write_text('{"payment_id": "p1", "amount": 1}\n{"payment_id": "p2"\n{"payment_id": "p3"}\n')
    return file


def test_a_table_of_files_reads_lines_that_cant_be_decoded_as_nulls(tables, path):
    add_jar(tables)
    tables.execute_sql(PAYMENTS.format(path=path))

    assert rows(tables.from_path("payments")) == [("p1", 1), ("p3", None), (None, None)]


def test_a_plain_table_environment_has_the_format_too(path):
    tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    add_jar(tables)
    add_jar(tables)
    tables.execute_sql(PAYMENTS.format(path=path))

    assert rows(tables.from_path("payments")) == [("p1", 1), ("p3", None), (None, None)]


def test_what_is_no_table_environment_is_refused(environment):
    with pytest.raises(ArgumentTypeError) as raised:
        add_jar(environment)

    assert str(raised.value).startswith("tables: error[wrong-type]: expected a TableEnvironment, found <")
