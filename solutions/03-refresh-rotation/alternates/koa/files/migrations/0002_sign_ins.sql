-- A session is one row. Its refresh tokens are signed and say which generation they are, so no token is kept, and no hash of one:
-- the token of the newest generation is good, every older one was used.

DROP TABLE sessions;

-- Counts what ends all sessions of the account at once: a session lives while it has its account's number.
ALTER TABLE users ADD COLUMN epoch integer NOT NULL DEFAULT 0;

CREATE TABLE sign_ins (
  id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  epoch      integer NOT NULL,
  generation integer NOT NULL DEFAULT 1,
  -- The id of the newest token. It opens nothing without the signature, whose key is not in this database.
  token_id   uuid NOT NULL DEFAULT gen_random_uuid(),
  began_at   timestamptz NOT NULL DEFAULT now(),
  -- When the newest generation came to be, which is when the one before it was used.
  turned_at  timestamptz NOT NULL DEFAULT now(),
  -- Written once.
  ends_at    timestamptz NOT NULL,
  -- Written with each generation.
  idle_at    timestamptz NOT NULL,
  ended_at   timestamptz,
  ended_by   text
);
CREATE INDEX sign_ins_user_id_idx ON sign_ins (user_id);

-- The one place that says what a living session is. now() is the moment when a transaction began: who asked in time is not late
-- because somebody else held the row.
CREATE VIEW living AS
SELECT s.id, s.user_id, s.began_at, s.turned_at, s.ends_at,
       u.email, u.display_name, u.role, u.org_id
  FROM sign_ins AS s
  JOIN users AS u ON u.id = s.user_id AND u.epoch = s.epoch
 WHERE u.disabled_at IS NULL
   AND s.ended_at IS NULL
   AND s.ends_at > now()
   AND s.idle_at > now();

-- Tries to sign in: the moments of the last ones, in one row for each address (its SHA-256), so that tries at once queue up at it.
CREATE TABLE sign_in_tries (
  who bytea PRIMARY KEY,
  at  timestamptz[] NOT NULL
);
