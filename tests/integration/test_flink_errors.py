"""`flink_errors`: of what Flink reports, the innermost cause, where it is, and the flag that is missing."""

import pytest
from pyflink.table import DataTypes
from pyflink.table.udf import udf
from pyflink.util.exceptions import TableException

from pyflink_cep import FlinkError, _causes, flink_errors
from pyflink_cep._connectors import JAR, read_connectors

# Before a fixture takes their place.
REAL_CONNECTORS, REAL_FORMATS = _causes.CONNECTORS, _causes.FORMATS

FETCH = (
    "the jar of connectors has it: `pyflink-cep connectors fetch` makes pyflink-cep-connectors.jar; give it to\n"
    "`flink run --jarfile`, or in a Python process to `environment.add_jars` before the first table"
)
OTHER = (
    "give the jar that has it to `flink run --jarfile`, or in a Python process to `environment.add_jars` before the"
    " first table"
)
TABLE = "default_catalog.default_database.t"
FACTORY = (
    "Could not find any factory for identifier '{}' that implements 'org.apache.flink.table.factories.{}'"
)
FORMAT = "Could not find any format factory for identifier '{}' in the classpath."
SOURCE = f"\n  in: Unable to create a source for reading table '{TABLE}'."


def of_files(format_):
    return f"CREATE TABLE t (id INT) WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = '{format_}')"


def of_connector(name):
    return f"CREATE TABLE t (id INT) WITH ('connector' = '{name}', 'format' = 'json')"


