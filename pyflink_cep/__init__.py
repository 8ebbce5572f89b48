"""Complex event processing on Apache Flink, in Python."""

__version__ = "0.1.0"
