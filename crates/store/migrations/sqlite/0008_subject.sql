-- People who log in at an identity provider. What is bound is the provider's own name for somebody, never an e-mail address:
-- addresses are given to others one day.
ALTER TABLE person ADD COLUMN issuer TEXT;
ALTER TABLE person ADD COLUMN subject TEXT;
CREATE UNIQUE INDEX person_subject ON person (issuer, subject) WHERE subject IS NOT NULL;

-- A one-time link for somebody who has an account already: a new password, or another way to log in.
ALTER TABLE invitation ADD COLUMN person INTEGER REFERENCES person (id) ON DELETE CASCADE;

-- Whom an admin asked in by an e-mail address that the provider has verified; used up by the first who comes with it.
CREATE TABLE guest (
  email      TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
  role       TEXT NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
