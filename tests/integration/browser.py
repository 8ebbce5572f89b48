"""A page as a browser has it, once its scripts have run."""

import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from tests.waiting import SECONDS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Page(HTMLParser):
    """What a test looks at: tables by id, the texts of plots by id, and what scripts complained about.

    Attributes:
        title: The page's.
        tables: Rows of texts by the table's id.
        plots: The texts in the drawings by the plot's id.
        text: All that is written on the page.
        complaints: Lines of the browser's console.
    """

    def __init__(self, document, complaints):
        super().__init__()
        self.title, self.text, self.complaints = "", "", complaints
        self.tables, self.plots = {}, {}
        self._open, self._table, self._plot = [], None, None
        self.feed(document)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in ("meta", "link", "br"):
            self._open.append((tag, attributes))
        if tag == "table":
            self._table = self.tables.setdefault(attributes.get("id"), [])
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag in ("td", "th") and self._table:
            self._table[-1].append("")
        elif "plotly-graph-div" in attributes.get("class", ""):
            self._plot = self.plots.setdefault(attributes["id"], [])

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "table":
            self._table = None

    def handle_data(self, data):
        tags = [tag for tag, _ in self._open]
        if "script" in tags or "style" in tags:
            return
        if tags[-1:] == ["title"]:
            self.title += data
        elif "svg" in tags and self._plot is not None:
            self._plot += [data]
        else:
            self.text += data
            if self._table and {"td", "th"}.intersection(tags) and self._table[-1]:
                self._table[-1][-1] = " ".join((self._table[-1][-1] + data).split())


@pytest.fixture
def browse(tmp_path):
    """Opens a file in a headless browser that reaches no network."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium: apt-get install chromium")

    def open_page(path):
        ran = subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--enable-logging=stderr",
                "--v=0",
                "--virtual-time-budget=10000",
                "--window-size=1200,1600",
                "--dump-dom",
                path.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        return Page(ran.stdout, [line for line in ran.stderr.splitlines() if "CONSOLE" in line])

    return open_page
