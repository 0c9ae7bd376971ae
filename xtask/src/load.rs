//! How fast the pages are under load, and what open live pages cost: the real server in a process of its own, on one core.
//!
//! Open loop: a request goes out when it is due, whatever became of the ones before, and its time runs from when it was due.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::root;

/// Requests a second.
const RATE: u32 = 200;

/// Connections that ask; each is kept open, as a browser's or a proxy's.
const CONNECTIONS: u32 = 40;

/// Readers with an open live page.
const READERS: u32 = 1_000;

/// The longest that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the issue asks for, milliseconds.
const P99_MAX_MS: f64 = 20.0;

/// What is loaded.
#[derive(Clone, Copy)]
struct Plan {
    seconds: u32,
    stories: u32,
    /// Milliseconds from one arriving article to the next; 0: nothing arrives.
    every: u32,
}

pub(crate) fn run(args: &[&str]) -> Result<()> {
    let number = |name: &str, usual: u32| -> Result<u32> {
        match args.iter().position(|a| *a == name) {
            Some(at) => Ok(args.get(at + 1).context("a number is missing")?.parse()?),
            None => Ok(usual),
        }
    };
    let plan = Plan {
        seconds: number("--seconds", 30)?,
        stories: number("--stories", 100_000)?,
        every: number("--every", 1_000)?,
    };
    let program = seeded()?;
    let (file, big) = filled(&program, plan.stories)?;
    let server = Server::start(&program, &file, plan.every)?;
    println!(
        "load: {RATE} requests/s for {} s each, {} stories in the store, an article arrives every {} ms",
        plan.seconds, plan.stories, plan.every
    );
    println!(
        "server: process {}, {}; machine's load {}",
        server.child.id(),
        server.core,
        machine()
    );
    let mut worst: f64 = 0.0;
    for path in ["/".to_owned(), format!("/s/{big}")] {
        // The first asking fills what is kept; it is told apart.
        let begun = Instant::now();
        let first = server.ask(&path)?;
        println!("  {path}: first {:.1} ms, {} bytes over the wire", ms(begun.elapsed()), first);
        worst = worst.max(measure(&server, &path, plan.seconds)?);
    }
    let before = server.usage()?;
    live(&server, before)?;
    if worst > P99_MAX_MS {
        bail!("p99 is {worst:.1} ms, more than {P99_MAX_MS} ms");
    }
    println!("load: p99 {worst:.1} ms at the worst, {P99_MAX_MS} ms are allowed");
    Ok(())
}

/// Builds the server of seeded rows.
pub(crate) fn seeded() -> Result<PathBuf> {
    crate::run(
        "cargo",
        &["build", "--release", "--quiet", "--package", "web", "--example", "seeded"],
    )?;
    Ok(target().join("release/examples/seeded"))
}

pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A filled store, kept for the next run, and its largest story.
pub(crate) fn filled(program: &Path, stories: u32) -> Result<(PathBuf, String)> {
    let folder = target().join("load");
    std::fs::create_dir_all(&folder)?;
    let kept = folder.join(format!("{stories}.filled"));
    let said = folder.join(format!("{stories}.txt"));
    if !said.exists() {
        let begun = Instant::now();
        let recent = (stories / 25).max(20).min(stories).to_string();
        let stories = stories.to_string();
        drop(std::fs::remove_file(&kept));
        let out = Command::new(program)
            .arg("fill")
            .arg(&kept)
            .args(["--stories", &stories, "--recent", &recent])
            .output()?;
        if !out.status.success() {
            bail!("the store could not be filled: {}", String::from_utf8_lossy(&out.stderr));
        }
        std::fs::write(&said, &out.stdout)?;
        println!("filled a store in {:.0} s", begun.elapsed().as_secs_f64());
    }
    let words = std::fs::read_to_string(&said)?;
    print!("{words}");
    let big = words.split_whitespace().last().context("no largest story")?.to_owned();
    // A copy is served: what arrives during a run is not there in the next.
    let served = folder.join(format!("{stories}-served.db"));
    for suffix in ["-wal", "-shm"] {
        drop(std::fs::remove_file(folder.join(format!("{stories}-served.db{suffix}"))));
    }
    std::fs::copy(&kept, &served)?;
    Ok((served, big))
}

