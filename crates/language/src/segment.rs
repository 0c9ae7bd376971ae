//! Tokens and sentences without a pack, for every language, after Unicode Annex 29.

use unicode_segmentation::UnicodeSegmentation;

use crate::{Doc, Lang, doc::Range};

/// Cuts a text into words and sentences. Lines end sentences.
pub fn segment(text: &str, lang: Lang) -> Doc {
    let mut doc = Doc { text: text.into(), lang, ..Doc::default() };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        for (offset, sentence) in line.split_sentence_bound_indices() {
            let first = doc.starts.len() as u32;
            for (word_at, word) in sentence.split_word_bound_indices() {
                if word.trim().is_empty() {
                    continue;
                }
                doc.starts.push((at + offset + word_at) as u32);
                doc.ends.push((at + offset + word_at + word.len()) as u32);
            }
            let end = doc.starts.len() as u32;
            if end > first {
                doc.sentences.push(Range { start: first, end });
            }
        }
        at += line.len();
    }
    doc
}
