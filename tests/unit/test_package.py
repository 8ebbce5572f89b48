from pathlib import Path
from xml.etree import ElementTree

import pytest

import pyflink_cep
from pyflink_cep import Pattern, Skip


def test_the_version_is_that_of_the_jar():
    pom = ElementTree.parse(Path(__file__).parents[2] / "runtime/pom.xml")

    assert pyflink_cep.__version__ == pom.findtext("{http://maven.apache.org/POM/4.0.0}version")


def test_the_public_names_are_these():
    assert pyflink_cep.__all__ == [
        "Alerts",
        "ArgumentTypeError",
        "CepError",
        "Diagnostic",
        "FlinkError",
        "Found",
        "InputError",
        "JarNotFoundError",
        "JavaError",
        "Pattern",
        "PatternError",
        "Rule",
        "RuleSource",
        "Rules",
        "Skip",
        "TargetError",
        "UnknownColumnError",
        "add_jar",
        "collect",
        "deduplicate",
        "flink_errors",
        "match",
        "match_rules",
        "read_once",
    ]


@pytest.mark.parametrize(
    "documented",
    [
        pytest.param(value, id=f"{type_.__name__} {name}")
        for type_ in (Pattern, Skip)
        for name, value in [("itself", type_), *vars(type_).items()]
        if not name.startswith("_") and (callable(value) or isinstance(value, property))
    ],
)
def test_the_documentation_has_an_example_that_runs(documented):
    assert ">>> " in documented.__doc__
