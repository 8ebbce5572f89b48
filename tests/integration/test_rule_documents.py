"""Rule documents: what is read, and every error at its line and column."""

import json
from pathlib import Path

import jsonschema
import pytest

from pyflink_cep import InputError, PatternError, Rules, _gateway

CASES = Path(__file__).parent.parent / "cases" / "rules"
SCHEMA = {"card_id": "STRING", "amount": "DOUBLE", "merchant": "STRING"}


def documents(kind: str) -> list[Path]:
    return sorted(path for path in (CASES / kind).iterdir() if path.suffix != ".txt")


@pytest.mark.parametrize("path", documents("errors"), ids=lambda path: path.stem)
def test_all_errors_of_a_document_are_reported_at_their_places(path, monkeypatch):
    monkeypatch.chdir(CASES)
    with pytest.raises(PatternError) as error:
        Rules.load(path.relative_to(CASES)).check(SCHEMA, tests=True)
    assert str(error.value) + "\n" == path.with_suffix(".txt").read_text()


@pytest.mark.parametrize("path", documents("valid"), ids=lambda path: path.stem)
def test_a_rule_is_read_as_it_is_written(path):
    (rule,) = Rules.load(path).check(SCHEMA)
    assert rule.pattern.to_document()["steps"]
    if path.suffix == ".json":
        assert rule.document == json.loads(path.read_text())


def test_the_keys_of_a_rule_are_attributes():
    rule, other = Rules.load(CASES / "valid" / "card_testing.yaml", CASES / "valid" / "all_keys.json").check(
        SCHEMA
    )
    assert (rule.id, rule.version, rule.partition_by) == ("card-testing", 3, ("card_id",))
    assert (rule.severity, rule.status, rule.rollout) == ("high", "live", 100)
    assert rule.measures == {"probes": "COUNT(probe)", "spent": "spend.amount"}
    assert rule.description == "Small probes, then a large spend at another merchant"
    assert [test["name"] for test in rule.tests] == ["two probes are not enough"]
    assert (other.id, other.version, other.partition_by) == ("a.b_c-1", 9007199254740993, ("card_id",))
    assert (other.severity, other.status, other.rollout, other.measures) == ("critical", "shadow", 12.5, None)


def test_tests_are_left_alone_where_nothing_asks_for_them():
    text = "id: a\nversion: 1\nsteps: [{begin: x}]\ntests: [{name: t, events: [{at: 1}]}]"
    (rule,) = Rules.of(text).check({"ts": "BIGINT"})
    assert rule.tests == ({"name": "t", "events": [{"at": 1}]},)


def test_errors_of_all_documents_come_together():
    rules = Rules.of("id: a\nversion: 1\nsteps: [{begin: x, wher: y}]", "id: b\nsteps: [{begin: x}]")
    with pytest.raises(PatternError) as error:
        rules.check()
    assert [(d.location, d.line, d.column, d.code) for d in error.value.diagnostics] == [
        ("rules[0]", 3, 20, "unknown-key"),
        ("rules[1]", 1, 1, "missing-key"),
    ]


def test_without_a_schema_expressions_are_parsed_but_not_resolved():
    (rule,) = Rules.of("id: a\nversion: 1\nsteps: [{begin: x, where: unheard_of > 1}]").check()
    assert rule.id == "a"
    with pytest.raises(PatternError, match="syntax"):
        Rules.of("id: a\nversion: 1\nsteps: [{begin: x, where: unheard_of > }]").check()


def test_a_rule_that_is_there_twice_is_refused():
    text = "id: a\nversion: 1\nsteps: [{begin: x}]"
    with pytest.raises(
        InputError, match=r"rules\[1\]:1:5: error\[duplicate-rule\]: the rule `a` is in rules\[0\] already"
    ):
        Rules.of(text, text).check()


def test_folders_are_searched_for_rules(tmp_path):
    (tmp_path / "more").mkdir()
    for name in ("b.yml", "a.yaml", "more/c.json", "notes.txt", ".hidden.yaml"):
        (tmp_path / name).write_text("{}")
    names = [Path(source.name).relative_to(tmp_path).as_posix() for source in Rules.load(tmp_path).sources]
    assert names == ["a.yaml", "b.yml", "more/c.json"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no-rules"):
        Rules.load(tmp_path / "empty")
    with pytest.raises(InputError, match="missing-file"):
        Rules.load(tmp_path / "none.yaml")


@pytest.mark.parametrize("path", documents("valid"), ids=lambda path: path.stem)
def test_the_json_schema_accepts_what_the_reader_does(path):
    (rule,) = Rules.load(path).check(SCHEMA)
    jsonschema.Draft202012Validator(json.loads(_gateway.rule_schema())).validate(dict(rule.document))


@pytest.mark.parametrize(
    "change",
    [
        {"statu": "live"},
        {"version": 0},
        {"version": "3"},
        {"id": "x y"},
        {"severity": "hig"},
        {"rollout": 120},
        {"max_partial_matches": 0},
        {"measures": {}},
        {"steps": []},
        {"steps": [{"begin": "a", "tims": 3}]},
        {"steps": [{"where": "x"}]},
        {"tests": [{"events": [], "matches": 0}]},
        {"tests": [{"name": "x", "events": [{"ts": 1}]}]},
        {"tests": [{"name": "x", "events": [{"ts": 1}], "timeouts": -1}]},
        {"skip": "past_last_even"},
    ],
    ids=str,
)
def test_the_json_schema_refuses_what_the_reader_does(change):
    document = {"id": "a", "version": 1, "steps": [{"begin": "a"}], **change}
    with pytest.raises(PatternError):
        Rules.of(json.dumps(document)).check(tests=True)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json.loads(_gateway.rule_schema())).validate(document)


def bomb() -> str:
    """Nine levels of ten aliases each: a billion values in a few hundred characters."""
    levels = ["a0: &a0 [x]"]
    levels += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 10)]
    return "\n".join(levels)


@pytest.mark.parametrize(
    ("text", "code"),
    [("x" * 10_000_000, "too-large"), ("[" * 100_000, "too-deep"), (bomb(), "too-large")],
    ids=["length", "depth", "aliases"],
)
def test_a_hostile_document_is_refused(text, code):
    with pytest.raises(PatternError) as error:
        Rules.of(text).check()
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == [code]
