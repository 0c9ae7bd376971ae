//! What a task has done: its input, its output, and that every row of the one is in the other or was refused.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::{Run, write_whole};
use crate::export::{Cell, Columns, Form, Writer};

/// The account of one task, written when all its files are in their places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// `read`, `cluster` or `link`.
    pub(crate) stage: String,
    /// Names what the task was made of.
    pub(crate) key: String,
    /// The files that went in: a shard with its hash, or parts of the stage before.
    pub(crate) inputs: Vec<Read>,
    /// Rows that went in.
    pub(crate) rows_in: u64,
    /// Rows that came out, one for each of those.
    pub(crate) rows_out: u64,
    /// Rows that did not.
    pub(crate) rejected: Vec<Rejected>,
    /// The files that came out.
    pub(crate) outputs: Vec<Written>,
}

/// A file that went in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Read {
    pub(crate) file: String,
    /// Of a shard; parts have names that say what is in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
}

/// Rows that were refused, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rejected {
    pub(crate) rows: u64,
    pub(crate) why: String,
}

/// A file that came out, named from the root of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) file: String,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Manifest {
    /// The account of a task that begins with parts of the stage before.
    pub(super) fn begin(stage: &str, key: String, parts: &[String]) -> Self {
        let read = |file: &String| Read { file: file.clone(), sha256: None };
        let inputs = parts.iter().map(read).collect();
        Self { stage: stage.to_owned(), key, inputs, ..Self::default() }
    }

    /// Rows that were refused.
    pub(crate) fn rows_rejected(&self) -> u64 {
        self.rejected.iter().map(|r| r.rows).sum()
    }

    /// Whether the task is done: its account is of these inputs, and its files are there in their sizes.
    pub(super) fn stands(&self, run: &Run, key: &str) -> bool {
        let is_there = |file: &Written| {
            fs::metadata(run.file(&file.file)).is_ok_and(|found| found.len() == file.bytes)
        };
        self.key == key && self.outputs.iter().all(is_there)
    }
}

impl Run {
    /// The account of a task, where there is one that can be read.
    pub(super) fn manifest(&self, stage: &str, task: &str) -> Option<Manifest> {
        let text = fs::read_to_string(self.manifest_file(stage, task)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// All accounts of a stage, by the names of their tasks.
    pub(crate) fn manifests(&self, stage: &str) -> Result<Vec<(String, Manifest)>> {
        let mut out = Vec::new();
        for name in super::names_in(&self.file(&format!("manifest/{stage}")))? {
            let Some(task) = name.strip_suffix(".json") else { continue };
            let path = self.manifest_file(stage, task);
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let manifest = serde_json::from_str(&text)
                .with_context(|| format!("{} is no manifest", path.display()))?;
            out.push((task.to_owned(), manifest));
        }
        Ok(out)
    }

    /// Writes an account: the last thing that a task does.
    pub(super) fn keep_manifest(&self, task: &str, manifest: &Manifest) -> Result<()> {
        let text = serde_json::to_string_pretty(manifest)? + "\n";
        write_whole(&self.manifest_file(&manifest.stage, task), |path| Ok(fs::write(path, text)?))
    }

    fn manifest_file(&self, stage: &str, task: &str) -> std::path::PathBuf {
        self.file(&format!("manifest/{stage}/{task}.json"))
    }
}

/// A Parquet file that is being written beside its place.
pub(super) struct Coming {
    file: tempfile::NamedTempFile,
    out: Writer,
    name: String,
    rows: u64,
}

impl Coming {
    /// Begins a file of the run, named from its root.
    pub(super) fn begin(run: &Run, name: String, columns: Columns) -> Result<Self> {
        let file = super::beside(&run.file(&name))?;
        let out = Writer::open(Form::Parquet, columns, Some(file.path()))?;
        Ok(Self { file, out, name, rows: 0 })
    }

    /// Adds a row.
    pub(super) fn row(&mut self, row: Vec<Cell>) -> Result<()> {
        self.rows += 1;
        self.out.row(row)
    }

    /// Ends the file and puts it into its place; one without rows is not kept.
    pub(super) fn put(self, run: &Run) -> Result<Option<Written>> {
        let Self { file, out, name, rows } = self;
        out.close()?;
        if rows == 0 {
            return Ok(None);
        }
        let sha256 = crate::packs::sha256(file.path())?;
        let bytes = fs::metadata(file.path())?.len();
        super::put(file, &run.file(&name))?;
        Ok(Some(Written { file: name, rows, bytes, sha256 }))
    }
}

/// Removes the Parquet files of a folder that are not among what was written: they were made of other inputs.
pub(super) fn remove_others(run: &Run, folder: &str, written: &[Written]) -> Result<()> {
    for name in run.parts(folder)? {
        if !written.iter().any(|w| w.file == name) {
            remove(&run.file(&name))?;
        }
    }
    Ok(())
}

/// Removes a file; another task may have been faster.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
