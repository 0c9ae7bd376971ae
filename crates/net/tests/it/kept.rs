//! Connections that are kept open between two answers, and hosts that abuse them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use net::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::server::path;

/// What a host does on a connection after its first answer, which leaves it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// Answers on and never closes.
    Nothing,
    /// Closes without a word.
    Close,
    /// Sends an answer that nobody asked for, with the first one.
    Unasked,
    /// Sends bytes for ever while nothing is asked.
    Chatter,
    /// Takes the next request and closes without an answer.
    Swallow,
    /// Takes the next request and never answers.
    Hang,
}

/// A host; the numbers are the connections that were made and those that are open.
struct Host {
    address: SocketAddr,
    made: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Host {
    async fn start(after: After) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let address = listener.local_addr().expect("its address");
        let (made, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let host = Self { address, made: Arc::clone(&made), open: Arc::clone(&open) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                made.fetch_add(1, Ordering::SeqCst);
                open.fetch_add(1, Ordering::SeqCst);
                let open = Arc::clone(&open);
                tokio::spawn(async move {
                    drop(serve(stream, after).await);
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        host
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

async fn serve(mut stream: TcpStream, after: After) -> std::io::Result<()> {
    for n in 0.. {
        let mut head = Vec::new();
        let mut part = [0; 1024];
        while !head.windows(4).any(|w| w == b"\r\n\r\n") {
            match stream.read(&mut part).await? {
                0 => return Ok(()),
                read => head.extend_from_slice(&part[..read]),
            }
        }
        match after {
            After::Swallow if n == 1 => return Ok(()),
            After::Hang if n == 1 => tokio::time::sleep(Duration::from_mins(10)).await,
            _ => {}
        }
        let body = format!("page {}", path(&String::from_utf8_lossy(&head)));
        let unasked = if after == After::Unasked { answer("forged") } else { String::new() };
        stream.write_all((answer(&body) + &unasked).as_bytes()).await?;
        match after {
            After::Close => return stream.shutdown().await,
            After::Chatter => loop {
                stream.write_all(&[b'x'; 4096]).await?;
            },
            _ => {}
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_a_host_does_with_a_kept_connection_is_no_other_answers_matter() {
    for after in
        [After::Nothing, After::Close, After::Unasked, After::Chatter, After::Swallow, After::Hang]
    {
        let (host, good) = (Host::start(after).await, Host::start(After::Nothing).await);
        let door = crate::door();
        let began = Instant::now();
        let mut errors = 0;
        for n in 0..4 {
            let asked = door.get(Request::new(&host.url(&format!("/{n}")))).await;
            // An answer is the one that was asked for, or an error in words.
            match asked {
                Ok(answer) => assert_eq!(answer.body, format!("page /{n}").as_bytes(), "{after:?}"),
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    errors += 1;
                }
            }
            let other = door.get(Request::new(&good.url("/other"))).await.unwrap();
            assert_eq!(other.body, b"page /other", "{after:?}");
            // Time for what the host does next to arrive.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // A broken connection is not used again: an error is followed by an answer.
        assert!(
            errors <= if after == After::Nothing { 0 } else { 2 },
            "{after:?}: {errors} errors"
        );
        assert!(began.elapsed() < Duration::from_secs(12), "{after:?} took {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn connections_that_are_never_closed_do_not_pile_up() {
    let host = Host::start(After::Nothing).await;
    let door = crate::door();
    let asked: Vec<_> = (0..24)
        .map(|n| {
            let (door, url) = (door.clone(), host.url(&format!("/{n}")));
            tokio::spawn(async move { door.get(Request::new(&url)).await })
        })
        .collect();
    for task in asked {
        assert_eq!(task.await.unwrap().unwrap().status, 200);
    }
    for n in 0..50 {
        door.get(Request::new(&host.url(&format!("/{n}")))).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (made, open) = (host.made.load(Ordering::SeqCst), host.open.load(Ordering::SeqCst));
    assert!(open <= 2, "{open} of {made} connections are kept open");
    assert!(made <= 24 + 2, "a kept connection is used again: {made} were made");
}
