//! `uptospeed archive`: articles of an archive, read one after the other, and another day from where it stopped; or by many
//! processes into one folder (`run`).

mod run;

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Subcommand;
use intake::archive::{self, Archived, Progress};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::problem::{Code, Problem};
use crate::reader::Reader;

/// Pages that are worked on at once, on all cores.
const BATCH_PAGES: usize = 256;

/// Bytes of pages that are held at once.
const BATCH_BYTES_MAX: usize = 64 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Read a WARC file, a file of JSON lines, an HTML file, a Parquet file, or a folder of them; one {article, reading} a line
    Read(ReadArgs),
    /// Join the articles of one language in a run's folder into stories, month after month
    Cluster(run::ClusterArgs),
    /// Link the stories of a run's folder across languages
    Link(run::LinkArgs),
    /// Read, cluster and link a whole archive on all cores, or on many machines by Ray; goes on where it stopped
    Run(run::RunArgs),
    /// Prove a run: every row that went in came out or was refused, every file is what was written
    Verify(run::VerifyArgs),
    /// Write shards of news that nobody wrote, to try a run on
    #[command(hide = true)]
    Sow(run::SowArgs),
}

#[derive(Debug, clap::Args)]
struct ReadArgs {
    /// .warc, .jsonl, .html, each also .gz, .parquet, or a folder of them, which is read in the order of its names
    #[arg(value_name = "FILE|FOLDER")]
    path: PathBuf,
    /// Write there, and note in OUT.progress how far it is: the same command goes on after a stop [default: standard output]
    #[arg(long, value_name = "OUT")]
    out: Option<PathBuf>,
    /// Read it as one shard of a run, into Parquet files of that run's folder; done before: nothing to do
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["out", "articles"])]
    run: Option<PathBuf>,
    /// Articles alone, without their readings
    #[arg(long)]
    articles: bool,
    /// Use no pack: Unicode segmentation and rules only
    #[arg(long)]
    no_packs: bool,
    /// Never use the network, not even to install a pack
    #[arg(long)]
    offline: bool,
}

/// How far a run has come; kept beside its output.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// The archive, as it was named.
    archive: PathBuf,
    /// Bytes of the output that are good.
    out_bytes: u64,
    /// See [`Progress`].
    file: usize,
    offset: u64,
    given: bool,
    pages: u64,
    other: u64,
    skipped: u64,
    last_skipped: Option<String>,
    /// Articles in the output.
    articles: u64,
    /// Pages without a text.
    without_text: u64,
    /// Pages that could not be read, and why the last one could not.
    broken: u64,
    last_broken: Option<String>,
}

impl Kept {
    fn progress(&self) -> Progress {
        Progress {
            file: self.file,
            offset: self.offset,
            given: self.given,
            pages: self.pages,
            other: self.other,
            skipped: self.skipped,
            last_skipped: self.last_skipped.clone(),
        }
    }

    fn stand_at(&mut self, progress: &Progress) {
        self.file = progress.file;
        self.offset = progress.offset;
        self.given = progress.given;
        self.pages = progress.pages;
        self.other = progress.other;
        self.skipped = progress.skipped;
        self.last_skipped.clone_from(&progress.last_skipped);
    }

    /// What came of it, for a person.
    fn words(&self) -> String {
        let broken = self.skipped + self.broken;
        let mut words = format!(
            "{} articles; {} pages without a text, {} records of other kinds, {broken} broken ones passed over",
            self.articles, self.without_text, self.other
        );
        if let Some(last) = self.last_broken.as_ref().or(self.last_skipped.as_ref()) {
            words.push_str("\n  the last broken one: ");
            words.push_str(last);
        }
        words
    }
}

pub(super) fn run(context: &super::Context, args: &Args) -> Result<ExitCode> {
    match &args.action {
        Action::Read(args) if args.run.is_some() => run::read(context, args),
        Action::Read(args) => read(context, args),
        Action::Cluster(args) => run::cluster(args),
        Action::Link(args) => run::link(args),
        Action::Run(args) => run::run(context, args),
        Action::Verify(args) => run::verify(args),
        Action::Sow(args) => run::sow(args),
    }
}

/// Reads an archive into one file of lines.
fn read(context: &super::Context, args: &ReadArgs) -> Result<ExitCode> {
    let reader = if args.articles {
        None
    } else {
        if !args.no_packs && !args.offline {
            crate::packs::install_missing(&context.packs, &crate::packs::FOR_READING);
        }
        Some(context.reader(!args.no_packs))
    };
    let mut run = Run::open(&args.path, args.out.as_deref())?;
    let mut progress = run.kept.progress();
    let (mut batch, mut bytes, mut failed) = (Vec::new(), 0, None);
    let read = archive::read(&args.path, &mut progress, |found, progress| {
        bytes += found.bytes();
        batch.push(found);
        if batch.len() < BATCH_PAGES && bytes < BATCH_BYTES_MAX {
            return true;
        }
        bytes = 0;
        failed = run.take(&std::mem::take(&mut batch), progress, reader.as_deref()).err();
        failed.is_none()
    });
    if let Some(error) = failed {
        return Err(error);
    }
    // What was read before a failure of the disk counts.
    run.take(&batch, &progress, reader.as_deref())?;
    read.map_err(|error| {
        Problem::new(Code::ReadFile, format!("{}: {error}", args.path.display()))
    })?;
    super::note(&run.kept.words());
    Ok(ExitCode::SUCCESS)
}

/// A run: where it writes and how far it is.
struct Run {
    out: Option<(File, PathBuf)>,
    kept: Kept,
}

