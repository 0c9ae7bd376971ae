-- A number that rises with every change of a story: by it a page knows whether it is still as new as the rows. It stands beside
-- the story, as a large row would else be written twice.
CREATE TABLE story_change (
  story INTEGER PRIMARY KEY,
  n     INTEGER NOT NULL
) STRICT;
INSERT INTO story_change SELECT id, row_number() OVER (ORDER BY id) FROM story;
CREATE UNIQUE INDEX story_change_n ON story_change (n);

CREATE TRIGGER story_comes AFTER INSERT ON story BEGIN
  INSERT INTO story_change VALUES (new.id, (SELECT coalesce(max(n), 0) + 1 FROM story_change))
    ON CONFLICT (story) DO UPDATE SET n = excluded.n;
END;
CREATE TRIGGER story_changes AFTER UPDATE OF body ON story BEGIN
  INSERT INTO story_change VALUES (new.id, (SELECT coalesce(max(n), 0) + 1 FROM story_change))
    ON CONFLICT (story) DO UPDATE SET n = excluded.n;
END;
-- A new version of an article may change no more than a headline in its story's list.
CREATE TRIGGER story_told AFTER UPDATE OF state ON revision WHEN new.state = 'told' BEGIN
  UPDATE story_change SET n = (SELECT max(n) + 1 FROM story_change)
    WHERE story = (SELECT story FROM story_article WHERE article = new.article);
END;
