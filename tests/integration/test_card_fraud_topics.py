"""Generated payments on the topics of card_fraud: in Avro by a registry, at a rate, by key."""
