-- What a program of schema 2 had in its store, in the words of its tables and of its JSON; KEYn is a key.
INSERT INTO meta VALUES ('telegram.offset', '71');
INSERT INTO listing (id, url, outlet, language, added_at, next_poll_at, answered_at)
  VALUES (1, 'https://coast.example/feed', 'Coast Ledger', 'en', 1790000000000, 1790000000000, 1789999000000);
INSERT INTO item (id, url_key, url, listing, entry, entry_key, seen_at, state, try_at) VALUES
  (1, KEY1, 'https://coast.example/ferry', 1, '{"id":null,"link":null,"title":"Ferry runs aground","subtitle":null,"summary":null,"content":null,"content_language":null,"published":null,"updated":null,"created":null,"authors":[],"categories":[],"enclosures":[],"rights":null,"language":null,"outlet":null}', KEY1, 1790000000000, 'done', 1790000000000),
  (2, KEY2, 'https://coast.example/harbour', 1, '{"id":null,"link":null,"title":"Harbour closed","subtitle":null,"summary":null,"content":null,"content_language":null,"published":null,"updated":null,"created":null,"authors":[],"categories":[],"enclosures":[],"rights":null,"language":null,"outlet":null}', KEY2, 1790000000000, 'due', 1790000000000);
INSERT INTO article (id, url_key, url, outlet, seen_at) VALUES
  (1, KEY1, 'https://coast.example/ferry', 'Coast Ledger', 1790000000000),
  (2, KEY3, 'https://fen.example/ferry', 'Fen Courier', 1790000060000),
  (3, KEY4, 'https://upland.example/ferry', 'Upland Mail', 1790000120000);
INSERT INTO revision (id, article, content_key, seen_at, published, title, body, state) VALUES
  (1, 1, KEY1, 1790000000000, 1790000000000, 'Ferry runs aground off Sandhaven',
   '{"id":null,"url":"https://coast.example/ferry","outlet":"Coast Ledger","published":"2026-09-21T14:13:20Z","modified":null,"language":"en","title":"Ferry runs aground off Sandhaven","authors":["Ilse Brandt"],"text":"A ferry ran aground off Sandhaven on Monday, two people were hurt.\n\"Nobody is missing\", said harbour master Mira Holt.","canonical":null,"standfirst":null,"section":"News","paywalled":false,"truncated":false,"live":false,"correction":null,"blocks":[{"span":{"start":0,"end":66},"kind":"paragraph","at":null},{"span":{"start":67,"end":118},"kind":"paragraph","at":null}]}',
   'told'),
  (2, 2, KEY2, 1790000060000, 1790000060000, 'Two hurt as ferry runs aground',
   '{"id":null,"url":"https://fen.example/ferry","outlet":"Fen Courier","published":null,"modified":null,"language":"en","title":"Two hurt as ferry runs aground","authors":[],"text":"Two people were hurt when a ferry ran aground.","canonical":null,"standfirst":null,"section":null,"paywalled":false,"truncated":false,"live":false,"correction":null,"blocks":[]}',
   'read'),
  (3, 3, KEY3, 1790000120000, 1790000120000, 'Ferry: tug on its way',
   '{"id":null,"url":"https://upland.example/ferry","outlet":"Upland Mail","published":null,"modified":null,"language":"en","title":"Ferry: tug on its way","authors":[],"text":"A tug is on its way to the ferry.","canonical":null,"standfirst":null,"section":null,"paywalled":false,"truncated":false,"live":false,"correction":null,"blocks":[]}',
   'unread');
