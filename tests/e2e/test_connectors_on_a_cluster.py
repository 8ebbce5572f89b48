"""The jar of connectors comes with a job to a cluster whose `lib` has none of it."""

import sys

from pyflink_cep._connectors import JAR

JOB = """
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
tables.execute_sql(
    "CREATE CATALOG lake WITH ('type' = 'iceberg', 'catalog-type' = 'hadoop', 'warehouse' = 'file://{directory}/lake')"
)
tables.execute_sql("CREATE DATABASE lake.history")
tables.execute_sql("CREATE TABLE lake.history.alerts (rule_id STRING, `day` STRING) PARTITIONED BY (`day`)")
tables.execute_sql(
    "CREATE TABLE alerts (rule_id STRING) WITH"
    " ('connector' = 'filesystem', 'path' = '{directory}/files', 'format' = 'parquet')"
)
statements = tables.create_statement_set()
statements.add_insert_sql("INSERT INTO lake.history.alerts VALUES ('card-testing', '2025-03-03')")
statements.add_insert_sql("INSERT INTO alerts VALUES ('card-testing')")
statements.execute().wait()
"""


def test_a_job_that_brings_the_jar_writes_to_a_lake(cluster, tmp_path):
    job = tmp_path / "job.py"
    job.write_text(JOB.replace("{directory}", str(tmp_path)))

    cluster.run("flink", "run", "-pyclientexec", sys.executable, "-py", job, "--jarfile", JAR)

    lake = tmp_path / "lake" / "history" / "alerts" / "data"
    assert [file.parent.name for file in lake.rglob("*.parquet")] == ["day=2025-03-03"]
    assert len([file for file in (tmp_path / "files").iterdir() if not file.name.startswith(".")]) == 1
