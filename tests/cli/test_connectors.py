"""`pyflink-cep connectors`, on a jar that has one connector, and with a script for Maven."""

import json
import zipfile
from pathlib import Path

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


@pytest.fixture
def maven(directory, monkeypatch):
    """Puts a script on the path as `mvn`, and takes all others from it."""
    home = directory / "jdk"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "javac").touch()
    monkeypatch.setenv("PATH", str(directory / "programs"))

    def is_(build, version="17.0.15"):
        program = directory / "programs" / "mvn"
        program.parent.mkdir()
        program.write_text(
            f"""#!/bin/sh
            for argument; do
              if [ "$argument" = -v ]; then
                echo "Java version: {version}, vendor: Debian, runtime: {home}"
                exit 0
              fi
            done
            {build}
            """
        )
        program.chmod(0o755)
        return program

    is_.home = home
    return is_


# The script's arguments: -B -ntp -q --strict-checksums -Dstyle.color=never -f POM …
BUILD = """
while [ "$1" != -f ]; do shift; done
[ -e "${2%/*}/src/contents/ListContents.java" ] || exit 7
[ -e "${2%/*}/../../schemas/payments/v1.proto" ] || exit 8
/bin/mkdir "${2%/*}/target"
echo "$@" > "${2%/*}/target/pyflink-cep-connectors.jar"
"""


@pytest.mark.parametrize("to", ["", "--to jars", "--to jars/other.jar"])
def test_the_jar_is_made_by_maven_and_put_where_it_is_wanted(run, directory, maven, to):
    maven(BUILD)
    (directory / "jars").mkdir()
    file = {"": "pyflink-cep-connectors.jar", "--to jars": "jars/pyflink-cep-connectors.jar"}.get(
        to, "jars/other.jar"
    )
    Path(directory, file).write_text("an older one")
    (directory / "settings.xml").touch()

    assert run(f"connectors fetch {to} --settings settings.xml") == Ran(
        0, f"{file}\n", f"Maven fetches the parts of {file}, 270 MB the first time\n"
    )
    _, pom, _, settings, phase = Path(directory, file).read_text().split()
    assert (Path(pom).name, Path(settings), phase) == ("pom.xml", directory / "settings.xml", "package")
    # What it was made in is gone, and so is the part of a file.
    assert not Path(pom).exists()
    assert [other.name for other in Path(directory, file).parent.glob(".*")] == []


def test_without_maven_it_says_what_to_install(run, maven):
    assert run("connectors fetch").stderr.splitlines()[1:] == [
        "mvn: error[missing-maven]: the jar is made by Apache Maven, and there is no `mvn` on the path",
        "",
        "hint: install Maven and a JDK 17; the jar is the same on each machine: it can be made on another, and copied",
    ]


@pytest.mark.parametrize(("version", "compiler"), [("11.0.2", True), ("17.0.15", False)])
def test_a_java_that_is_old_or_has_no_compiler_is_refused(run, directory, maven, version, compiler):
    program = maven(BUILD, version)
    if not compiler:
        (maven.home / "bin" / "javac").unlink()

    ran = run("connectors fetch")
    assert ran.exit_code == 1
    assert (
        f"{program}: error[missing-jdk]: expected a JDK 17 or later, which has a compiler, found"
        f" Java {version.partition('.')[0]} in {maven.home}\n"
    ) in ran.stderr


def test_what_maven_says_of_a_failure_is_told(run, directory, maven):
    maven("echo '[ERROR] Could not transfer artifact a:b:jar:1 from/to mirror: Connection refused'; exit 1")

    ran = run("connectors fetch")
    assert ran.exit_code == 1
    assert (
        "mvn: error[failed-build]: Could not transfer artifact a:b:jar:1 from/to mirror: Connection refused\n\n"
        "hint: Maven's mirrors and proxies are in its settings: ~/.m2/settings.xml, or --settings FILE;\n"
    ) in ran.stderr
    assert not (directory / "pyflink-cep-connectors.jar").exists()


def test_a_folder_that_is_not_there_is_a_wrong_call(run, maven):
    maven(BUILD)

    ran = run("connectors fetch --to nowhere/connectors.jar")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "--to: error[missing-folder]: nowhere is not a folder\n" in ran.stderr
