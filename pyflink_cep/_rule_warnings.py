"""What is allowed in a rule, and hardly meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyflink_cep._check import pattern_window
from pyflink_cep._expression_names import names_in
from pyflink_cep._vain_clauses import vain_clauses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyflink_cep._pattern import Pattern
    from pyflink_cep._rules import Rule
    from pyflink_cep._step import Step
    from pyflink_cep.errors import Diagnostic

_RELAXED = ("followed_by", "followed_by_any", "not_followed_by")
_OF_CONSTANTS = frozenset({"AND", "OR", "NOT", "IS", "NULL", "TRUE", "FALSE", "UNKNOWN", "IN", "BETWEEN"})
_STARS = re.compile(r"\bLIKE\s+'([^'%_]*[*?][^'%_]*)'", re.IGNORECASE)
# What is within a text, a name or another comment begins none.
_COMMENT = re.compile(r"'[^']*'|`[^`]*`|/\*.*?\*/|(?P<comment>(?:--|//)[^\n\r]*)", re.DOTALL)
# How other languages divide, and a subtraction without spaces.
_OPERATOR = re.compile(r"//|--\d")
_A_SECOND = 1_000


@dataclass(frozen=True, slots=True)
class _Warning:
    """A warning, and where it is.

    Attributes:
        path: Of a value of the rule's document, such as `steps[1].where`.
        excerpt: The part of the value that is meant; empty for all of it.
        of_key: Whether the value's key is meant.
    """

    path: str
    code: str
    message: str
    hint: str
    excerpt: str = ""
    of_key: bool = False


@dataclass(frozen=True, slots=True)
class _Placed:
    """A step, and the path of its object in the rule's document."""

    step: Step
    path: str

    @property
    def body(self) -> str:
        """The path of its name or group."""
        return f"{self.path}.{self.step.verb}"


def warnings_of(rule: Rule) -> Iterator[Diagnostic]:
    """What a rule that is checked says, and hardly means, each at its place in the document."""
    for warning in sorted(_warnings(rule), key=lambda warning: rule.places.order(warning.path)):
        yield rule.places.diagnostic(
            warning.path,
            warning.code,
            warning.message,
            warning.hint,
            excerpt=warning.excerpt,
            of_key=warning.of_key,
            severity="warning",
        )


def _warnings(rule: Rule) -> Iterator[_Warning]:
    steps = list(_placed(rule.pattern, "steps"))
    if pattern_window(rule.pattern) is None:
        yield from _waiting(steps)
    yield from _bare_numbers(rule.document)
    if rule.rollout == 0:
        yield _Warning(
            "rollout",
            "rollout-of-none",
            "`rollout: 0` looks at no key: the rule finds nothing",
            "to stop a rule, write `status: paused`",
        )
    yield from _vain(rule)
    for path, condition in _conditions(rule.document["steps"], "steps"):
        if (
            condition.strip().upper() != "TRUE"
            and {n.upper() for n in names_in([condition])} <= _OF_CONSTANTS
        ):
            yield _Warning(
                path,
                "constant-condition",
                f"`{_in_line(condition)}` looks at no field: it is the same for every event",
                "write TRUE, or leave the condition out, where every event fits",
            )
        yield from _expression(rule, path, condition)
    for name, measure in (rule.measures or {}).items():
        yield from _expression(rule, f"measures.{name}", measure)


def _placed(pattern: Pattern, path: str) -> Iterator[_Placed]:
    """All steps, those of a group after it."""
    for place, step in enumerate(pattern.steps):
        placed = _Placed(step, f"{path}[{place}]")
        yield placed
        if step.group:
            yield from _placed(step.group, placed.body)


def _conditions(steps: Sequence[Mapping[str, object]], path: str) -> Iterator[tuple[str, str]]:
    """The conditions of steps as they are written, by their paths."""
    for place, step in enumerate(steps):
        for key, value in step.items():
            of_key = f"{path}[{place}].{key}"
            if key in ("where", "until"):
                yield from _clauses(value, of_key)
            elif isinstance(value, list):
                yield from _conditions(value, of_key)


def _clauses(value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case {"or": str(condition)}:
            yield f"{path}.or", condition
        case list():
            for place, clause in enumerate(value):
                yield from _clauses(clause, f"{path}[{place}]")


def _waiting(steps: Sequence[_Placed]) -> Iterator[_Warning]:
    """The first step whose event may come at any later time."""
    for placed in steps:
        step, times = placed.step, placed.step.times
        is_loop = times is not None and times.most != 1 and times.within is None and not step.group
        is_first = placed.path.endswith("[0]")
        if (not is_first and step.verb in _RELAXED and step.within_previous is None) or (
            is_loop and step.inner != "consecutive"
        ):
            yield _Warning(
                placed.body,
                "unbounded-wait",
                f"{step} may come at any later time: what waits for it is kept for ever, for each key",
                "bound the match, such as by `within: 1 hour`",
                of_key=step.group is not None,
            )
            return


def _bare_numbers(document: Mapping[str, object], path: str = "") -> Iterator[_Warning]:
    """Times in milliseconds that may be meant in another unit, of the rule and of its steps."""
    for key, value in document.items():
        of_key = f"{path}{key}"
        if key in ("within", "within_previous", "times_within"):
            if isinstance(value, int) and value < _A_SECOND:
                message = f"`{key}: {value}` is {value} milliseconds"
                yield _Warning(of_key, "bare-number", message, "write the unit")
        elif isinstance(value, list) and key != "tests":
            for place, inner in enumerate(value):
                if isinstance(inner, dict):
                    yield from _bare_numbers(inner, f"{of_key}[{place}].")


def _vain(rule: Rule) -> Iterator[_Warning]:
    for vain in vain_clauses(rule.pattern):
        path = vain.path
        if path not in rule.places.keys:
            # What a pattern says of its last step stands at the pattern, and `0..2` is optional, too.
            key = path.rpartition(".")[2]
            others = (key, f"steps[{len(rule.pattern.steps) - 1}].{key}", path.removesuffix(key) + "times")
            path = next((other for other in others if other in rule.places.keys), path)
        yield _Warning(path, "clause-without-effect", str(vain), "leave it out", of_key=True)


def _expression(rule: Rule, path: str, expression: str) -> Iterator[_Warning]:
    """What holds for conditions and measures alike."""
    for like in _STARS.finditer(expression):
        yield _Warning(
            path,
            "literal-star",
            f"`{_in_line(like[0])}` asks for the text itself: `*` and `?` stand for no other characters",
            "write `%` for any characters, and `_` for one",
            excerpt=like[0],
        )
    for token in _COMMENT.finditer(expression):
        comment = token["comment"]
        if comment is None:
            continue
        if rule.places.has_several_lines(path, comment):
            yield _Warning(
                path,
                "comment-over-lines",
                f"`{comment}` is a comment: YAML has joined the lines, and all behind it is passed over",
                "write the value behind `|`, which keeps its lines, or the comment as /* ... */",
                excerpt=comment,
            )
        elif _OPERATOR.match(comment):
            yield _Warning(
                path,
                "comment-like-an-operator",
                f"`{comment}` is a comment: in SQL `{comment[:2]}` begins one",
                "to divide write CAST(a / b AS BIGINT), to subtract a negative number put a space between"
                " the signs, and begin a comment by `--` and a space",
                excerpt=comment,
            )


def _in_line(sql: str) -> str:
    return " ".join(sql.split())
