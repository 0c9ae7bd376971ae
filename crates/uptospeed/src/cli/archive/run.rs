//! A run over an archive: its stages one by one, or all of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;

use super::ReadArgs;
use crate::archive::plan::{Plan, Stage};
use crate::archive::pool::Pool;
use crate::archive::{Manifest, Run};
use crate::cli::{Context, note, say};
use crate::clock::Clock;
use crate::problem::{Code, Problem};

#[derive(Debug, clap::Args)]
pub(super) struct ClusterArgs {
    /// The run's folder
    #[arg(value_name = "FOLDER")]
    run: PathBuf,
    /// The language, as its folder in FOLDER/read is named: en, de …, und
    #[arg(long, value_name = "TAG")]
    lang: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct LinkArgs {
    /// The run's folder
    #[arg(value_name = "FOLDER")]
    run: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// The run's folder
    #[arg(value_name = "FOLDER")]
    run: PathBuf,
    /// Hold it against this archive, too: was every shard read as it is now?
    #[arg(long, value_name = "FILE|FOLDER")]
    archive: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct SowArgs {
    /// Where to
    #[arg(value_name = "FOLDER")]
    to: PathBuf,
    #[arg(long, default_value_t = 20_000)]
    articles: u32,
    #[arg(long, default_value_t = 40)]
    shards: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum On {
    /// Processes on this machine
    Local,
    /// The Ray cluster that RAY_ADDRESS names, else one that is begun on this machine
    Ray,
}

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// A shard, or a folder of shards: .parquet, .warc, .jsonl or .html, the last three also .gz
    #[arg(value_name = "FILE|FOLDER")]
    archive: PathBuf,
    /// The folder that everything is written into; every worker must see it under this name
    #[arg(long, value_name = "FOLDER")]
    run: PathBuf,
    /// Who runs the commands
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// Commands at once [default: one a core]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// The Python that has Ray
    #[arg(long, value_name = "FILE", default_value = "python3")]
    python: String,
    /// The present for this run, noted when it begins; later times of publication are not believed [default: now]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::input::moment)]
    now: Option<article::Moment>,
    /// Use no pack: Unicode segmentation and rules only
    #[arg(long)]
    no_packs: bool,
    /// Never use the network, not even to install a pack
    #[arg(long)]
    offline: bool,
}

/// Opens the run's folder for this program with its packs.
fn open(context: &Context, run: &Path, no_packs: bool, now: Option<Timestamp>) -> Result<Run> {
    let packs = (!no_packs).then_some(context.packs.as_path());
    Run::open(run, &crate::archive::code(packs), now.unwrap_or_else(|| Clock::System.now()))
}

pub(super) fn read(context: &Context, args: &ReadArgs) -> Result<ExitCode> {
    if !args.no_packs && !args.offline {
        crate::packs::install_missing(&context.packs, &crate::packs::FOR_READING);
    }
    let folder = args.run.as_deref().unwrap_or(Path::new("."));
    let run = open(context, folder, args.no_packs, None)?;
    let reader = context.reader(!args.no_packs);
    let done = crate::archive::shard::read(&run, &args.path, &reader)?;
    told(&args.path.display().to_string(), done.before, &done.manifest);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn cluster(args: &ClusterArgs) -> Result<ExitCode> {
    let run = Run::existing(&args.run)?;
    if !run.languages()?.contains(&args.lang) {
        let there = run.languages()?.join(", ");
        let problem = format!("no article was read in \"{}\"; there are {there}", args.lang);
        return Err(Problem::new(Code::Unknown, problem).into());
    }
    crate::archive::cluster::cluster(&run, &args.lang, |done| {
        told(&format!("{} {}", args.lang, done.month), done.before, &done.manifest);
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn link(args: &LinkArgs) -> Result<ExitCode> {
    let (before, manifest) = crate::archive::link::link(&Run::existing(&args.run)?)?;
    told("stories", before, &manifest);
    Ok(ExitCode::SUCCESS)
}

/// Says what a task did.
fn told(what: &str, before: bool, manifest: &Manifest) {
    let refused = manifest.rows_rejected();
    let done = if before { " (done before)" } else { "" };
    note(&format!(
        "{what}: {} rows in, {} out, {refused} refused{done}",
        manifest.rows_in, manifest.rows_out
    ));
    if let Some(first) = manifest.rejected.first().filter(|_| !before && manifest.stage == "read") {
        note(&format!("  the first refused: {}", first.why));
    }
}

pub(super) fn run(context: &Context, args: &RunArgs) -> Result<ExitCode> {
    if !args.no_packs && !args.offline {
        crate::packs::install_missing(&context.packs, &crate::packs::FOR_READING);
    }
    let run = open(context, &args.run, args.no_packs, args.now.map(|m| m.at))?;
    let mut options = vec!["--packs".to_owned(), context.packs.display().to_string()];
    options.extend(args.no_packs.then(|| "--no-packs".to_owned()));
    options.push("--offline".to_owned());
    let plan = Plan { archive: &args.archive, run: &run, options };
    let mut pool = match args.on {
        On::Local => Pool::local(args.jobs)?,
        On::Ray => Pool::ray(&args.python, args.jobs)?,
    };
    let stages = plan.run(&mut pool, |stage| note(&words(stage)))?;
    let failed: usize = stages.iter().map(|stage| stage.failed.len()).sum();
    if failed > 0 {
        note(&format!("{failed} tasks failed; mend what they say and run the same command again"));
        return Ok(ExitCode::from(2));
    }
    Ok(ExitCode::SUCCESS)
}

/// What became of a stage, for a person.
fn words(stage: &Stage) -> String {
    let mut words = format!(
        "{}: {} tasks, {} rows, {} refused, {:.1} s",
        stage.name, stage.tasks, stage.rows, stage.rejected, stage.seconds
    );
    if let Some(cpu) = stage.cpu_seconds.filter(|cpu| *cpu > 0.0) {
        words.push_str(&format!(
            ", {cpu:.1} s of processor time: {:.0} rows/s a core",
            stage.rows as f64 / cpu
        ));
    }
    for (name, why) in &stage.failed {
        words.push_str(&format!("\n  {name} failed:\n    {}", why.replace('\n', "\n    ")));
    }
    words
}

pub(super) fn verify(args: &VerifyArgs) -> Result<ExitCode> {
    let proof =
        crate::archive::verify::verify(&Run::existing(&args.run)?, args.archive.as_deref())?;
    for (stage, [tasks, rows_in, rows_out, refused]) in &proof.stages {
        say(&format!(
            "{stage}: {tasks} accounts, {rows_in} rows in = {rows_out} out + {refused} refused"
        ))?;
    }
    for problem in &proof.problems {
        say(&format!("wrong: {problem}"))?;
    }
    let (files, mib) = (proof.files, proof.bytes >> 20);
    if proof.problems.is_empty() {
        say(&format!("{files} files, {mib} MiB: every one is what was written"))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{files} files, {mib} MiB: {} things are wrong", proof.problems.len()))?;
    Ok(ExitCode::from(1))
}

pub(super) fn sow(args: &SowArgs) -> Result<ExitCode> {
    crate::archive::sown::sow(&args.to, args.articles, args.shards, args.seed)?;
    note(&format!("{} articles in {} shards", args.articles, args.shards));
    Ok(ExitCode::SUCCESS)
}
