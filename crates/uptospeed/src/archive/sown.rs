//! Shards of news that nobody wrote, to try a run on and to measure it.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;
use testkit::seed::{Synthetic, SyntheticConfig};

use crate::export::{Cell, Columns, Form, Kind, Writer};

const COLUMNS: Columns = &[
    ("id", Kind::Text),
    ("url", Kind::Text),
    ("title", Kind::Text),
    ("text", Kind::Text),
    ("published", Kind::Text),
    ("language", Kind::Text),
    ("outlet", Kind::Text),
];

/// Writes a year of invented outlets as so many shards; an article's shard does not depend on its time, as in archives that are cut
/// by host.
///
/// # Errors
///
/// The folder cannot be written.
pub(crate) fn sow(folder: &Path, articles: u32, shards: u32, seed: u64) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let shards = shards.max(1);
    let mut files = Vec::new();
    for n in 0..shards {
        let path = folder.join(format!("shard-{n:05}.parquet"));
        files.push(Writer::open(Form::Parquet, COLUMNS, Some(&path))?);
    }
    for article in Synthetic::new(SyntheticConfig::year(seed, articles)).take(articles as usize) {
        let at = Timestamp::from_second(article.published_secs)?;
        let host = format!("outlet-{}.example", article.outlet);
        let shard = article.id % u64::from(shards);
        let Some(file) = files.get_mut(shard as usize) else { continue };
        file.row(vec![
            Cell::Text(article.id.to_string()),
            Cell::Text(format!("https://{host}/{}", article.id)),
            Cell::Text(article.title),
            Cell::Text(article.text),
            Cell::Text(at.to_string()),
            Cell::Text(article.language.to_owned()),
            Cell::Text(host),
        ])?;
    }
    files.into_iter().try_for_each(Writer::close)
}
