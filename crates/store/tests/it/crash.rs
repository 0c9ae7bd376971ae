//! A server of its own that is killed and started again, and one whose disk is full: `scripts/postgres.sh` runs it.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store::{Error, Store};

use crate::{article, at};

/// Kills of the server in one run.
const KILLS: usize = 5;

/// A server that no other test uses; it goes with the test.
pub(crate) struct Server {
    pub(crate) port: &'static str,
}

impl Server {
    pub(crate) fn script(&self, what: &str) -> String {
        let port = self.port;
        let data = format!("/var/tmp/uptospeed-postgres-test-{port}");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres.sh");
        run(Command::new(script)
            .arg(what)
            .env("UPTOSPEED_POSTGRES_PORT", port)
            .env("UPTOSPEED_POSTGRES_DATA", data))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.script("remove");
    }
}

fn run(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

#[test]
#[ignore = "starts a server of its own and kills it; .ci/run asks for it"]
fn a_server_that_is_killed_again_and_again_keeps_what_it_told_as_done() {
    let server = Server { port: "54331" };
    server.script("remove");
    let url = server.script("start");
    let store = Store::open(Path::new(&url)).unwrap();
    let done = AtomicBool::new(false);
    let (kept, refused) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut n, mut refused) = (0i64, 0);
            while !done.load(Ordering::SeqCst) {
                let url = format!("https://a.example/{n}");
                match store.record_article(None, &url, &article(&url), at(n)) {
                    Ok(_) => n += 1,
                    Err(error) => {
                        assert!(matches!(error, Error::Away(_)), "{error}");
                        refused += 1;
                        std::thread::sleep(Duration::from_millis(20));
                    }
                }
            }
            (n, refused)
        });
        for turn in 0..KILLS as u64 {
            std::thread::sleep(Duration::from_millis(400 + 170 * turn));
            server.script("kill");
            std::thread::sleep(Duration::from_millis(300));
            server.script("start");
        }
        // It goes on by itself.
        let before = store_count_when_back(&url);
        while store.article_count().unwrap_or(0) <= before {
            std::thread::sleep(Duration::from_millis(20));
        }
        done.store(true, Ordering::SeqCst);
        writer.join().unwrap()
    });
    assert!(refused > 0, "no call met a dead server");
    assert_eq!(i64::from(store.article_count().unwrap()), kept, "each once, none missing");
    assert_eq!(i64::from(store.revisions_waiting().unwrap().0), kept);
    #[expect(clippy::print_stderr, reason = "the figures of the run")]
    {
        eprintln!(
            "{KILLS} kills of the server, {kept} articles told as kept and there, {refused} calls refused"
        );
    }
}

fn store_count_when_back(url: &str) -> u32 {
    for _ in 0..600 {
        if let Ok(store) = Store::open(Path::new(url)) {
            return store.article_count().unwrap();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the server did not come back");
}

#[test]
#[ignore = "needs root, for a small disk; .ci/run asks for it"]
fn a_full_disk_of_the_server_loses_nothing_and_is_over_when_there_is_space() {
    let server = Server { port: "54332" };
    server.script("remove");
    let url = server.script("start");
    let small = Path::new("/var/tmp/uptospeed-small-disk");
    std::fs::create_dir_all(small).unwrap();
    run(Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=24m,uid=postgres,mode=700", "tmpfs"])
        .arg(small));
    std::fs::create_dir(small.join("tables")).unwrap();
    run(Command::new("chown").args(["postgres", "/var/tmp/uptospeed-small-disk/tables"]));
    run(Command::new("psql").arg(&url).args([
        "--quiet",
        "--command",
        "CREATE TABLESPACE small LOCATION '/var/tmp/uptospeed-small-disk/tables'",
    ]));
    let ballast = small.join("ballast");
    std::fs::write(&ballast, vec![1u8; 8 << 20]).unwrap();
    let url = format!("{url}?options=-cdefault_tablespace%3Dsmall");
    let store = Store::open(Path::new(&url)).unwrap();
    // Hashes, which nothing packs any smaller.
    let big = |n: i64| {
        let words: Vec<String> = (0..2_000)
            .map(|word| format!("{:02x?}", store::key(&[&n.to_string(), &word.to_string()])))
            .collect();
        article(&words.join(" "))
    };
    let mut kept = 0;
    let error = loop {
        match store.record_article(None, &format!("https://a.example/{kept}"), &big(kept), at(kept))
        {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 10_000);
    };
    assert!(matches!(error, Error::Full), "{error}");
    assert_eq!(i64::from(store.article_count().unwrap()), kept, "all or nothing");
    std::fs::remove_file(&ballast).unwrap();
    assert!(
        store.record_article(None, "https://a.example/after", &big(kept), at(9)).unwrap().is_some()
    );
    assert_eq!(i64::from(store.article_count().unwrap()), kept + 1);
    drop(store);
    drop(server);
    run(Command::new("umount").arg(small));
}
