//! `uptospeed backup` and `uptospeed restore`: a copy of the running store, and back from it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::problem::{Code, Problem, of_store};

#[derive(Debug, clap::Args)]
pub(super) struct BackupArgs {
    /// The copy; FILE.json beside it says what is in it
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// The copy that `uptospeed backup` wrote
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Only see whether the copy is whole; nothing is restored
    #[arg(long)]
    verify: bool,
}

/// What stands beside a copy.
#[derive(Debug, Serialize, Deserialize)]
struct Label {
    sha256: String,
    bytes: u64,
    schema: i64,
    rows: BTreeMap<String, u64>,
}

fn label_of(copy: &Path) -> PathBuf {
    let mut name = copy.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

pub(super) fn backup(context: &super::Context, args: &BackupArgs) -> Result<ExitCode> {
    if args.to.exists() {
        let problem = format!("{} is there already", shown(&args.to));
        return Err(Problem::new(Code::Exists, problem).help("name another file").into());
    }
    if context.config.store.to_str().is_some_and(store::is_url) {
        let problem = "the store is on a server";
        return Err(Problem::new(Code::Store, problem)
            .help("use pg_dump, or `uptospeed migrate --to FILE` with the program stopped")
            .into());
    }
    if !context.config.store.exists() {
        let problem = format!("there is no store at {}", shown(&context.config.store));
        return Err(Problem::new(Code::Store, problem).into());
    }
    let store = context.store()?;
    // Beside its place, looked through, on the disk, and only then under its name.
    let folder = args.to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let work = tempfile::Builder::new()
        .prefix(".backup-")
        .tempdir_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    let part = work.path().join("copy");
    store.back_up(&part).map_err(|e| of_store(&e))?;
    let contents = store::verify_copy(&part).map_err(|e| of_store(&e))?;
    let label = Label {
        sha256: crate::packs::sha256(&part)?,
        bytes: fs::metadata(&part)?.len(),
        schema: contents.schema,
        rows: contents.rows.into_iter().collect(),
    };
    let said = work.path().join("label");
    fs::write(&said, serde_json::to_string_pretty(&label)? + "\n")?;
    for (file, place) in [(&said, label_of(&args.to)), (&part, args.to.clone())] {
        File::open(file)?.sync_all()?;
        fs::rename(file, place)?;
    }
    File::open(folder)?.sync_all()?;
    super::say(&format!(
        "{}: {} MiB, {} rows, whole",
        shown(&args.to),
        label.bytes >> 20,
        label.rows.values().sum::<u64>()
    ))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn restore(context: &super::Context, args: &RestoreArgs) -> Result<ExitCode> {
    let label = verify(&args.from)?;
    let rows = label.rows.values().sum::<u64>();
    super::say(&format!("{}: {rows} rows, whole", shown(&args.from)))?;
    if args.verify {
        return Ok(ExitCode::SUCCESS);
    }
    let place = &context.config.store;
    let beside = |end: &str| {
        let mut name = place.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    if [place.clone(), beside("-wal"), beside("-shm")].iter().any(|file| file.exists()) {
        let problem = format!("{} is there, and is not overwritten", shown(place));
        return Err(Problem::new(Code::Exists, problem)
            .help("stop the program, move that file and its -wal and -shm away, and restore again")
            .into());
    }
    let fresh = beside(".restored");
    fs::copy(&args.from, &fresh).with_context(|| format!("cannot write {}", shown(&fresh)))?;
    File::open(&fresh)?.sync_all()?;
    // What was written is what was looked through.
    if crate::packs::sha256(&fresh)? != label.sha256 {
        let problem = format!("{} did not arrive whole at {}", shown(&args.from), shown(place));
        return Err(Problem::new(Code::Store, problem).help("look at the disk").into());
    }
    fs::rename(&fresh, place)?;
    let folder = place.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    super::say(&format!("restored to {}; start the program", shown(place)))?;
    Ok(ExitCode::SUCCESS)
}

/// Holds a copy against its label and looks through it; gives the label.
fn verify(copy: &Path) -> Result<Label> {
    let damaged = |why: String| {
        Problem::new(Code::Store, format!("{} is damaged: {why}", shown(copy)))
            .help("take an older copy; nothing was restored")
    };
    let file = label_of(copy);
    let text = fs::read_to_string(&file).map_err(|e| crate::problem::of_file(&shown(&file), &e))?;
    let label: Label =
        serde_json::from_str(&text).map_err(|e| damaged(format!("its label: {e}")))?;
    let hash = crate::packs::sha256(copy)?;
    if hash != label.sha256 {
        return Err(damaged(format!("its SHA-256 is {hash}, not {}", label.sha256)).into());
    }
    let contents = store::verify_copy(copy).map_err(|e| damaged(store::chain(&e)))?;
    let rows: BTreeMap<String, u64> = contents.rows.into_iter().collect();
    if rows != label.rows || contents.schema != label.schema {
        return Err(damaged("its rows are not those of its label".to_owned()).into());
    }
    Ok(label)
}
