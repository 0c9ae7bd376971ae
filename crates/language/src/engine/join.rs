//! Documents of paragraphs joined to one, with tokens of white space taken out.

use std::ops::Range as Bytes;
use std::sync::Arc;

use crate::doc::{Columns, Doc, Linguistics, Names, Range, is_python_space};
use crate::{Lang, segment::is_line_end};

/// The lines of a text that are not empty, without the white space around them.
pub(super) fn paragraphs(text: &str) -> Vec<Bytes<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(is_line_end) {
        let front = line.len() - line.trim_start_matches(is_python_space).len();
        let trimmed = line.trim_matches(is_python_space);
        if !trimmed.is_empty() {
            found.push(at + front..at + front + trimmed.len());
        }
        at += line.len();
    }
    found
}

/// Joins the documents of the paragraphs.
pub(super) fn join(
    text: &str,
    lang: Lang,
    names: &Arc<Names>,
    paragraphs: &[Bytes<usize>],
    docs: Vec<Doc>,
) -> Doc {
    let mut whole = Doc { text: text.into(), lang, ..Doc::default() };
    let mut columns = Columns::default();
    for (paragraph, doc) in paragraphs.iter().zip(docs) {
        append(&mut whole, &mut columns, paragraph.start as u32, &doc);
    }
    whole.linguistics = Some(Linguistics { names: Arc::clone(names), columns });
    whole
}

fn append(whole: &mut Doc, columns: &mut Columns, byte: u32, doc: &Doc) {
    let Some(from) = doc.linguistics.as_ref().map(|l| &l.columns) else { return };
    let first = whole.starts.len() as u32;
    let keep: Vec<bool> = (0..doc.len()).map(|i| !doc.is_space(i)).collect();
    // the new index of every token, and of the place behind the last one
    let mut place = Vec::with_capacity(keep.len() + 1);
    let mut next = first;
    for keep in &keep {
        place.push(next);
        next += u32::from(*keep);
    }
    place.push(next);
    let moved = |range: &Range| {
        let of = |i: u32| place.get(i as usize).copied().unwrap_or(next);
        Range { start: of(range.start), end: of(range.end) }
    };
    for (i, _) in keep.iter().enumerate().filter(|(_, keep)| **keep) {
        let token = doc.token(i);
        whole.starts.push(byte + token.start as u32);
        whole.ends.push(byte + token.end as u32);
        for (to, from) in [
            (&mut columns.tag, &from.tag),
            (&mut columns.pos, &from.pos),
            (&mut columns.morph, &from.morph),
            (&mut columns.dep, &from.dep),
        ] {
            to.push(from.get(i).copied().unwrap_or_default());
        }
        columns.lemma_text.push_str(doc.lemma(i).unwrap_or(""));
        columns.lemma_end.push(columns.lemma_text.len() as u32);
        columns
            .head
            .push(kept_head(doc, &keep, i).and_then(|h| place.get(h)).copied().unwrap_or(first));
    }
    let ranges =
        |list: &[Range]| list.iter().map(moved).filter(|r| !r.is_empty()).collect::<Vec<_>>();
    whole.sentences.extend(ranges(&doc.sentences));
    let entities = from.entities.iter().map(|(range, label)| (moved(range), *label));
    columns.entities.extend(entities.filter(|(r, _)| !r.is_empty()));
    let root = |root: u32| place.get(root as usize).copied().unwrap_or(first);
    let chunks = from.noun_chunks.iter().map(|(range, r)| (moved(range), root(*r)));
    columns.noun_chunks.extend(chunks.filter(|(r, _)| !r.is_empty()));
}

/// The nearest head that stays; what hung on white space that was a root becomes a root.
fn kept_head(doc: &Doc, keep: &[bool], i: usize) -> Option<usize> {
    let mut head = doc.head(i)?;
    for _ in 0..keep.len() {
        if keep.get(head) == Some(&true) {
            return Some(head);
        }
        let up = doc.head(head)?;
        if up == head {
            return Some(i);
        }
        head = up;
    }
    Some(i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_the_lines_with_text() {
        let text = "One. \n\n  Two\r\nThree ";
        let found: Vec<&str> = paragraphs(text).into_iter().filter_map(|p| text.get(p)).collect();
        assert_eq!(found, ["One.", "Two", "Three"]);
    }
}
