"""The format try-decode in the SQL client, by the jar of the library alone."""

import re

from pyflink_cep._jar import find_jar

SCRIPT = """
SET 'sql-client.execution.result-mode' = 'tableau';
SET 'execution.runtime-mode' = 'batch';
CREATE TABLE payments (payment_id STRING, amount INT) WITH (
  'connector' = 'filesystem', 'path' = '{path}', 'format' = 'try-decode', 'try-decode.format' = 'json'
);
SELECT COALESCE(payment_id, 'none') AS payment_id, amount FROM payments ORDER BY payment_id;
"""


def test_the_sql_client_reads_lines_that_cant_be_decoded_as_nulls(cluster, tmp_path):
    payments = tmp_path / "payments.jsonl"
    payments.write_text('{"payment_id": "p1", "amount": 1}\n{"payment_id": "p2"\n{"payment_id": "p3"}\n')
    script = tmp_path / "script.sql"
    script.write_text(SCRIPT.format(path=payments))

    printed = cluster.run("sql-client.sh", "-j", find_jar(), "-f", script)

    assert re.findall(r"^\| +(\w+) \| +(\S+) \|$", printed, re.MULTILINE) == [
        ("payment_id", "amount"),
        ("none", "<NULL>"),
        ("p1", "1"),
        ("p3", "<NULL>"),
    ]
