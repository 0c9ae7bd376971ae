-- Readers' side: where to, what about, and what was promised.

CREATE TABLE destination (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,            -- as people call it: "@channel", "Night desk"
  kind     TEXT NOT NULL,                   -- telegram, webhook, email, ...
  address  TEXT NOT NULL,                   -- chat id or @name, address, hook
  topic    TEXT NOT NULL DEFAULT '',        -- forum topic
  settings TEXT NOT NULL DEFAULT '{}',      -- digest, quiet hours, zone, on_uncertain: JSON
  paused   TEXT                             -- why nothing is sent there now, for a person
) STRICT;

CREATE TABLE follow (
  id          INTEGER PRIMARY KEY,
  destination INTEGER NOT NULL REFERENCES destination (id),
  sentence    TEXT NOT NULL,                -- as a person wrote it
  added_at    INTEGER NOT NULL,
  UNIQUE (destination, sentence)
) STRICT;

-- The outbox. One row is one change of one post, unique for ever.
CREATE TABLE delivery (
  id          INTEGER PRIMARY KEY,
  destination INTEGER NOT NULL REFERENCES destination (id),
  what        TEXT NOT NULL,                -- 'story:27k2', 'reply:27k2', 'digest:2026-11-05T18'
  step        INTEGER NOT NULL,             -- the story's counter
  action      TEXT NOT NULL CHECK (action IN ('post', 'reply')),   -- a post is sent once and edited from then on
  card        TEXT NOT NULL,                -- what to send, rendered: JSON
  state       TEXT NOT NULL DEFAULT 'pending'
              CHECK (state IN ('pending', 'sending', 'sent', 'folded', 'refused', 'unknown', 'held')),
  due_at      INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  claimed_at  INTEGER,
  done_at     INTEGER,
  tries       INTEGER NOT NULL DEFAULT 0,
  error       TEXT,
  follow      INTEGER,                      -- which follow asked for it
  UNIQUE (destination, what, step)
) STRICT;
CREATE INDEX delivery_open ON delivery (destination, id) WHERE state IN ('pending', 'sending', 'unknown');

-- Where a post stands at the destination, so that the next step edits it.
CREATE TABLE post (
  destination INTEGER NOT NULL REFERENCES destination (id),
  what        TEXT NOT NULL,
  message     TEXT NOT NULL,                -- the destination's own id
  content_key BLOB NOT NULL,                -- hash of what it shows: an equal text is not sent again
  sent_at     INTEGER NOT NULL,
  PRIMARY KEY (destination, what)
) STRICT, WITHOUT ROWID;

-- Rate limits that survive a restart. `scope` is a chat or the whole bot.
CREATE TABLE pace (
  scope    TEXT PRIMARY KEY,
  next_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
