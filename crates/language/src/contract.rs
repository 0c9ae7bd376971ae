//! What `uptospeed parse` prints, as the JSON contract has it.

use serde_json::{Value, json};

use crate::Doc;

/// Writes a document's tokens and noun chunks; offsets are code points.
///
/// Fields that only a pack knows are absent without one.
pub fn parse_json(doc: &Doc) -> Value {
    let mut chars = CodePoints { text: doc.text(), byte: 0, count: 0 };
    let mut tokens = Vec::with_capacity(doc.len());
    let starts: Vec<u32> = doc.sentences().iter().map(|s| s.start).collect();
    for token in doc.tokens() {
        let i = token.i;
        let mut row = json!({
            "i": i,
            "text": doc.text_of(token),
            "start": chars.at(token.start),
            "end": chars.at(token.end),
            "ws": doc.has_space_after(i),
            "sent_start": starts.binary_search(&(i as u32)).is_ok(),
        });
        if let (Some(row), true) = (row.as_object_mut(), doc.linguistics().is_some()) {
            let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
            put("tag", json!(doc.tag(i)));
            put("pos", json!(doc.pos(i)));
            put("morph", json!(doc.morph(i)));
            put("lemma", json!(doc.lemma(i)));
            put("head", json!(doc.head(i)));
            put("dep", json!(doc.dep(i)));
            let entity = doc.entity_of(i);
            let begins = entity.is_some_and(|e| e.range.start as usize == i);
            put(
                "ent_iob",
                json!(if begins {
                    "B"
                } else if entity.is_some() {
                    "I"
                } else {
                    "O"
                }),
            );
            put("ent_type", json!(entity.map_or("", |e| e.label)));
        }
        tokens.push(row);
    }
    let chunks: Vec<Value> = doc
        .noun_chunks()
        .map(|c| json!({"start": c.range.start, "end": c.range.end, "root": c.root}))
        .collect();
    json!({ "tokens": tokens, "noun_chunks": chunks })
}

/// Counts code points while bytes go forward.
struct CodePoints<'a> {
    text: &'a str,
    byte: usize,
    count: usize,
}

impl CodePoints<'_> {
    fn at(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            (self.byte, self.count) = (0, 0);
        }
        self.count += self.text.get(self.byte..byte).map_or(0, |s| s.chars().count());
        self.byte = byte;
        self.count
    }
}
