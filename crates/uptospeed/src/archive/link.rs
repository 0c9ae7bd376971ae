//! Stories of all languages, in the order of their beginnings: which of them tell of one thing.
//!
//! One task over story rows, not articles: each story is known by the features of its first article, and the shelf of the
//! live program says to which others it belongs.

use anyhow::Result;
use article::Article;
use jiff::Timestamp;
use reading::Reading;
use stories::{Arriving, ArticleId, Options, Shelf, StoryId};

use super::manifest::{self, Coming};
use super::merge::{Merge, Sorted};
use super::{Manifest, Rejected, Run, cluster, contained, part};
use crate::export::Cell;

const WANTED: &[&str] =
    &["at", "id", "language", "story", "merged_into", "title", "outlet", "kept"];

/// Bits of a number across languages that are the story's number in its language; above them are three letters of five bits.
const STORY_BITS: u32 = 46;

/// Links the stories of a run, unless that is done.
///
/// # Errors
///
/// A part is damaged, or the run's folder cannot be written.
pub(crate) fn link(run: &Run) -> Result<(bool, Manifest)> {
    let mut parts = Vec::new();
    for language in run.partitions("cluster/stories", "lang")? {
        for month in run.partitions(&format!("cluster/stories/lang={language}"), "month")? {
            parts.extend(run.parts(&format!("cluster/stories/lang={language}/month={month}"))?);
        }
    }
    let key = run.key(["link"].into_iter().chain(parts.iter().map(String::as_str)));
    if let Some(manifest) = run.manifest("link", "all").filter(|m| m.stands(run, &key)) {
        return Ok((true, manifest));
    }
    let manifest = linked(run, &key, &parts)?;
    run.keep_manifest("all", &manifest)?;
    Ok((false, manifest))
}

fn linked(run: &Run, key: &str, parts: &[String]) -> Result<Manifest> {
    let mut manifest = Manifest::begin("link", key.to_owned(), parts);
    let mut out = Coming::begin(run, format!("link/part-{key}.parquet"), part::LINKS)?;
    let mut table = Table { shelf: Shelf::new(Options::default()), now: Timestamp::UNIX_EPOCH };
    let mut rows = Merge::new(run, parts, WANTED)?;
    while let Some(row) = rows.next()? {
        manifest.rows_in += 1;
        let id = row.id.clone();
        match table.place(row) {
            Ok(cells) => {
                manifest.rows_out += 1;
                out.row(cells)?;
            }
            Err(why) => manifest.rejected.push(Rejected { rows: 1, why: format!("{id}: {why}") }),
        }
    }
    manifest.outputs.extend(out.put(run)?);
    manifest::remove_others(run, "link", &manifest.outputs)?;
    Ok(manifest)
}

/// The stories of all languages so far.
struct Table {
    shelf: Shelf,
    now: Timestamp,
}

impl Table {
    /// Puts a story with those it belongs to, and gives its row; or says why it has none.
    fn place(&mut self, mut row: Sorted) -> Result<Vec<Cell>, String> {
        let language = part::text(&mut row.fields, 2);
        let story = part::integer(&row.fields, 3).ok_or("its row is damaged")?;
        let number = packed(&language, story).ok_or("its row is damaged")?;
        if part::integer(&row.fields, 4).is_some() {
            return Err("merged into another story of its language".to_owned());
        }
        let title = part::text(&mut row.fields, 5);
        let outlet = part::text(&mut row.fields, 6);
        let kept = part::bytes(&row.fields, 7);
        if kept.is_empty() {
            return Err("told of again: it is linked in the month in which it began".to_owned());
        }
        let prepared = cluster::prepared(&kept).ok_or("its row is damaged")?;
        let at = row.at.and_then(|at| Timestamp::from_second(at).ok()).unwrap_or(self.now);
        self.now = self.now.max(at);
        let article = Article { title: Some(title), ..Article::default() };
        let reading = Reading { language: language.clone(), ..Reading::default() };
        let arriving = Arriving {
            id: ArticleId(number),
            outlet: &outlet,
            article: &article,
            reading: &reading,
            at,
            vector: None,
        };
        let now = self.now;
        let arrival = contained(|| self.shelf.arrive_prepared(arriving, prepared, now))?;
        Ok(vec![
            Cell::Integer(at.as_second()),
            row.id.into(),
            language.into(),
            Cell::Integer(story),
            unpacked(arrival.story).into(),
        ])
    }
}

/// One number for a language and a story in it.
fn packed(language: &str, story: i64) -> Option<i64> {
    if !(0..1 << STORY_BITS).contains(&story) || language.len() > 3 {
        return None;
    }
    let letters = language.bytes().try_fold(0_i64, |all, letter| {
        letter.is_ascii_lowercase().then(|| (all << 5) | i64::from(letter - b'a' + 1))
    })?;
    Some((letters << STORY_BITS) | story)
}

/// The story that a number stands for, as its row names it: `en:12`.
fn unpacked(number: StoryId) -> String {
    let letters = number.0 >> STORY_BITS;
    let language: String = [10, 5, 0]
        .into_iter()
        .filter_map(|shift| u8::try_from((letters >> shift) & 31).ok().filter(|letter| *letter > 0))
        .map(|letter| char::from(b'a' + letter - 1))
        .collect();
    format!("{language}:{}", number.0 & ((1 << STORY_BITS) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_its_story_and_back() {
        let check = |language: &str, story: i64, expected: Option<&str>| {
            let name = packed(language, story).map(|n| unpacked(StoryId(n)));
            assert_eq!(name.as_deref(), expected);
        };
        check("en", 12, Some("en:12"));
        check("und", (1 << STORY_BITS) - 1, Some("und:70368744177663"));
        check("a", 0, Some("a:0"));
        check("en", 1 << STORY_BITS, None);
        check("EN", 1, None);
        check("engl", 1, None);
    }
}
