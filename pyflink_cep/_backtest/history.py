"""The history that rules are run over: events in files, in the order of time."""

from pyflink_cep._files.history import ROW, TIME, History, Sources, read_history

__all__ = ["ROW", "TIME", "History", "Sources", "read_history"]
