-- What rules of ssh_attacks can ask of an attempt to log in: the columns of the view that finds them in a log,
-- sql/tables/ssh_attacks/login_attempts.sql.
-- For `pyflink-cep check` and `test`: --schema rules/ssh_attacks/login_attempts.sql
CREATE TABLE login_attempts (
  -- When the log was written. ROWTIME() is the same in milliseconds.
  rowtime TIMESTAMP_LTZ(3),
  -- 'failed' or 'accepted'.
  outcome STRING,
  -- As the client has it, whether there is such a user or not.
  user_name STRING,
  -- Whether the server knows the user.
  is_known BOOLEAN,
  -- Of the client, IPv4 or IPv6.
  address STRING,
  -- How often this came at once: 1, unless the log says that a message was repeated.
  attempts INT
);
