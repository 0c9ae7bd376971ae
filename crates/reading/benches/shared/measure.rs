//! What both benches measure with and what they read.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Rounds of which the best counts.
pub(crate) const ROUNDS: usize = 5;

/// The shortest CPU time of several rounds.
pub(crate) fn best(mut round: impl FnMut()) -> Duration {
    let one = |round: &mut dyn FnMut()| {
        let (started, cpu) = (Instant::now(), cpu_time());
        round();
        cpu_time()
            .zip(cpu)
            .map_or_else(|| started.elapsed(), |(after, before)| after.saturating_sub(before))
    };
    (0..ROUNDS).map(|_| one(&mut round)).min().unwrap_or_default().max(Duration::from_nanos(1))
}

/// The CPU time of this thread; `None` where the system does not tell.
pub(crate) fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(stat.split_whitespace().next()?.parse().ok()?))
}

/// The texts of the folder that the command line names, else those of the bundled day.
pub(crate) fn texts() -> Vec<String> {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    folder.as_deref().map_or_else(of_the_day, |folder| of_folder(Path::new(folder)))
}

fn of_the_day() -> Vec<String> {
    let Ok(day) = testkit::day::Day::bundled() else {
        return Vec::new();
    };
    day.versions().iter().map(|(.., version)| version.text()).collect()
}

fn of_folder(folder: &Path) -> Vec<String> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

/// Where packs are kept.
pub(crate) fn packs() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = || set("HOME").unwrap_or_default().join(".cache");
    set("UPTOSPEED_PACKS")
        .unwrap_or_else(|| set("XDG_CACHE_HOME").unwrap_or_else(home).join("uptospeed/packs"))
}
