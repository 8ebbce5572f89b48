#!/usr/bin/env bash
# Flink SQL 2.3.0: where the planner casts an array by itself, as COALESCE and a nested ARRAY[…] do for elements of different types, a NULL
# in it becomes 0, or '' of text. An explicit CAST to the same type keeps it. No error, no warning.
# Needs Python 3.11 or 3.12 and Java 17 or 21. Fails once one of the results is another.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'setuptools<81' apache-flink==2.3.0

cat > "$folder/arrays.py" <<'PYTHON'
import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

SEEN = {
    "CAST(ARRAY[1, CAST(NULL AS INT)] AS ARRAY<BIGINT>)": "[1, NULL]",
    "COALESCE(ARRAY[1, CAST(NULL AS INT)], ARRAY[CAST(1 AS BIGINT)])": "[1, 0]",
    "ARRAY[ARRAY[1, CAST(NULL AS INT)], ARRAY[CAST(2 AS BIGINT)]]": "[[1, 0], [2]]",
    "ARRAY[ARRAY['a', CAST(NULL AS STRING)], CAST(NULL AS ARRAY<STRING>)]": "[[a, ], NULL]",
}
tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
others = 0
for expression, seen in SEEN.items():
    with tables.execute_sql(f"SELECT CAST({expression} AS STRING)").collect() as rows:
        found = next(rows)[0]
    print(f"{expression}\n    {found}")
    others += found != seen
sys.exit(f"{others} results are others than in Flink 2.3.0" if others else 0)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/arrays.py"
