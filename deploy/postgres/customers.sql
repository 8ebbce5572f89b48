-- The customers' profiles, and what Debezium needs of them: see deploy/kafka-connect.
CREATE TABLE IF NOT EXISTS customers (
  customer_id text PRIMARY KEY,
  home_latitude double precision,
  home_longitude double precision,
  currency text NOT NULL,
  average_eur double precision
);

-- An update then has the row before it too, of which the format debezium-json makes the retraction.
ALTER TABLE customers REPLICA IDENTITY FULL;

-- Debezium may make none itself: for that it would have to own the tables.
CREATE PUBLICATION cep_customers FOR TABLE customers;
