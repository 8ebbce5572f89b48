"""`pyflink-cep schemas`, on files in a directory and a real registry."""

import json
import uuid

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from tests.cli.conftest import Ran, write
from tests.waiting import SECONDS


def avro(*fields):
    return json.dumps({"type": "record", "name": "Payment", "fields": list(fields)})


def proto(body):
    return f'syntax = "proto3";\nmessage Payment {{\n{body}\n}}\n'


def json_schema(required, **properties):
    return json.dumps({"type": "object", "required": required, "properties": properties})


ID = {"name": "id", "type": "string"}
AMOUNT = {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 14, "scale": 2}}
TEXT, NUMBER = {"type": "string"}, {"type": "number"}
# The first version of each language, and what is done to it: the second version, and what either level finds.
FIRST = {
    "avsc": avro(ID, AMOUNT),
    "proto": proto("string id = 1;\nstring amount = 2;"),
    "json": json_schema(["id", "amount"], id=TEXT, amount=NUMBER),
}
CHANGES = {
    "avro, a field with a default": (
        "avsc",
        avro(ID, AMOUNT, ID | {"name": "channel", "default": ""}),
        [],
        [],
    ),
    "avro, a field without a default": (
        "avsc",
        avro(ID, AMOUNT, ID | {"name": "channel"}),
        ["field `channel`: the reader's has no default, and the writer has no such field"],
        [],
    ),
    "avro, a field taken away": (
        "avsc",
        avro(ID),
        [],
        ["field `amount`: the reader's has no default, and the writer has no such field"],
    ),
    "avro, an alias": (
        "avsc",
        avro({"name": "payment_id", "type": "string", "aliases": ["id"]}, AMOUNT),
        [],
        ["field `id`: the reader's has no default, and the writer has no such field"],
    ),
    "avro, another scale": (
        "avsc",
        avro(ID, AMOUNT | {"type": AMOUNT["type"] | {"scale": 3}}),
        [
            "field `amount`: the reader's type is logicalType decimal, precision 14, scale 3,"
            " the writer's logicalType decimal, precision 14, scale 2"
        ],
        [
            "field `amount`: the reader's type is logicalType decimal, precision 14, scale 2,"
            " the writer's logicalType decimal, precision 14, scale 3"
        ],
    ),
    "avro, a nested field": (
        "avsc",
        avro(
            ID,
            AMOUNT,
            {
                "name": "shop",
                "type": {"type": "record", "name": "Shop", "fields": [ID]},
                "default": {"id": ""},
            },
        ),
        [],
        [],
    ),
    "protobuf, a field": ("proto", proto("string id = 1;\nstring amount = 2;\nstring channel = 3;"), [], []),
    "protobuf, a field taken away": (
        "proto",
        proto("string id = 1;"),
        ["field `Payment.amount`: it is gone, and its number 2 isn't reserved"],
        [],
    ),
    "protobuf, a field taken away and reserved": (
        "proto",
        proto('reserved 2;\nreserved "amount";\nstring id = 1;'),
        [],
        [],
    ),
    "protobuf, a field renamed": (
        "proto",
        proto("string id = 1;\nstring euros = 2;"),
        ["field `Payment.amount`: the reader calls number 2 `euros`, the writer `amount`"],
        ["field `Payment.euros`: the reader calls number 2 `amount`, the writer `euros`"],
    ),
    "protobuf, another type": (
        "proto",
        proto("string id = 1;\ndouble amount = 2;"),
        ["field `Payment.amount`: the reader's type is double, the writer's string"],
        ["field `Payment.amount`: the reader's type is string, the writer's double"],
    ),
    "protobuf, a wider type": (
        "proto",
        proto("string id = 1;\nbytes amount = 2;"),
        [],
        ["field `Payment.amount`: the reader's type is string, the writer's bytes"],
    ),
    "json, a list of values of another type": (
        "json",
        json_schema(["id", "amount"], id={"enum": [1, "a"]}, amount=NUMBER),
        ['field `id`: the reader has a list of values, [1, "a"], the writer none'],
        ["field `id`: the reader's type is string, the writer's integer or string"],
    ),
    "json, another format": (
        "json",
        json_schema(["id", "amount"], id=TEXT | {"format": "date-time"}, amount=NUMBER),
        ["field `id`: the reader's `format` is `\"date-time\"`, the writer's none"],
        [],
    ),
    "json, a property that may be left out": (
        "json",
        json_schema(["id", "amount"], id=TEXT, amount=NUMBER, channel=TEXT),
        [],
        [],
    ),
    "json, a property that is required": (
        "json",
        json_schema(["id", "amount", "channel"], id=TEXT, amount=NUMBER, channel=TEXT),
        ["field `channel`: the reader requires it, and the writer may leave it out"],
        [],
    ),
    "json, a property taken away": (
        "json",
        json_schema(["id"], id=TEXT),
        [],
        ["field `amount`: the reader requires it, and the writer may leave it out"],
    ),
    "json, a narrower type": (
        "json",
        json_schema(["id", "amount"], id=TEXT, amount={"type": "integer", "minimum": 0}),
        [
            "field `amount`: the reader's type is integer, the writer's number",
            "field `amount`: the reader's `minimum` is 0, the writer's not set",
        ],
        [],
    ),
}


