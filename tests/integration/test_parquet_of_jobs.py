"""The files that the guide to back-tests has written for jobs are read by a job's Parquet table, too."""

from datetime import datetime, time
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyflink.table import EnvironmentSettings, TableEnvironment

from pyflink_cep._backtest.parquet_for_jobs import notices
from pyflink_cep._connectors import JAR
from tests.integration.results import rows

BEFORE_1970 = datetime(1960, 1, 1, 10, 0, 0, 123_000)


def test_what_is_written_for_jobs_is_read_by_a_job_as_it_is(tmp_path):
    payments = pa.table(
        {
            "amount": pa.array([Decimal("-1.50"), None], pa.decimal128(20, 2)),
            "stock": pa.array([3_000_000_000, None], pa.int64()),
            "ratio": pa.array([1.5, None], pa.float32()),
            "digest": pa.array([b"abc", None], pa.binary()),
            "paid_at": pa.array([datetime(2025, 3, 3, 10, 0, 0, 123_456), None], pa.timestamp("us")),
            "born_at": pa.array([BEFORE_1970.replace(microsecond=0), None], pa.timestamp("us")),
            # What the guide warns of: more than 31 bits of an unsigned one.
            "serial": pa.array([3_000_000_000, None], pa.uint32()),
            "opens_at": pa.array([time(10, 0, 1), None], pa.time32("ms")),
        }
    )
    pq.write_table(payments, tmp_path / "payments.parquet")
    tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    tables.get_config().set("pipeline.jars", JAR.as_uri())
    tables.execute_sql(f"""
        CREATE TABLE payments (
          amount DECIMAL(20, 2), stock BIGINT, ratio FLOAT, digest BYTES, paid_at TIMESTAMP(6), born_at TIMESTAMP(6),
          serial INT, opens_at TIME(3)
        ) WITH (
          'connector' = 'filesystem', 'path' = '{tmp_path}', 'format' = 'parquet', 'parquet.utc-timezone' = 'true'
        )
    """)

    read = rows(
        tables.sql_query(
            "SELECT amount, stock, ratio, digest, paid_at, born_at, serial, opens_at FROM payments"
        )
    )

    written = [row | {"serial": row["serial"] and row["serial"] - 2**32} for row in payments.to_pylist()]
    assert read == [tuple(row.values()) for row in written]
    # Statistics don't tell that it has whole seconds.
    assert [notice.split("`")[1] for notice in notices([str(tmp_path)])] == ["born_at", "serial"]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (pa.array([Decimal("1.50")], pa.decimal128(9, 2)), "a DECIMAL(9, 2) that is kept as bytes"),
        (pa.array([3], pa.uint32()), "an integer of 32 bits without a sign"),
        (pa.array([3], pa.uint64()), "an integer of 64 bits without a sign"),
        (pa.array([np.float16(1.5)], pa.float16()), "a float of 16 bits"),
        (pa.array([b"abc"], pa.binary(3)), "bytes of a fixed length"),
        (pa.array([BEFORE_1970], pa.timestamp("ms")), "a time with values before 1970"),
        (pa.array([BEFORE_1970], pa.timestamp("us", "UTC")), "a time with values before 1970"),
        (pa.array([time(10)], pa.time64("us")), "a time of day in microseconds"),
        (pa.array([3], pa.uint16()), None),
        (pa.array([datetime(2025, 3, 3)], pa.timestamp("us")), None),
        (pa.array([[Decimal("1.50")]], pa.list_(pa.decimal128(9, 2))), None),
    ],
)
def test_what_a_job_does_not_read_is_said_with_file_and_column(tmp_path, values, found):
    file = tmp_path / "payments.parquet"
    pq.write_table(pa.table({"v": values}), file)

    said = notices([f"{tmp_path}/*.parquet", str(file)])

    if found is None:
        assert said == []
    else:
        (notice,) = said
        assert notice.startswith(f"{file}: notice[not-for-jobs]: column `v` is {found}: ")


def test_columns_whose_names_differ_in_case_between_files_are_named_once(tmp_path):
    for name, column in (("1", "amount"), ("2", "Amount"), ("3", "Amount")):
        pq.write_table(pa.table({column: [1.5], "id": ["a"]}), tmp_path / f"{name}.parquet")
    assert notices([str(tmp_path)]) == [
        f"{tmp_path}/2.parquet: notice[not-for-jobs]: column `Amount` is `amount` in {tmp_path}/1.parquet: the Parquet"
        " table of a job on Flink 2.3.0 reads NULL where a name is in another case\n\n"
        "hint: write it in one case in all files"
    ]


def test_columns_of_one_file_may_differ_in_case_alone(tmp_path):
    pq.write_table(pa.table({"amount": [1.5], "Amount": [2.5]}), tmp_path / "1.parquet")
    assert notices([str(tmp_path)]) == []
