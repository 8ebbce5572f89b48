"""`publish` and `rollback`, to a directory and to a Kafka broker alike."""

import json

import pytest

from tests.cli.conftest import BURST, CARD_TESTING, Ran, raised, write

CARD_TESTING_JSON = (
    '{"id":"card-testing","version":3,"description":"Small probes, then a large spend at another merchant",'
    '"partition_by":["card_id"],"steps":[{"begin":"probe","where":"amount < 1","times":"3+"},'
    '{"followed_by":"spend","where":"amount > 500 AND merchant <> LAST(probe.merchant)"}],'
    '"within":"10 minutes","skip":"past_last_event",'
    '"measures":{"probes":"COUNT(probe)","spent":"spend.amount"},"severity":"high"}'
)
TESTS = """\
tests:
  - {name: one is no match, events: [{ts: 1, card_id: c1, amount: 0.5, merchant: kiosk}], matches: 0}
"""


def test_a_new_rule_is_published_without_its_tests(run, directory, updates_place):
    write(directory / "rules" / "card-testing.yaml", CARD_TESTING + TESTS)
    updates = updates_place.name

    assert run(f"publish rules --to {updates}") == Ran(
        0, f"card-testing  new        v3\n\n1 new; published to {updates}\n"
    )
    assert updates_place.published(1) == (
        {"card-testing.v3.json": f"{CARD_TESTING_JSON}\n"}
        if updates_place.broker is None
        else {"card-testing": CARD_TESTING_JSON}
    )


def test_what_has_not_changed_is_not_published(run, directory, updates):
    run(f"publish rules --to {updates}")
    write(directory / "rules" / "card-testing.yaml", CARD_TESTING + TESTS)

    assert run(f"publish rules --to {updates}") == Ran(
        0, "card-testing  unchanged  v3\n\n1 unchanged; nothing to publish\n"
    )


def test_a_change_replaces_and_a_retired_rule_is_taken_away(run, directory, updates):
    write(directory / "rules" / "burst.yaml", BURST)
    run(f"publish rules --to {updates}")
    write(directory / "rules" / "burst.yaml", BURST.replace("version: 1", "version: 2") + "status: retired\n")
    write(directory / "rules" / "card-testing.yaml", raised(7).replace("3+", "4+"))
    write(directory / "rules" / "large.yaml", "id: large\nversion: 1\nsteps: [{begin: spend}]\n")

    assert run(f"publish rules --to {updates}") == Ran(
        0,
        "burst         retired    v1 -> v2\n"
        "card-testing  replaced   v3 -> v7\n"
        "large         new        v1\n"
        "\n"
        f"1 new, 1 replaced, 1 retired; published to {updates}\n",
    )
    assert run(f"publish rules --to {updates}").stdout.endswith("\n3 unchanged; nothing to publish\n")


def test_a_dry_run_shows_the_difference_and_writes_nothing(run, directory, updates):
    run(f"publish rules --to {updates}")
    write(directory / "rules" / "card-testing.yaml", raised(4).replace("3+", "4+"))
    write(
        directory / "rules" / "large.yaml",
        'id: large\nversion: 1\ndescription: "One\\nTwo"\nsteps: [{begin: spend}]\n',
    )

    expected = Ran(
        0,
        f"""\
--- card-testing v3, as in {updates}
+++ card-testing v4
@@ -1,12 +1,12 @@
 id: card-testing
-version: 3
+version: 4
 description: Small probes, then a large spend at another merchant
 partition_by:
   - card_id
 steps:
   - begin: probe
     where: amount < 1
-    times: 3+
+    times: 4+
   - followed_by: spend
     where: amount > 500 AND merchant <> LAST(probe.merchant)
 within: 10 minutes

--- nothing
+++ large v1
@@ -0,0 +1,7 @@
+id: large
+version: 1
+description: |-
+  One
+  Two
+steps:
+  - begin: spend

card-testing  replaced   v3 -> v4
large         new        v1

1 new, 1 replaced; nothing was written: without --dry-run, 2 rules would go to {updates}
""",
    )
    assert run(f"publish rules --to {updates} --dry-run") == expected
    assert run(f"publish rules --to {updates} --dry-run") == expected


@pytest.mark.parametrize(
    ("version", "said"),
    [(3, "version 3 is published already"), (2, "version 3 is published, which is above 2")],
)
def test_a_change_without_a_higher_version_is_refused(run, directory, updates, version, said):
    run(f"publish rules --to {updates}")
    write(directory / "rules" / "card-testing.yaml", raised(version).replace("3+", "4+"))
    write(directory / "rules" / "burst.yaml", BURST)

    assert run(f"publish rules --to {updates}") == Ran(
        1,
        "",
        f"rules/card-testing.yaml:2:10: error[version-not-raised]: the rule `card-testing` has changed, and {said}\n"
        f"  2 | version: {version}\n"
        "    |          ^\n"
        "\n"
        "hint: set `version: 4`\n",
    )
    # Nor is the other rule published.
    assert run(f"publish rules/burst.yaml --to {updates} --dry-run").stdout.endswith(
        f"1 new; nothing was written: without --dry-run, 1 rule would go to {updates}\n"
    )


