ALTER TABLE users ADD COLUMN email_key text GENERATED ALWAYS AS (lower(email)) STORED;
ALTER TABLE users ADD CONSTRAINT users_email_key_unique UNIQUE (email_key);
DROP INDEX users_email_key;

CREATE TABLE sign_in_counts (
  email_key text PRIMARY KEY,
  tries     integer NOT NULL,
  quiet_at  timestamptz NOT NULL
);
