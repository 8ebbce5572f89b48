"""Rules run over history: what they would have found, how well, and what is told of it.

`history` reads the files, `job` runs the rules over them with Flink, `figures` counts, and `summary` and `report` tell.
"""
