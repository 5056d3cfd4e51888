-- When each address was last tried to sign in with, whether it has an account or not. In the database, so that every copy
-- of the API counts the same tries.
CREATE TABLE login_tries (
  email    text PRIMARY KEY,
  tries    timestamptz[] NOT NULL,
  last_try timestamptz NOT NULL
);
CREATE INDEX login_tries_last_try_idx ON login_tries (last_try);
