//! Three machines on one database server, lost in turn: the networks and the server; `tests/it/several.rs` of the program does the
//! rest.
//!
//! Each machine is a network namespace behind a bridge; to cut one off its end on the bridge is taken down. Only root may make them:
//! where that cannot be done the machines are plain processes, and are killed and paused but not cut off.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{given_program, output, root};

const MACHINES: u32 = 3;

const BRIDGE: &str = "uts0";

/// The bridge's address: the server, the outlets and the Bot API are there.
const HOST: &str = "10.77.7.1";

/// The port of the server, which no other test uses.
const PORT: &str = "54351";

pub(crate) fn run(args: &[&str]) -> Result<()> {
    let given = |name: &str| match args.iter().position(|a| *a == name) {
        Some(at) => args.get(at + 1).map(Some).context("a value is missing"),
        None => Ok(None),
    };
    let minutes: f64 = given("--minutes")?.map_or(Ok(10.0), |n| n.parse())?;
    let program = given_program(args)?;
    let network = Network::make();
    let host = if network.is_some() { HOST } else { "127.0.0.1" };
    if network.is_none() {
        println!(
            "several: NOT RUN: cutting machines off, no namespaces may be made here; they are killed and paused"
        );
    }
    let server = Server;
    server.script(&["remove"])?;
    server.script(&["start", host])?;
    let url = server.script(&["fresh", "several"])?.replace("127.0.0.1", host);
    let seconds = (minutes * 60.0).round().to_string();
    let status = Command::new("cargo")
        .args(["test", "--quiet", "--package", "uptospeed", "--test", "it", "--"])
        .args(["--ignored", "--nocapture", "several_machines"])
        // Ours would make cargo build again what looks at it.
        .env_remove("CARGO_MANIFEST_DIR")
        .env("UPTOSPEED_SEVERAL_STORE", &url)
        .env("UPTOSPEED_SEVERAL_HOST", host)
        .env("UPTOSPEED_SEVERAL_SECONDS", seconds)
        .env("UPTOSPEED_PROGRAM", program)
        .current_dir(root())
        .status()?;
    if !status.success() {
        bail!("machines were lost, and with them something else");
    }
    Ok(())
}

/// A server of its own; it goes with the run.
struct Server;

impl Server {
    #[expect(clippy::unused_self, reason = "it is there while it is used")]
    fn script(&self, args: &[&str]) -> Result<String> {
        let out = Command::new(root().join("scripts/postgres.sh"))
            .args(args)
            .env("UPTOSPEED_POSTGRES_PORT", PORT)
            .env("UPTOSPEED_POSTGRES_DATA", format!("/var/tmp/uptospeed-postgres-{PORT}"))
            .output()?;
        if !out.status.success() {
            bail!("scripts/postgres.sh {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        }
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What is left of it is removed by the next run.
        drop(self.script(&["remove"]));
    }
}

/// The bridge and the namespaces; they go with the run.
struct Network;

impl Network {
    /// `None` where they cannot be made.
    fn make() -> Option<Self> {
        // What a run that was killed left behind.
        drop(Self);
        let made = Self;
        match made.lay() {
            Ok(()) => Some(made),
            Err(error) => {
                println!("several: {error:#}");
                None
            }
        }
    }

    #[expect(clippy::unused_self, reason = "it is there while it is used")]
    fn lay(&self) -> Result<()> {
        ip(&format!("link add {BRIDGE} type bridge"))?;
        ip(&format!("addr add {HOST}/24 dev {BRIDGE}"))?;
        ip(&format!("link set {BRIDGE} up"))?;
        for n in 1..=MACHINES {
            let name = format!("uts{n}");
            ip(&format!("netns add {name}"))?;
            ip(&format!("link add {name} type veth peer name eth0 netns {name}"))?;
            ip(&format!("link set {name} master {BRIDGE} up"))?;
            ip(&format!("-n {name} addr add 10.77.7.{}/24 dev eth0", n + 10))?;
            ip(&format!("-n {name} link set eth0 up"))?;
            ip(&format!("-n {name} link set lo up"))?;
        }
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for n in 1..=MACHINES {
            // What is not there needs no removing.
            quietly(&format!("link del uts{n}"));
            quietly(&format!("netns del uts{n}"));
        }
        quietly(&format!("link del {BRIDGE}"));
    }
}

fn ip(words: &str) -> Result<()> {
    output("ip", &words.split(' ').collect::<Vec<_>>()).map(drop)
}

fn quietly(words: &str) {
    drop(Command::new("ip").args(words.split(' ')).stderr(Stdio::null()).status());
}