def nullable(type_):
    return avro({"name": "v", "type": ["null", type_], "default": None})


def long(logical_type):
    return {"type": "long", "logicalType": logical_type}


def record(*fields):
    return {
        "type": "record",
        "name": "R",
        "fields": [{"name": f"f{n}", "type": f} for n, f in enumerate(fields)],
    }


DECIMAL = AMOUNT["type"]
SELF = {
    "type": "record",
    "name": "Node",
    "fields": [
        {"name": "at", "type": long("timestamp-millis")},
        {"name": "children", "type": {"type": "array", "items": "Node"}},
    ],
}
# Two versions whose records are read without an error, and wrongly: in another language's words, the field at fault.
WRONG_VALUES = {
    "a scale in a union": (
        "avsc",
        nullable(DECIMAL),
        nullable(DECIMAL | {"scale": 4}),
        "v",
    ),
    "text for a decimal": ("avsc", nullable("string"), nullable(DECIMAL), "v"),
    "bytes for a decimal": ("avsc", nullable("bytes"), nullable(DECIMAL), "v"),
    "a unit in a union": (
        "avsc",
        nullable(long("timestamp-millis")),
        nullable(long("timestamp-micros")),
        "v",
    ),
    "seconds in a union": ("avsc", nullable("long"), nullable(long("timestamp-millis")), "v"),
    "seconds as an int": ("avsc", nullable("int"), nullable(long("timestamp-millis")), "v"),
    "local time": (
        "avsc",
        nullable(long("timestamp-millis")),
        nullable(long("local-timestamp-millis")),
        "v",
    ),
    "a day": ("avsc", nullable("int"), nullable({"type": "int", "logicalType": "date"}), "v"),
    "a union at last": ("avsc", avro({"name": "v", "type": "long"}), nullable(long("timestamp-millis")), "v"),
    "a record in a union": ("avsc", nullable(record("long")), nullable(record(long("time-micros"))), "v.f0"),
    "an array in a union": (
        "avsc",
        nullable({"type": "array", "items": "bytes"}),
        nullable({"type": "array", "items": DECIMAL}),
        "v",
    ),
    "a map of records": (
        "avsc",
        avro({"name": "v", "type": {"type": "map", "values": record("long")}}),
        avro({"name": "v", "type": {"type": "map", "values": record(long("timestamp-millis"))}}),
        "v.f0",
    ),
    "a schema that holds itself": (
        "avsc",
        avro({"name": "v", "type": SELF}),
        avro(
            {
                "name": "v",
                "type": SELF
                | {"fields": [{"name": "at", "type": long("timestamp-micros")}, SELF["fields"][1]]},
            }
        ),
        "v.at",
    ),
    "another sign": ("proto", proto("int32 v = 1;"), proto("sint32 v = 1;"), "Payment.v"),
    "a fixed number": ("proto", proto("int64 v = 1;"), proto("fixed64 v = 1;"), "Payment.v"),
    "fewer bits": ("proto", proto("int64 v = 1;"), proto("int32 v = 1;"), "Payment.v"),
    "many for one": ("proto", proto("int32 v = 1;"), proto("repeated int32 v = 1;"), "Payment.v"),
    "a wrapper": (
        "proto",
        proto("string v = 1;\nmessage Text { string value = 1; }"),
        proto("Text v = 1;\nmessage Text { string value = 1; }"),
        "Payment.v",
    ),
    "a symbol of another meaning": (
        "proto",
        proto("Way v = 1;\nenum Way { NONE = 0; CARD = 1; CASH = 2; }"),
        proto("Way v = 1;\nenum Way { NONE = 0; CASH = 1; CARD = 2; }"),
        "Payment.Way",
    ),
    "a number that was reserved": (
        "proto",
        proto("reserved 2;\nstring id = 1;"),
        proto("string id = 1;\nstring v = 2;"),
        "Payment.v",
    ),
    "another default": (
        "proto",
        'syntax = "proto2";\nmessage Payment { optional int32 v = 1 [default = 1]; }',
        'syntax = "proto2";\nmessage Payment { optional int32 v = 1 [default = 2]; }',
        "Payment.v",
    ),
    "an integer": (
        "json",
        json_schema([], v={"type": "number"}),
        json_schema([], v={"type": "integer"}),
        "v",
    ),
    "a time": (
        "json",
        json_schema([], v={"type": "string", "format": "date"}),
        json_schema([], v={"type": "string", "format": "date-time"}),
        "v",
    ),
    "cents": ("json", json_schema([], v=NUMBER), json_schema([], v=NUMBER | {"multipleOf": 0.01}), "v"),
}


