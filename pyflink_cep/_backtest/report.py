"""A backtest as a page: one HTML file that needs no network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.io import to_html
from plotly.offline import get_plotlyjs

from pyflink_cep._backtest import plots, wording
from pyflink_cep._explanation_html import words

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from pyflink_cep._backtest.figures import Backtest

_QUOTED = re.compile(r"&#39;\S*?&#39;")
# Dragging zooms and a double click ends it, without buttons.
_CONFIG = {"displayModeBar": False, "responsive": True}


def render(backtest: Backtest) -> str:
    """The page: the figures as plots and as tables, with what each of them means."""
    environment = Environment(
        loader=PackageLoader("pyflink_cep._backtest", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=wording.count,
        percent=wording.percent,
        points=wording.points,
        pairs=wording.pairs,
        rate=wording.rate,
        exact=wording.exact,
        moment=wording.moment,
        name=wording.name,
        words=words,
        whole=_whole,
    )
    drawn = {
        "alerts-by-day": plots.alerts_by_day(backtest),
        "scores": plots.scores(backtest),
        "overlap": plots.overlap(backtest),
        "change": None if backtest.change is None else plots.change(backtest.change),
    }
    return environment.get_template("report.html.j2").render(
        backtest=backtest,
        wording=wording,
        plots={name: _embed(name, figure) for name, figure in drawn.items() if figure is not None},
        plotly=Markup(get_plotlyjs()),
    )


def _whole(text: Markup) -> Markup:
    """Text whose values in quotes are not broken over lines, unless they have spaces."""
    return Markup(_QUOTED.sub(r'<span class="id">\g<0></span>', str(text)))


def _embed(name: str, figure: go.Figure) -> Markup:
    return Markup(to_html(figure, config=_CONFIG, include_plotlyjs=False, full_html=False, div_id=name))
