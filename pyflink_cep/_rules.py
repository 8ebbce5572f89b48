"""Rules: patterns with an id, a version, a key and what is told of a match, as documents."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pyflink_cep._document_places import DocumentPlaces
from pyflink_cep._keywords import known_keywords
from pyflink_cep._pattern import Pattern
from pyflink_cep._rule_test_reader import PATTERN_KEYS, check_tests
from pyflink_cep.errors import Diagnostic, InputError, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Status = Literal["live", "shadow", "paused", "retired"]

_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class RuleSource:
    """The text of a rule document.

    Attributes:
        name: What the document is called in errors: the path of its file, as it was given.
        text: YAML or JSON.
    """

    name: str
    text: str


@dataclass(frozen=True)
class Rule:
    """A rule, as its document says it.

    Attributes:
        document: The whole document as plain data.
        source: What the document is called in errors.

    Example:
        >>> rule = Rules.of('''
        ... id: large
        ... version: 3
        ... partition_by: card_id
        ... steps: [{begin: spend, where: amount > 500}]
        ... measures: {spent: spend.amount}
        ... ''').check()[0]
        >>> rule.id, rule.version, rule.partition_by, rule.measures, rule.severity, rule.status
        ('large', 3, ('card_id',), {'spent': 'spend.amount'}, 'medium', 'live')
    """

    document: Mapping[str, Any]
    source: str
    _places: DocumentPlaces | None = field(default=None, repr=False, compare=False)

    @property
    def id(self) -> str:
        """The rule's name; a document with the same id is a version of the rule."""
        return str(self.document["id"])

    @property
    def version(self) -> int:
        """The version, from 1 on."""
        return int(self.document["version"])

    @property
    def description(self) -> str:
        """What the rule catches, and what it lets through."""
        return self.document.get("description") or ""

    @property
    def partition_by(self) -> tuple[str, ...]:
        """The columns of the key; none where all events are of one key."""
        columns = self.document.get("partition_by") or ()
        return (columns,) if isinstance(columns, str) else tuple(columns)

    @property
    def measures(self) -> dict[str, str] | None:
        """What is told of a match: names to SQL expressions over its steps."""
        return self.document.get("measures")

    @property
    def severity(self) -> str:
        """How bad a match is: info, low, medium, high or critical."""
        return str(self.document.get("severity", "medium"))

    @property
    def status(self) -> Status:
        """Whether the rule takes part."""
        status: Status = self.document.get("status", "live")
        return status

    @property
    def rollout(self) -> float:
        """The share of the keys that the rule looks at, in percent."""
        return float(self.document.get("rollout", 100))

    @property
    def tests(self) -> tuple[Mapping[str, Any], ...]:
        """The rule's own tests, as they are written."""
        return tuple(self.document.get("tests") or ())

    @property
    def places(self) -> DocumentPlaces:
        """Where the values of the rule's document stand."""
        return self._places or DocumentPlaces(self.source)

    @cached_property
    def pattern(self) -> Pattern:
        """What the rule looks for."""
        return Pattern.from_document(
            {key: self.document[key] for key in PATTERN_KEYS if key in self.document}
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """Rule documents, as texts: Java reads them, here and in a running job.

    Attributes:
        sources: The documents, in order.
    """

    sources: tuple[RuleSource, ...]

    @classmethod
    @known_keywords
    def load(cls, *paths: str | Path) -> Rules:
        """Reads rule documents from files, and from all `.yaml`, `.yml` and `.json` files in folders.

        Args:
            paths: Files and folders; those of a folder are taken in the order of their names, with its subfolders.

        Raises:
            InputError: A path doesn't exist, or a folder has no rules.
        """
        sources = []
        for path in map(Path, paths):
            if not path.exists():
                raise _invalid(str(path), "missing-file", "there is no such file or folder")
            files = [path]
            if path.is_dir():
                files = sorted(
                    f for f in path.rglob("*") if f.suffix in _SUFFIXES and not f.name.startswith(".")
                )
                if not files:
                    raise _invalid(str(path), "no-rules", f"the folder has no {', '.join(_SUFFIXES)} files")
            for file in files:
                try:
                    sources.append(RuleSource(str(file), file.read_text(encoding="utf-8")))
                except UnicodeDecodeError as error:
                    raise _invalid(str(file), "wrong-encoding", f"the file is not UTF-8: {error}") from error
        return cls(tuple(sources))

    @classmethod
    @known_keywords
    def of(cls, *texts: str) -> Rules:
        """Takes rule documents as they are: texts in YAML or JSON."""
        for text in texts:
            if not isinstance(text, str):
                raise wrong_type("rules", "a rule document as text", text)
        names = ["rule"] if len(texts) == 1 else [f"rules[{place}]" for place in range(len(texts))]
        return cls(tuple(RuleSource(name, text) for name, text in zip(names, texts, strict=True)))

    @known_keywords
    def check(self, schema: Mapping[str, str] | None = None, *, tests: bool = False) -> tuple[Rule, ...]:
        """Reads the documents, and checks all that can be.

        Args:
            schema: The SQL type of each column of the events. Without it, expressions are parsed, and no name is
                resolved.
            tests: Whether the tests that rules carry are checked too: that their events fit the columns, and that
                they expect what the rule has. Jobs have no use for them.

        Returns:
            The rules, in the order of their documents.

        Raises:
            PatternError: All that is wrong with any of them, each with file, line and column.
        """
        # Flink's modules take a second to import, which `Rules` does without.
        from pyflink_cep import _gateway

        read, errors = _gateway.read_rules(
            self.to_json(), None if schema is None else json.dumps(dict(schema))
        )
        places = [
            DocumentPlaces(source.name, source.text, **found["places"]) if found else None
            for source, found in zip(self.sources, read, strict=True)
        ]
        if tests:
            errors += [
                error
                for found, of_rule in zip(read, places, strict=True)
                if of_rule and isinstance(found["document"], dict)
                for error in check_tests(found["document"], of_rule, schema)
            ]
            order = {source.name: place for place, source in enumerate(self.sources)}
            errors.sort(key=lambda error: (order[error.location], error.line, error.column))
        if errors:
            raise _gateway.reported_error(errors)
        rules = tuple(
            Rule(found["document"], source.name, of_rule)
            for found, source, of_rule in zip(read, self.sources, places, strict=True)
        )
        _check_ids(rules)
        return rules

    def to_json(self) -> str:
        """The documents with their names, as Java takes them."""
        return json.dumps([{"name": source.name, "text": source.text} for source in self.sources])


def _check_ids(rules: Sequence[Rule]) -> None:
    seen: dict[str, str] = {}
    twice = []
    for rule in rules:
        if rule.id in seen:
            twice.append(
                rule.places.diagnostic(
                    "id",
                    "duplicate-rule",
                    f"the rule `{rule.id}` is in {seen[rule.id]} already",
                    "keep one version of a rule, or give this one an id of its own",
                )
            )
        seen.setdefault(rule.id, rule.source)
    if twice:
        raise InputError(*twice)


def _invalid(location: str, code: str, message: str) -> InputError:
    return InputError(Diagnostic(code=code, location=location, message=message))