def test_a_rule_that_is_wrong_is_not_published(run, directory, updates):
    write(directory / "rules" / "burst.yaml", BURST)
    write(directory / "rules" / "card-testing.yaml", CARD_TESTING.replace("amount < 1", "amount <"))

    assert run(f"publish rules --to {updates}").exit_code == 1
    assert run(f"rollback burst --to {updates}").stderr == (
        "rule `burst`: error[unknown-rule]: no rule `burst` is published\n\nhint: Rules: none\n"
    )


def test_a_rule_is_checked_against_the_schema(run, directory, updates):
    write(directory / "columns.json", '{"card_id": "STRING", "amount": "DOUBLE"}')

    ran = run(f"publish rules --to {updates} --schema columns.json")

    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr.startswith(
        "rules/card-testing.yaml:10:29: error[unknown-field]: `merchant` is not a field\n"
    )


def test_as_json_it_gives_the_changes(run, updates):
    ran = run(f"publish rules --to {updates} --format json")
    again = run(f"publish rules --to {updates} --format json --dry-run")

    change = json.loads(ran.stdout)["changes"][0]
    assert change["diff"][:4] == [
        "--- nothing",
        "+++ card-testing v3",
        "@@ -0,0 +1,17 @@",
        "+id: card-testing",
    ]
    assert json.loads(ran.stdout) == {
        "target": updates,
        "dry_run": False,
        "changes": [
            {
                "id": "card-testing",
                "outcome": "new",
                "version": 3,
                "published_version": None,
                "diff": change["diff"],
            }
        ],
    }
    assert json.loads(again.stdout) == {
        "target": updates,
        "dry_run": True,
        "changes": [
            {
                "id": "card-testing",
                "outcome": "unchanged",
                "version": 3,
                "published_version": 3,
                "diff": [],
            }
        ],
    }


def test_a_rollback_publishes_the_version_before_under_a_new_version(run, directory, published):
    assert run(f"rollback card-testing --to {published}") == Ran(
        0,
        f"card-testing  replaced   v5 -> v6\n\n1 replaced; published to {published}\n",
        "hint: bring the rule's file to the same content; the version of its next change is 7\n",
    )
    write(directory / "rules" / "card-testing.yaml", raised(6).replace("3+", "4+"))
    assert run(f"publish rules --to {published}").stdout == (
        "card-testing  unchanged  v6\n\n1 unchanged; nothing to publish\n"
    )


def test_a_second_rollback_goes_further_back_and_not_to_what_was_rolled_back(run, directory, published):
    run(f"rollback card-testing --to {published}")
    assert run(f"rollback card-testing --to {published}").stdout == (
        f"card-testing  replaced   v6 -> v7\n\n1 replaced; published to {published}\n"
    )
    write(directory / "rules" / "card-testing.yaml", raised(7))
    assert run(f"publish rules --to {published}").stdout.startswith("card-testing  unchanged  v7\n")
    third = run(f"rollback card-testing --to {published}")
    assert third.exit_code == 1
    assert "the present version 7 is version 3 again, and there is none before it" in third.stderr


def test_a_rule_whose_own_tests_fail_is_not_published(run, directory, updates):
    write(directory / "rules" / "card-testing.yaml", CARD_TESTING + TESTS.replace("matches: 0", "matches: 1"))

    assert run(f"publish rules --to {updates}") == Ran(
        1,
        "",
        "rules/card-testing.yaml:16:12: error[failed-test]: the test `one is no match` of `card-testing` doesn't pass\n"
        "  16 |   - {name: one is no match, events: [{ts: 1, card_id: c1, amount: 0.5, merchant: kiosk}], matches: 1}\n"
        "     |            ^^^^^^^^^^^^^^^\n"
        "\n"
        "hint: see why by `pyflink-cep test rules/card-testing.yaml`, or pass --skip-tests\n",
    )
    assert run(f"publish rules --to {updates} --skip-tests").stdout == (
        f"card-testing  new        v3\n\n1 new; published to {updates}\n"
    )


def test_a_field_that_no_test_has_is_named_though_no_schema_is_given(run, directory, updates):
    text = CARD_TESTING.replace("amount < 1", "amuont < 1") + TESTS
    write(directory / "rules" / "card-testing.yaml", text)

    ran = run(f"publish rules --to {updates}")

    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr.count("error[unknown-field]: `amuont` is not a field") == 1
    assert "hint: did you mean `amount`?" in ran.stderr


