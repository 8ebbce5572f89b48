"""The times of a history."""

from pyflink_cep._files.times import read_times

__all__ = ["read_times"]
