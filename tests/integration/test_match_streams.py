"""`match` on DataStreams, in real jobs on a MiniCluster."""

import pytest
from pyflink.common import Duration, Row, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.table import Schema
from pyflink.table.expressions import col

from pyflink_cep import Pattern, match
from tests.integration.results import at, rows, rows_of_stream

# Beam's threads raise when their worker is stopped.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

PROBED = (
    Pattern.begin("probe").where("amount < 1").followed_by("spend").where("amount > 500").within(minutes=10)
)
CARD = {"card": "probe.card"}


class PaidAt(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value.paid_at


@pytest.fixture
def stream(environment):
    """Payments without timestamps."""
    payments = [Row("a", 700.0, 4000), Row("a", 0.5, 1000), Row("b", 0.1, 2000)]
    types = [Types.STRING(), Types.DOUBLE(), Types.LONG()]
    return environment.from_collection(payments, Types.ROW_NAMED(["card", "amount", "paid_at"], types))


@pytest.fixture
def timed(tables, payments):
    """Makes a stream of payments with timestamps and watermarks: (card, amount, second)."""
    return lambda *rows: tables.to_data_stream(payments(*rows))


def test_streams_in_streams_out(stream):
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(5))
    found = match(
        stream.assign_timestamps_and_watermarks(strategy.with_timestamp_assigner(PaidAt())),
        PROBED,
        partition_by="card",
        measures={"card": "probe.card", "probed": "probe.amount", "spent": "spend.amount"},
    )
    row = "ExternalTypeInfo<RowTypeInfo({})>"
    assert str(found.matches.get_type()) == row.format(
        "card: String, probed: Double, spent: Double, rowtime: Long"
    )
    assert str(found.timeouts.get_type()) == str(found.matches.get_type())
    assert str(found.late.get_type()) == row.format("card: String, amount: Double, paid_at: Long")
    assert rows_of_stream(found.matches.union(found.timeouts)) == [
        ("a", 0.5, 700.0, 4000),
        ("b", 0.1, None, 602000),
    ]


def test_the_time_of_a_match_is_the_timestamp_of_its_record(tables, timed):
    found = match(timed(("a", 0.5, 1), ("a", 700, 4)), PROBED, partition_by="card", measures=CARD)
    schema = Schema.new_builder().column_by_metadata("record_time", "TIMESTAMP_LTZ(3)", "rowtime").build()
    assert rows(tables.from_data_stream(found.matches, schema)) == [("a", 4000, at(4))]


def test_a_late_event_goes_to_the_late_output_as_it_was(tables, timed):
    events = timed(("a", 0.5, 10), ("a", 1.5, 20), ("a", 700, 15))
    found = match(events, PROBED, partition_by="card", measures=CARD)
    assert rows(tables.from_data_stream(found.late)) == [("a", 700.0, "shop", 0, at(15))]


def test_without_measures_a_match_has_the_rows_of_each_step(tables, timed):
    events = timed(("a", 0.5, 1), ("a", 700, 4))
    found = match(events, PROBED, partition_by="card")
    tables.create_temporary_view("found", found.matches)
    taken = tables.sql_query(
        "SELECT CARDINALITY(probe), spend[1].amount, spend[1].paid_at, rowtime FROM found"
    )
    assert rows(taken) == [(1, 700.0, at(4), 4000)]


def test_processing_time_needs_no_timestamps(stream):
    spent = Pattern.begin("spend").where("amount > 500").followed_by("probe").where("amount < 1")
    found = match(stream, spent, partition_by="card", measures=CARD, time="processing")
    assert [row[0] for row in rows_of_stream(found.matches)] == ["a"]


def test_a_row_that_updates_another_is_refused(tables, payments):
    payments = payments(("a", 1, 1), ("a", 2, 2))
    counted = payments.group_by(col("card")).select(col("card"), col("amount").sum.alias("amount"))
    found = match(tables.to_changelog_stream(counted), PROBED, partition_by="card", time="processing")
    with pytest.raises(Exception, match="has a row of kind") as info:
        rows_of_stream(found.matches)
    assert (
        "The stream that was passed to match has a row of kind -U, which updates or deletes another: -U[a, 1.0]."
        " An event can't be taken back: match the rows before they are aggregated, joined or deduplicated."
    ) in str(info.value)


def test_event_time_needs_timestamps(stream):
    found = match(stream, PROBED, partition_by="card")
    with pytest.raises(Exception, match="has a row without a timestamp") as info:
        rows_of_stream(found.matches)
    assert (
        'The stream that was passed to match(time="event") has a row without a timestamp: +I[a, 700.0, 4000].'
        ' Call assign_timestamps_and_watermarks on the stream, or pass time="processing".'
    ) in str(info.value)
