"""Pictures of patterns: small ones as a whole, and all of them as a browser shows them."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pyflink_cep import Pattern, Rules, Skip
from pyflink_cep._plot import draw_pattern, draw_rule
from tests.cli.conftest import Ran, write
from tests.waiting import SECONDS

PICTURES = Path(__file__).resolve().parents[1] / "cases" / "pictures"
RULES = sorted(PICTURES.glob("*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"
# Which texts overlap each other, or leave the picture; how wide the picture is and how dark its paper.
MEASURE = """
<script>
  const texts = [...document.querySelectorAll("svg > text")];
  const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
  const svg = document.querySelector("svg").getBoundingClientRect();
  const found = [];
  boxes.forEach(([text, a], place) => {
    if (a.left < svg.left + 16 || a.right > svg.right - 16 || a.top < svg.top + 8 || a.bottom > svg.bottom - 8)
      found.push(`${text} leaves the picture`);
    boxes.slice(place + 1).forEach(([other, b]) => {
      if (a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom)
        found.push(`${text} overlaps ${other}`);
    });
    document.querySelectorAll("svg > rect:not(.paper)").forEach(rect => {
      const r = rect.getBoundingClientRect();
      const apart = a.right < r.left || a.left > r.right || a.bottom < r.top || a.top > r.bottom;
      const inside = a.left > r.left + 4 && a.right < r.right - 4 && a.top > r.top && a.bottom < r.bottom;
      if (!apart && !inside) found.push(`${text} crosses the border of a box`);
    });
  });
  const paper = getComputedStyle(document.querySelector("svg > .paper")).fill;
  document.title = JSON.stringify({texts: boxes.length, found, paper});
</script>
"""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_a_picture_is_as_it_was_reviewed(rule):
    """After a change to be reviewed: pyflink-cep plot RULE.yaml -o RULE.svg."""
    assert draw_rule(Rules.load(rule).check()[0]) == rule.with_suffix(".svg").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_a_browser_shows_each_text_apart_in_light_and_in_dark(rule, scheme, tmp_path):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("there is no chromium")
    page = write(
        tmp_path / "page.html",
        f"<!doctype html><meta charset='utf-8'><body>{rule.with_suffix('.svg').read_text()}{MEASURE}",
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    if scheme == "dark":
        options.append("--blink-settings=preferredColorScheme=0")
    shown = subprocess.run(
        [browser, *options, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    ).stdout

    measured = json.loads(re.search(r"<title>(\{.*?\})</title>", shown)[1])
    assert measured["found"] == []
    assert measured["texts"] == rule.with_suffix(".svg").read_text().count("<text ")
    assert measured["paper"] == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(16, 21, 29)")


def test_a_picture_says_in_words_what_it_shows():
    card_testing = (
        Pattern.begin("probe", skip=Skip.past_last_event())
        .where("amount < 1")
        .where("country = 'DE'")
        .or_where("test")
        .times_or_more(3)
        .greedy()
        .not_next("cancel")
        .followed_by("spend")
        .where("amount > 500")
        .optional()
        .within(minutes=10)
    )

    svg = ElementTree.fromstring(draw_pattern(card_testing, title="a & b", name="a b"))

    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-labelledby"] == "a-b-title a-b-description"
    assert {e.attrib["id"]: e.text for e in svg if "id" in e.attrib} == {
        "a-b-title": "a & b",
        "a-b-description": (
            "It begins with `probe`, where ((amount < 1) AND country = 'DE') OR test, 3 times or more, as many as"
            " possible. The very next event must not be `cancel`. Then, sooner or later, comes `spend`,"
            " where amount > 500, or not at all. Window: less than 10 minutes from the first event to the last."
            " Skip: past last event: no event is in two matches."
        ),
    }


def test_the_picture_goes_to_stdout_or_to_a_file(run, directory):
    ran = run("plot rules/card-testing.yaml")

    assert ElementTree.fromstring(ran.stdout).tag == f"{SVG}svg"
    written = directory / "out" / "card-testing.svg"
    assert run("plot rules/card-testing.yaml -o out/card-testing.svg") == Ran(
        0, "", f"Written to {written}\n"
    )
    assert written.read_text() == ran.stdout


def test_a_picture_is_of_one_rule(run, directory):
    write(directory / "rules" / "large.yaml", "id: large\nversion: 1\nsteps: [{begin: spend}]\n")

    ran = run("plot rules")

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "rules has 2 rules, and a plot is of one" in ran.stderr
