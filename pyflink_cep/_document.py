"""Patterns as plain data: the shape that the JVM reads, and that rule documents and test cases have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from pyflink_cep._duration import parse_duration
from pyflink_cep._skip import Skip
from pyflink_cep._step import Clause, Step, Verb
from pyflink_cep.errors import CepError, Diagnostic, PatternError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from pyflink_cep._pattern import Pattern

_VERBS: tuple[str, ...] = get_args(Verb)
_FLAGS = ("greedy", "consecutive", "allow_combinations", "optional")
_WINDOWS = ("within", "within_previous")
_PATTERN_KEYS = ("skip", "steps", *_WINDOWS)
_STEP_KEYS = (*_VERBS, "where", "times", "times_within", *_FLAGS, "until", *_WINDOWS)
_TIMES = re.compile(r"(\d+)(?:(\+)|\.\.(\d+))?")


def write(pattern: Pattern) -> dict[str, Any]:
    """The pattern as plain data. The windows of the last step stand for the whole pattern."""
    steps = _write_steps(pattern)
    windows = {key: steps[-1].pop(key) for key in _WINDOWS if key in steps[-1]}
    skip = {} if pattern.skip == Skip.none() else {"skip": _write_skip(pattern.skip)}
    return {**skip, "steps": steps, **windows}


def _write_steps(pattern: Pattern) -> list[dict[str, Any]]:
    return [dict(_write_step(step)) for step in pattern.steps]


def _write_step(step: Step) -> Iterator[tuple[str, Any]]:
    yield step.verb, _write_steps(step.group) if step.group else step.body
    if step.where:
        clauses = [_write_clause(clause) for clause in step.where]
        yield "where", clauses if len(clauses) > 1 else clauses[0]
    if step.times:
        yield "times", step.times.least if step.times.least == step.times.most else str(step.times)
        if step.times.within is not None:
            yield "times_within", step.times.within
    if step.inner:
        yield step.inner, True
    for key in ("optional", "greedy"):
        if getattr(step, key):
            yield key, True
    for key in ("until", *_WINDOWS):
        if getattr(step, key) is not None:
            yield key, getattr(step, key)


def _write_clause(clause: Clause) -> str | dict[str, str]:
    return {"or": clause.sql} if clause.alternative else clause.sql


def _write_skip(skip: Skip) -> str | dict[str, Any]:
    if skip.step is None:
        return skip.strategy
    return {skip.strategy: skip.step, "throw_on_miss": skip.throw_on_miss}


def read(document: object) -> Pattern:
    """The pattern that the document describes.

    Raises:
        PatternError: The document is refused, with everything that is wrong with it.
    """
    reader = _Reader()
    pattern = reader.pattern(document)
    if pattern is None or reader.diagnostics:
        raise PatternError(*reader.diagnostics)
    pattern.check()
    return pattern


class _Reader:
    """Builds a pattern by its own methods, goes on after a refused call, and keeps why it was refused."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def pattern(self, document: object) -> Pattern | None:
        if not isinstance(document, Mapping):
            self._refuse(
                "invalid-document", "pattern", f"expected an object with `steps`, found {document!r}"
            )
            return None
        self._check_keys(document, _PATTERN_KEYS, "pattern")
        skip = self._skip(document.get("skip", "none"))
        pattern = self._steps(document.get("steps"), "steps", skip)
        if pattern is None:
            return None
        for key in _WINDOWS:
            if key in document and getattr(pattern.steps[-1], key) is not None:
                self._refuse("window-twice", "pattern", f"`{key}` is set here and at the last step")
        return self._windows(pattern, document, "pattern")

    def _steps(self, documents: object, location: str, skip: Skip) -> Pattern | None:
        if not isinstance(documents, list) or not documents:
            self._refuse("invalid-document", location, f"expected a list of steps, found {documents!r}")
            return None
        pattern: Pattern | None = None
        for place, document in enumerate(documents):
            pattern = self._step(pattern, document, f"{location}[{place}]", skip)
        return pattern

    def _step(self, pattern: Pattern | None, document: object, location: str, skip: Skip) -> Pattern | None:
        if not isinstance(document, Mapping):
            self._refuse("invalid-document", location, f"expected a step, found {document!r}")
            return pattern
        self._check_keys(document, _STEP_KEYS, location)
        verbs = [verb for verb in _VERBS if verb in document]
        expected = ("begin",) if location.endswith("[0]") else _VERBS[1:]
        if len(verbs) != 1 or verbs[0] not in expected:
            found = " and ".join(f"`{verb}`" for verb in verbs) or "none"
            wanted = ", ".join(f"`{verb}`" for verb in expected)
            self._refuse("invalid-verb", location, f"expected one of {wanted}, found {found}")
            return pattern
        added = self._add(pattern, verbs[0], document[verbs[0]], location, skip)
        return pattern if added is None else self._options(added, document, location)

    def _add(
        self, pattern: Pattern | None, verb: str, body: object, location: str, skip: Skip
    ) -> Pattern | None:
        from pyflink_cep._pattern import Pattern

        if isinstance(body, list):
            body = self._steps(body, f"{location}.{verb}", Skip.none())
            if body is None:
                return None
        try:
            if verb == "begin":
                return Pattern.begin(body, skip)  # type: ignore[arg-type]  # checked by the callee
            return None if pattern is None else getattr(pattern, verb)(body)
        except CepError as error:
            self.diagnostics += error.diagnostics
            return None

    def _options(self, pattern: Pattern, document: Mapping[str, Any], location: str) -> Pattern:
        where = document.get("where", [])
        for clause in where if isinstance(where, list) else [where]:
            if isinstance(clause, Mapping) and set(clause) == {"or"}:
                pattern = self._call(pattern, "or_where", clause["or"])
            else:
                pattern = self._call(pattern, "where", clause)
        pattern = self._times(pattern, document, location)
        for flag in _FLAGS:
            if self._flag(document, flag, location):
                pattern = self._call(pattern, flag)
        if "until" in document:
            pattern = self._call(pattern, "until", document["until"])
        return self._windows(pattern, document, location)

    def _times(self, pattern: Pattern, document: Mapping[str, Any], location: str) -> Pattern:
        within = self._duration(document, "times_within", location)
        if "times" not in document:
            if within is not None:
                self._refuse("missing-quantifier", location, "`times_within` needs `times`")
            return pattern
        times = document["times"]
        found = None if isinstance(times, bool) else _TIMES.fullmatch(str(times))
        if found is None:
            self._refuse(
                "invalid-times", location, f"`times` is such as `3`, `2..5` or `3+`, found {times!r}"
            )
            return pattern
        least, loop, most = int(found[1]), found[2], found[3]
        if loop:
            looping = self._call(pattern, "times_or_more", max(least, 1), within=within)
            return looping if least else self._call(looping, "optional")
        return self._call(pattern, "times", least, most and int(most), within=within)

    def _windows(self, pattern: Pattern, document: Mapping[str, Any], location: str) -> Pattern:
        for key, between in (("within", "first_and_last"), ("within_previous", "previous_and_current")):
            window = self._duration(document, key, location)
            if window is not None:
                pattern = self._call(pattern, "within", window, between=between)
        return pattern

    def _duration(self, document: Mapping[str, Any], key: str, location: str) -> timedelta | None:
        if key not in document:
            return None
        try:
            return parse_duration(document[key], f"{key} of {location}")
        except CepError as error:
            self.diagnostics += error.diagnostics
            return None

    def _skip(self, document: Any) -> Skip:
        try:
            match document:
                case "none":
                    return Skip.none()
                case "to_next":
                    return Skip.to_next()
                case "past_last_event":
                    return Skip.past_last_event()
                case {"to_first": step} if set(document) <= {"to_first", "throw_on_miss"}:
                    return Skip.to_first(step, self._flag(document, "throw_on_miss", "skip"))
                case {"to_last": step} if set(document) <= {"to_last", "throw_on_miss"}:
                    return Skip.to_last(step, self._flag(document, "throw_on_miss", "skip"))
        except CepError as error:
            self.diagnostics += error.diagnostics
            return Skip.none()
        expected = "none, to_next, past_last_event, {to_first: STEP} or {to_last: STEP}"
        self._refuse("invalid-skip", "skip", f"expected {expected}, found {document!r}")
        return Skip.none()

    def _flag(self, document: Mapping[str, Any], key: str, location: str) -> bool:
        value = document.get(key, False)
        if not isinstance(value, bool):
            self._refuse("wrong-type", location, f"`{key}` is true or false, found {value!r}")
            return False
        return value

    def _call(self, pattern: Pattern, method: str, *arguments: Any, **options: Any) -> Pattern:
        try:
            called: Pattern = getattr(pattern, method)(*arguments, **options)
        except CepError as error:
            self.diagnostics += error.diagnostics
            return pattern
        return called

    def _check_keys(self, document: Mapping[str, Any], known: tuple[str, ...], location: str) -> None:
        for key in document:
            if key not in known:
                hint = did_you_mean(str(key), known, "Keys")
                self._refuse("unknown-key", location, f"`{key}` is not a key", hint)

    def _refuse(self, code: str, location: str, message: str, hint: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(code=code, location=location, message=message, hint=hint))
