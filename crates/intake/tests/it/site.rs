//! A site on loopback that lives in simulated time: what it publishes, how it behaves, and what was asked of it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as the site saw it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Simulated seconds.
    pub(crate) at: i64,
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    /// What was answered.
    pub(crate) status: u16,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, media: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("Content-Type", media.to_owned())], body: body.into() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Behave = dyn Fn(&Asked) -> Answer + Send + Sync;

/// The site; it ends with its runtime.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    clock: Arc<AtomicI64>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Site {
    pub(crate) async fn start(behave: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let site = Self {
            address: listener.local_addr().expect("its address"),
            clock: Arc::default(),
            asked: Arc::default(),
        };
        let (behave, shared): (Arc<Behave>, _) = (Arc::new(behave), site.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (behave, shared) = (Arc::clone(&behave), shared.clone());
                tokio::spawn(async move { shared.serve(stream, &*behave).await });
            }
        });
        site
    }

    async fn serve(&self, mut stream: TcpStream, behave: &Behave) {
        let mut buffer = Vec::new();
        let mut piece = [0; 4096];
        // One connection may carry many requests.
        loop {
            let end = loop {
                if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                    break at + 4;
                }
                match stream.read(&mut piece).await {
                    Ok(n) if n > 0 => buffer.extend_from_slice(&piece[..n]),
                    _ => return,
                }
            };
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            buffer.drain(..end);
            let mut lines = head.lines();
            let first = lines.next().unwrap_or_default();
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let headers: HashMap<String, String> = lines
                .filter_map(|l| l.split_once(':'))
                .map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned()))
                .collect();
            let length: usize =
                headers.get("content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
            while buffer.len() < length {
                match stream.read(&mut piece).await {
                    Ok(n) if n > 0 => buffer.extend_from_slice(&piece[..n]),
                    _ => return,
                }
            }
            let body: Vec<u8> = buffer.drain(..length).collect();
            let mut headers = headers;
            headers.insert("body".to_owned(), String::from_utf8_lossy(&body).into_owned());
            let mut asked = Asked { at: self.now(), path, headers, status: 0 };
            let answer = behave(&asked);
            asked.status = answer.status;
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            if answer.status == 0 {
                // The site is down.
                return;
            }
            let mut bytes = format!(
                "HTTP/1.1 {} -\r\nContent-Length: {}\r\n",
                answer.status,
                answer.body.len()
            );
            for (name, value) in &answer.headers {
                for part in [name, ": ", value, "\r\n"] {
                    bytes.push_str(part);
                }
            }
            bytes.push_str("\r\n");
            let mut bytes = bytes.into_bytes();
            bytes.extend_from_slice(&answer.body);
            if stream.write_all(&bytes).await.is_err() {
                return;
            }
        }
    }

    /// Simulated seconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub(crate) fn set_now(&self, secs: i64) {
        self.clock.store(secs, Ordering::SeqCst);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// RFC 3339 of simulated seconds.
pub(crate) fn date(secs: i64) -> String {
    jiff::Timestamp::from_second(secs).expect("a time").to_string()
}

/// An article's page, with a text of its own.
pub(crate) fn page(n: usize, version: usize) -> String {
    let paragraphs: String = (0..4)
        .map(|p| {
            format!(
                "<p>The council of Harbour Ward {n} met on the matter of bridge {n} for the {p}. time, and its speaker said that the work would cost {} thousand crowns and take until spring, as the neighbours had asked in letter {version}.</p>",
                n * 7 + p + version
            )
        })
        .collect();
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><title>Council meets on bridge {n}</title></head><body><article><h1>Council meets on bridge {n}</h1>{paragraphs}</article></body></html>"
    )
}

/// An Atom feed of items (number, time), newest first as given.
pub(crate) fn atom(base: &str, items: &[(usize, i64)], extra: &str) -> String {
    let entries: String = items
        .iter()
        .map(|(n, at)| {
            format!(
                "<entry><id>tag:harbour,{n}</id><title>Council meets on bridge {n}</title><link href=\"{base}/news/bridge-{n}.html\"/><published>{0}</published><updated>{0}</updated><summary>On bridge {n}.</summary></entry>",
                date(*at)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Harbour Gazette</title><id>tag:harbour</id>{extra}{entries}</feed>"
    )
}

/// The number in an article's path.
pub(crate) fn number(path: &str) -> Option<usize> {
    path.strip_prefix("/news/bridge-")?.strip_suffix(".html")?.parse().ok()
}
