"""The format try-decode in SQL statements of PyFlink, without a flag for its jar."""

import uuid
from random import Random

import pytest
from confluent_kafka import Producer
from google.protobuf.timestamp_pb2 import Timestamp
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import EnvironmentSettings, StreamTableEnvironment, TableEnvironment

from pyflink_cep import ArgumentTypeError, add_jar
from pyflink_cep._connectors import JAR as CONNECTORS
from tests.integration.results import rows
from tests.waiting import SECONDS

PAYMENTS = """
    CREATE TABLE payments (payment_id STRING, amount INT) WITH (
      'connector' = 'filesystem', 'path' = '{path}', 'format' = 'try-decode', 'try-decode.format' = 'json'
    )
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "payments.jsonl"
    file.write_text('{"payment_id": "p1", "amount": 1}\n{"payment_id": "p2"\n{"payment_id": "p3"}\n')
    return file


def test_a_table_of_files_reads_lines_that_cant_be_decoded_as_nulls(tables, path):
    add_jar(tables)
    tables.execute_sql(PAYMENTS.format(path=path))

    assert rows(tables.from_path("payments")) == [("p1", 1), ("p3", None), (None, None)]


def test_a_plain_table_environment_has_the_format_too(path):
    tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    add_jar(tables)
    add_jar(tables)
    tables.execute_sql(PAYMENTS.format(path=path))

    assert rows(tables.from_path("payments")) == [("p1", 1), ("p3", None), (None, None)]


def test_what_is_no_table_environment_is_refused(environment):
    with pytest.raises(ArgumentTypeError) as raised:
        add_jar(environment)

    assert str(raised.value).startswith("tables: error[wrong-type]: expected a TableEnvironment, found <")


def test_protobuf_of_a_topic_is_decoded_where_it_can_be(kafka):
    whole = Timestamp(seconds=300, nanos=7).SerializeToString()
    topic = kafka.create_topic(f"times-{uuid.uuid4().hex[:8]}")
    producer = Producer(kafka.settings)
    # No bytes are a message of defaults.
    twice = whole + whole
    text_for_a_number = b"\x0a\x03300"
    for value in (whole, whole[:2], b"\x0f", None, b"", whole, twice, text_for_a_number):
        producer.produce(topic, value)
    assert producer.flush(SECONDS) == 0
    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.add_jars(CONNECTORS.as_uri())
    tables = StreamTableEnvironment.create(environment)
    add_jar(tables)
    tables.execute_sql(f"""
        CREATE TABLE times (
          `seconds` BIGINT, nanos INT,
          `size` INT METADATA FROM 'value.size' VIRTUAL,
          failure ROW<reason STRING, stack STRING> METADATA FROM 'value.failure' VIRTUAL,
          `offset` BIGINT METADATA VIRTUAL
        ) WITH (
          'connector' = 'kafka',
          'topic' = '{topic}',
          'properties.bootstrap.servers' = '{kafka.address}',
          'scan.startup.mode' = 'earliest-offset',
          'scan.bounded.mode' = 'latest-offset',
          'value.format' = 'try-decode',
          'value.try-decode.format' = 'protobuf',
          'value.try-decode.protobuf.message-class-name' = 'com.google.protobuf.Timestamp'
        )
    """)

    assert rows(tables.sql_query("SELECT `offset`, `seconds`, nanos, `size`, failure.reason FROM times")) == [
        (0, 300, 7, len(whole), None),
        (1, None, None, 2, "truncated"),
        (2, None, None, 1, "unreadable"),
        (3, None, None, None, "tombstone"),
        (4, 0, 0, 0, None),
        (5, 300, 7, len(whole), None),
        (6, None, None, len(twice), "unreadable"),
        (7, None, None, len(text_for_a_number), "wrong-type"),
    ]


# Good records, which are broken at random.
RECORDS = {
    "json": [
        b'{"id": "p1", "amount": 1.50}',
        b'[{"id": "p1"}, null]',
        b'{"id": 1}\n{"id": 2}',
        b'{"amount": 1e999999}',
    ],
    "csv": [b"p1,1.50", b'"p,1",1.5\n', b"p1,1.50\np2,2", b"p1,12345678901"],
    "avro": [b"\x02\x04p1\x02\x04\x00\x96", b"\x00\x00"],
    "protobuf": [Timestamp(seconds=300, nanos=7).SerializeToString(), b"\x0a\x03300"],
    "raw": [b"p1", "é".encode()],
}


def broken(record, random):
    """A record with bytes of it changed, left out or twice."""
    for _ in range(random.randrange(4)):
        place = random.randrange(len(record) + 1)
        record = random.choice(
            [
                record[:place] + record[place + 1 :],
                record[:place] + random.randbytes(1) + record[place:],
                record + record[place:],
                record[:place] + random.choice([b"[", b'{"a":']) * random.choice([1, 3000]) + record[place:],
            ]
        )
    return record


def test_each_of_many_broken_records_is_a_row_and_none_ends_the_job(kafka):
    random = Random(12)
    count = 1000
    tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    tables.get_config().set("pipeline.jars", CONNECTORS.as_uri())
    add_jar(tables)
    queries = []
    for format_, good in RECORDS.items():
        topic = kafka.create_topic(f"{format_}-{uuid.uuid4().hex[:8]}")
        producer = Producer(kafka.settings)
        for _ in range(count):
            producer.produce(topic, broken(random.choice(good), random))
        assert producer.flush(30) == 0
        columns = {"protobuf": "`seconds` BIGINT, nanos INT", "raw": "id STRING"}.get(
            format_, "id STRING, amount DECIMAL(10, 2)"
        )
        message = "'value.try-decode.protobuf.message-class-name' = 'com.google.protobuf.Timestamp',"
        tables.execute_sql(f"""
            CREATE TABLE records_{format_} (
              {columns},
              failure ROW<reason STRING, stack STRING> METADATA FROM 'value.failure' VIRTUAL,
              `offset` BIGINT METADATA VIRTUAL
            ) WITH (
              'connector' = 'kafka',
              'topic' = '{topic}',
              'properties.bootstrap.servers' = '{kafka.address}',
              'scan.startup.mode' = 'earliest-offset',
              'scan.bounded.mode' = 'latest-offset',
              {message if format_ == "protobuf" else ""}
              'value.format' = 'try-decode',
              'value.try-decode.format' = '{format_}'
            )
        """)
        queries.append(f"""
            SELECT '{format_}', COUNT(DISTINCT `offset`), COUNT(failure.reason) > 0, COUNT(failure.reason) < {count}
            FROM records_{format_}
        """)

    # Without a restart: a job in batch mode has none where its tasks fail.
    tables.get_config().set("restart-strategy.type", "none")
    found = rows(tables.sql_query(" UNION ALL ".join(queries)))

    assert found == [(format_, count, True, True) for format_ in sorted(RECORDS)]
