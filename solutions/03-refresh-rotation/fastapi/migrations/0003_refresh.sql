-- Sessions that can be ended. All refresh tokens that descend from one sign-in are a family, and the end is written on the
-- family, where every use looks: a token that is made while the family ends is born dead.
CREATE TABLE families (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at  timestamptz NOT NULL DEFAULT now(),
  -- Set at sign-in, never moved: the absolute life.
  ends_at     timestamptz NOT NULL,
  revoked_at  timestamptz,
  revoked_for text CHECK (revoked_for IN ('reuse', 'sign-out', 'sign-out-everywhere', 'password', 'session-list')),
  CHECK ((revoked_at IS NULL) = (revoked_for IS NULL))
);
CREATE INDEX families_user_id_idx ON families (user_id);

-- Used ones stay as long as their family: a token that was forgotten is unknown when it comes back, and raises no alarm.
CREATE TABLE refresh_tokens (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  family_id  uuid NOT NULL REFERENCES families (id) ON DELETE CASCADE,
  -- A token has one successor at most.
  parent_id  uuid UNIQUE REFERENCES refresh_tokens (id) ON DELETE CASCADE,
  -- SHA-256. 256 random bits cannot be guessed, so no slow hash is needed.
  hash       bytea NOT NULL UNIQUE,
  -- The token itself, for the grace alone: encrypted under a key that only the bearer of its parent can make.
  sealed     bytea,
  -- Not now(), which stands still while a transaction waits for a lock.
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  used_at    timestamptz
);
CREATE INDEX refresh_tokens_family_id_idx ON refresh_tokens (family_id, created_at);
CREATE INDEX refresh_tokens_sealed_idx ON refresh_tokens (created_at) WHERE sealed IS NOT NULL;