@pytest.fixture
def schema(directory):
    """Writes a version of a schema of payments."""

    def schema(version, ending, text):
        return write(directory / "schemas" / "payments" / f"v{version}.{ending}", text)

    return schema


@pytest.fixture
def subject():
    return f"{uuid.uuid4().hex[:8]}-value"


def language(ending):
    return {"avsc": "avro", "proto": "protobuf", "json": "json"}[ending]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("level", ["backward", "forward", "full"])
def test_what_keeps_a_reader_from_a_record_is_named(run, schema, level, change):
    ending, second, backward, forward = CHANGES[change]
    schema(1, ending, FIRST[ending])
    schema(2, ending, second)
    expected = {"backward": backward, "forward": forward, "full": backward + forward}[level]

    ran = run(f"schemas check schemas --type {language(ending)} --level {level} --format json")

    found = json.loads(ran.stdout)
    file = f"schemas/payments/v2.{ending}"
    assert [error["message"].rpartition("; ")[0] for error in found["errors"]] == expected
    assert {error["location"] for error in found["errors"]} <= {file}
    outcome = "incompatible" if expected else "compatible"
    assert found["schemas"] == [{"subject": "payments-value", "file": file, "outcome": outcome}]
    assert ran.exit_code == (1 if expected else 0)


@pytest.mark.parametrize("change", WRONG_VALUES)
def test_what_would_be_read_as_another_value_is_named_with_its_field(run, schema, change):
    ending, first, second, field = WRONG_VALUES[change]
    schema(1, ending, first)
    schema(2, ending, second)

    ran = run(f"schemas check schemas --type {language(ending)} --level full --format json")

    errors = json.loads(ran.stdout)["errors"]
    assert ran.exit_code == 1
    assert {error["location"] for error in errors} == {f"schemas/payments/v2.{ending}"}
    assert {error["message"].split("`")[1] for error in errors} == {field}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (nullable("int"), nullable("long")),
        (nullable("float"), nullable("double")),
        (
            nullable({"type": "bytes", "logicalType": "decimal", "precision": 4}),
            nullable(DECIMAL | {"precision": 4, "scale": 0}),
        ),
        (avro({"name": "v", "type": DECIMAL}), nullable(DECIMAL)),
        (avro({"name": "v", "type": ["null", "string"]}), avro({"name": "v", "type": ["string", "null"]})),
    ],
)
def test_what_is_read_as_it_was_written_is_compatible(run, schema, first, second):
    schema(1, "avsc", first)
    schema(2, "avsc", second)

    assert run("schemas check schemas --level backward").exit_code == 0


@pytest.mark.parametrize("ending", FIRST)
def test_a_schema_is_registered_once(run, schema, registry, subject, ending):
    file = schema(1, ending, FIRST[ending]).relative_to(schema(1, ending, FIRST[ending]).parents[2])
    command = (
        f"schemas register schemas --registry {registry.url} --type {language(ending)} --subject {subject}"
    )

    ran = run(command)

    with SchemaRegistryClient({"url": registry.url, "timeout": SECONDS}) as client:
        registered = client.get_latest_version(subject)
    assert ran == Ran(
        0,
        f"{subject}  {file}  id {registered.schema_id}  registered\n",
        "\n1 schema registered, 0 unchanged\n",
    )
    assert run(command) == Ran(
        0,
        f"{subject}  {file}  id {registered.schema_id}  unchanged\n",
        "\n0 schemas registered, 1 unchanged\n",
    )


