//! A run over an archive of any size: many tasks, each of them one command, in one folder.
//!
//! ```text
//! shard → read → one task a language, month by month: cluster → link → stories across languages
//! ```
//!
//! What a task writes is named by what it was made of, written beside its place and renamed into it, and noted in a
//! manifest that comes last: a task that was killed is done again and writes the same bytes, one that is done is not done
//! again, and no task talks with another. docs/archives.md describes the folder.

pub(crate) mod cluster;
pub(crate) mod link;
mod manifest;
mod merge;
mod part;
pub(crate) mod plan;
pub(crate) mod pool;
pub(crate) mod shard;
pub(crate) mod sown;
mod state;
pub(crate) mod verify;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::problem::{Code, Problem};

pub(crate) use manifest::{Manifest, Rejected, Written};

/// The form of what a run writes; raised when columns or the meaning of a name change.
const FORM: u32 = 1;

/// The name of the month of articles that do not say when they were published; after all others.
const NO_MONTH: &str = "unknown";

/// What all tasks of a run agree about; its file is written once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Terms {
    /// The program, its form of files and its packs.
    code: String,
    /// A time of publication after this one is not believed.
    now: Timestamp,
}

/// The folder of a run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    root: PathBuf,
    terms: Terms,
}

impl Run {
    /// Opens the run in a folder, or begins one there; every task of a run is of the same program with the same packs.
    pub(crate) fn open(root: &Path, code: &str, now: Timestamp) -> Result<Self> {
        let file = root.join("run.json");
        if !file.exists() {
            let terms = Terms { code: code.to_owned(), now };
            fs::create_dir_all(root).with_context(|| format!("cannot make {}", root.display()))?;
            write_whole(&file, |path| {
                Ok(fs::write(path, serde_json::to_string_pretty(&terms)? + "\n")?)
            })?;
        }
        let run = Self::existing(root)?;
        if run.terms.code != code {
            let problem = format!(
                "{} was begun by \"{}\", this is \"{code}\"",
                root.display(),
                run.terms.code
            );
            return Err(Problem::new(Code::Run, problem)
                .help("go on with the same program and the same packs, or begin another folder")
                .into());
        }
        Ok(run)
    }

    /// Opens a run that is there, whoever began it.
    pub(crate) fn existing(root: &Path) -> Result<Self> {
        let file = root.join("run.json");
        let problem = |why: String| {
            Problem::new(Code::Run, format!("{} holds no run: {why}", root.display()))
                .help("name the folder that was given to `archive run` or `archive read --run`")
        };
        let text = fs::read_to_string(&file).map_err(|e| problem(e.to_string()))?;
        let terms = serde_json::from_str(&text).map_err(|e| problem(e.to_string()))?;
        Ok(Self { root: root.to_owned(), terms })
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A name for what is made of these things by this program.
    fn key<'a>(&self, of: impl IntoIterator<Item = &'a str>) -> String {
        let mut hash = Sha256::new();
        hash.update(self.terms.code.as_bytes());
        for part in of {
            hash.update([0]);
            hash.update(part.as_bytes());
        }
        crate::packs::hex(hash.finalize().get(..12).unwrap_or_default())
    }

    /// A file of the run, named from its root.
    fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Names of the folders `KEY=VALUE` in a folder of the run, as their values, sorted.
    fn partitions(&self, folder: &str, key: &str) -> Result<Vec<String>> {
        let mut out = Vec::new();
        for name in names_in(&self.file(folder))? {
            if let Some(value) = name.strip_prefix(key).and_then(|rest| rest.strip_prefix('=')) {
                out.push(value.to_owned());
            }
        }
        Ok(out)
    }

    /// The Parquet files of a folder of the run, as names from its root, sorted.
    fn parts(&self, folder: &str) -> Result<Vec<String>> {
        let names = names_in(&self.file(folder))?;
        let parts = names.into_iter().filter(|n| !n.starts_with('.') && n.ends_with(".parquet"));
        Ok(parts.map(|name| format!("{folder}/{name}")).collect())
    }

    /// The languages that articles were read in.
    pub(crate) fn languages(&self) -> Result<Vec<String>> {
        self.partitions("read", "lang")
    }
}

/// What makes the results of one installation equal to those of another: program, form, packs.
pub(crate) fn code(packs: Option<&Path>) -> String {
    let mut names = packs.map(names_in).and_then(Result::ok).unwrap_or_default();
    names.retain(|name| !name.starts_with('.'));
    format!("uptospeed {} form {FORM} packs {}", crate::reader::MODEL, names.join(" "))
}

/// Names in a folder, sorted; none where it is not there.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(crate::problem::of_file(&folder.display().to_string(), &error).into());
        }
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// A file beside the place where it will stand; gone with the process's end where that is not a kill.
fn beside(path: &Path) -> Result<tempfile::NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let cannot = || format!("cannot write in {}", folder.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(LEFT_OVER).suffix(".new");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    builder.tempfile_in(folder).with_context(cannot)
}

/// What names of files begin with that a killed task leaves.
const LEFT_OVER: &str = ".part-";

/// Puts a written file into its place: first on the disk, then renamed.
fn put(file: tempfile::NamedTempFile, path: &Path) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    // By its name: whoever wrote it had a handle of its own.
    File::open(file.path()).and_then(|f| f.sync_all()).with_context(cannot)?;
    file.persist(path).map_err(|e| e.error).with_context(cannot)?;
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|f| f.sync_all()).with_context(cannot)?;
    }
    Ok(())
}

/// Writes a file so that it is there whole or not at all.
fn write_whole(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut file = beside(path)?;
    write(file.path())?;
    file.flush()?;
    put(file, path)
}

/// Adds the reason "a fault of ours" where work panics, which costs one article and no more.
fn contained<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .map_err(|_panic| "a fault of ours, please report it".to_owned())
}
