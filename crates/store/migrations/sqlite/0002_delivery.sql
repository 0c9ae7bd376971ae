-- Readers' side: where to, what about, and what was promised.

CREATE TABLE destination (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,            -- as people call it: "@channel", "Night desk"
  kind     TEXT NOT NULL,                   -- telegram, webhook, email, ...
  address  TEXT NOT NULL,                   -- chat id or @name, address, hook
  topic    TEXT NOT NULL DEFAULT '',        -- forum topic
  settings TEXT NOT NULL DEFAULT '{}',      -- digest, quiet hours, zone, on_uncertain: JSON
  paused   TEXT,                            -- why nothing is sent there now, for a person
  UNIQUE (kind, address, topic)
) STRICT;

CREATE TABLE follow (
  id          INTEGER PRIMARY KEY,
  destination INTEGER NOT NULL REFERENCES destination (id),
  sentence    TEXT NOT NULL,                -- as a person wrote it
  added_at    INTEGER NOT NULL,
  muted       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (destination, sentence)
) STRICT;

-- A story that a reader does not want to hear of again.
CREATE TABLE mute (
  destination INTEGER NOT NULL REFERENCES destination (id),
  story       INTEGER NOT NULL,
  PRIMARY KEY (destination, story)
) STRICT, WITHOUT ROWID;

-- What is sent, rendered once for however many destinations.
CREATE TABLE card (
  id   INTEGER PRIMARY KEY,
  key  BLOB NOT NULL UNIQUE,                -- hash of `body`
  body TEXT NOT NULL                        -- the delivery crate's card, JSON
) STRICT;

-- The outbox. One row is one change of one post, unique for ever.
CREATE TABLE delivery (
  id          INTEGER PRIMARY KEY,
  destination INTEGER NOT NULL REFERENCES destination (id),
  what        TEXT NOT NULL,                -- 'story:27k2', 'reply:27k2', 'digest:2026-11-05T18'
  step        INTEGER NOT NULL,             -- the story's counter
  -- a post is sent once and edited from then on; an item waits to be folded into a digest; an answer is the bot's
  action      TEXT NOT NULL CHECK (action IN ('post', 'reply', 'item', 'digest', 'answer')),
  card        INTEGER NOT NULL REFERENCES card (id),
  content_key BLOB NOT NULL,                -- hash of what a reader would see
  state       TEXT NOT NULL DEFAULT 'pending'
              CHECK (state IN ('pending', 'sending', 'sent', 'folded', 'refused', 'unknown', 'held')),
  due_at      INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  claimed_at  INTEGER,
  done_at     INTEGER,
  tries       INTEGER NOT NULL DEFAULT 0,
  error       TEXT,
  follow      INTEGER,                      -- which follow asked for it
  message     TEXT,                         -- the destination's own id of what was sent
  mark        INTEGER,                      -- the highest message id known in the chat when it was claimed
  edits       TEXT,                         -- the message that the claim edits; none: it sends a new one
  folded_into INTEGER,                      -- the row that tells it instead
  UNIQUE (destination, what, step)
) STRICT;
CREATE INDEX delivery_pending ON delivery (destination, due_at) WHERE state = 'pending';
CREATE INDEX delivery_flight ON delivery (destination) WHERE state IN ('sending', 'unknown');
CREATE INDEX delivery_what ON delivery (what);
CREATE INDEX delivery_created ON delivery (created_at);
CREATE INDEX delivery_odd ON delivery (state) WHERE state IN ('refused', 'held');

-- Where a post stands at the destination, so that the next step edits it.
CREATE TABLE post (
  destination INTEGER NOT NULL REFERENCES destination (id),
  what        TEXT NOT NULL,
  message     TEXT NOT NULL,                -- the destination's own id
  content_key BLOB NOT NULL,                -- hash of what it shows: an equal text is not sent again
  step        INTEGER NOT NULL,             -- the step that it shows
  sent_at     INTEGER NOT NULL,
  gone        TEXT,                         -- why it cannot be edited any more, for a person
  PRIMARY KEY (destination, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_what ON post (what);

-- Rate limits that survive a restart. `scope` is a chat ("telegram @channel") or a whole kind ("telegram").
CREATE TABLE pace (
  scope    TEXT PRIMARY KEY,
  next_at  INTEGER NOT NULL DEFAULT 0,
  mark     INTEGER,                         -- the highest message id known in this chat
  reason   TEXT
) STRICT, WITHOUT ROWID;

-- Sends whose fate was never learnt: counted, never forgotten.
CREATE TABLE uncertain (
  delivery INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  outcome  TEXT                             -- 'arrived', 'lost', 'resent', 'held'
) STRICT;

-- People who talk with the bot.
CREATE TABLE reader (
  chat     TEXT PRIMARY KEY,
  name     TEXT NOT NULL,
  state    TEXT NOT NULL DEFAULT '{}',      -- where the conversation stands: JSON
  since    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time links to the bot, by the hash of their token.
CREATE TABLE invitation (
  token_key  BLOB PRIMARY KEY,
  rights     TEXT NOT NULL,                 -- 'reader', 'owner'
  expires_at INTEGER NOT NULL,
  used_by    TEXT
) STRICT, WITHOUT ROWID;
