"""A MiniCluster in this process's one JVM, and payments to match."""

import pytest
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import Schema, StreamTableEnvironment
from pyflink.table.expressions import col

PAYMENT = Types.ROW_NAMED(
    ["card", "amount", "merchant", "seq", "ms"],
    [Types.STRING(), Types.DOUBLE(), Types.STRING(), Types.INT(), Types.LONG()],
)


@pytest.fixture
def environment():
    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.set_parallelism(1)
    # A watermark follows each event that is later by more than the interval: input with gaps of seconds runs the same
    # way every time.
    environment.get_config().set_auto_watermark_interval(200)
    return environment


@pytest.fixture
def tables(environment):
    tables = StreamTableEnvironment.create(environment)
    tables.get_config().set_local_timezone("UTC")
    return tables


@pytest.fixture
def payments(environment, tables):
    """Makes a table of payments: (card, amount, second), with the merchant and the sequence number after them."""

    def make(*rows, time="TO_TIMESTAMP_LTZ(`ms`, 3)", watermark="`paid_at`"):
        stream = environment.from_collection([payment(*row) for row in rows], PAYMENT)
        schema = (
            Schema.new_builder().column_by_expression("paid_at", time).watermark("paid_at", watermark).build()
        )
        return tables.from_data_stream(stream, schema).drop_columns(col("ms"))

    return make


def payment(card, amount, second, merchant="shop", seq=0):
    return Row(card, float(amount), merchant, seq, second * 1000)
