"""What was published, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from pyflink_cep.errors import Diagnostic, InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyflink_cep import Rule

Outcome = Literal["new", "replaced", "retired", "unchanged"]

# What a job has no use for: so a test can be added to a rule that stays as it is.
_KEPT_BACK = "tests"


@dataclass(frozen=True, slots=True)
class Publication:
    """A rule document as jobs read it: without the rule's own tests.

    Attributes:
        content: The document as plain data.
    """

    content: Mapping[str, Any]

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """The publication of a rule."""
        return cls({key: value for key, value in rule.document.items() if key != _KEPT_BACK})

    @classmethod
    def read(cls, text: str | bytes) -> Self | None:
        """Reads a published document; None where it isn't one, which a job refuses, and says so on its status."""
        try:
            content = json.loads(text)
        except ValueError:
            return None
        if not isinstance(content, Mapping):
            return None
        if not isinstance(content.get("id"), str) or type(content.get("version")) is not int:
            return None
        return cls(content)

    @property
    def id(self) -> str:
        """The rule's name."""
        return str(self.content["id"])

    @property
    def version(self) -> int:
        """The version of the rule."""
        return int(self.content["version"])

    @property
    def is_retired(self) -> bool:
        """Whether it takes the rule away."""
        return self.content.get("status") == "retired"

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.content, ensure_ascii=False, separators=(",", ":"))


# The versions of each rule, by its id. The last one of a list is the present one.
History = Mapping[str, "Sequence[Publication]"]


class Target(Protocol):
    """A place that rules are published to.

    Attributes:
        forgets: Why a version that was published may not be in the history any more; None where all are kept.
    """

    forgets: str | None

    def exists(self) -> bool:
        """Whether the place is there."""

    def history(self) -> History:
        """Reads what was published."""

    def publish(self, publications: Sequence[Publication]) -> None:
        """Writes versions, and returns once they are where jobs find them."""


@dataclass(frozen=True, slots=True)
class Change:
    """What publishing a rule does.

    Attributes:
        outcome: In a word.
        present: What is published, or None.
        proposed: What takes its place.
    """

    outcome: Outcome
    present: Publication | None
    proposed: Publication

    @property
    def is_written(self) -> bool:
        """Whether there is anything to write."""
        return self.outcome != "unchanged"


def changes(rules: Iterable[Rule], history: History) -> list[Change]:
    """What publishing rules changes.

    Args:
        rules: The rules, checked.
        history: What is published.

    Raises:
        InputError: A rule has changed, and its version isn't higher than what is published.
    """
    found, refused = [], []
    for rule in rules:
        proposed = Publication.of(rule)
        present = history[rule.id][-1] if history.get(rule.id) else None
        if present is None:
            found.append(Change("new", None, proposed))
        elif present.content == proposed.content:
            found.append(Change("unchanged", present, proposed))
        elif proposed.version > present.version:
            found.append(Change("retired" if proposed.is_retired else "replaced", present, proposed))
        else:
            refused.append(_not_raised(rule, present))
    if refused:
        raise InputError(*refused)
    return found


def rolled_back(rule_id: str, history: History, to_version: int | None, forgets: str | None) -> Change:
    """The change that brings an earlier version of a rule back, under a new version.

    Args:
        rule_id: The rule.
        history: What is published.
        to_version: The version to bring back; None is the one before the present.
        forgets: Why an earlier version may be missing.

    Raises:
        InputError: There is no such rule or version.
    """
    versions = history.get(rule_id)
    if not versions:
        raise _refused(
            rule_id,
            "unknown-rule",
            f"no rule `{rule_id}` is published",
            did_you_mean(rule_id, history, "Rules"),
        )
    present = versions[-1]
    earlier = {publication.version: publication for publication in versions[:-1]}
    earlier.pop(present.version, None)
    kept = f"{forgets}; take that version's file from git, raise its version, and publish it"
    if to_version is None:
        # What was rolled back to counts as the version that it brought back: a second time goes further back.
        same = [version for version, publication in earlier.items() if _same(publication, present)]
        reached = min([present.version, *same])
        before = [version for version in earlier if version < reached]
        if not before:
            message = f"there is no version before {reached}, the present one"
            if same:
                message = (
                    f"the present version {present.version} is version {reached} again,"
                    " and there is none before it"
                )
            raise _refused(rule_id, "no-earlier-version", message, kept if forgets else None)
        to_version = max(before)
    elif to_version == present.version:
        raise _refused(rule_id, "present-version", f"version {to_version} is the present one")
    elif to_version not in earlier:
        listing = f"Versions: {', '.join(map(str, sorted({*earlier, present.version})))}"
        hint = f"{listing}. {kept[0].upper()}{kept[1:]}" if forgets else listing
        raise _refused(rule_id, "unknown-version", f"there is no version {to_version}", hint)
    content = {**earlier[to_version].content, "version": present.version + 1}
    proposed = Publication(content)
    return Change("retired" if proposed.is_retired else "replaced", present, proposed)


def _same(publication: Publication, other: Publication) -> bool:
    """Whether two versions say the same."""
    return {**publication.content, "version": 0} == {**other.content, "version": 0}


def _not_raised(rule: Rule, present: Publication) -> Diagnostic:
    published = (
        f"version {rule.version} is published already"
        if rule.version == present.version
        else f"version {present.version} is published, which is above {rule.version}"
    )
    message = f"the rule `{rule.id}` has changed, and {published}"
    hint = f"set `version: {present.version + 1}`"
    return rule.places.diagnostic("version", "version-not-raised", message, hint)


def _refused(rule_id: str, code: str, message: str, hint: str | None = None) -> InputError:
    return InputError(Diagnostic(code=code, location=f"rule `{rule_id}`", message=message, hint=hint))
