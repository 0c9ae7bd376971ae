//! Full text of the newest revision of each article: the one place where the engines differ, both ways side by side.
//!
//! SQLite keeps it by FTS5, written by a trigger; PostgreSQL as a `tsvector` with a GIN index, written with the revision.

use crate::Result;
use crate::sql::{Connection, params};

/// The longest text whose words are kept, bytes: a `tsvector` holds 1 MB.
const TEXT_BYTES_MAX: usize = 200_000;

/// Where words are looked up, and the article that they lead to: a table and the column of the article.
pub(crate) fn source(conn: Connection<'_>) -> (&'static str, &'static str) {
    match conn {
        Connection::Sqlite(_) => ("words", "words.rowid"),
        Connection::Postgres(_) => ("words", "words.article"),
    }
}

/// The condition that a row of [`source`] has the words of the first parameter.
pub(crate) fn condition(conn: Connection<'_>) -> &'static str {
    conn.either("words MATCH ?1", "words.found @@ to_tsquery('simple', plain(?1))")
}

/// The best first.
pub(crate) fn order(conn: Connection<'_>) -> &'static str {
    conn.either("words.rank", "ts_rank(words.found, to_tsquery('simple', plain(?1))) DESC")
}

/// Keeps the words of a new revision; SQLite's trigger does that by itself.
pub(crate) fn put(conn: Connection<'_>, article: i64, title: &str, text: &str) -> Result<()> {
    match conn {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(_) => conn
            .prepare_cached(
                "INSERT INTO words VALUES (?1, setweight(to_tsvector('simple', plain(?2)), 'A') || to_tsvector('simple', plain(?3)))
                 ON CONFLICT (article) DO UPDATE SET found = excluded.found",
            )?
            .run(params![article, spaced(title), spaced(text)]),
    }
}

/// What is searched for, as the engine wants it: nothing in the words is an operator. Each word is also the beginning of a longer
/// one, a phrase's words follow each other. Empty where there is nothing to search for.
pub(crate) fn question(conn: Connection<'_>, words: &[String]) -> String {
    match conn {
        Connection::Sqlite(_) => for_fts5(words),
        Connection::Postgres(_) => for_tsquery(words),
    }
}

/// Whether a word is also found as the beginning of a longer one.
fn is_open(word: &str) -> bool {
    word.chars().count() > 2
}

fn for_fts5(words: &[String]) -> String {
    let quoted = words.iter().filter(|w| w.chars().any(char::is_alphanumeric)).map(|w| {
        let open = if is_open(w) { "*" } else { "" };
        format!("\"{}\"{open}", w.replace('"', "\"\""))
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn for_tsquery(words: &[String]) -> String {
    let phrases = words.iter().filter_map(|phrase| {
        let spaced = spaced(phrase);
        let quoted: Vec<String> = spaced.split_whitespace().map(|w| format!("'{w}'")).collect();
        let open = if is_open(phrase) { ":*" } else { "" };
        (!quoted.is_empty()).then(|| format!("{}{open}", quoted.join(" <-> ")))
    });
    phrases.collect::<Vec<_>>().join(" & ")
}

/// A text as its words alone, in lower case, with a space between them.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(TEXT_BYTES_MAX) + 1);
    for letter in text.chars() {
        if letter.is_alphanumeric() || is_mark(letter) {
            out.extend(letter.to_lowercase());
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
        if out.len() >= TEXT_BYTES_MAX {
            break;
        }
    }
    out
}

/// Marks over and under letters, which belong to the word.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36F}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_search_is_an_operator() {
        let check = |words: &[&str], fts5: &str, tsquery: &str| {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            assert_eq!(for_fts5(&words), fts5);
            assert_eq!(for_tsquery(&words), tsquery);
        };
        check(&["train", "OR"], "\"train\"* \"OR\"", "'train':* & 'or'");
        check(&["a\"b", "NEAR(x"], "\"a\"\"b\"* \"NEAR(x\"*", "'a' <-> 'b':* & 'near' <-> 'x':*");
        check(&["*", "-", "\""], "", "");
        check(&["light rail"], "\"light rail\"*", "'light' <-> 'rail':*");
        check(&["!a:*|'b'"], "\"!a:*|'b'\"*", "'a' <-> 'b':*");
    }
}