/// A running server; ended when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    core: &'static str,
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that is gone already needs no ending.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// Starts it on a free port, on one core where `taskset` is there.
    pub(crate) fn start(program: &Path, file: &Path, every: u32) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let pinned =
            Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok();
        let mut command = if pinned {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", "0"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.arg("serve").arg(file).arg(port.to_string());
        if every > 0 {
            command.args(["--every", &every.to_string()]);
        }
        let mut child =
            command.stdout(Stdio::piped()).spawn().context("cannot start the server")?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let core = if pinned { "on core 0 alone" } else { "on all cores: taskset is not here" };
        let server = Self { child, port, core };
        if line.trim() != "listening" {
            bail!("the server did not start");
        }
        Ok(server)
    }

    fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn ask(&self, path: &str) -> Result<usize> {
        let mut reader = BufReader::new(self.connect()?);
        ask(&mut reader, path)
    }

    /// Memory in MiB and processor seconds so far.
    fn usage(&self) -> Result<(f64, f64)> {
        let id = self.child.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let kib: f64 = status
            .lines()
            .find_map(|l| l.strip_prefix("VmRSS:"))
            .and_then(|l| l.split_whitespace().next())
            .and_then(|n| n.parse().ok())
            .unwrap_or(0.0);
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let after = stat.rsplit(')').next().unwrap_or("");
        // Fields 14 and 15 of the whole line, in hundredths of a second.
        let ticks: f64 =
            after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
        Ok((kib / 1024.0, ticks / 100.0))
    }
}

fn machine() -> String {
    let all = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    all.split_whitespace().next().unwrap_or("unknown").to_owned()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Asks at the rate for some seconds; gives p99 in milliseconds.
fn measure(server: &Server, path: &str, seconds: u32) -> Result<f64> {
    let (_, busy_before) = server.usage()?;
    let total = RATE * seconds;
    let start = Instant::now() + Duration::from_millis(200);
    let mut times: Vec<f64> = Vec::new();
    std::thread::scope(|scope| -> Result<()> {
        let asking = |number: u32| {
            let mut reader = BufReader::new(server.connect()?);
            let mut times = Vec::new();
            for n in (number..total).step_by(CONNECTIONS as usize) {
                let due = start + Duration::from_secs(1) * n / RATE;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                ask(&mut reader, path)?;
                times.push(ms(due.elapsed()));
            }
            Ok::<_, anyhow::Error>(times)
        };
        let askers: Vec<_> =
            (0..CONNECTIONS).map(|number| scope.spawn(move || asking(number))).collect();
        for asker in askers {
            let Ok(one) = asker.join() else { bail!("an asker panicked") };
            times.extend(one?);
        }
        Ok(())
    })?;
    times.sort_by(f64::total_cmp);
    let at = |share: usize| {
        let place = (times.len() * share).div_ceil(100).max(1) - 1;
        times.get(place).copied().unwrap_or(f64::MAX)
    };
    let (memory, busy) = server.usage()?;
    println!(
        "  {path}: {} answers, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms; {memory:.0} MiB, {:.2} ms of a core a request",
        times.len(),
        at(50),
        at(99),
        at(100),
        (busy - busy_before) * 1000.0 / f64::from(total.max(1))
    );
    Ok(at(99))
}

/// Asks for a page over a kept connection; gives the bytes of the answer's body.
fn ask(reader: &mut BufReader<TcpStream>, path: &str) -> Result<usize> {
    write!(
        reader.get_mut(),
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n"
    )?;
    let mut line = String::new();
    reader.read_line(&mut line)?;
    if !line.starts_with("HTTP/1.1 200") {
        bail!("{path} answers {line}");
    }
    let (mut length, mut chunked) = (0, false);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        chunked |= header.starts_with("transfer-encoding:") && header.contains("chunked");
    }
    if !chunked {
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        return Ok(length);
    }
    let mut sum = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).context("a chunk without a size")?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk)?;
        if size == 0 {
            return Ok(sum);
        }
        sum += size;
    }
}

/// A thousand live pages: what they cost while articles arrive.
fn live(server: &Server, (before, _): (f64, f64)) -> Result<()> {
    const SECONDS: u32 = 10;
    let mut open = Vec::new();
    for _ in 0..READERS {
        let mut stream = server.connect()?;
        write!(stream, "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")?;
        open.push(BufReader::new(stream));
    }
    let mut line = String::new();
    for reader in &mut open {
        while !line.starts_with("data:") {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                bail!("a live page was ended");
            }
        }
        line.clear();
    }
    let (_, busy) = server.usage()?;
    std::thread::sleep(Duration::from_secs(u64::from(SECONDS)));
    let (memory, busy_after) = server.usage()?;
    let mut heard = 0;
    for reader in &mut open {
        reader.get_ref().set_nonblocking(true)?;
        let mut bytes = Vec::new();
        // It ends with "would block": what came until now is counted.
        drop(reader.read_to_end(&mut bytes));
        heard += usize::from(bytes.windows(5).any(|w| w == b"data:"));
    }
    println!(
        "  /live: {READERS} readers, {memory:.0} MiB ({:.1} KiB more a reader), {:.1} % of a core; {heard} heard of a change within {SECONDS} s",
        (memory - before) * 1024.0 / f64::from(READERS),
        (busy_after - busy) * 100.0 / f64::from(SECONDS)
    );
    Ok(())
}
