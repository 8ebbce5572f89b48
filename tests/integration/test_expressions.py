"""The expressions of `tests/cases/expressions/values.yaml` as measures: evaluated by the jar that is shipped, and
brought to Python.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from pprint import pformat

import pytest
import yaml

from pyflink_cep import Pattern, PatternError
from pyflink_cep.testing import find_matches

CASES = yaml.safe_load(
    (Path(__file__).parents[1] / "cases" / "expressions" / "values.yaml").read_text(encoding="utf-8")
)

# The session time zone of the cases is New York, and that of `find_matches` is UTC: what these are on the first event.
IN_UTC = {
    "CAST('2024-02-29 10:15:30.123' AS TIMESTAMP_LTZ(3))": datetime(2024, 2, 29, 10, 15, 30, 123000, UTC),
    "CAST(born AS TIMESTAMP_LTZ(3))": datetime(2024, 2, 29, tzinfo=UTC),
    "CAST(ts AS TIMESTAMP_LTZ(3))": datetime(2024, 2, 29, 10, 15, 30, 123000, UTC),
    "CAST(ltz AS TIMESTAMP(3))": datetime(2024, 3, 10, 6, 59, 59, 999000),
    "CAST(ltz AS TIME)": time(6, 59, 59),
    "CAST(ltz AS STRING)": "2024-03-10 06:59:59.999",
    "EXTRACT(HOUR FROM ltz)": 6,
    "HOUR(ltz)": 6,
    "FLOOR(ltz TO DAY)": datetime(2024, 3, 10, tzinfo=UTC),
    "DATE_FORMAT(ltz, 'yyyy/MM/dd HH')": "2024/03/10 06",
    "UNIX_TIMESTAMP('2024-02-29 10:15:30')": 1709201730,
    "UNIX_TIMESTAMP('2024-02-29', 'yyyy-MM-dd')": 1709164800,
    "FROM_UNIXTIME(1709201730)": "2024-02-29 10:15:30",
    "FROM_UNIXTIME(1709201730, 'HH:mm')": "10:15",
    "FROM_UNIXTIME(num)": "1970-01-01 00:00:07",
}

INTERVAL = re.compile(r"PT(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?")


def interval(text):
    hours, minutes, seconds = (float(part or 0) for part in INTERVAL.fullmatch(text).groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def months(text):
    return int(text.removeprefix("P").removesuffix("M"))


def timestamp(text):
    # Python's years are 1 to 9999.
    return text if text.startswith(("-", "+")) else datetime.fromisoformat(text)


# What a scalar of each SQL type is in Python, from its text.
SCALARS = {
    "BOOLEAN": {"true": True, "false": False}.__getitem__,
    "TINYINT": int,
    "SMALLINT": int,
    "INT": int,
    "BIGINT": int,
    "FLOAT": float,
    "DOUBLE": float,
    "DECIMAL": Decimal,
    "STRING": str,
    "CHAR": str,
    "BYTES": bytes.fromhex,
    "DATE": date.fromisoformat,
    "TIME": time.fromisoformat,
    "TIMESTAMP": timestamp,
    "TIMESTAMP_LTZ": timestamp,
    "INTERVAL SECOND": interval,
    "INTERVAL MONTH": months,
}


def parts(text):
    """The parts between the commas that are in no brackets."""
    found, depth = [""], 0
    for character in text:
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return [part.strip() for part in found] if text else []


def read(text, sql_type):
    """The value in Python, from its text in the cases: `[1, 2]`, `{a=1}` and `(1, a)` for an array, a map and a row."""
    if text in (None, "null"):
        return None
    name, _, arguments = sql_type.partition("<")
    arguments = parts(arguments.removesuffix(">"))
    match name:
        case "ARRAY":
            return [read(element, arguments[0]) for element in parts(text[1:-1])]
        case "MAP":
            entries = (entry.split("=") for entry in parts(text[1:-1]))
            return {read(key, arguments[0]): read(value, arguments[1]) for key, value in entries}
        case "ROW":
            fields = (argument.split(" ", 1) for argument in arguments)
            return {
                name.strip("`"): read(value, field_type)
                for (name, field_type), value in zip(fields, parts(text[1:-1]), strict=True)
            }
    return SCALARS[name.partition("(")[0]](text)


def shown(values):
    """The values as text: 1, 1.0, True, Decimal("1") and Decimal("1.0") differ; the order of keys doesn't matter."""
    return [pformat(value, width=1_000) for value in values]


def text(value):
    """A field of an event, which YAML has read, as text again."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{key}={text(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(text, value)) + "]"
    return str(value)


SCHEMA = {**CASES["fields"], "at": "BIGINT"}
EVENTS = [
    {"at": at} | {name: read(text(value), SCHEMA[name]) for name, value in fields.items()}
    for at, fields in enumerate(CASES["events"])
]
FIELD = re.compile(r"('(?:[^']|'')*'|`[^`]*`|\.\w+)|\b(" + "|".join(CASES["fields"]) + r")\b")


def over_step(sql):
    """The expression over fields of the tested event as one over those of the step `step`."""
    return FIELD.sub(lambda found: found[1] or f"step.{found[2]}", sql)


@pytest.fixture(scope="module")
def values():
    """The values of all expressions on each event, from one call."""
    expressions = [case["sql"] for family in CASES["expressions"].values() for case in family]
    found = find_matches(
        Pattern.begin("step"),
        EVENTS,
        time_field="at",
        schema=SCHEMA,
        measures={sql: over_step(sql) for sql in expressions},
    )
    assert len(found.matches) == len(EVENTS)
    return {sql: [match.measures[sql] for match in found.matches] for sql in expressions}


@pytest.mark.parametrize("family", CASES["expressions"])
def test_values_reach_python_as_they_are(values, family):
    cases = [case for case in CASES["expressions"][family] if case["sql"] not in IN_UTC]
    assert {case["sql"]: shown(values[case["sql"]]) for case in cases} == {
        case["sql"]: shown(read(value, case["type"]) for value in case["values"]) for case in cases
    }


def test_values_in_the_session_time_zone_are_in_utc(values):
    assert shown(values[sql][0] for sql in IN_UTC) == shown(IN_UTC.values())


def test_a_map_whose_keys_are_no_strings_is_refused():
    with pytest.raises(PatternError) as info:
        find_matches(Pattern.begin("step"), [{"ts": 1}], measures={"counts": "ARRAY[MAP[step.ts, 2]]"})
    assert str(info.value) == (
        "measure `counts`: error[unsupported-type]: its type is ARRAY<MAP<BIGINT, INT>>, and a map can be given here"
        " only if its keys are strings\n"
        "\n"
        "hint: cast it, such as CAST(... AS MAP<STRING, INT>)"
    )
