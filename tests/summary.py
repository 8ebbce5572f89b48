"""Prints how many tests JUnit and pytest ran: python tests/summary.py JUNIT_FOLDER PYTEST_REPORT."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def summary(name: str, reports: list[Path]) -> str:
    """One line of totals over test reports in JUnit's format."""
    suites = [suite for report in reports for suite in ElementTree.parse(report).getroot().iter("testsuite")]
    total, failed, skipped = (
        sum(int(suite.get(count, 0)) for suite in suites for count in counts)
        for counts in (("tests",), ("failures", "errors"), ("skipped",))
    )
    passed = total - failed - skipped
    return f"{name:6}  {passed:5} passed  {failed:3} failed  {skipped:3} skipped"


if __name__ == "__main__":
    junit, pytest = map(Path, sys.argv[1:])
    print()
    print(summary("JUnit", sorted(junit.glob("TEST-*.xml"))))
    print(summary("pytest", [pytest] if pytest.exists() else []))