impl Run {
    /// Begins, or goes on with what stands in the output already.
    fn open(archive: &Path, out: Option<&Path>) -> Result<Self> {
        let mut kept = Kept { archive: archive.to_owned(), ..Kept::default() };
        let Some(path) = out else { return Ok(Self { out: None, kept }) };
        let note = note_of(path);
        if note.exists() {
            let problem = |why: String| {
                Problem::new(Code::ReadFile, format!("{}: {why}", note.display()))
                    .help("delete it to begin anew, or write elsewhere")
            };
            let text = std::fs::read_to_string(&note).map_err(|e| problem(e.to_string()))?;
            kept = serde_json::from_str(&text).map_err(|e| problem(e.to_string()))?;
            if kept.archive != archive {
                let other = kept.archive.display();
                return Err(
                    problem(format!("what stands there is of another archive, {other}")).into()
                );
            }
        } else if path.exists() {
            let problem = format!("{} is there already", path.display());
            return Err(Problem::new(Code::ReadFile, problem).help("write elsewhere").into());
        }
        let file = File::options().create(true).truncate(false).write(true).open(path);
        let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
        // What was written after the note is written again.
        file.set_len(kept.out_bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { out: Some((file, note)), kept })
    }

    /// Reads a batch, writes it in its order, and notes that it is done.
    fn take(
        &mut self,
        batch: &[Archived],
        progress: &Progress,
        reader: Option<&Reader>,
    ) -> Result<()> {
        let lines: Vec<Result<Option<String>, String>> = batch
            .par_iter()
            .map(|found| {
                // A panic is a bug; it costs this page and no other.
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| line(found, reader)))
                    .unwrap_or_else(|_| Err("a fault of ours, please report it".to_owned()))
            })
            .collect();
        let mut text = String::new();
        for (found, line) in batch.iter().zip(lines) {
            match line {
                Ok(Some(line)) => {
                    self.kept.articles += 1;
                    text.push_str(&line);
                    text.push('\n');
                }
                Ok(None) => self.kept.without_text += 1,
                Err(why) => {
                    self.kept.broken += 1;
                    self.kept.last_broken = Some(format!("{} {why}", found.place));
                }
            }
        }
        self.kept.stand_at(progress);
        let Some((file, note)) = &mut self.out else {
            let mut out = std::io::stdout().lock();
            return super::quiet_pipe(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
        };
        file.write_all(text.as_bytes())?;
        // On the disk before the note says so.
        file.sync_data()?;
        self.kept.out_bytes += text.len() as u64;
        let fresh = note.with_extension("progress.new");
        let mut kept = File::create(&fresh)?;
        kept.write_all(serde_json::to_string(&self.kept)?.as_bytes())?;
        kept.sync_data()?;
        std::fs::rename(fresh, note)?;
        Ok(())
    }
}

/// Where a run notes how far it is.
fn note_of(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".progress");
    name.into()
}

/// The contract's line of a page; `None` where it holds no text.
fn line(found: &Archived, reader: Option<&Reader>) -> Result<Option<String>, String> {
    let Some(mut article) = found.article()? else { return Ok(None) };
    if article.id.is_none() {
        article.id = Some(article.url.clone().unwrap_or_else(|| found.place.clone()));
    }
    Ok(Some(match reader {
        Some(reader) => {
            let (_, reading) = reader.read(&mut article, None);
            super::read::answer(&article, &reading, None).to_string()
        }
        None => reading::contract::article_json(&article).to_string(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(n: std::ops::Range<usize>) -> String {
        n.map(|n| {
            let text = format!(
                "Nine people were hurt when tram {n} left the rails in Karsk, said the mayor."
            );
            serde_json::json!({"id": n.to_string(), "text": text}).to_string() + "\n"
        })
        .collect()
    }

    /// Reads the archive, at most so many batches, each of so many pages.
    fn go(archive: &Path, out: &Path, batches: usize, pages: usize) -> Kept {
        let mut run = Run::open(archive, Some(out)).unwrap();
        let mut progress = run.kept.progress();
        let (mut batch, mut left) = (Vec::new(), batches);
        archive::read(archive, &mut progress, |found, progress| {
            batch.push(found);
            if batch.len() == pages {
                run.take(&std::mem::take(&mut batch), progress, None).unwrap();
                left -= 1;
            }
            left > 0
        })
        .unwrap();
        run.kept
    }

    #[test]
    fn a_run_that_was_killed_goes_on_and_nothing_stands_twice() {
        let folder = tempfile::tempdir().unwrap();
        let (archive, out) = (folder.path().join("a.jsonl"), folder.path().join("out.jsonl"));
        std::fs::write(&archive, lines(0..5) + "broken\n" + &lines(5..12)).unwrap();
        let kept = go(&archive, &out, 2, 3);
        assert_eq!((kept.articles, kept.broken), (5, 1));
        // Killed while it wrote the third batch: the note does not know of it.
        File::options().append(true).open(&out).unwrap().write_all(b"{\"id\": \"half").unwrap();
        let kept = go(&archive, &out, 9, 1);
        assert_eq!((kept.articles, kept.broken), (12, 1));
        let ids: Vec<String> = std::fs::read_to_string(&out)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|value| value["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids, (0..12).map(|n| n.to_string()).collect::<Vec<_>>());
        // A run that is done has nothing more to do.
        assert_eq!(go(&archive, &out, 9, 1).articles, 12);
        // What is another archive's is not continued; what is not ours is not overwritten.
        assert!(Run::open(&folder.path().join("b.jsonl"), Some(&out)).is_err());
        assert!(Run::open(&archive, Some(&archive)).is_err());
    }
}
