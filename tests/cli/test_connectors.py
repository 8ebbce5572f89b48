"""`pyflink-cep connectors`, on a jar that is as the build makes it, but has one connector."""

import json
import zipfile

import pytest

from tests.cli.conftest import Ran

KAFKA = {
    "artifact": "org.apache.flink:flink-sql-connector-kafka",
    "version": "5.0.0-2.2",
    "purpose": "Topics of Kafka",
    "provides": [
        {"kind": "connector", "name": "kafka", "uses": ["read", "write"]},
        {"kind": "connector", "name": "dynamic-kafka", "uses": ["read"]},
    ],
}
DRIVER = {
    "artifact": "org.postgresql:postgresql",
    "version": "42.7.8",
    "purpose": "The driver of PostgreSQL",
    "provides": [],
}


@pytest.fixture
def jar(directory):
    with zipfile.ZipFile(directory / "connectors.jar", "w") as archive:
        archive.writestr(
            "META-INF/pyflink-cep/connectors.json", json.dumps({"version": "0.1.0", "parts": [KAFKA, DRIVER]})
        )
    return "connectors.jar"


def test_each_part_is_named_with_its_version_its_purpose_and_its_names_in_sql(run, jar):
    assert run(f"connectors {jar}") == Ran(
        0,
        """\
org.apache.flink:flink-sql-connector-kafka 5.0.0-2.2
  for        Topics of Kafka
  connector  kafka (read, write)
             dynamic-kafka (read)
org.postgresql:postgresql 42.7.8
  for  The driver of PostgreSQL
""",
        "\nconnectors.jar, of pyflink-cep 0.1.0\n",
    )


def test_programs_get_the_same_as_json(run, jar):
    ran = run(f"connectors {jar} --format json")

    assert json.loads(ran.stdout) == {"jar": jar, "version": "0.1.0", "parts": [KAFKA, DRIVER]}
    assert (ran.exit_code, ran.stderr) == (0, "")


def test_a_jar_that_is_not_there_is_a_finding(run):
    assert run("connectors missing.jar") == Ran(
        1,
        "",
        "connectors: error[missing-jar]: missing.jar does not exist\n\n"
        "hint: make it by `pyflink-cep connectors fetch`, or name the jar\n",
    )


def test_another_jar_is_refused(run, directory):
    zipfile.ZipFile(directory / "other.jar", "w").close()

    assert run("connectors other.jar") == Ran(
        1,
        "",
        "other.jar: error[no-connectors]: expected a jar with META-INF/pyflink-cep/connectors.json, found none\n\n"
        "hint: `pyflink-cep connectors fetch` makes one\n",
    )
