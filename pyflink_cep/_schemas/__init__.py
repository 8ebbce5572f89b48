"""Schemas of events: files by name, format and version, and the registry that jobs and producers share them in.

`files` reads them; `compatibility` compares two of a kind, as `avro`, `protobuf` and `json_schema` know how; `registry`
talks to the registry.
"""
