#!/usr/bin/env bash
# Flink SQL 2.3.0: TO_DATE(text, format) of a text that is no date is a date of the year 1705471, later than any other, where TO_DATE(text)
# gives NULL; and 30 February is 1 March. No error, no warning; cast to text the year is cut to its last four digits.
# Needs Python 3.11 or 3.12 and Java 17 or 21. Fails once one of the results is another.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'setuptools<81' apache-flink==2.3.0

cat > "$folder/dates.py" <<'PYTHON'
import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

SEEN = [  # of 'abc', of '2024-02-30' and of '2024-02-29'
    ("CAST(TO_DATE(word) AS STRING)", [None, None, "2024-02-29"]),
    ("CAST(TO_DATE(word, 'yyyy-MM-dd') AS STRING)", ["5471-09-27", "2024-03-01", "2024-02-29"]),
    ("EXTRACT(YEAR FROM TO_DATE(word, 'yyyy-MM-dd'))", [1705471, 2024, 2024]),
    ("TO_DATE(word, 'yyyy-MM-dd') > DATE '2024-12-31'", [True, False, False]),
]
tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
tables.execute_sql(
    """
    CREATE TEMPORARY VIEW orders AS
    SELECT * FROM (VALUES (1, 'abc'), (2, '2024-02-30'), (3, '2024-02-29')) AS o (id, word)
    """
)
others = 0
for expression, seen in SEEN:
    with tables.execute_sql(f"SELECT id, {expression} FROM orders").collect() as rows:
        found = [row[1] for row in sorted(rows, key=lambda row: row[0])]
    print(f"{expression}: {found}")
    others += found != seen
sys.exit(f"{others} results are others than in Flink 2.3.0" if others else 0)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/dates.py"
