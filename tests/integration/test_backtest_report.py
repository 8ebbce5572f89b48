"""The report of a backtest, in a real browser."""

from decimal import Decimal

import pandas as pd

from pyflink_cep._backtest.evaluation import Period, evaluate
from pyflink_cep._backtest.report import render
from tests.hand_made_alerts import BURST, FOUND, LARGE, alerts, history, rule
from tests.integration.browser import browse

__all__ = ["browse"]

HOSTILE = "<script>throw 1</script><img src=x onerror='throw 2'>"


def report(path, rules, found, events=None, **options):
    options = {"period": Period(), "seconds": 2.0, "parallelism": 2} | options
    path.write_text(render(evaluate(events or history(), rules, found, **options)), encoding="utf-8")
    return path


def test_the_figures_are_on_the_page_as_plots_and_as_tables(browse, tmp_path):
    old = alerts(("burst", "a", (0, 1)), ("burst", "c", (5,)))
    page = browse(
        report(
            tmp_path / "report.html",
            [BURST, LARGE],
            FOUND,
            label="kind",
            problems=pd.DataFrame(
                [("burst", "evaluation_error", "`CAST(card AS INT)` can't be evaluated")],
                columns=["rule_id", "outcome", "message"],
            ),
            against=([rule("burst", 1)], old),
        )
    )
    assert page.complaints == []
    assert page.title == "Backtest of 2 rules over 6 events"
    assert page.tables["rules"] == [
        ["rule", "version", "status", "severity", "alerts", "a day", "keys", "precision", "recall"],
        ["burst", "2", "live", "high", "4", "1.0", "2", "75.0%", "75.0%"],
        ["large", "1", "shadow", "medium", "2", "0.5", "2", "100.0%", "50.0%"],
        ["live rules together", "", "", "", "4", "1.0", "", "75.0%", "75.0%"],
    ]
    assert page.tables["overlaps"][1:] == [["burst", "large", "1", "1", "16.7%"]]
    assert page.tables["change-table"][1:] == [
        ["burst", "v1 → v2", "1", "3", "1", "100.0% → 75.0% (-25.0)", "50.0% → 75.0% (+25.0)"],
        ["large", "none → v1", "0", "2", "0", "– → 100.0%", "– → 50.0%"],  # noqa: RUF001
        ["live rules together", "", "", "", "", "100.0% → 75.0% (-25.0)", "50.0% → 75.0% (+25.0)"],
    ]
    assert page.tables["problems"][1:] == [
        ["burst", "evaluation_error", "`CAST(card AS INT)` can't be evaluated"]
    ]
    assert page.tables["days"] == [
        ["day", "burst v2", "large v1 (shadow)"],
        ["2018-04-01", "1", "1"],
        ["2018-04-02", "2", "0"],
        ["2018-04-03", "0", "0"],
        ["2018-04-04", "1", "1"],
    ]
    assert set(page.plots) == {"alerts-by-day", "scores", "overlap", "change"}
    assert {"alerts", "burst v2", "large v1 (shadow)"} <= set(page.plots["alerts-by-day"])
    assert {"75.0% precision", "75.0% recall", "100.0% precision", "50.0% recall"} <= set(
        page.plots["scores"]
    )
    assert {"25%", "50%"} <= set(page.plots["overlap"])
    assert {"1 same", "3 new", "1 gone", "2 new"} <= set(page.plots["change"])


def test_what_rules_and_events_say_is_text_and_no_markup(browse, tmp_path):
    hostile = [rule(HOSTILE, description=HOSTILE), rule("other")]
    found = alerts((HOSTILE, HOSTILE, (0,)), ("other", HOSTILE, (0, 1)))
    page = browse(report(tmp_path / "report.html", hostile, found, label="kind"))
    assert page.complaints == []
    assert page.tables["rules"][1][0] == HOSTILE
    assert f"{HOSTILE} v1" in page.plots["scores"]


def test_a_report_without_labels_or_alerts_has_what_there_is(browse, tmp_path):
    page = browse(report(tmp_path / "report.html", [BURST], alerts(), history(labelled=False)))
    assert page.complaints == []
    assert page.tables["rules"] == [
        ["rule", "version", "status", "severity", "alerts", "a day", "keys"],
        ["burst", "2", "live", "high", "0", "0", "0"],
        ["live rules together", "", "", "", "0", "0", ""],
    ]
    assert page.plots == {}
    assert "No alerts in the period." in page.text


def test_the_browser_complains_of_a_script_that_fails(browse, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<!DOCTYPE html><title>broken</title><script>throw new Error('broken')</script>")
    assert ["Uncaught Error: broken" in line for line in browse(path).complaints] == [True]


# As on a telephone: what is wider than the page, and which names are on more than one line.
NARROW = """
<p id="measured"></p>
<script>
  const lines = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return new Set([...range.getClientRects()].map((rect) => Math.round(rect.top))).size;
  };
  const broken = [...document.querySelectorAll(".id")].filter((id) => lines(id) > 1).map((id) => id.textContent);
  document.getElementById("measured").textContent =
    `width ${document.body.scrollWidth}; ${document.querySelectorAll(".id").length > 20}; broken: ${broken}.`;
</script>
"""
LONG = "a-long-name-with-hyphens-of-a-rule-or-of-a-customer-0001@example.com"


def test_on_a_narrow_page_nothing_overflows_and_no_name_is_broken(browse, tmp_path):
    rules = [rule(LONG, description=f"Of {LONG}"), rule("other")]
    found = alerts(*((id_, LONG, (row, row + 1)) for id_ in (LONG, "other") for row in (0, 2, 4)))
    found["measures"] = [{"payment_id": LONG, "ids": [LONG, LONG], "text": "some words " * 20}] * len(found)
    path = report(tmp_path / "report.html", rules, found, label="kind", against=([rule(LONG)], alerts()))
    # No window of Chromium is as narrow.
    narrow = path.read_text().replace("</head>", "<style>body { width: 400px; }</style></head>")
    path.write_text(narrow.replace("</main>", f"</main>{NARROW}"))
    page = browse(path)
    assert page.complaints == []
    assert "width 400; true; broken: ." in page.text


def test_measures_are_rounded_and_exact_in_a_title(tmp_path):
    found = alerts(("burst", "0.10", (0,)))
    found["measures"] = [{"spent": Decimal("12345.678901"), "share": 0.123456789, "id": "0.1234567", "n": 2}]
    text = report(tmp_path / "report.html", [BURST], found).read_text()
    assert '<span class="id">card=0.10</span>' in text
    assert '<span class="id" title="spent=12345.678901">spent=12345.68,</span>' in text
    assert '<span class="id" title="share=0.123456789">share=0.1235,</span>' in text
    assert '<span class="id">id=0.1234567,</span>' in text
