//! An article that comes as plain text: its blocks, without touching a character of it.

use crate::{Article, Block, BlockKind, Span};

/// Makes an article of a plain text; `text` stays exactly as it is and the blocks are its lines.
pub fn article(text: String) -> Article {
    let mut blocks = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(start, start + line.len()).trim(&text);
        start += line.len();
        if !span.is_empty() {
            let kind = if blocks.is_empty() { BlockKind::Lead } else { BlockKind::Paragraph };
            blocks.push(Block { span, kind, at: None });
        }
    }
    Article { text, blocks, ..Article::default() }
}