def test_a_rollback_goes_to_a_given_version(run, directory, published):
    assert run(f"rollback card-testing --to {published} --to-version 3").exit_code == 0

    write(directory / "rules" / "card-testing.yaml", raised(6))
    assert run(f"publish rules --to {published}").stdout == (
        "card-testing  unchanged  v6\n\n1 unchanged; nothing to publish\n"
    )


def test_a_rollback_can_be_tried(run, published):
    expected = f"""\
--- card-testing v5, as in {published}
+++ card-testing v6
@@ -1,12 +1,12 @@
 id: card-testing
-version: 5
+version: 6
 description: Small probes, then a large spend at another merchant
 partition_by:
   - card_id
 steps:
   - begin: probe
     where: amount < 1
-    times: 5+
+    times: 4+
   - followed_by: spend
     where: amount > 500 AND merchant <> LAST(probe.merchant)
 within: 10 minutes

card-testing  replaced   v5 -> v6

1 replaced; nothing was written: without --dry-run, 1 rule would go to {published}
"""
    assert run(f"rollback card-testing --to {published} --dry-run") == Ran(0, expected)
    assert run(f"rollback card-testing --to {published} --dry-run") == Ran(0, expected)


def test_a_rollback_of_an_unknown_rule_names_the_known_ones(run, published):
    assert run(f"rollback card-tsting --to {published}") == Ran(
        2,
        "",
        "rule `card-tsting`: error[unknown-rule]: no rule `card-tsting` is published\n"
        "\n"
        "hint: did you mean `card-testing`? Rules: `card-testing`\n",
    )


def test_a_rollback_to_the_present_version_is_refused(run, published):
    assert run(f"rollback card-testing --to {published} --to-version 5") == Ran(
        2, "", "rule `card-testing`: error[present-version]: version 5 is the present one\n"
    )


def test_a_rollback_to_a_version_that_is_not_there_says_which_are(run, published):
    ran = run(f"rollback card-testing --to {published} --to-version 2")

    assert ran == Ran(
        2,
        "",
        "rule `card-testing`: error[unknown-version]: there is no version 2\n"
        "\n"
        "hint: Versions: 3, 4, 5"
        + (
            ". The topic is compacted, and may have removed it; take that version's file from git, raise its"
            " version, and publish it\n"
            if published.startswith("kafka")
            else "\n"
        ),
    )


def test_a_rollback_of_the_first_version_says_that_it_is_the_first(run, updates):
    run(f"publish rules --to {updates}")

    assert run(f"rollback card-testing --to {updates}") == Ran(
        1,
        "",
        "rule `card-testing`: error[no-earlier-version]: there is no version before 3, the present one\n"
        + (
            "\n"
            "hint: the topic is compacted, and may have removed it; take that version's file from git, raise its"
            " version, and publish it\n"
            if updates.startswith("kafka")
            else ""
        ),
    )


def test_what_somebody_else_has_put_there_is_overlooked(run, place):
    updates = place("updates")
    if updates.broker is not None:
        run(f"publish rules --to {updates.name}")
    updates.put("", "junk", "[1]", '{"id": "a"}', '{"id": 1, "version": 1}', '{"id": "a", "version": "1"}')
    run(f"publish rules --to {updates.name}")

    assert run(f"publish rules --to {updates.name}").stdout == (
        "card-testing  unchanged  v3\n\n1 unchanged; nothing to publish\n"
    )


@pytest.mark.parametrize(
    "line", ["publish rules --to {}", "publish rules --to {} --dry-run", "rollback card-testing --to {}"]
)
def test_a_place_that_is_not_there_is_a_wrong_call(run, directory, place, line):
    write(directory / "updates" / ".keep", "")
    name = place("update", create=False).name

    ran = run(line.format(name))

    said = " ".join(part.strip("│ ") for part in ran.stderr.splitlines())
    assert (ran.exit_code, ran.stdout) == (2, "")
    if name == "update":
        assert "there is no directory `update`: did you mean `updates`?" in said
    else:
        assert f"there is no topic `{name.rpartition('/')[2]}` at" in said
    assert ("hint: --create makes it" in said) is line.startswith("publish")
    assert not (directory / "update").exists()


def test_a_place_is_created_where_that_is_asked_for(run, directory, place):
    updates = place("updates", create=False)

    tried = run(f"publish rules --to {updates.name} --create --dry-run")
    done = run(f"publish rules --to {updates.name} --create")

    assert tried.stdout.endswith(f"1 rule would go to {updates.name}\n")
    assert done.stdout.endswith(f"1 new; published to {updates.name}\n")
    assert len(updates.published(1)) == 1
    assert run(f"publish rules --to {updates.name}").stdout.endswith("1 unchanged; nothing to publish\n")
