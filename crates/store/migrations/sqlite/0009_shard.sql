-- Parts of the work of which one process at a time has charge. `epoch` rises with each that takes one over.
CREATE TABLE shard (
  id          TEXT PRIMARY KEY,
  owner       TEXT NOT NULL,
  epoch       INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
);

-- Until when a reader has a revision to itself.
ALTER TABLE revision ADD COLUMN claimed_until INTEGER;
