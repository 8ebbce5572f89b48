"""Hypothesis gives an example 200 ms by its clock, which a busy machine takes for any."""

from hypothesis import settings

settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")
