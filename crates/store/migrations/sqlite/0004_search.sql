-- Full text of the newest revision of each article. The texts themselves stay in `revision`; here are only their words.
CREATE VIRTUAL TABLE words USING fts5 (
  title, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO words (rowid, title, body)
  SELECT article, title, coalesce(json_extract(body, '$.text'), '') FROM revision
  WHERE id IN (SELECT max(id) FROM revision GROUP BY article);

CREATE TRIGGER revision_words AFTER INSERT ON revision BEGIN
  DELETE FROM words WHERE rowid = new.article;
  INSERT INTO words (rowid, title, body)
    VALUES (new.article, new.title, coalesce(json_extract(new.body, '$.text'), ''));
END;
