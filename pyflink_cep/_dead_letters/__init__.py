"""Dead letters: the records that a job could not parse, validate or deliver, in a Kafka topic.

`letter` is one of them; `box` reads the topic, where a message without a value says that a letter was dealt with;
`replay` sends letters back to where they came from.
"""
