"""`Explanation.to_html`: a page in one file."""

from html.parser import HTMLParser

import pytest

from pyflink_cep import Pattern
from pyflink_cep.explaining import explain

VOID = {"link", "meta", "br"}
PATTERN = (
    Pattern.begin("probe")
    .where("amount < 1")
    .times(2)
    .followed_by("spend")
    .where("amount > 500")
    .within(minutes=10)
)
EVENTS = [
    {"ts": 0, "card": "c1", "amount": 0.5},
    {"ts": 60_000, "card": "c1", "amount": 0.6},
    {"ts": 640_000, "card": "c1", "amount": 700.0},
    {"ts": 640_000, "card": "<script>alert('c2')</script>", "amount": 0.5},
    {"ts": 650_000, "card": "<script>alert('c2')</script>", "amount": 0.6},
    {"ts": 660_000, "card": "<script>alert('c2')</script>", "amount": 900.0},
]


class Page(HTMLParser):
    """The elements of a page, all of which have an end."""

    def __init__(self, html):
        super().__init__()
        self.open = []
        self.elements = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "attributes": dict(attributes), "text": ""}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, class_=None):
        return [
            element
            for element in self.elements
            if element["tag"] == tag and (class_ is None or element["attributes"].get("class") == class_)
        ]

    def texts(self, tag, class_=None):
        return [" ".join(element["text"].split()) for element in self.all(tag, class_)]


@pytest.fixture(scope="module")
def explanation():
    return explain(PATTERN, EVENTS, partition_by="card", measures={"spent": "spend.amount"})


@pytest.fixture(scope="module")
def page(explanation):
    return Page(explanation.to_html(title="card-testing"))


def test_the_page_has_the_figures(page):
    assert page.texts("title") == ["card-testing"]
    assert page.texts("h1") == ["card-testing"]
    assert [
        element["text"] for element in page.elements if element["attributes"].get("id") == "overview"
    ] == ["1 match in 6 events of 2 keys; 3 other partial matches: 3 ran out of time."]
    assert page.texts("h2") == [
        "Matches",
        "Nearest miss",
        "card = 'c1'",
        "card = '<script>alert(''c2'')</script>'",
    ]
    assert page.texts("p", "summary") == ["2 probe, no spend; spend came 40 s too late"]


def test_the_page_has_every_partial_match_and_what_became_of_it(page):
    cells = page.texts("table", "partial-matches")
    assert cells == [
        "No. Began Took What became of it From first to last"
        " #1 0 ms probe events 1, 2 ran out of time, 600000 ms"
        " #2 60000 ms probe event 2 ran out of time, 660000 ms",
        "No. Began Took What became of it From first to last"
        " #1 640000 ms probe events 4, 5; spend event 6 a match, 660000 ms"
        " #2 650000 ms probe event 5 ran out of time, 1250000 ms",
    ]
    assert [bar["attributes"]["style"] for bar in page.all("span") if "style" in bar["attributes"]] == [
        "margin-left: 0.0%; width: 90.91%",
        "margin-left: 9.09%; width: 90.91%",
        "margin-left: 0.0%; width: 3.28%",
        "margin-left: 1.64%; width: 98.36%",
    ]


def test_the_page_tells_what_the_text_tells(page, explanation):
    told = [line for line in explanation.to_text().replace("`", "").splitlines() if line.startswith("    ")]
    lines = page.texts("span", "what") + [
        text.replace("`", "")
        for conditions in page.all("ul", "conditions")
        for text in conditions["text"].strip().split("\n")
        if text.strip()
    ]
    assert sorted(text.strip() for text in lines) == sorted(text.strip() for text in told)


def test_the_page_loads_nothing_and_runs_nothing(page):
    references = [
        (name, value)
        for element in page.elements
        for name, value in element["attributes"].items()
        if name in ("src", "href", "srcset", "action", "data")
    ]
    assert references == [("href", "data:,")]
    assert page.all("script") == []
    assert "url(" not in page.texts("style")[0]
    assert "@import" not in page.texts("style")[0]


def test_the_parts_of_the_page_have_names(page):
    ids = [element["attributes"]["id"] for element in page.elements if "id" in element["attributes"]]
    assert len(ids) == len(set(ids))
    named = [*page.all("section"), *page.all("section", "key"), *page.all("table")]
    assert {element["attributes"]["aria-labelledby"] for element in named} <= set(ids)
    assert page.all("html")[0]["attributes"] == {"lang": "en"}
    assert all(header["attributes"].get("scope") in ("col", "row") for header in page.all("th"))


def test_a_page_without_a_miss_says_so():
    page = Page(explain(Pattern.begin("a"), [{"ts": 1, "x": 1}]).to_html())

    assert page.texts("h1") == ["Why it fired, or did not"]
    assert "None: all that began is part of a match." in page.texts("p")
