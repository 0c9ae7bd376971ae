//! A server on loopback that says exactly what a test wants, well-behaved or not.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does next on a connection.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends bytes.
    Send(Vec<u8>),
    /// Sends bytes again and again, at most so often.
    Repeat(Vec<u8>, u64),
    /// Waits.
    Wait(Duration),
    /// Does nothing more and keeps the connection open.
    Hang,
}

/// A running server; it ends with its runtime.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts one; `answer` gets the request's head and says what to do.
    pub(crate) async fn start(answer: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let address = listener.local_addr().expect("its address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                tokio::spawn(async move { serve(stream, &*answer, &log).await });
            }
        });
        Self { address, requests }
    }

    /// The heads of the requests that came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: &(dyn Fn(&str) -> Vec<Act> + Send + Sync),
    log: &Mutex<Vec<String>>,
) {
    let mut head = Vec::new();
    let mut byte = [0; 1024];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            Ok(n) if n > 0 => head.extend_from_slice(&byte[..n]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    log.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    for act in answer(&head) {
        let sent = match act {
            Act::Send(bytes) => stream.write_all(&bytes).await,
            Act::Repeat(bytes, times) => {
                let mut sent = Ok(());
                for _ in 0..times {
                    sent = stream.write_all(&bytes).await;
                    if sent.is_err() {
                        break;
                    }
                }
                sent
            }
            Act::Wait(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Act::Hang => {
                tokio::time::sleep(Duration::from_mins(10)).await;
                Ok(())
            }
        };
        if sent.is_err() {
            return;
        }
    }
    // Whether the other side has read everything or not, it shall see an orderly end.
    drop(stream.shutdown().await);
}

/// A whole answer.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<Act> {
    let mut bytes = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len())
        .into_bytes();
    bytes.extend_from_slice(body);
    vec![Act::Send(bytes)]
}

/// The path that a request's head asks for.
pub(crate) fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}
