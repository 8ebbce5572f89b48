"""The main job on real Kafka under load: how many payments a second, and how long until the alert is there."""
