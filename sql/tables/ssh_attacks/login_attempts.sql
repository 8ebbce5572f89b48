-- The attempts to log in that an OpenSSH server's log tells of. A user's name is what the attacker says that
-- it is, even `root from 198.51.100.7 port 22 ssh2`: so a line is read from its ends, and never from within.
CREATE TEMPORARY VIEW login_attempts AS
SELECT
  rowtime,
  LOWER(REGEXP_EXTRACT(message, '^(Failed|Accepted)', 1)) AS outcome,
  REGEXP_EXTRACT(message, ' for (?:invalid user )?(.*) from \S+ port \d+ ssh2', 1) AS user_name,
  NOT REGEXP(message, '^Failed \S+ for invalid user ') AS is_known,
  REGEXP_EXTRACT(message, '^.* from (\S+) port \d+ ssh2', 1) AS address,
  COALESCE(CAST(repeated AS INT), 1) AS attempts
FROM (
  SELECT
    rowtime,
    -- The log says `message repeated 5 times: [ ... ]` instead of a message again and again.
    REGEXP_EXTRACT(line, ' sshd\[\d+\]: message repeated (\d+) times: \[ ', 1) AS repeated,
    REGEXP_EXTRACT(line, '^.{15} \S+ sshd\[\d+\]: (?:message repeated \d+ times: \[ )?(.*)$', 1) AS message
  FROM log_lines
) AS messages
WHERE
  REGEXP(
    message,
    '^(Failed (password|keyboard-interactive/pam)|Accepted \S+) for .* from \S+ port \d+ ssh2'
  );
