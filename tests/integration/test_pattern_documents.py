"""Documents that are no pattern: Python and the JVM, which both read them, refuse them with the same codes."""

import json

import pytest

from pyflink_cep import Pattern, PatternError, _gateway


def steps(*steps, **pattern):
    return {"steps": list(steps), **pattern}


A, B = {"begin": "a"}, {"next": "b"}
MAYBE = {"optional": True}
NONE = {"not_followed_by": "b"}
GREEDY = {"begin": "a", "times": "1+", "greedy": True}
GROUP = [{"begin": "g"}, {"next": "h"}]

REFUSED = {
    "invalid-document": [{}, steps(), steps({"begin": []})],
    "invalid-verb": [
        steps({"begin": "a", "next": "b"}),
        steps({"where": "TRUE"}),
        steps(B),
        steps(A, {"begin": "b"}),
    ],
    "unknown-key": [steps(A | {"wher": "TRUE"})],
    "invalid-step-name": [steps({"begin": name}) for name in ("", " ", "a\n", "a\rb", "\n")],
    "wrong-type": [
        steps({"begin": 3}),
        steps(A | {"where": 3}),
        steps(A | {"optional": "yes"}),
        steps(A, {"not_next": GROUP}),
    ],
    "invalid-times": [steps(A | {"times": times}) for times in ("many", 0, "3..2", "0..0")],
    "missing-quantifier": [
        steps(A | {"times_within": 5}),
        steps(A | {"consecutive": True}),
        steps(A | {"greedy": True}),
    ],
    "contiguity-twice": [steps(A | {"times": 2, "consecutive": True, "allow_combinations": True})],
    "optional-twice": [steps(A | {"times": times, "optional": True}) for times in ("0..2", "0+")],
    "invalid-skip": [steps(A, skip="first")],
    "unknown-step": [steps(A, skip={"to_first": "b"})],
    "invalid-duration": [steps(A, B, within=within) for within in (0, "ten minutes", "10 fortnights")],
    "quantifier-on-not": [steps(A, {"not_next": "b", "times": 2}, {"next": "c"})],
    "optional-not": [steps(A, {"not_next": "b", "optional": True}, {"next": "c"})],
    "optional-before-not": [steps(A, B | MAYBE, {"not_next": "c"}, {"next": "d"})],
    "optional-after-greedy": [
        steps(GREEDY, B | MAYBE),
        steps(GREEDY, {"next": [{"begin": "g"} | MAYBE, {"next": "h"}]}),
        steps(GREEDY, {"next": [{"begin": [{"begin": "g"} | MAYBE, {"next": "h"}]}, {"next": "i"}]}),
    ],
    "condition-on-group": [steps({"begin": GROUP, "where": "TRUE"})],
    "greedy-group": [steps({"begin": GROUP, "times": 2, "greedy": True})],
    "empty-loop": [steps({"begin": [A | MAYBE], "times": "1+"})],
    "until-without-loop": [steps(A | {"until": "TRUE"})],
    "duplicate-step": [steps(A, {"next": "a"})],
    "missing-window": [
        steps(A, NONE),
        steps(A, NONE, {"next": "c"} | MAYBE),
        steps(A, NONE, {"next": "c", "times": "0+"}, {"next": GROUP} | MAYBE),
        steps({"begin": [{"begin": "a"}, NONE]}, {"next": "c"} | MAYBE),
        steps(A, {"next": [{"begin": "a2"}, NONE]} | MAYBE),
        steps({"begin": [{"begin": "a"}, NONE, {"next": "c"} | MAYBE], "times": 2}),
    ],
    "window-twice": [
        steps(A, B | {"within": 5}, within=8),
        steps(A, B | {"within_previous": 5}, within_previous=8),
    ],
    "gap-over-window": [steps(A, B, within=8, within_previous=9)],
}


def python_codes(document):
    with pytest.raises(PatternError) as info:
        Pattern.from_document(document)
    return [diagnostic.code for diagnostic in info.value.diagnostics]


def jvm_codes(document):
    with pytest.raises(PatternError) as info:
        _gateway.find_matches(json.dumps({"pattern": document}), json.dumps({"n": "BIGINT"}), "[]")
    return [diagnostic.code for diagnostic in info.value.diagnostics]


@pytest.mark.parametrize(
    ("code", "document"),
    [(code, document) for code, documents in REFUSED.items() for document in documents],
    ids=str,
)
def test_python_and_the_jvm_refuse_a_document_with_the_same_code(code, document):
    assert python_codes(document) == [code]
    assert jvm_codes(document) == [code]
