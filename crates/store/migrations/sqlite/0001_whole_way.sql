-- What is kept, in the order of the data's way. Times are milliseconds since 1970 UTC.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What lists articles: feeds, sitemaps, index pages.
CREATE TABLE listing (
  id            INTEGER PRIMARY KEY,
  url           TEXT NOT NULL UNIQUE,
  outlet        TEXT,                       -- as the operator or the feed names it
  language      TEXT,                       -- BCP 47, as the feed says
  added_at      INTEGER NOT NULL,
  paused        INTEGER NOT NULL DEFAULT 0,
  etag          TEXT,
  last_modified TEXT,
  next_poll_at  INTEGER NOT NULL,
  polled_at     INTEGER,
  answered_at   INTEGER,                    -- last good answer, 304 included
  changed_at    INTEGER,                    -- last answer with something new in it
  failures      INTEGER NOT NULL DEFAULT 0, -- in a row
  error         TEXT                        -- of the last poll, for a person
) STRICT;
CREATE INDEX listing_due ON listing (next_poll_at) WHERE paused = 0;

-- One entry of a listing: an article to fetch. Unique for ever by the canonical address.
CREATE TABLE item (
  id         INTEGER PRIMARY KEY,
  url_key    BLOB NOT NULL UNIQUE,          -- first 16 bytes of SHA-256 of the canonical address
  url        TEXT NOT NULL,
  listing    INTEGER NOT NULL REFERENCES listing (id),
  entry      TEXT NOT NULL,                 -- the listing's own words about it, JSON
  entry_key  BLOB NOT NULL,                 -- hash of what the listing says: a change asks for the page again
  seen_at    INTEGER NOT NULL,
  state      TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'aside')),
  try_at     INTEGER NOT NULL,
  tries      INTEGER NOT NULL DEFAULT 0,
  error      TEXT
) STRICT;
CREATE INDEX item_due ON item (try_at) WHERE state = 'due';
CREATE INDEX item_aside ON item (id) WHERE state = 'aside';

CREATE TABLE article (
  id       INTEGER PRIMARY KEY,
  url_key  BLOB NOT NULL UNIQUE,
  url      TEXT NOT NULL,
  outlet   TEXT NOT NULL,
  seen_at  INTEGER NOT NULL
) STRICT;

-- A version of an article's text. The stages claim on `state`, never on `id > last`.
CREATE TABLE revision (
  id          INTEGER PRIMARY KEY,
  article     INTEGER NOT NULL REFERENCES article (id),
  content_key BLOB NOT NULL,
  seen_at     INTEGER NOT NULL,
  published   INTEGER NOT NULL,             -- what the outlet says where it is believable, else seen_at
  title       TEXT NOT NULL,
  body        TEXT NOT NULL,                -- article::Article, JSON
  state       TEXT NOT NULL DEFAULT 'unread' CHECK (state IN ('unread', 'read', 'told', 'aside')),
  error       TEXT,
  UNIQUE (article, content_key)
) STRICT;
CREATE INDEX revision_unread ON revision (id) WHERE state = 'unread';
CREATE INDEX revision_read ON revision (published, id) WHERE state = 'read';
CREATE INDEX revision_aside ON revision (id) WHERE state = 'aside';

CREATE TABLE reading (
  revision INTEGER NOT NULL REFERENCES revision (id),
  model    TEXT NOT NULL,                   -- version of the reader
  body     TEXT NOT NULL,                   -- reading::Reading, JSON
  PRIMARY KEY (revision, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE story (
  id       INTEGER PRIMARY KEY,
  last     INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  body     TEXT NOT NULL                    -- stories::Story, JSON
) STRICT;
CREATE INDEX story_last ON story (last);

CREATE TABLE story_article (
  article  INTEGER PRIMARY KEY REFERENCES article (id),
  story    INTEGER NOT NULL REFERENCES story (id),
  arrived  INTEGER NOT NULL UNIQUE,         -- the order of arrival
  at       INTEGER NOT NULL,
  copy_of  INTEGER,
  why      TEXT NOT NULL,                   -- JSON list
  features BLOB NOT NULL
) STRICT;
CREATE INDEX story_article_story ON story_article (story);
CREATE INDEX story_article_at ON story_article (at);

CREATE TABLE story_update (
  story    INTEGER NOT NULL REFERENCES story (id),
  revision INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  body     TEXT NOT NULL,                   -- stories::Update, JSON
  PRIMARY KEY (story, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX story_update_at ON story_update (at);
