-- What the jobs write to PostgreSQL. The id is made of what an alert is about, so that one that is delivered again is no
-- second row. Times are in UTC.
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
