//! What proves a run: every row that went in came out or was refused, and every file is what its account says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use super::{LEFT_OVER, Manifest, Run, Written, part};

/// What was found; no problem: the run is proved.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    pub(crate) problems: Vec<String>,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// By stage: tasks, rows in, rows out, rows refused.
    pub(crate) stages: BTreeMap<&'static str, [u64; 4]>,
}

/// Holds a run against its accounts, and its first stage against the archive where that is given.
///
/// # Errors
///
/// The run's folder cannot be read. What is wrong in it is no error here.
pub(crate) fn verify(run: &Run, archive: Option<&Path>) -> Result<Proof> {
    let mut proof = Proof::default();
    let mut known = BTreeSet::new();
    let mut rows_of: BTreeMap<String, u64> = BTreeMap::new();
    for stage in ["read", "cluster", "link"] {
        for (task, manifest) in run.manifests(stage)? {
            proof.account(stage, &task, &manifest, &rows_of);
            for file in &manifest.outputs {
                proof.file(run, file);
                known.insert(file.file.clone());
                rows_of.insert(file.file.clone(), file.rows);
            }
        }
    }
    for (folder, parts) in [("read", 2), ("cluster", 3), ("link", 0)] {
        for file in parts_below(run, folder, parts)? {
            if !known.contains(&file) {
                proof.problems.push(format!("{file} is in no account: run the same command again"));
            }
        }
    }
    proof.whole(run)?;
    if let Some(archive) = archive {
        proof.archive(run, archive)?;
    }
    Ok(proof)
}

impl Proof {
    /// Counts an account and sees that it adds up.
    fn account(
        &mut self,
        stage: &'static str,
        task: &str,
        manifest: &Manifest,
        rows_of: &BTreeMap<String, u64>,
    ) {
        let refused = manifest.rows_rejected();
        let counted = self.stages.entry(stage).or_default();
        for (sum, n) in counted.iter_mut().zip([1, manifest.rows_in, manifest.rows_out, refused]) {
            *sum += n;
        }
        if manifest.rows_in != manifest.rows_out + refused {
            let (rows_in, rows_out) = (manifest.rows_in, manifest.rows_out);
            self.problems.push(format!(
                "{stage} {task}: {rows_in} rows in are not {rows_out} out and {refused} refused"
            ));
        }
        let table = if stage == "cluster" { "cluster/articles/" } else { "" };
        let written = manifest.outputs.iter().filter(|file| file.file.starts_with(table));
        let rows: u64 = written.map(|file| file.rows).sum();
        if rows != manifest.rows_out {
            let out = manifest.rows_out;
            self.problems.push(format!("{stage} {task}: {out} rows out, {rows} in its files"));
        }
        // A later stage has read all that the one before wrote.
        if stage != "read" {
            let before: u64 = manifest.inputs.iter().filter_map(|i| rows_of.get(&i.file)).sum();
            if before != manifest.rows_in {
                let rows_in = manifest.rows_in;
                self.problems.push(format!(
                    "{stage} {task}: {rows_in} rows in, {before} in the files of the stage before"
                ));
            }
        }
    }

    /// Holds a file against its account.
    fn file(&mut self, run: &Run, file: &Written) {
        let path = run.file(&file.file);
        self.files += 1;
        self.bytes += file.bytes;
        let is_whole = crate::packs::sha256(&path).map(|hash| hash == file.sha256);
        match is_whole {
            Ok(true) => {}
            Ok(false) => self.problems.push(format!("{} is not what was written", file.file)),
            Err(_) => self.problems.push(format!("{} is not there", file.file)),
        }
        // The file's own word, beside ours.
        if let Ok((rows, _)) = part::summary(&path, &file.file)
            && rows != file.rows
        {
            self.problems.push(format!("{}: {rows} rows, {} in its account", file.file, file.rows));
        }
    }

    /// Sees that each stage has taken all files of the one before.
    fn whole(&mut self, run: &Run) -> Result<()> {
        let taken = |stage: &str| -> Result<BTreeSet<String>> {
            let all = run.manifests(stage)?.into_iter();
            Ok(all.flat_map(|(_, m)| m.inputs).map(|input| input.file).collect())
        };
        for (stage, folder, depth, of) in
            [("cluster", "read", 2, "read"), ("link", "cluster/stories", 2, "stories")]
        {
            let taken = taken(stage)?;
            let missing = parts_below(run, folder, depth)?;
            let missing = missing.iter().filter(|file| !taken.contains(*file)).count();
            if missing > 0 {
                self.problems.push(format!("{missing} files of {of} are not in {stage} yet"));
            }
        }
        Ok(())
    }

    /// Sees that every shard of the archive was read as it is now.
    fn archive(&mut self, run: &Run, archive: &Path) -> Result<()> {
        let manifests = run.manifests("read")?;
        let read: BTreeSet<&str> = manifests
            .iter()
            .flat_map(|(_, m)| &m.inputs)
            .filter_map(|input| input.sha256.as_deref())
            .collect();
        for shard in intake::archive::shards(archive)? {
            if !read.contains(crate::packs::sha256(&shard)?.as_str()) {
                self.problems.push(format!("{} was not read", shard.display()));
            }
        }
        Ok(())
    }
}

/// The Parquet files so many folders below one of the run, as names from its root.
fn parts_below(run: &Run, folder: &str, depth: u32) -> Result<Vec<String>> {
    if depth == 0 {
        return run.parts(folder);
    }
    let mut out = Vec::new();
    for name in super::names_in(&run.file(folder))? {
        out.extend(parts_below(run, &format!("{folder}/{name}"), depth - 1)?);
    }
    Ok(out)
}

/// Removes what killed tasks have left beside the places of their files.
pub(super) fn remove_left_overs(run: &Run) -> Result<()> {
    for path in crate::packs::files_below(run.root())? {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with(LEFT_OVER) {
            super::manifest::remove(&path)?;
        }
    }
    Ok(())
}
