"""The schemas of the events: one description in three languages, and what readers of another version make of it."""

import io
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

import fastavro
import jsonschema
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from generators.card_fraud import generate
from pyflink_cep import _gateway
from pyflink_cep._schemas.files import Kind, read_schemas
from tests.waiting import SECONDS

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
VERSIONS = sorted((file.parent.name, file.stem) for file in SCHEMAS.glob("*/*.avsc"))
PAYMENT = {
    "payment_id": "p1",
    "paid_at": 1_740_988_800_000,
    "card_id": "c1",
    "customer_id": "alice",
    "terminal_id": "t1",
    "merchant_id": "m1",
    "amount": "12.50",
    "currency": "EUR",
    "latitude": 52.5,
    "longitude": 13.4,
}
NEWER = PAYMENT | {"channel": "online"}


def first(name, ending):
    return (SCHEMAS / name / f"v1.{ending}").read_text()


def compiled(text, directory):
    """The message classes of a Protobuf schema, which protoc compiles, in a pool of their own: versions share names."""
    name = f"{uuid.uuid4().hex}.proto"
    (directory / name).write_text(text)
    output = directory / "compiled"
    protoc = [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"-I{directory}",
        f"--descriptor_set_out={output}",
        name,
    ]
    subprocess.run(protoc, check=True, capture_output=True, cwd=directory)
    pool = descriptor_pool.DescriptorPool()
    for file in FileDescriptorSet.FromString(output.read_bytes()).file:
        pool.Add(file)
    return message_factory.GetMessageClassesForFiles([name], pool)


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_an_event_has_the_same_fields_in_each_language(name, version, tmp_path):
    text = {
        ending: (SCHEMAS / name / f"{version}.{ending}").read_text() for ending in ("avsc", "proto", "json")
    }
    avro = json.loads(text["avsc"])
    optional = {field["name"] for field in avro["fields"] if "default" in field}
    fields = [field["name"] for field in avro["fields"]]
    message = compiled(text["proto"], tmp_path)[f"pyflinkcep.events.{avro['name']}"].DESCRIPTOR

    assert [field.name for field in message.fields] == fields
    # Without presence, Flink reads 0 and empty text where nothing was written.
    assert [
        field.name
        for field in message.fields
        if not (field.has_presence or field.label == field.LABEL_REPEATED)
    ] == []
    # The JSON Schema of rules is that of the document, which the others carry as text.
    if name != "rules":
        json_of = json.loads(text["json"])
        assert (list(json_of["properties"]), json_of["title"]) == (fields, avro["name"])
        assert set(fields) - set(json_of["required"]) == optional


def test_the_json_schema_of_rules_is_the_one_that_the_command_prints():
    newest = read_schemas([SCHEMAS / "rules"], [Kind.JSON])[-1]

    assert json.loads(newest.text) == json.loads(_gateway.rule_schema())


@pytest.mark.parametrize("kind", Kind)
def test_the_registry_takes_each_schema(registry, kind):
    with SchemaRegistryClient({"url": registry.url, "timeout": SECONDS}) as client:
        for schema in read_schemas([SCHEMAS], [kind]):
            subject = f"{schema.name}-{uuid.uuid4().hex[:8]}"
            client.register_schema(subject, Schema(schema.text, kind.upper()))
            assert client.get_latest_version(subject).version == 1


def test_generated_payments_and_customers_are_valid_by_their_schemas():
    generated = generate(payments=2_000)
    malformed = {payload for _, payload in generated.malformed}

    for name, lines in (("payments", generated.payments), ("customers", generated.customers)):
        validator = jsonschema.Draft7Validator(json.loads(first(name, "json")))
        good = [json.loads(line) for line in lines if line not in malformed]
        assert len(good) >= 50
        assert [error.message for event in good for error in validator.iter_errors(event)] == []


@pytest.fixture
def newer():
    """The second version of the schema of payments, which has one more field, by the ending of its file."""
    avro = json.loads(first("payments", "avsc"))
    avro["fields"].append({"name": "channel", "type": ["null", "string"], "default": None})
    of_json = json.loads(first("payments", "json"))
    of_json["properties"]["channel"] = {"type": ["string", "null"]}
    return {
        "avsc": json.dumps(avro),
        "proto": re.sub(r"\n}\n$", "\n  optional string channel = 11;\n}\n", first("payments", "proto")),
        "json": json.dumps(of_json),
    }


def avro_record(schema, event):
    from decimal import Decimal

    output = io.BytesIO()
    fastavro.schemaless_writer(output, schema, event | {"amount": Decimal(event["amount"])})
    return output.getvalue()


def test_avro_readers_of_either_version_read_what_the_other_wrote(newer):
    old, new = (
        fastavro.parse_schema(json.loads(text)) for text in (first("payments", "avsc"), newer["avsc"])
    )

    def read(record, writer, reader):
        event = fastavro.schemaless_reader(io.BytesIO(record), writer, reader)
        return event | {"amount": str(event["amount"]), "paid_at": int(event["paid_at"].timestamp() * 1000)}

    assert read(avro_record(new, NEWER), new, old) == PAYMENT
    assert read(avro_record(old, PAYMENT), old, new) == PAYMENT | {"channel": None}
    assert read(avro_record(new, NEWER), new, new) == NEWER


def test_protobuf_readers_of_either_version_read_what_the_other_wrote(newer, tmp_path):
    old, new = (
        compiled(text, tmp_path)["pyflinkcep.events.Payment"]
        for text in (first("payments", "proto"), newer["proto"])
    )

    def read(message, reader):
        event = json_format.MessageToDict(
            reader.FromString(message.SerializeToString()), preserving_proto_field_name=True
        )
        return event | {"paid_at": int(event["paid_at"])}

    assert read(new(**NEWER), old) == PAYMENT
    assert read(old(**PAYMENT), new) == PAYMENT
    assert not new.FromString(old(**PAYMENT).SerializeToString()).HasField("channel")
    # What an old reader passes on still has the field that it doesn't know.
    passed_on = old.FromString(new(**NEWER).SerializeToString())
    assert read(passed_on, new) == NEWER


def test_json_readers_of_either_version_take_what_the_other_wrote(newer):
    old, new = (
        jsonschema.Draft7Validator(json.loads(text)) for text in (first("payments", "json"), newer["json"])
    )
    event = PAYMENT | {"paid_at": "2025-03-03T08:00:00Z", "amount": 12.5}

    assert [validator.is_valid(event | {"channel": "online"}) for validator in (old, new)] == [True, True]
    assert [validator.is_valid(event) for validator in (old, new)] == [True, True]
    # They do tell what is wrong.
    assert [validator.is_valid(event | {"amount": "12"}) for validator in (old, new)] == [False, False]
    assert [validator.is_valid(event | {"channel": 7}) for validator in (old, new)] == [True, False]
