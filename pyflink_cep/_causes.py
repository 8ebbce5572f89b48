"""What went wrong in Java: of a stack trace of many lines, the innermost cause, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyflink_cep.errors import Diagnostic

_EXCEPTION = re.compile(r"(?:Caused by: |: )?(?P<name>(?:\w+\.)+[\w$]+)(?:: (?P<message>.*))?")
# A message that only names another exception, or that a failed job always has, tells nothing.
_EMPTY = re.compile(
    r"((\w+\.)+[\w$]+(Exception|Error)\b.*|Job execution failed\.|Failed to .*|Could not forward element .*"
    r"|Recovery is suppressed by .*|Error (received|while) .*|(The main method|Python) .*|Could not upload job files\.)"
)
_VALIDATION = re.compile(r"^(SQL (validation|parse) failed\. )+")
_NO_FACTORY = re.compile(
    r"Could not find any (?P<format>format )?factory for identifier '(?P<name>[^']*)'(?P<rest>.*)"
)
_NO_CLASS = re.compile(r"java\.lang\.(ClassNotFoundException|NoClassDefFoundError)")
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '(?P<name>[^']*)'")
_NO_BROKER = re.compile(r"Timed out waiting for a node assignment|Topic \S+ not present in metadata after")
_NULL_TIME = "RowTime field should not be null"
_PYTHON = "Traceback (most recent call last):"

CONNECTORS = {"kafka", "upsert-kafka", "dynamic-kafka", "jdbc", "iceberg"}
FORMATS = {"avro", "avro-confluent", "debezium-avro-confluent", "protobuf", "parquet"}
OWN_FORMAT = "try-decode"
_FETCH = (
    "the jar of connectors has it: `pyflink-cep connectors fetch` makes pyflink-cep-connectors.jar; give it to\n"
    "`flink run --jarfile`, or in a Python process to `environment.add_jars` before the first table"
)
_OTHER_JAR = (
    "give the jar that has it to `flink run --jarfile`, or in a Python process to `environment.add_jars` before the"
    " first table"
)


@dataclass(frozen=True, slots=True)
class _Cause:
    exception: str
    message: str

    @property
    def line(self) -> str:
        return self.message.partition("\n")[0].strip()


def diagnose(stack_trace: str, location: str) -> Diagnostic:
    """The innermost cause of a stack trace as Java prints it.

    Example:
        >>> print(diagnose('''org.apache.flink.table.api.TableException: Failed to execute sql
        ...     at org.apache.flink.table.api.internal.TableEnvironmentImpl.execute(TableEnvironmentImpl.java:1049)
        ... Caused by: java.lang.ClassNotFoundException: org.apache.hadoop.conf.Configuration
        ... ''', "flink"))
        flink: error[missing-class]: java.lang.ClassNotFoundException: org.apache.hadoop.conf.Configuration
        <BLANKLINE>
        hint: the jar of connectors has it: `pyflink-cep connectors fetch` makes pyflink-cep-connectors.jar; give it to
        `flink run --jarfile`, or in a Python process to `environment.add_jars` before the first table
    """
    causes = _causes(stack_trace)
    innermost = causes[-1]
    code, hint = _kind(innermost)
    told = _VALIDATION.sub("", _tell(innermost, causes))
    lines = (_VALIDATION.sub("", cause.line) for cause in causes[:-1])
    # A word alone is a class, or a file.
    outer = (line for line in lines if " " in line and not _EMPTY.fullmatch(line))
    where = next((line for line in outer if told not in line and innermost.line not in line), None)
    return Diagnostic(
        code=code,
        location=location,
        message=told if where is None else f"{told}\n  in: {where}",
        hint=hint,
    )


def _causes(stack_trace: str) -> list[_Cause]:
    """The exceptions, from the outermost to the innermost."""
    causes: list[_Cause] = []
    in_message = False
    for line in stack_trace.splitlines():
        found = _EXCEPTION.fullmatch(line)
        if found and (not causes or line.startswith(("Caused by: ", ": "))):
            causes.append(_Cause(found["name"], found["message"] or ""))
            in_message = True
        elif re.match(r"\s+(at .*\(.*\)|\.\.\. \d+ more)$|\tSuppressed: ", line):
            in_message = False
        elif in_message:
            causes[-1] = _Cause(causes[-1].exception, f"{causes[-1].message}\n{line}")
    return causes or [_Cause("", stack_trace.strip())]


def _tell(cause: _Cause, causes: list[_Cause]) -> str:
    """What the innermost cause says, with the place that an outer one adds."""
    if _PYTHON in cause.message:
        lines = [line for line in cause.message.splitlines() if line.strip()]
        places = [line.strip() for line in lines if re.match(r'  File "[^<]', line)]
        return f"{lines[-1]}\n  at: {places[-1]}" if places else lines[-1]
    if not cause.line or not re.search(r"\s", cause.line):
        # A class or a file alone says nothing without what is the matter with it.
        return f"{cause.exception}: {cause.line}" if cause.line else cause.exception
    with_place = (
        other.line for other in causes if cause.line in other.line and not _EMPTY.fullmatch(other.line)
    )
    told = next(with_place, cause.line)
    # Flink's own say all in their text.
    of_flink = cause.exception.startswith(("org.apache.flink.", "org.apache.calcite."))
    return told if of_flink else f"{cause.exception.rpartition('.')[2]}: {told}"


def _kind(cause: _Cause) -> tuple[str, str | None]:
    """The worded code, and the hint."""
    if factory := _NO_FACTORY.match(cause.message):
        return _missing_factory(factory["name"], bool(factory["format"]), "CatalogFactory" in factory["rest"])
    if _NO_CLASS.fullmatch(cause.exception):
        return "missing-class", _class_hint(cause.line.replace("/", "."))
    if module := _NO_MODULE.search(cause.message):
        return "missing-module", (
            f"give `flink run -pyfs` a zip that has `{module['name'].partition('.')[0]}` at its top, or `-pyreq` a"
            " requirements.txt with its package"
        )
    if _NULL_TIME in cause.message:
        return "null-rowtime", (
            "give an event without a time one that is passed by, in the column of the watermark:"
            " COALESCE(TO_TIMESTAMP_LTZ(ts, 3), TO_TIMESTAMP_LTZ(0, 3)); such events come out as late"
        )
    if _NO_BROKER.search(cause.message):
        return "unreachable-broker", (
            "no broker answers at `properties.bootstrap.servers`: is it running, and can each machine reach"
            " the address that it gives of itself (`advertised.listeners`)?"
        )
    return "flink-error", _list_hint(cause.message)


def _missing_factory(name: str, of_format: bool, of_catalog: bool) -> tuple[str, str]:
    code = "missing-format" if of_format else "missing-catalog" if of_catalog else "missing-connector"
    if name == OWN_FORMAT:
        return code, (
            "the jar of the library has it: call add_jar(tables) before the table is made, or give it to\n"
            "`flink run --jarfile $(pyflink-cep jar)`"
        )
    return code, _FETCH if name in (FORMATS if of_format else CONNECTORS) else _OTHER_JAR


def _class_hint(name: str) -> str:
    if name.startswith("org.pyflinkcep.") and not name.startswith("org.pyflinkcep.events."):
        return "the jar of the library has it: `flink run --jarfile $(pyflink-cep jar)`"
    if name.startswith(
        ("org.apache.hadoop.", "org.apache.kafka.", "org.apache.iceberg.", "org.pyflinkcep.events.")
    ):
        return _FETCH
    return _OTHER_JAR


def _list_hint(message: str) -> str | None:
    """The names that Flink would have taken, which it lists below its message."""
    listed = re.search(
        r"^Unsupported options:\n\n(?P<found>.*?)\n\nSupported options:\n\n(?P<known>.*)",
        message,
        re.M | re.S,
    )
    if listed is None:
        return None
    found, known = (", ".join(f"`{name}`" for name in listed[group].split()) for group in ("found", "known"))
    return f"without {found}. Options: {known}"
