"""The way to the JVM. The only module that imports py4j."""

from __future__ import annotations

import json
import math
import os
import re
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse
from urllib.request import url2pathname

from py4j.protocol import Py4JJavaError
from pyflink import java_gateway
from pyflink.common import Configuration
from pyflink.datastream import DataStream
from pyflink.table import EnvironmentSettings, StreamTableEnvironment, Table, TableEnvironment
from pyflink.util.exceptions import JavaException
from pyflink.util.java_utils import add_jars_to_context_class_loader, get_j_env_configuration

from pyflink_cep import __version__, _jar
from pyflink_cep._causes import diagnose
from pyflink_cep._java import check_installed_java, check_java_version
from pyflink_cep._sql_type import SqlType
from pyflink_cep.errors import (
    CepError,
    Diagnostic,
    FlinkError,
    InputError,
    PatternError,
    UnknownColumnError,
    wrong_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MOST_DIGITS = 1000
_ENTRY_POINT = "org.pyflinkcep.flink.PythonEntryPoint"
_PATTERN_EXCEPTION = "org.pyflinkcep.expression.PatternException"
# Where a diagnostic speaks of what was given, not of a pattern.
_OF_THE_INPUT = ("events", "updates", "limit", "column")
# More rows than there are.
_ALL = 2**31 - 1
# DESCRIBE marks time attributes behind their types.
_TIME_ATTRIBUTE = re.compile(r" \*(ROWTIME|PROCTIME)\*$")
# Calcite's two ways to say where an error is.
_SQL_PLACE = re.compile(
    r"(From|at) line (?P<first>\d+), column (?P<column>\d+)( to line (?P<last>\d+), column (?P<end>\d+))?"
)


def match(events: object, plan: str) -> tuple[Any, Any, Any]:
    """Attaches a plan to a table or a stream; gives matches, timeouts and late events of the same kind."""
    if isinstance(events, Table):
        environment = events._t_env
        entry_point = _entry_point(
            environment._get_j_env(), environment._j_tenv.getConfig().getConfiguration()
        )
        found = _call(entry_point.match, environment._j_tenv, events._j_table, plan)
        return tuple(Table(j_table, environment) for j_table in _outputs(found))
    if isinstance(events, DataStream):
        j_stream = events._j_data_stream
        entry_point = _entry_point(j_stream.getExecutionEnvironment())
        found = _call(entry_point.match, j_stream, plan)
        return tuple(DataStream(j_stream) for j_stream in _outputs(found))
    raise wrong_type("events", "a Table or a DataStream", events, _hint(events))


def _hint(events: object) -> str | None:
    """Where several tables are given."""
    if isinstance(events, list | tuple | dict):
        return (
            "make one table of several by `union_all`, with a column that tells their events apart, as the guide"
            " `Join streams before a match` does"
        )
    return None


def match_rules(events: object, updates: object, plan: str) -> tuple[Table, Table, Table]:
    """Attaches rules to a table; gives the tables of alerts, of the status and of late events."""
    if not isinstance(events, Table):
        raise wrong_type("events", "a Table", events, _hint(events))
    if updates is not None and not isinstance(updates, Table):
        raise wrong_type("updates", "a Table, or None", updates)
    environment = events._t_env
    entry_point = _entry_point(environment._get_j_env(), environment._j_tenv.getConfig().getConfiguration())
    j_updates = None if updates is None else updates._j_table
    found = _call(entry_point.matchRules, environment._j_tenv, events._j_table, j_updates, plan)
    matches, status, late = (
        Table(j_table, environment) for j_table in (found.matches(), found.status(), found.late())
    )
    return matches, status, late


def deduplicate(events: object, plan: str) -> Table:
    """Attaches a plan of `deduplicate` to a table."""
    if not isinstance(events, Table):
        raise wrong_type("events", "a Table", events)
    environment = events._t_env
    entry_point = _entry_point(environment._get_j_env(), environment._j_tenv.getConfig().getConfiguration())
    return Table(_call(entry_point.deduplicate, environment._j_tenv, events._j_table, plan), environment)


def read_once(rows: object, stay_active: object) -> Table:
    """The same rows, from a stream."""
    if not isinstance(stay_active, bool):
        raise wrong_type("stay_active", "True or False", stay_active)
    if not isinstance(rows, Table):
        raise wrong_type("rows", "a Table", rows)
    environment = rows._t_env
    entry_point = _entry_point(environment._get_j_env(), environment._j_tenv.getConfig().getConfiguration())
    return Table(_call(entry_point.readOnce, environment._j_tenv, rows._j_table, stay_active), environment)


def add_jar(tables: object) -> None:
    """Loads the jar, and adds it to what the statements and the jobs of a table environment find."""
    if not isinstance(tables, TableEnvironment):
        raise wrong_type("tables", "a TableEnvironment", tables)
    j_env = tables._get_j_env() if isinstance(tables, StreamTableEnvironment) else None
    _entry_point(j_env, tables._j_tenv.getConfig().getConfiguration())
    loaded = _loaded_from()
    # The class path that statements are planned with is fixed when the environment is made, but for this statement.
    if loaded == _jar.JAR:
        path = str(loaded).replace("'", "''")
        tables.execute_sql(f"ADD JAR '{path}'")


def collect(table: object, limit: int | None) -> tuple[dict[str, Any], Iterator[str]]:
    """Starts a job that reads a table; gives its type, and its changes, each with + or - before a row as JSON."""
    if not isinstance(table, Table):
        raise wrong_type("table", "a Table", table)
    rows = _call(_entry_point().collect, table._j_table, limit is None, location="collect")
    return json.loads(rows.type()), _changes(rows, limit)


def _changes(rows: Any, limit: int | None) -> Iterator[str]:
    left = _ALL if limit is None else limit
    try:
        while left and (lines := _call(rows.next, left, location="collect")):
            changes = lines.removesuffix("\n").split("\n")
            left -= len(changes)
            yield from changes
    finally:
        # Also ends the job, where it isn't at its end.
        rows.close()


def find_matches(plan: str, schema: str, events: str) -> str:
    """Runs a plan on events without a job. All the documents are JSON."""
    __tracebackhide__ = True
    result: str = _call(_entry_point().findMatches, plan, schema, events)
    return result


def read_rules(sources: str, schema: str | None) -> tuple[list[Any], list[Diagnostic]]:
    """Reads rule documents, and checks them against SQL types by column.

    Returns:
        Of each document that can be read at all itself, and the places of its tests, else None; and all that is
        wrong with them.
    """
    text: str = _call(_entry_point().readRules, sources, schema)
    read = json.loads(text, parse_int=_integer)
    for found, exact in zip(read["rules"], _load(text)["rules"], strict=True):
        # Tests say what events have, and keep all digits of it.
        if found and isinstance(found["document"], dict) and "tests" in found["document"]:
            found["document"]["tests"] = exact["document"]["tests"]
    return read["rules"], [Diagnostic(**fields) for fields in read["errors"]]


def reported_error(diagnostics: Sequence[Diagnostic]) -> CepError:
    """The error of the narrowest kind that fits all that is wrong."""
    if all(diagnostic.code == "unknown-column" for diagnostic in diagnostics):
        return UnknownColumnError(*diagnostics)
    if all(diagnostic.location.startswith(_OF_THE_INPUT) for diagnostic in diagnostics):
        return InputError(*diagnostics)
    return PatternError(*diagnostics)


def check_plan(plan: str, schema: str) -> SqlType:
    """Checks a plan against SQL types by column; gives the row of the columns of a match.

    Raises:
        CepError: All that is wrong with the plan, or the types that can't be used.
    """
    return SqlType.read(json.loads(_call(_entry_point().check, plan, schema)))


@lru_cache(maxsize=64)
def describe_types(schema: str) -> SqlType:
    """The row of columns of which events can have values.

    Raises:
        CepError: The types that can't be used.
    """
    return SqlType.read(json.loads(_call(_entry_point().describeTypes, schema)))


def read_document(name: str, text: str) -> tuple[Any, Any, list[Diagnostic]]:
    """Reads a document in YAML or JSON.

    Returns:
        The document as plain data, and the places of its values; both None where it can't be read at all. And all that
        is wrong with it.
    """
    read = _load(_call(_entry_point().readDocument, name, text))
    return read["document"], read["places"], [Diagnostic(**fields) for fields in read["errors"]]


def _load(document: str) -> Any:
    """Reads JSON whose numbers are as they were written: a float where that is the same number, else a Decimal."""
    return json.loads(document, parse_float=_number, parse_int=_integer)


def _integer(text: str) -> int | Decimal:
    # Python refuses to read longer ones.
    return int(text) if len(text) <= _MOST_DIGITS else Decimal(text)


def _number(text: str) -> float | Decimal:
    exact, number = Decimal(text), float(text)
    return number if math.isfinite(number) and Decimal(repr(number)) == exact else exact


def rule_schema() -> str:
    """The JSON Schema of rule documents."""
    schema: str = _call(_entry_point().ruleSchema)
    return schema


def describe_tables(location: str, text: str, statements: Sequence[str]) -> dict[str, dict[str, str]]:
    """Has Flink create tables, without their connectors, and tell their columns with their SQL types.

    Args:
        location: What the text is called in errors.
        text: The text that the statements are from.
        statements: CREATE TABLE statements, with the line numbers that they have in the text.

    Raises:
        InputError: Flink refuses a statement.
    """
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for statement in statements:
        try:
            tables.execute_sql(statement)
        except Py4JJavaError as error:
            raise _invalid_sql(location, text, str(error.java_exception.getMessage())) from error
        except JavaException as error:
            raise _invalid_sql(location, text, str(error)) from error
    described = {}
    for name in tables.list_tables():
        quoted = name.replace("`", "``")
        with tables.execute_sql(f"DESCRIBE `{quoted}`").collect() as columns:
            described[name] = {column[0]: _TIME_ATTRIBUTE.sub("", column[1]) for column in columns}
    return described


def _invalid_sql(location: str, text: str, message: str) -> InputError:
    place = _SQL_PLACE.search(message)
    if place is None:
        diagnostic = Diagnostic(code="invalid-sql", location=location, message=message.partition("\n")[0])
    else:
        first, column, last, end = (int(place[group] or 0) for group in ("first", "column", "last", "end"))
        diagnostic = Diagnostic(
            code="invalid-sql",
            location=location,
            message=_SQL_PLACE.sub("", message).partition("\n")[0].strip(" :."),
            source=text,
            line=first,
            column=column,
            length=end - column + 1 if last == first else 1,
        )
    return InputError(diagnostic)


def explain(plan: str, schema: str, events: str) -> str:
    """Runs a plan on events as `find_matches` does, and says how the matches came about."""
    __tracebackhide__ = True
    result: str = _call(_entry_point().explain, plan, schema, events)
    return result


def _outputs(found: Any) -> tuple[Any, Any, Any]:
    return found.matches(), found.timeouts(), found.late()


def _entry_point(j_env: Any = None, j_table_config: Any = None) -> Any:
    """The Java class whose static methods are called.

    It comes from the jar that the user put on the class path, or else from ours, which is then added to the jars
    of the job.
    """
    jar = _loaded_from()
    if jar is None:
        check_java_version(_jvm().System.getProperty("java.specification.version"), "the JVM of PyFlink")
        jar = _jar.find_jar()
        add_jars_to_context_class_loader([jar.as_uri()])
    entry_point = getattr(_jvm(), _ENTRY_POINT)
    version = entry_point.version()
    if version != __version__:
        raise CepError(
            Diagnostic(
                code="wrong-jar-version",
                location=str(jar),
                message=f"the jar is of version {version}, and pyflink_cep of version {__version__}",
                hint="take the jar from the lib folder of the installed pyflink_cep, or run `make jar`",
            )
        )
    if j_env is not None and jar == _jar.JAR:
        _add_to_job(j_env, j_table_config)
    return entry_point


def _jvm() -> Any:
    """The JVM of PyFlink, which is started if it isn't running."""
    if java_gateway._gateway is None and "PYFLINK_GATEWAY_PORT" not in os.environ:
        check_installed_java()
    return java_gateway.get_gateway().jvm


def _loaded_from() -> Path | None:
    """The jar that holds the Java side, or None where it can't be loaded."""
    class_loader = _jvm().Thread.currentThread().getContextClassLoader()
    try:
        entry_point = class_loader.loadClass(_ENTRY_POINT)
    except Py4JJavaError:
        return None
    location = entry_point.getProtectionDomain().getCodeSource().getLocation()
    return Path(url2pathname(urlparse(location.toString()).path))


def _add_to_job(j_env: Any, j_table_config: Any) -> None:
    option = _jvm().org.apache.flink.configuration.PipelineOptions.JARS.key()
    j_configs = [get_j_env_configuration(j_env)]
    # Jars that a table environment was given take the place of those of its stream environment.
    if j_table_config is not None and j_table_config.containsKey(option):
        j_configs.append(j_table_config)
    for j_config in j_configs:
        jars = Configuration.parse_list_value(j_config.getString(option, ""))
        if _jar.JAR.as_uri() not in jars:
            j_config.setString(option, ";".join([*jars, _jar.JAR.as_uri()]))


def _call(method: Callable[..., Any], *arguments: Any, location: str = "match") -> Any:
    """Calls Java, and raises what goes wrong there as an error of this library."""
    __tracebackhide__ = True
    with flink_errors(location):
        return method(*arguments)


@contextmanager
def flink_errors(location: str) -> Iterator[None]:
    """Raises what goes wrong in Java as an error of this library, without Java's stack."""
    try:
        yield
    except Py4JJavaError as error:
        exception = error.java_exception
        if exception.getClass().getName() == _PATTERN_EXCEPTION:
            reported = reported_error(PatternError.from_json(exception.toJson()).diagnostics)
            reported.java_trace = str(error)
            raise reported from None
        raise _flink_error(error, location) from None
    except JavaException as error:
        raise _flink_error(error, location) from None


def _flink_error(error: Exception, location: str) -> FlinkError:
    raised = FlinkError(diagnose(str(error), location))
    raised.java_trace = str(error)
    return raised
