//! The machines: each a process, with a network of its own where `cargo xtask several` made one.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use testkit::fakebot::FakeBot;

/// How a machine is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Killed with -9, and started again later.
    Killed,
    /// Cut off from the network, and joined again later.
    Cut,
    /// Stopped where it stands, and woken later.
    Paused,
}

/// A machine with its process.
pub(super) struct Host {
    n: usize,
    program: String,
    home: tempfile::TempDir,
    has_network: bool,
    child: Child,
}

impl Host {
    pub(super) fn start(n: usize, program: &str, config: &str, has_network: bool) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("uptospeed.toml"), config).unwrap();
        let child = spawn(n, program, home.path(), has_network, &[]);
        Self { n, program: program.to_owned(), home, has_network, child }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn lose(&mut self, fault: Fault) {
        match fault {
            Fault::Killed => {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
            }
            Fault::Cut => link(self.n, "down"),
            Fault::Paused => self.signal("STOP"),
        }
    }

    pub(super) fn bring_back(&mut self, fault: Fault) {
        match fault {
            Fault::Killed => {
                self.child = spawn(self.n, &self.program, self.home.path(), self.has_network, &[]);
            }
            Fault::Cut => link(self.n, "up"),
            Fault::Paused => self.signal("CONT"),
        }
    }

    /// Asks it to end, as systemd does, and says whether it did in good order.
    pub(super) fn end(&mut self) -> bool {
        self.signal("TERM");
        self.child.wait().unwrap().success()
    }

    /// Starts it alone, by a clock that is ahead: what is in doubt has rested long enough then.
    pub(super) fn start_alone(&mut self, bot: &FakeBot, ahead: i64) {
        bot.set_now(crate::thousand::now().as_second() + ahead);
        let ahead = ahead.to_string();
        let args = ["--take-over", "--ahead", &ahead];
        self.child = spawn(self.n, &self.program, self.home.path(), self.has_network, &args);
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn signal(&self, name: &str) {
        run(Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]));
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // One that is gone already needs no ending; a paused one ends by this too.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// `cargo xtask several` gives each namespace this name, and its end on the bridge the same.
fn network(n: usize) -> String {
    format!("uts{n}")
}

fn link(n: usize, state: &str) {
    run(Command::new("ip").args(["link", "set", &network(n), state]));
}

fn run(command: &mut Command) {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
}

fn spawn(n: usize, program: &str, home: &Path, has_network: bool, more: &[&str]) -> Child {
    let mut command = if has_network {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &network(n), program]);
        command
    } else {
        Command::new(program)
    };
    let log = std::fs::File::options().create(true).append(true).open(home.join("log")).unwrap();
    command
        .args(["run", "--no-web", "--no-install"])
        .args(more)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("UPTOSPEED_PACKS", home.join("packs"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
