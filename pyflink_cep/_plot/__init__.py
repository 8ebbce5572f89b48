"""Patterns as pictures: their states from left to right, as SVG.

`words` says in words what a pattern looks for; `shapes` lays its steps out along a rail, as railroad diagrams of
grammars are; `canvas` draws; `figure` puts title, states and caption together.
"""

from pyflink_cep._plot.figure import draw_pattern, draw_rule

__all__ = ["draw_pattern", "draw_rule"]
