# Stands in for postgres.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-15 && rm -rf /var/lib/apt/lists/* \
 && install -d -o postgres -g postgres /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:$PATH PGDATA=/var/lib/postgresql/data
COPY start.sh /usr/local/bin/start.sh
USER postgres
VOLUME /var/lib/postgresql/data
ENTRYPOINT ["bash", "/usr/local/bin/start.sh"]
CMD ["postgres"]
