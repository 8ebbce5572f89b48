#!/usr/bin/env bash
# Iceberg 1.11.0 in Flink SQL 2.1.1: ALTER TABLE … ADD column type AFTER another adds the column at the end. The position is read and passed
# over, without an error or a warning, where ALTER TABLE … MODIFY column type AFTER another does move it. An INSERT INTO … SELECT, which goes
# by position, then writes the values of one column into another, where their types let it.
# Needs Python 3.11 or 3.12, Java 17 or 21 and Maven. Fails once one of the results is another.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'setuptools<81' apache-flink==2.1.1
for jar in iceberg:iceberg-flink-runtime-2.1:1.11.0 hadoop:hadoop-client-api:3.4.2 hadoop:hadoop-client-runtime:3.4.2; do
  mvn --batch-mode --quiet dependency:copy -Dartifact="org.apache.$jar" -DoutputDirectory="$folder/jars"
done
mvn --batch-mode --quiet dependency:copy -Dartifact=commons-logging:commons-logging:1.3.5 -DoutputDirectory="$folder/jars"
cp "$folder"/jars/*.jar "$folder"/venv/lib/python3.*/site-packages/pyflink/lib/

cat > "$folder/columns.py" <<'PYTHON'
import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
tables.execute_sql(
    f"CREATE CATALOG lake WITH ('type' = 'iceberg', 'catalog-type' = 'hadoop', 'warehouse' = 'file://{sys.argv[1]}/lake')"
)
tables.execute_sql("CREATE DATABASE lake.shop")
tables.execute_sql("CREATE TABLE lake.shop.orders (id BIGINT, city STRING)")


def columns():
    with tables.execute_sql("DESCRIBE lake.shop.orders").collect() as rows:
        return [row[0] for row in rows]


def written():
    tables.execute_sql("INSERT INTO lake.shop.orders SELECT 1, 'a note', 'Lyon'").wait()
    with tables.execute_sql("SELECT note, city FROM lake.shop.orders").collect() as rows:
        return [tuple(row) for row in rows]


tables.execute_sql("ALTER TABLE lake.shop.orders ADD note STRING AFTER id")
added, as_note_and_city = columns(), written()
tables.execute_sql("ALTER TABLE lake.shop.orders MODIFY note STRING AFTER id")
moved = columns()
print(f"after ADD note STRING AFTER id:    {added}; written as (note, city): {as_note_and_city}")
print(f"after MODIFY note STRING AFTER id: {moved}")
expected = (["id", "city", "note"], [("Lyon", "a note")], ["id", "note", "city"])
sys.exit("the results are others than in Iceberg 1.11.0" if (added, as_note_and_city, moved) != expected else 0)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/columns.py" "$folder"
