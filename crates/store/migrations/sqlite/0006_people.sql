-- People who have an account on the page; nobody is one until a person asks for it.

CREATE TABLE person (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE COLLATE NOCASE,
  role     TEXT NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
  password TEXT,                            -- argon2id, PHC string; none: another service says who it is
  added_at INTEGER NOT NULL
) STRICT;

-- What proves who somebody is: the cookie of a browser, or a token of a program. Only hashes are kept.
CREATE TABLE proof (
  token_key  BLOB NOT NULL PRIMARY KEY,
  id         INTEGER NOT NULL UNIQUE,       -- to take it back by
  person     INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL CHECK (kind IN ('session', 'token')),
  name       TEXT NOT NULL,                 -- as its owner calls it, or the browser's own words
  scope      TEXT NOT NULL CHECK (scope IN ('all', 'read', 'metrics')),
  made_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a person has seen of a story, and how it is marked.
CREATE TABLE seen (
  person   INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  story    INTEGER NOT NULL,
  revision INTEGER NOT NULL,                -- the story's counter when it was last looked at; 0: not yet
  read     INTEGER NOT NULL DEFAULT 0,      -- revision up to which it counts as read in a feed reader
  starred  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (person, story)
) STRICT, WITHOUT ROWID;

-- What was changed by hand: asked by a person, done by the owner of the stories, undone by asking again.
CREATE TABLE edit (
  id       INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  person   TEXT NOT NULL,                   -- the name, which stays when the account goes
  story    INTEGER NOT NULL,
  what     TEXT NOT NULL,                   -- JSON of the stories crate: rename, merge, split ...
  before   TEXT,                            -- JSON: what undoing needs
  undoes   INTEGER REFERENCES edit (id),
  done_at  INTEGER,
  error    TEXT                             -- why it could not be done, for a person
) STRICT;
CREATE INDEX edit_waiting ON edit (id) WHERE done_at IS NULL AND error IS NULL;
CREATE INDEX edit_story ON edit (story, id);
