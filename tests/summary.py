"""Prints how many tests JUnit and pytest ran, and why some were skipped.

Run: python tests/summary.py JUNIT_FOLDER PYTEST_REPORT
"""

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree


def summary(name: str, reports: list[Path]) -> list[str]:
    """A line of totals over test reports in JUnit's format, and one for each reason to skip."""
    suites = [suite for report in reports for suite in ElementTree.parse(report).getroot().iter("testsuite")]
    total, failed, skipped = (
        sum(int(suite.get(count, 0)) for suite in suites for count in counts)
        for counts in (("tests",), ("failures", "errors"), ("skipped",))
    )
    passed = total - failed - skipped
    reasons = Counter(
        test.get("message") or "no reason given" for suite in suites for test in suite.iter("skipped")
    )
    return [
        f"{name:6}  {passed:5} passed  {failed:3} failed  {skipped:3} skipped",
        *(f"        {count:5} skipped: {reason}" for reason, count in reasons.most_common()),
    ]


if __name__ == "__main__":
    junit, pytest = map(Path, sys.argv[1:])
    lines = [
        *summary("JUnit", sorted(junit.glob("TEST-*.xml"))),
        *summary("pytest", [pytest] if pytest.exists() else []),
    ]
    print("", *lines, sep="\n")