NUMBERS = "CREATE TABLE t (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1')"
REFUSED = {
    "connector": (
        [of_connector("acme"), "SELECT * FROM t"],
        "missing-connector",
        FACTORY.format("acme", "DynamicTableFactory") + " in the classpath." + SOURCE,
        FETCH,
    ),
    "connector that nobody has": (
        [of_connector("pulsar"), "SELECT * FROM t"],
        "missing-connector",
        FACTORY.format("pulsar", "DynamicTableFactory") + " in the classpath." + SOURCE,
        OTHER,
    ),
    "connector of a sink": (
        [of_connector("acme"), "INSERT INTO t VALUES (1)"],
        "missing-connector",
        FACTORY.format("acme", "DynamicTableFactory")
        + f" in the classpath.\n  in: Unable to create a sink for writing table '{TABLE}'.",
        FETCH,
    ),
    "format": (
        [of_files("acme"), "SELECT * FROM t"],
        "missing-format",
        FORMAT.format("acme") + SOURCE,
        FETCH,
    ),
    "format that nobody has": (
        [of_files("orc"), "SELECT * FROM t"],
        "missing-format",
        FORMAT.format("orc") + SOURCE,
        OTHER,
    ),
    "catalog": (
        ["CREATE CATALOG lake WITH ('type' = 'acme')"],
        "missing-catalog",
        FACTORY.format("acme", "CatalogFactory")
        + " in the classpath.\n  in: Unable to create catalog 'lake'.",
        FETCH,
    ),
    "class": (
        ["CREATE FUNCTION f AS 'com.example.Missing'", "SELECT f(1)"],
        "missing-class",
        "java.lang.ClassNotFoundException: com.example.Missing",
        OTHER,
    ),
    "module of a function": (
        ["CREATE TEMPORARY FUNCTION g AS 'missing_module.g' LANGUAGE PYTHON", "SELECT g(1)"],
        "missing-module",
        "ModuleNotFoundError: No module named 'missing_module'",
        "give `flink run -pyfs` a zip that has `missing_module` at its top, or `-pyreq` a requirements.txt with its"
        " package",
    ),
    "option": (
        [NUMBERS.replace("of-rows", "of-row"), "SELECT * FROM t"],
        "flink-error",
        "Unsupported options found for 'datagen'." + SOURCE,
        "without `number-of-row`. Options: `connector`, `fields.id.kind`",
    ),
    "column": (
        [NUMBERS, "SELECT x FROM t"],
        "flink-error",
        "At line 1, column 8: Column 'x' not found in any table",
        None,
    ),
    "syntax": (["SELECT * FORM t"], "flink-error", 'Encountered "t" at line 1, column 15.', None),
    "time": (
        [
            "CREATE TABLE t (id INT, at_ AS TO_TIMESTAMP_LTZ(NULLIF(id, id), 0), WATERMARK FOR at_ AS at_)"
            " WITH ('connector' = 'datagen', 'number-of-rows' = '1')",
            "SELECT id FROM t WHERE CURRENT_WATERMARK(at_) IS NULL",
        ],
        "null-rowtime",
        "RuntimeException: RowTime field should not be null",
        "give an event without a time one that is passed by",
    ),
    "value": (
        [NUMBERS, "SELECT 1 / (id - id) FROM t"],
        "flink-error",
        "ArithmeticException: / by zero",
        None,
    ),
}


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Has the jar of connectors have what no jar has: other tests load it into the JVM of all."""
    monkeypatch.setattr("pyflink_cep._causes.CONNECTORS", {"acme"})
    monkeypatch.setattr("pyflink_cep._causes.FORMATS", {"acme"})


@pytest.mark.parametrize(("statements", "code", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_the_innermost_cause_is_said_with_what_to_do(tables, statements, code, message, hint):
    *before, refused = statements
    for statement in before:
        tables.execute_sql(statement)
    with pytest.raises(FlinkError) as info, flink_errors():
        tables.execute_sql(refused).wait()

    (diagnostic,) = info.value.diagnostics
    assert (diagnostic.location, diagnostic.code) == ("flink", code)
    assert diagnostic.message.startswith(message)
    assert (diagnostic.hint or "").startswith(hint or "")
    assert (diagnostic.hint is None) == (hint is None)
    assert str(info.value).count("\n") <= 8
    # All that Java says is still there.
    assert "\tat org.apache.flink" in str(info.value.__context__)


def test_what_the_jar_of_connectors_has_is_known():
    provided = [entry for part in read_connectors(JAR).parts for entry in part.provides]

    assert {entry.name for entry in provided if entry.kind in ("connector", "catalog")} == REAL_CONNECTORS
    assert {entry.name for entry in provided if entry.kind == "format"} == REAL_FORMATS


def test_the_format_of_the_library_says_how_it_gets_there(tables, monkeypatch):
    # Other tests have loaded the jar.
    monkeypatch.setattr("pyflink_cep._causes.OWN_FORMAT", "orc")
    tables.execute_sql(of_files("orc"))
    with pytest.raises(FlinkError, match=r"call add_jar\(tables\) before the table is made"), flink_errors():
        tables.execute_sql("SELECT * FROM t")


def test_a_function_that_fails_is_told_with_its_line(tables):
    @udf(result_type=DataTypes.INT())
    def fails(number):
        return {}[number]

    tables.execute_sql(NUMBERS)
    tables.create_temporary_function("fails", fails)
    with pytest.raises(FlinkError) as info, flink_errors():
        tables.execute_sql("SELECT fails(1 + 0 * id) FROM t").wait()

    assert str(info.value).splitlines()[0] == "flink: error[flink-error]: KeyError: 1"
    assert str(info.value).splitlines()[1].endswith(", in fails")


def test_an_error_that_pyflink_raises_itself_is_told_too():
    trace = (
        "org.apache.flink.table.api.TableException: Failed to execute sql\n\tat a.B.c(B.java:1)\n"
        "Caused by: java.lang.NoClassDefFoundError: org/apache/hadoop/conf/Configuration\n\tat a.B.c(B.java:2)\n"
    )
    with pytest.raises(FlinkError) as info, flink_errors():
        raise TableException(trace)

    assert str(info.value) == (
        "flink: error[missing-class]: java.lang.NoClassDefFoundError: org/apache/hadoop/conf/Configuration\n\n"
        f"hint: {FETCH}"
    )


def test_a_broker_that_does_not_answer_is_named_as_what_is_missing():
    trace = (
        "org.apache.flink.table.api.TableException: Failed to wait job finish\n"
        "\tat a.B.c(B.java:1)\n"
        "Caused by: org.apache.flink.util.FlinkRuntimeException: Failed to list subscribed topic partitions due to\n"
        "\tat a.B.c(B.java:2)\n"
        "Caused by: org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment."
        " Call: listNodes\n"
    )
    with pytest.raises(FlinkError) as info, flink_errors():
        raise TableException(trace)

    assert info.value.diagnostics[0].code == "unreachable-broker"


def test_other_errors_pass_as_they_are():
    with pytest.raises(KeyError, match="'x'"), flink_errors():
        {}["x"]
