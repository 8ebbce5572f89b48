"""Where rules are published to, for jobs to read them: a directory, or a Kafka topic.

`history` says what a rule that was published is, and how it changes; `directory` and `kafka` are the two kinds of
places; `target` tells them apart by their names; `outcomes` reads what a job said of the updates.
"""
