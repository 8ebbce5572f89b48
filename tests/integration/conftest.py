"""A MiniCluster in this process's one JVM, and payments to match."""

import sys

import pytest
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import Schema, StreamTableEnvironment
from pyflink.table.expressions import col

COLUMNS = ["card", "amount", "merchant", "seq"]
TYPES = [Types.STRING(), Types.DOUBLE(), Types.STRING(), Types.INT()]
PAYMENT = Types.ROW_NAMED([*COLUMNS, "ms"], [*TYPES, Types.LONG()])


@pytest.fixture
def environment():
    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.set_parallelism(1)
    environment.set_python_executable(sys.executable)
    # A watermark follows at once on an event that is later than the one before by more than this: input with gaps of
    # seconds runs the same way every time.
    environment.get_config().set_auto_watermark_interval(200)
    return environment


@pytest.fixture
def tables(environment):
    tables = StreamTableEnvironment.create(environment)
    tables.get_config().set_local_timezone("UTC")
    return tables


@pytest.fixture
def payments(environment, tables):
    """Makes a table of payments: (card, amount, second), then if need be the merchant and a sequence number."""

    def make(*payments, time="TO_TIMESTAMP_LTZ(`ms`, 3)", watermark="`paid_at`"):
        stream = environment.from_collection([_row(*payment) for payment in payments], PAYMENT)
        schema = Schema.new_builder().column_by_expression("paid_at", time).watermark("paid_at", watermark)
        return tables.from_data_stream(stream, schema.build()).drop_columns(col("ms"))

    return make


def _row(card, amount, second, merchant="shop", seq=0):
    return Row(card, float(amount), merchant, seq, second * 1000)
