"""Generated payments on the topics of card_fraud: in Avro by a registry, at a rate, by key."""

import json

import fastavro
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from generators.card_fraud import generate
from generators.card_fraud_topics import of_avro, send
from tests.services.broker import running_broker
