-- Addresses are kept in lower case, so that comparing them needs no function.
UPDATE users SET email = lower(email);
DROP INDEX users_email_key;
ALTER TABLE users
  ADD CONSTRAINT users_email_is_lower CHECK (email = lower(email)),
  ADD CONSTRAINT users_email_key UNIQUE (email);
