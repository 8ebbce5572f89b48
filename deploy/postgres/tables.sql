-- What the jobs write to PostgreSQL. The key is what makes a second delivery of the same alert no second row. Times are
-- in UTC: Flink's connector has none with a zone.
CREATE TABLE IF NOT EXISTS alerts (
  id text PRIMARY KEY,
  rule_id text NOT NULL,
  rule_version bigint NOT NULL,
  severity text,
  status text NOT NULL,
  key text NOT NULL,
  started_at timestamp NOT NULL,
  ended_at timestamp NOT NULL,
  measures text NOT NULL,
  events text
);
