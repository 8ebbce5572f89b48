"""What can go wrong, and how it is said.

Every error of this library is a `CepError`, and the builtin error that it is by nature:

    CepError
    ├── PatternError (ValueError)           a pattern, condition or measure that can't be used
    ├── InputError (ValueError)             a table, stream or event that doesn't fit the call
    │   └── UnknownColumnError (KeyError)   a column that the input doesn't have
    ├── ArgumentTypeError (TypeError)       an argument of the wrong type
    ├── FlinkError (RuntimeError)           a statement that Flink refuses, or a job that failed
    ├── JavaError (RuntimeError)            no Java, or one that is too old
    ├── JarNotFoundError (FileNotFoundError)   a source checkout whose jar was not built
    └── TargetError (RuntimeError)          a directory, topic or registry that can't be published to, or read from

An `EvaluationWarning` (UserWarning) is no error: it says on which events of a list a condition or a measure failed.
Nor is a `PatternWarning` (UserWarning): it says which clauses of a pattern have no effect.

Each error holds one `Diagnostic` or more, and reads as they do: where, what was found and what was expected, the
source underlined, and a hint.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

_END_OF_LINE = re.compile(r"\r\n|\n|\r")
# The most that is shown of a line.
_LONGEST_LINE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One thing that is wrong, and where.

    Example:
        >>> print(Diagnostic(
        ...     code="unknown-step",
        ...     location="where of step `spend`",
        ...     message="`prob` is not a step",
        ...     source="merchant <> prob.merchant",
        ...     line=1,
        ...     column=13,
        ...     length=4,
        ...     hint="did you mean `probe`?",
        ... ))
        where of step `spend`:1:13: error[unknown-step]: `prob` is not a step
          1 | merchant <> prob.merchant
            |             ^^^^
        <BLANKLINE>
        hint: did you mean `probe`?

    Attributes:
        code: A worded code that stays the same from version to version, such as `unknown-step`.
        location: Which part of the pattern or of the call, such as ``where of step `spend` ``.
        message: What was found, and what was expected.
        source: The whole expression, or None where the error is not in an expression.
        line: The error's first line in the source, from 1.
        column: The error's first column in the source, from 1.
        length: How many characters of that line are wrong.
        hint: What to do, or None.
        severity: An `error`, or a `warning` of what is allowed and hardly meant.
    """

    code: str
    location: str
    message: str
    source: str | None = None
    line: int = 0
    column: int = 0
    length: int = 0
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        text = f"{self.severity}[{self.code}]: {self.message}"
        if self.source is None:
            text = f"{self.location}: {text}"
        else:
            text = f"{self.location}:{self.line}:{self.column}: {text}\n{self._excerpt()}"
        return f"{text}\n\nhint: {self.hint}" if self.hint else text

    @property
    def source_line(self) -> str | None:
        """The line of the source that is wrong; None where there is no source."""
        if self.source is None:
            return None
        # Not `splitlines`, which also ends lines at what YAML and SQL take for white space.
        lines = _END_OF_LINE.split(self.source)
        return lines[min(max(self.line, 1), len(lines)) - 1]

    def _excerpt(self) -> str:
        """The line with the error underlined; of a long one, such as a document in one line, what is around it."""
        line = self.source_line or ""
        start = max(0, self.column - 1 - _LONGEST_LINE // 2) if len(line) > _LONGEST_LINE else 0
        end = min(len(line), start + _LONGEST_LINE)
        before, after = "..." if start else "", "..." if end < len(line) else ""
        # Tabs stay in the margin, so that the carets stand under what they mean.
        margin = "".join("\t" if char == "\t" else " " for char in before + line[start : self.column - 1])
        carets = "^" * max(1, min(self.length, end - self.column + 1))
        number = f"  {self.line} "
        return f"{number}| {before}{line[start:end]}{after}\n{' ' * len(number)}| {margin}{carets}"


class CepError(Exception):
    """The base of all errors of this library.

    Example:
        >>> from pyflink_cep import Pattern
        >>> try:
        ...     Pattern.begin("probe").times(0)
        ... except CepError as error:
        ...     print(error.diagnostics[0].code)
        invalid-times
    """

    java_trace: str | None = None
    """The stack of the JVM, where the error comes from there: for who looks for a defect of this library."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that is wrong, in the order in which it was found."""
        return self.args

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.diagnostics))


class PatternError(CepError, ValueError):
    """A pattern, condition or measure that can't be used, with everything that is wrong with it.

    Example:
        >>> from pyflink_cep import Pattern
        >>> Pattern.begin("probe").until("amount > 9")
        Traceback (most recent call last):
        ...
        pyflink_cep.errors.PatternError: step `probe`: error[until-without-loop]: `until` ends a loop, and this is none
        <BLANKLINE>
        hint: call `one_or_more()` or `times_or_more(n)` first
    """

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads the diagnostics that the JVM reports: a JSON array of objects with the fields of `Diagnostic`."""
        return cls(*(Diagnostic(**fields) for fields in json.loads(text)))


class InputError(CepError, ValueError):
    """A table, stream or event that doesn't fit the call, such as a table without a time attribute."""


class UnknownColumnError(InputError, KeyError):
    """A column that the input doesn't have."""


class ArgumentTypeError(CepError, TypeError):
    """An argument of the wrong type."""


class FlinkError(CepError, RuntimeError):
    """A statement that Flink refuses, or a job that failed, by its innermost cause; see `flink_errors`.

    PyFlink's own error, with all of Java's stack, is its `__context__`.
    """


class JavaError(CepError, RuntimeError):
    """No Java to run Flink on, or one that is too old."""


class JarNotFoundError(CepError, FileNotFoundError):
    """A source checkout whose jar was not built."""


class TargetError(CepError, RuntimeError):
    """A directory, topic or schema registry that can't be published to, or what is in it can't be read."""


class EvaluationWarning(UserWarning):
    """A condition or a measure that can't be evaluated on some event of a list; a job counts and reports it."""


class PatternWarning(UserWarning):
    """A pattern with clauses that have no effect; `check` of the command warns of them in rules, or refuses them."""


def wrong_type(location: str, expected: str, found: object, hint: str | None = None) -> ArgumentTypeError:
    """The error for an argument that is not of the expected type."""
    return ArgumentTypeError(
        Diagnostic(
            code="wrong-type",
            location=location,
            message=f"expected {expected}, found {found!r} of type {type(found).__name__}",
            hint=hint,
        )
    )


def did_you_mean(name: str, known: Iterable[str], kind: str) -> str:
    """A hint that names the nearest of the known names, then lists them all.

    Example:
        >>> did_you_mean("sucess", ["fail", "success"], "Steps")
        'did you mean `success`? Steps: `fail`, `success`'
    """
    names = list(known)
    listing = f"{kind}: {', '.join(f'`{known_name}`' for known_name in names) or 'none'}"
    nearest = difflib.get_close_matches(name, names, n=1)
    return f"did you mean `{nearest[0]}`? {listing}" if nearest else listing
