-- One row for each try to sign in, for as long as it counts.
CREATE TABLE sign_in_log (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL,
  at    timestamptz NOT NULL
);
CREATE INDEX sign_in_log_email_idx ON sign_in_log (email, at);
CREATE INDEX sign_in_log_at_idx ON sign_in_log (at);
