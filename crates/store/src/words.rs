//! Full text of the newest revision of each article: the one place where the engines differ, both ways side by side.
//!
//! SQLite keeps it by FTS5, written by a trigger; PostgreSQL as a `tsvector` with a GIN index, written with the revision.

use unicode_normalization::UnicodeNormalization;

use crate::Result;
use crate::sql::{Connection, Value};

/// The longest text whose words are kept, bytes.
const TEXT_BYTES_MAX: usize = 200_000;

/// The longest word that is kept, bytes; a `tsvector` takes 2,046.
const WORD_BYTES_MAX: usize = 2_000;

/// Places that a `tsvector` keeps of one word; later ones are left out.
const PLACES_MAX: usize = 255;

/// The highest place that a `tsvector` knows: what comes later counts as being there.
const PLACE_MAX: u16 = 16_383;

/// The longest `tsvector`, bytes as they are sent; a server takes one of 1 MiB.
const VECTOR_BYTES_MAX: usize = 900_000;

/// Marks a place as one of the title, which counts more: weight A.
const IN_TITLE: u16 = 3 << 14;

/// Where words are looked up, and the article that they lead to: a table and the column of the article.
pub(crate) fn source(conn: Connection<'_>) -> (&'static str, &'static str) {
    match conn {
        Connection::Sqlite(_) => ("words", "words.rowid"),
        Connection::Postgres(_) => ("words", "words.article"),
    }
}

