-- What the jobs write to PostgreSQL. The key is what makes a second delivery of the same alert no second row.
CREATE TABLE IF NOT EXISTS alerts (
  rule_id text NOT NULL,
  rule_version bigint NOT NULL,
  severity text,
  status text,
  key text NOT NULL,
  started_at timestamptz,
  ended_at timestamptz NOT NULL,
  measures text,
  events text,
  PRIMARY KEY (rule_id, key, ended_at)
);