def test_what_a_registry_does_not_store_is_said(run, schema, registry, subject):
    schema(1, "avsc", avro(ID, AMOUNT))
    to = f"--registry {registry.url} --subject {subject}"
    schema_id = run(f"schemas register schemas {to}").stdout.split("id ")[1].split()[0]
    described = avro(ID | {"doc": "Tells it from others."}, AMOUNT | {"aliases": ["euros"]})
    schema(2, "avsc", described)

    ran = run(f"schemas register schemas {to}")

    with SchemaRegistryClient({"url": registry.url, "timeout": 20}) as client:
        versions = client.get_versions(subject)
    # Apicurio takes the second for the first.
    assert versions == [1]
    assert ran == Ran(
        0,
        f"{subject}  schemas/payments/v1.avsc  id {schema_id}  unchanged\n"
        f"{subject}  schemas/payments/v2.avsc  id {schema_id}  unchanged\n",
        "\nschemas/payments/v2.avsc: notice[not-stored]: the registry takes it for what it has as"
        f" id {schema_id}, and has not stored what is different: `aliases`, `doc`\n\n"
        "hint: records are read the same; who needs these takes the file, or add a field with a default, which makes it"
        " a new version\n"
        "\n0 schemas registered, 2 unchanged\n",
    )


@pytest.mark.parametrize("level", ["backward", "forward", "full"])
def test_check_and_registry_agree_on_a_level(run, schema, registry, subject, level):
    schema(1, "avsc", FIRST["avsc"])
    to = f"--registry {registry.url} --subject {subject}"
    assert run(f"schemas register schemas {to} --level {level}").exit_code == 0

    for change, (ending, second, backward, forward) in CHANGES.items():
        # Registries don't look at decimals, nor do Avro's rules.
        if ending == "avsc" and change != "avro, another scale":
            schema(2, "avsc", second)
            expected = {"backward": backward, "forward": forward, "full": backward + forward}[level]
            with SchemaRegistryClient({"url": registry.url, "timeout": SECONDS}) as client:
                accepted = client.test_compatibility(subject, Schema(second, "AVRO"))
            assert (
                (run(f"schemas check schemas {to} --level {level}").exit_code == 0)
                is accepted
                is (not expected)
            )


def test_what_the_registry_alone_refuses_is_a_finding(run, schema, registry, subject):
    schema(1, "avsc", FIRST["avsc"])
    to = f"--registry {registry.url} --subject {subject}"
    assert run(f"schemas register schemas {to} --level full").exit_code == 0
    schema(2, "avsc", avro(ID))

    assert run(f"schemas check schemas {to} --level backward") == Ran(
        1,
        f"{subject}  schemas/payments/v2.avsc  incompatible\n",
        f"\nschemas/payments/v2.avsc: error[registry-refuses]: the registry would refuse it as a version of"
        f" `{subject}` by its level FULL\n\n"
        "hint: the level of a subject is set by `pyflink-cep schemas register --level`, or in the registry\n"
        "\n1 schema, 1 incompatible\n",
    )
    refused = run(f"schemas register schemas {to}")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(
        f"schemas/payments/v2.avsc: error[registry-refuses]: the registry refuses it as a version of `{subject}`: "
    )
    assert "amount" in refused.stderr


def test_a_registry_that_does_not_answer_is_a_finding(run, schema):
    schema(1, "avsc", FIRST["avsc"])

    ran = run("schemas check schemas --registry http://127.0.0.1:9")

    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr.startswith(
        "http://127.0.0.1:9: error[registry-unreachable]: the registry doesn't answer: "
    )


@pytest.mark.parametrize(
    ("ending", "text", "message"),
    [
        ("avsc", '{"type": "recrd"}', "not an Avro schema: "),
        ("proto", "message {", "not a Protobuf schema: 1:9: Expected message name."),
        ("json", '{"type": "txt"}', "not a JSON Schema: 'txt' is not valid under any of the given schemas"),
        ("json", "{", "not a JSON Schema: Expecting property name enclosed in double quotes"),
    ],
)
def test_a_file_that_is_no_schema_is_said_with_its_place(run, schema, ending, text, message):
    schema(1, ending, text)

    ran = run(f"schemas check schemas --type {language(ending)}")

    assert (ran.exit_code, ran.stdout) == (1, "")
    location = f"schemas/payments/v1.{ending}"
    assert ran.stderr.startswith(f"{location}: error[invalid-schema]: {message}")


def test_a_file_without_a_version_is_refused(run, directory):
    write(directory / "schemas" / "payments" / "payment.avsc", FIRST["avsc"])

    assert run("schemas check schemas") == Ran(
        1,
        "",
        "schemas/payments/payment.avsc: error[unversioned-schema]: expected a file name such as v1.avsc, found"
        " payment.avsc\n\nhint: a version that is published stays; a change is a new file, v2 after v1\n",
    )
