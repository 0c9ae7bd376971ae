//! What `uptospeed parse` prints, as the JSON contract has it.

use std::fmt::Write;

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

/// Draws each sentence as a tree for a terminal: one token a line, indented by its depth, with its label, tag and lemma.
///
/// Without a pack there is no tree, and the sentences are listed with their tokens.
pub fn draw(doc: &Doc) -> String {
    let mut out = String::new();
    for sentence in doc.sentences() {
        out.push_str(doc.text_of_range(*sentence).trim());
        out.push('\n');
        if doc.linguistics().is_none() {
            let words: Vec<&str> = sentence.indices().map(|i| doc.word(i)).collect();
            let _infallible = writeln!(out, "  {}\n", words.join(" | "));
            continue;
        }
        for root in doc.roots(*sentence) {
            draw_below(doc, root, "  ", "", &mut out);
        }
        out.push('\n');
    }
    out
}

/// How deep trees are drawn.
const DRAWN_DEPTH_MAX: usize = 200;

fn draw_below(doc: &Doc, i: usize, indent: &str, branch: &str, out: &mut String) {
    let entity = doc.entity_of(i).filter(|e| e.range.start as usize == i);
    let entity = entity
        .map_or_else(String::new, |e| format!("  [{} {}]", e.label, doc.text_of_range(e.range)));
    let (word, dep) = (doc.word(i).escape_debug(), doc.dep(i).unwrap_or(""));
    let (tag, lemma) = (doc.tag(i).unwrap_or(""), doc.lemma(i).unwrap_or("").escape_debug());
    let _infallible = writeln!(out, "{indent}{branch}{word}  {dep} {tag} {lemma}{entity}");
    if indent.chars().count() > DRAWN_DEPTH_MAX {
        return;
    }
    let below = match branch {
        "├─ " => format!("{indent}│  "),
        "└─ " => format!("{indent}   "),
        _ => indent.to_owned(),
    };
    let mut children = doc.children(i).peekable();
    while let Some(child) = children.next() {
        let branch = if children.peek().is_some() { "├─ " } else { "└─ " };
        draw_below(doc, child, &below, branch, out);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lang, segment};

    #[test]
    fn offsets_are_code_points() {
        let json = parse_json(&segment("Ярко. Да.", Lang::RU));
        let at = |i: usize, name: &str| {
            json.pointer(&format!("/tokens/{i}/{name}")).cloned().unwrap_or_default()
        };
        assert_eq!(
            (at(2, "start"), at(2, "end"), at(2, "text")),
            (json!(6), json!(8), json!("Да"))
        );
        assert_eq!(
            (at(1, "ws"), at(2, "sent_start"), at(0, "tag")),
            (json!(true), json!(true), Value::Null)
        );
    }

    #[test]
    fn without_a_tree_tokens_are_listed() {
        assert_eq!(draw(&segment("It works.", Lang::EN)), "It works.\n  It | works | .\n\n");
    }
}
