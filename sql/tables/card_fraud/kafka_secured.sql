-- What the tables on Kafka add where brokers ask who is there: TLS and SASL/SCRAM. Runs after them.
--
-- ${secrets} is a folder on each machine that runs the job, and on the one that submits it. In it are
--   kafka-ca.pem  the certificate authority of the brokers
--   kafka-jaas    org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule
--                 required username="card_fraud" password="..."; and no other line,
-- of that class, as the connector carries Kafka's client under another name. The password is no part of
-- the tables: a client of Kafka reads it from the folder when it starts. So neither the plan has it, nor
-- a checkpoint, nor the web interface; and a new password takes a restart, not a new job.
-- noqa: disable=PRS
ALTER TABLE payments SET (
  'properties.security.protocol' = 'SASL_SSL',
  'properties.ssl.truststore.type' = 'PEM',
  'properties.ssl.truststore.location' = '${secrets}/kafka-ca.pem',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.config.providers' = 'secrets',
  'properties.config.providers.secrets.class' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider',
  'properties.sasl.jaas.config' = '${secrets:${secrets}:kafka-jaas}'
);

ALTER TABLE customers SET (
  'properties.security.protocol' = 'SASL_SSL',
  'properties.ssl.truststore.type' = 'PEM',
  'properties.ssl.truststore.location' = '${secrets}/kafka-ca.pem',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.config.providers' = 'secrets',
  'properties.config.providers.secrets.class' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider',
  'properties.sasl.jaas.config' = '${secrets:${secrets}:kafka-jaas}'
);

ALTER TABLE rates SET (
  'properties.security.protocol' = 'SASL_SSL',
  'properties.ssl.truststore.type' = 'PEM',
  'properties.ssl.truststore.location' = '${secrets}/kafka-ca.pem',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.config.providers' = 'secrets',
  'properties.config.providers.secrets.class' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider',
  'properties.sasl.jaas.config' = '${secrets:${secrets}:kafka-jaas}'
);

ALTER TABLE rule_updates SET (
  'properties.security.protocol' = 'SASL_SSL',
  'properties.ssl.truststore.type' = 'PEM',
  'properties.ssl.truststore.location' = '${secrets}/kafka-ca.pem',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.config.providers' = 'secrets',
  'properties.config.providers.secrets.class' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider',
  'properties.sasl.jaas.config' = '${secrets:${secrets}:kafka-jaas}'
);

ALTER TABLE alerts SET (
  'properties.security.protocol' = 'SASL_SSL',
  'properties.ssl.truststore.type' = 'PEM',
  'properties.ssl.truststore.location' = '${secrets}/kafka-ca.pem',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.config.providers' = 'secrets',
  'properties.config.providers.secrets.class' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider',
  'properties.sasl.jaas.config' = '${secrets:${secrets}:kafka-jaas}'
);

ALTER TABLE rule_status SET (
  'properties.security.protocol' = 'SASL_SSL',
  'properties.ssl.truststore.type' = 'PEM',
  'properties.ssl.truststore.location' = '${secrets}/kafka-ca.pem',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.config.providers' = 'secrets',
  'properties.config.providers.secrets.class' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider',
  'properties.sasl.jaas.config' = '${secrets:${secrets}:kafka-jaas}'
);

ALTER TABLE dead_letters SET (
  'properties.security.protocol' = 'SASL_SSL',
  'properties.ssl.truststore.type' = 'PEM',
  'properties.ssl.truststore.location' = '${secrets}/kafka-ca.pem',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.config.providers' = 'secrets',
  'properties.config.providers.secrets.class' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider',
  'properties.sasl.jaas.config' = '${secrets:${secrets}:kafka-jaas}'
);
