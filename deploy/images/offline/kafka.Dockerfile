# Stands in for apache/kafka: the same jars, and the same class that puts the settings together.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless && rm -rf /var/lib/apt/lists/*
COPY *.jar /opt/kafka/libs/
COPY start.sh /opt/kafka/start.sh
VOLUME /var/lib/kafka/data
CMD ["bash", "/opt/kafka/start.sh"]
