"""`Pattern` beside flink-cep's own, which is in Flink's wheel: the same methods, and the same refusals."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from py4j.protocol import Py4JJavaError
from pyflink.java_gateway import get_gateway

from pyflink_cep import Pattern, Skip
from pyflink_cep._duration import parse_duration

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/patterns/invalid.yaml").read_text())
SHARED_CASES = [case for case in CASES if "reference" in case]

PYTHON_NAMES = {"or": "or_where"}
NOT_IN_PYTHON = {
    "subtype": "a row has no Java class: `where` on the column that tells the kinds apart",
    "getAfterMatchSkipStrategy": "`skip`",
    "getCondition": "`to_document`",
    "getName": "`step_names`",
    "getPrevious": "`steps`",
    "getQuantifier": "`to_document`",
    "getTimes": "`to_document`",
    "getUntilCondition": "`to_document`",
    "getWindowSize": "`to_document`",
}
NOT_IN_JAVA = {
    "check": "flink-cep looks at the whole pattern when it compiles it",
    "from_document": "patterns as data",
    "skip": "getAfterMatchSkipStrategy",
    "step_names": "getName of each",
    "steps": "getPrevious",
    "to_document": "patterns as data",
}


def snake_case(name):
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)


def camel_case(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@pytest.fixture(scope="module")
def jvm():
    return get_gateway().jvm


@pytest.fixture(scope="module")
def java_methods(jvm):
    java_class = jvm.java.lang.Class.forName("org.apache.flink.cep.pattern.Pattern")
    public = jvm.java.lang.reflect.Modifier.isPublic
    return {
        method.getName()
        for method in java_class.getDeclaredMethods()
        if public(method.getModifiers()) and not method.isSynthetic()
    } - {"toString", "equals", "hashCode"}


def test_every_method_of_flink_cep_is_here(java_methods):
    expected = {PYTHON_NAMES.get(name, snake_case(name)) for name in java_methods - set(NOT_IN_PYTHON)}
    public = {name for name in dir(Pattern) if not name.startswith("_")}

    assert public - set(NOT_IN_JAVA) == expected


def test_every_exclusion_is_needed(java_methods):
    assert set(NOT_IN_PYTHON) <= java_methods


def test_every_skip_strategy_of_flink_cep_is_here(jvm):
    strategies = jvm.java.lang.Class.forName("org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy")
    is_static = jvm.java.lang.reflect.Modifier.isStatic
    java = {
        method.getName()
        for method in strategies.getDeclaredMethods()
        if is_static(method.getModifiers()) and jvm.java.lang.reflect.Modifier.isPublic(method.getModifiers())
    }
    python = {name for name, value in vars(Skip).items() if isinstance(value, staticmethod)}

    assert java == {"noSkip" if name == "none" else f"skip{camel_case(f'_{name}')}" for name in python}


class Reference:
    """Builds a case's pattern by flink-cep's own builder."""

    def __init__(self, jvm):
        self.jvm = jvm
        self.always = jvm.org.apache.flink.cep.pattern.conditions.BooleanConditions.trueFunction()

    def build(self, calls):
        pattern = self.jvm.org.apache.flink.cep.pattern.Pattern
        for call in calls:
            [(method, given)] = [(call, [])] if isinstance(call, str) else call.items()
            arguments = list(self.arguments(method, given))
            pattern = getattr(pattern, "or" if method == "or_where" else camel_case(method))(*arguments)
        return pattern

    def arguments(self, method, given):
        if method in ("where", "or_where", "until"):
            return [self.always]
        if method == "within":
            return self.window(**given)
        if isinstance(given, dict):
            return self.options(given)
        return given if isinstance(given, list) else [given]

    def options(self, given):
        for name, value in given.items():
            if name == "step":
                yield self.build(value) if isinstance(value, list) else value
            elif name == "skip":
                yield self.skip(value)
            elif name == "within":
                yield self.duration(parse_duration(value, "within"))
            else:
                yield value

    def window(self, between="first_and_last", **length):
        within_type = self.jvm.org.apache.flink.cep.pattern.WithinType
        return [self.duration(timedelta(**length)), getattr(within_type, between.upper())]

    def duration(self, length):
        return self.jvm.java.time.Duration.ofMillis(length // timedelta(milliseconds=1))

    def skip(self, given):
        strategies = self.jvm.org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy
        [(strategy, step)] = given.items()
        return getattr(strategies, f"skip{camel_case(f'_{strategy}')}")(step)

    def compile(self, pattern):
        self.jvm.org.apache.flink.cep.nfa.compiler.NFACompiler.compileFactory(pattern, False)


@pytest.mark.parametrize("case", SHARED_CASES, ids=[case["name"] for case in SHARED_CASES])
def test_flink_cep_refuses_the_same(case, jvm):
    reference = Reference(jvm)
    match case.get("refused_by"):
        case None:
            reference.compile(reference.build(case["calls"]))
        case "check":
            pattern = reference.build(case["calls"])
            with pytest.raises(Py4JJavaError):
                reference.compile(pattern)
        case _:
            reference.build(case["calls"][:-1])
            with pytest.raises(Py4JJavaError):
                reference.compile(reference.build(case["calls"]))