INSERT INTO reading (revision, model, body) VALUES
  (1, 'rules-1', '{"language":"en","sentences":[{"start":0,"end":66},{"start":67,"end":118}],"entities":[{"span":{"start":27,"end":36},"label":"GPE","name":"Sandhaven","id":0}],"times":[{"span":{"start":40,"end":46},"kind":"DATE","value":"2026-09-21","inferred":true}],"places":[{"span":{"start":27,"end":36},"name":"Sandhaven","latitude":null,"longitude":null,"country":null,"geonames":null,"role":"literal"}],"speakers":[{"id":0,"name":"Mira Holt","kind":"person","description":"harbour master","conflicts_with":[]}],"statements":[{"content":[{"start":67,"end":86}],"cue":[{"start":88,"end":92}],"source":[{"start":93,"end":117}],"speaker":0,"kind":"direct","medium":null,"addressee":null,"negated":false,"nested_in":null}],"events":[],"background":[],"doubts":[]}'),
  (2, 'rules-1', '{"language":"en","sentences":[{"start":0,"end":46}],"entities":[],"times":[],"places":[],"speakers":[],"statements":[],"events":[],"background":[],"doubts":[]}');
INSERT INTO story (id, last, revision, body) VALUES (7, 1790000000000, 2,
  '{"id":"2229","merged_into":null,"title":"Ferry runs aground off Sandhaven","title_article":1,"title_language":"en","first":"2026-09-21T14:13:20Z","last":"2026-09-21T14:13:20Z","members":[{"article":1,"outlet":"Coast Ledger","language":"en","at":"2026-09-21T14:13:20Z","copy_of":null}],"independent_texts":1,"languages":["en"],"figures":[{"kind":"injured","outlet":"Coast Ledger","article":1,"at":"2026-09-21T14:13:20Z","min":2,"max":2,"best":2,"qualifier":"exactly","sentence":{"start":0,"end":66},"words":{"start":46,"end":65},"withdrawn":false}],"statements":[{"speaker":"Mira Holt","description":"harbour master","text":"Nobody is missing","language":"en","kind":"direct","first_outlet":"Coast Ledger","article":1,"span":{"start":67,"end":86},"at":"2026-09-21T14:13:20Z","outlets":["Coast Ledger"]}],"corrections":[],"places":[{"name":"Sandhaven","latitude":null,"longitude":null,"country":null,"articles":1}],"revision":2}');
INSERT INTO story_article (article, story, arrived, at, copy_of, why, features)
  VALUES (1, 7, 1, 1790000000000, NULL, '["first of its kind"]', KEY1);
INSERT INTO story_update (story, revision, at, body) VALUES (7, 1, 1790000000000,
  '{"story":"2229","revision":1,"follows_revision":0,"at":"2026-09-21T14:13:20Z","article":1,"outlet":"Coast Ledger","kind":"new_story","text":"Ferry runs aground off Sandhaven","language":"en","evidence":[],"figure":null,"statement":null,"importance":0.5}');
INSERT INTO destination (id, name, kind, address) VALUES (1, '@coast', 'telegram', '@coast'), (2, '@fen', 'telegram', '@fen');
INSERT INTO follow (id, destination, sentence, added_at) VALUES (1, 1, 'everything', 1790000000000);
INSERT INTO card (id, key, body) VALUES (1, KEY1, '{}'), (2, KEY2, '{"step":2}');
-- In the first chat a post with an edit that waits, in the second one that was on its way when the program stopped.
INSERT INTO delivery (id, destination, what, step, action, card, content_key, state, due_at, created_at, done_at, message, claimed_at) VALUES
  (1, 1, 'story:2229', 1, 'post', 1, KEY1, 'sent', 1790000000000, 1790000000000, 1790000001000, '41', 1790000000500);
INSERT INTO delivery (id, destination, what, step, action, card, content_key, state, due_at, created_at) VALUES
  (2, 1, 'story:2229', 2, 'post', 2, KEY2, 'pending', 1790000060000, 1790000060000);
INSERT INTO delivery (id, destination, what, step, action, card, content_key, state, due_at, created_at, claimed_at, mark) VALUES
  (3, 2, 'story:2229', 1, 'post', 1, KEY1, 'sending', 1790000000000, 1790000000000, 1790000000500, 12);
INSERT INTO post (destination, what, message, content_key, step, sent_at) VALUES (1, 'story:2229', '41', KEY1, 1, 1790000001000);
INSERT INTO pace (scope, next_at, mark) VALUES ('telegram @coast', 0, 41), ('telegram @fen', 0, 12);
INSERT INTO reader (chat, name, since) VALUES ('501', 'Mira', 1790000000000);
