"""Complex event processing on Apache Flink, in Python."""

from pyflink_cep._add_jar import add_jar
from pyflink_cep._collect import collect
from pyflink_cep._deduplicate import deduplicate
from pyflink_cep._flink_errors import flink_errors
from pyflink_cep._java import provide_java
from pyflink_cep._match import Found, match
from pyflink_cep._match_rules import Alerts, match_rules
from pyflink_cep._pattern import Pattern
from pyflink_cep._read_once import read_once
from pyflink_cep._rules import Rule, Rules, RuleSource
from pyflink_cep._skip import Skip
from pyflink_cep.errors import (
    ArgumentTypeError,
    CepError,
    Diagnostic,
    FlinkError,
    InputError,
    JarNotFoundError,
    JavaError,
    PatternError,
    TargetError,
    UnknownColumnError,
)

# Before a table environment is made, which starts the JVM.
provide_java()

__version__ = "0.1.0"

__all__ = [
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
