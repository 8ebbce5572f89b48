set -euo pipefail
mkdir -p /etc/kafka/docker /opt/kafka/config
touch /etc/kafka/docker/{server.properties,log4j2.yaml,tools-log4j2.yaml}
java=(java -cp '/opt/kafka/libs/*' -XX:+UseSerialGC -XX:TieredStopAtLevel=1)
# Formats the data on the first start, and adds the settings of the environment to the mounted file.
CLUSTER_ID="${CLUSTER_ID:-Apyflinkcep0000000000A}" "${java[@]}" kafka.docker.KafkaDockerWrapper setup \
  --default-configs-dir /etc/kafka/docker --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config
# shellcheck disable=SC2086 # options, several of them
exec "${java[@]}" $KAFKA_HEAP_OPTS kafka.Kafka /opt/kafka/config/server.properties
