-- Intake: rhythm, proof of completeness, hosts, subscriptions, pages looked at again.

ALTER TABLE listing ADD COLUMN kind TEXT NOT NULL DEFAULT 'auto';  -- auto: feed or sitemap; page: an index page that is watched
ALTER TABLE listing ADD COLUMN rhythm_secs INTEGER;                -- how often something new comes, as measured
ALTER TABLE listing ADD COLUMN body_key BLOB;                      -- hash of the last good answer's bytes
ALTER TABLE listing ADD COLUMN chain BLOB;                         -- keys of what the last good answer listed, 16 bytes each
ALTER TABLE listing ADD COLUMN complete_since INTEGER;             -- the polls overlap from here on, or gaps were filled
ALTER TABLE listing ADD COLUMN hub TEXT;                           -- WebSub hub that the listing names
ALTER TABLE listing ADD COLUMN topic TEXT;                         -- the address under which the hub knows it

ALTER TABLE item ADD COLUMN host TEXT NOT NULL DEFAULT '';         -- pace is kept by host
ALTER TABLE item ADD COLUMN gap INTEGER;                           -- the gap that it was recovered from
ALTER TABLE item ADD COLUMN etag TEXT;                             -- validators of the page, for a second look
ALTER TABLE item ADD COLUMN last_modified TEXT;
ALTER TABLE item ADD COLUMN looks INTEGER NOT NULL DEFAULT 0;      -- second looks so far
ALTER TABLE item ADD COLUMN look_at INTEGER;                       -- the next second look
CREATE INDEX item_host_due ON item (host, try_at) WHERE state = 'due';
CREATE INDEX item_look ON item (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX item_listing ON item (listing);
CREATE INDEX item_gap ON item (gap) WHERE gap IS NOT NULL;

-- A time in which a listing may have shown something that no poll saw.
CREATE TABLE gap (
  id         INTEGER PRIMARY KEY,
  listing    INTEGER NOT NULL REFERENCES listing (id) ON DELETE CASCADE,
  from_at    INTEGER NOT NULL,               -- the last good poll before
  to_at      INTEGER NOT NULL,               -- the poll that did not overlap with it
  state      TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'filled', 'lost')),
  way        TEXT,                           -- how it was filled: paged feed, sitemap
  tries      INTEGER NOT NULL DEFAULT 0,
  try_at     INTEGER NOT NULL,
  note       TEXT                            -- for a person
) STRICT;
CREATE INDEX gap_open ON gap (try_at) WHERE state = 'open';
CREATE INDEX gap_listing ON gap (listing);

-- What is known of a host: when it may be asked again, and its robots.txt.
CREATE TABLE host (
  host        TEXT PRIMARY KEY,              -- with the port where it is not the usual one
  next_at     INTEGER NOT NULL DEFAULT 0,
  robots      TEXT,                          -- the text; NULL: none was read
  robots_rule TEXT,                          -- 'read', 'all' (none there), 'nothing' (the host fails)
  robots_at   INTEGER
) STRICT, WITHOUT ROWID;

-- WebSub subscriptions.
CREATE TABLE websub (
  listing   INTEGER PRIMARY KEY REFERENCES listing (id) ON DELETE CASCADE,
  hub       TEXT NOT NULL,
  topic     TEXT NOT NULL,
  secret    TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('asked', 'active', 'denied')),
  lease_at  INTEGER,                         -- the lease ends
  ask_at    INTEGER NOT NULL,                -- ask (again) then
  heard_at  INTEGER,
  note      TEXT
) STRICT;
