-- What a host's pages repeat, so that it is left out of their articles.
ALTER TABLE host ADD COLUMN furniture BLOB;    -- article::page::Furniture, packed