/// The condition that a row of [`source`] has the words of the first parameter.
pub(crate) fn condition(conn: Connection<'_>) -> &'static str {
    conn.either("words MATCH ?1", "words.found @@ CAST(?1 AS TEXT)::tsquery")
}

/// The best first.
pub(crate) fn order(conn: Connection<'_>) -> &'static str {
    conn.either("words.rank", "ts_rank(words.found, CAST(?1 AS TEXT)::tsquery) DESC")
}

/// Keeps the words of new revisions: their articles, titles and texts, each article once. SQLite's trigger does that by itself.
pub(crate) fn put(conn: Connection<'_>, revisions: &[(i64, &str, &str)]) -> Result<()> {
    if matches!(conn, Connection::Sqlite(_)) {
        return Ok(());
    }
    let vectors: Vec<_> = revisions.iter().map(|(_, title, text)| vector(title, text)).collect();
    let rows = revisions.iter().zip(&vectors);
    let rows: Vec<_> = rows.map(|((id, ..), v)| [Value::Int(*id), Value::Bytes(v)]).collect();
    conn.run_many(
        "INSERT INTO words (article, found) VALUES (?1, ?2) ON CONFLICT (article) DO UPDATE SET found = excluded.found",
        &rows,
    )
}

/// The words of a title and a text with their places, in the form in which a `tsvector` is sent. Made here and not by the
/// server's `to_tsvector`, which takes longer for it than for all other rows of an article.
///
/// # Source
///
/// PostgreSQL, src/backend/utils/adt/tsvector.c, `tsvectorrecv`: a count, then each word with a zero after it, the count of its
/// places and the places; words in the order of their bytes.
fn vector(title: &str, text: &str) -> Vec<u8> {
    let (title, text) = (plain(title), plain(text));
    let titles = title.split_whitespace().zip(1..).map(|(word, n)| (word, place(n) | IN_TITLE));
    let after = title.split_whitespace().count();
    let texts = text.split_whitespace().zip(after + 1..).map(|(word, n)| (word, place(n)));
    let mut words: Vec<(&str, u16)> =
        titles.chain(texts).filter(|(word, _)| word.len() <= WORD_BYTES_MAX).collect();
    // A sort that keeps the order of places, of which the weight is the highest part.
    words.sort_by_key(|(word, _)| *word);
    let (mut out, mut count) = (vec![0; 4], 0u32);
    for same in words.chunk_by(|a, b| a.0 == b.0) {
        let Some((word, _)) = same.first() else { continue };
        if out.len() + word.len() + 3 + 2 * same.len().min(PLACES_MAX) > VECTOR_BYTES_MAX {
            break;
        }
        count += 1;
        out.extend_from_slice(word.as_bytes());
        out.push(0);
        // The last place that there is stands for all that come later, once.
        let mut places: Vec<u16> = same.iter().map(|(_, place)| *place).collect();
        places.dedup_by_key(|place| *place & PLACE_MAX);
        places.truncate(PLACES_MAX);
        out.extend_from_slice(&(places.len() as u16).to_be_bytes());
        for place in places {
            out.extend_from_slice(&place.to_be_bytes());
        }
    }
    if let Some(head) = out.first_chunk_mut() {
        *head = count.to_be_bytes();
    }
    out
}

fn place(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(PLACE_MAX).min(PLACE_MAX)
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
        let plain = plain(phrase);
        let kept = plain.split_whitespace().filter(|word| word.len() <= WORD_BYTES_MAX);
        let quoted: Vec<String> = kept.map(|w| format!("'{w}'")).collect();
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

/// A text as its words alone, without the marks over and under letters.
fn plain(text: &str) -> String {
    let spaced = spaced(text);
    if spaced.is_ascii() { spaced } else { spaced.nfd().filter(|l| !is_mark(*l)).collect() }
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
        check(&["Żółw é\u{300}"], "\"Żółw é\u{300}\"*", "'zołw' <-> 'e':*");
        check(&["!a:*|'b'"], "\"!a:*|'b'\"*", "'a' <-> 'b':*");
    }

    /// Words with their places, read back: `A` at those of the title.
    fn read(mut vector: &[u8]) -> String {
        let mut take = |n: usize| {
            let (head, rest) = vector.split_at(n);
            vector = rest;
            head.to_vec()
        };
        let count = u32::from_be_bytes(take(4).try_into().unwrap());
        let mut out = Vec::new();
        for _ in 0..count {
            let mut word = Vec::new();
            loop {
                match take(1).as_slice() {
                    [0] => break,
                    letter => word.extend_from_slice(letter),
                }
            }
            let places = u16::from_be_bytes(take(2).try_into().unwrap());
            let places: Vec<String> = (0..places)
                .map(|_| {
                    let place = u16::from_be_bytes(take(2).try_into().unwrap());
                    let weight = if place >= IN_TITLE { "A" } else { "" };
                    format!("{}{weight}", place & PLACE_MAX)
                })
                .collect();
            out.push(format!("{}:{}", String::from_utf8(word).unwrap(), places.join(",")));
        }
        assert!(take(0).is_empty());
        out.join(" ")
    }

    #[test]
    fn words_are_kept_with_their_places() {
        let check = |title: &str, text: &str, expected: &str| {
            assert_eq!(read(&vector(title, text)), expected, "{title} | {text}");
        };
        check("", "", "");
        check("Rail opens", "The rail, it OPENS.", "it:5 opens:2A,6 rail:1A,4 the:3");
        check("", "Zürich's ćevapi", "cevapi:3 s:2 zurich:1");
        check("", &format!("{} short", "long".repeat(600)), "short:2");
        check("", &format!("{}end end", "a ".repeat(20_000)), &{
            let places: Vec<String> = (1..=255).map(|n| n.to_string()).collect();
            format!("a:{} end:16383", places.join(","))
        });
    }

    #[test]
    fn a_vector_is_never_longer_than_a_server_takes() {
        // Each letter becomes two or three of three bytes each.
        let letter = |n: u32| char::from_u32(0xAC00 + n % 11_172).unwrap();
        let words = |from: u32| -> String {
            (from..from + 30_000).map(|n| format!("{}{} ", letter(n), letter(n / 11_172))).collect()
        };
        let vector = vector(&words(0), &words(30_000));
        assert!(vector.len() <= VECTOR_BYTES_MAX, "{}", vector.len());
        assert!(vector.len() > VECTOR_BYTES_MAX - 100, "{}", vector.len());
    }
}
