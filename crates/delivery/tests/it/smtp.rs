//! Letters through a real, strict mail server (aiosmtpd): `cargo xtask mail` fetches it and runs this.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use delivery::{Courier, CourierSettings, Mail, Secret, Security};
use jiff::SignedDuration;
use serde::Deserialize;
use store::DeliveryState;
use stories::UpdateKind;
use testkit::fakebot::Faults;

use crate::hand::Hand;

/// A letter as the server read it.
#[derive(Debug, Deserialize)]
struct Letter {
    to: Vec<String>,
    id: String,
    subject: String,
    in_reply_to: Option<String>,
    text: String,
    page: String,
}

/// The server, which ends with this.
struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        Self::protected(&[])
    }

    /// With `["tls", CERTIFICATE]` or `["starttls", CERTIFICATE]`: a name of `server.py certificates`.
    fn protected(how: &[&str]) -> Self {
        let python = std::env::var("UPTOSPEED_PYTHON").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp/server.py");
        let mut child = Command::new(python)
            .args([script, "serve"])
            .arg(folder.path())
            .args(how.iter().take(1))
            .args(how.iter().skip(1).map(|name| {
                let certificates = std::env::var("UPTOSPEED_MAIL_CERTIFICATES").unwrap();
                format!("{certificates}/{name}.pem")
            }))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().unwrap(), folder }
    }

    fn letters(&self) -> Vec<Letter> {
        let kept = self.folder.path().join("letters.jsonl");
        let text = std::fs::read_to_string(kept).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its standard input ends, and with it the server.
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

fn courier(hand: &Hand, port: u16, password: &str) -> Courier {
    courier_over(hand, port, password, Security::None)
}

fn courier_over(hand: &Hand, port: u16, password: &str, security: Security) -> Courier {
    let mail = Mail {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        login: Some(("news".to_owned(), Secret::new(password))),
        from: "Что нового ☕ <news@news.example>".to_owned(),
        secret: Secret::new("pepper"),
    };
    let settings = CourierSettings {
        mail: Some(mail),
        base_url: Some("https://news.example".to_owned()),
        ..CourierSettings::default()
    };
    Courier::new(hand.store.clone(), Arc::new(hand.line.clone()), settings)
}

async fn run_out(hand: &mut Hand, courier: &Courier) {
    for _ in 0..200 {
        let report = courier.run_once(hand.now).await.unwrap();
        match report.next_at {
            Some(at) => hand.now = at.max(hand.now + SignedDuration::from_secs(1)),
            None => break,
        }
    }
}

#[tokio::test]
#[ignore = "needs aiosmtpd; `cargo xtask mail` runs it"]
async fn a_strict_server_takes_every_letter_once() {
    let server = Server::start();
    let mut hand = Hand::new(Faults::none());
    let readers = ["mira", "grey", "full", "cut", "drop", "nobody"];
    for name in readers {
        hand.follow(&format!("everything to {name}@reader.example"));
    }
    hand.follow("everything to digest@reader.example, digest at 18:00");
    let courier = courier(&hand, server.port, "s3cret");
    let long = "Überschwemmung am Niederrhein ".repeat(20);
    let headlines = [
        "Warehouse fire in Duisburg kills night-shift workers",
        "Пожар на складе в Дуйсбурге: погибли рабочие ночной смены",
        "ديسبورغ: حريق في مستودع",
        "デュイスブルクの倉庫で火災 👩‍🚒",
        "A \"quote\", a comma; a <tag> & a =?UTF-8?Q?fake?= word\r\nBcc: evil@example.org",
        long.trim(),
    ];
    for (n, headline) in (1..).zip(headlines) {
        hand.begin(3_000 + n, headline, "Duisburg", "DEU", "Ruhrpegel");
        run_out(&mut hand, &courier).await;
    }
    // What would be a reply elsewhere is a second letter, in the first one's thread; a line with a lone dot is only a dot.
    hand.story = stories::Story { id: stories::StoryId(9_000), ..Hand::new(Faults::none()).story };
    hand.toll("Ruhrpegel", 4, false);
    run_out(&mut hand, &courier).await;
    hand.later(60);
    hand.news("Ruhrpegel", UpdateKind::NewStatement, ".");
    hand.toll("Ruhrpegel", 16, true);
    run_out(&mut hand, &courier).await;

    let letters = server.letters();
    let mut by_reader: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for letter in &letters {
        assert_eq!(letter.to.len(), 1);
        by_reader.entry(letter.to[0].split('@').next().unwrap()).or_default().push(&letter.id);
    }
    for name in ["mira", "grey", "full", "cut", "drop"] {
        let mut ids = by_reader[name].clone();
        let came = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), headlines.len() + 2, "{name}: every letter is there");
        assert_eq!(
            came - ids.len(),
            usize::from(name == "cut"),
            "{name}: what came twice has the same Message-ID"
        );
    }
    assert_eq!(by_reader.get("nobody"), None);
    let rows = hand.store.deliveries(1_000).unwrap();
    let waits: Vec<_> = rows
        .iter()
        .filter(|r| !matches!(r.state, DeliveryState::Sent | DeliveryState::Folded))
        .map(|r| r.destination.as_str())
        .collect();
    assert!(
        waits.iter().all(|name| *name == "nobody@reader.example") && !waits.is_empty(),
        "{waits:?}"
    );
    let all = hand.store.destinations().unwrap();
    let nobody = all.iter().find(|d| d.address.starts_with("nobody")).unwrap();
    assert!(
        nobody.paused.as_deref().is_some_and(|why| why.starts_with("there is no such mailbox"))
    );

    let mine: Vec<&Letter> = letters.iter().filter(|l| l.to[0].starts_with("mira")).collect();
    assert_eq!(mine[1].subject, headlines[1], "a headline of any script comes back as it was");
    assert_eq!(mine[3].subject, headlines[3]);
    assert!(
        mine[4]
            .subject
            .starts_with("A \"quote\", a comma; a <tag> & a = ?UTF-8?Q?fake?= word Bcc:"),
        "{}",
        mine[4].subject
    );
    assert!(mine[5].subject.ends_with('…'));
    assert!(mine[1].text.contains(headlines[1]) && mine[1].page.contains(headlines[1]));
    let (first, second) = (mine[6], mine[7]);
    assert_eq!(second.in_reply_to.as_deref(), Some(first.id.as_str()));
    let digests: Vec<&Letter> = letters.iter().filter(|l| l.to[0].starts_with("digest")).collect();
    let told: String = digests.iter().map(|l| l.text.as_str()).collect();
    assert!(headlines.iter().take(4).all(|h| told.contains(h)), "{told}");
}

#[tokio::test]
#[ignore = "needs aiosmtpd; `cargo xtask mail` runs it"]
async fn a_wrong_password_holds_letters_up_and_loses_none() {
    let server = Server::start();
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to mira@reader.example");
    hand.toll("Ruhrpegel", 3, false);
    let wrong = courier(&hand, server.port, "wrong-password");
    let report = wrong.run_once(hand.now).await.unwrap();
    assert_eq!((report.sent, report.put_off), (0, 1));
    let row = hand.store.deliveries(1).unwrap().remove(0);
    let why = row.error.unwrap();
    assert!(
        why.starts_with("the mail server does not let us in") && !why.contains("wrong-password"),
        "{why}"
    );
    let right = courier(&hand, server.port, "s3cret");
    run_out(&mut hand, &right).await;
    assert_eq!(server.letters().len(), 1);
}

/// One letter to a server that is protected in this way; gives the letters that it has and what the outbox says.
async fn one_letter(how: &[&str], security: Security) -> (usize, String) {
    let server = Server::protected(how);
    let mut hand = Hand::new(Faults::none());
    hand.follow("everything to mira@reader.example");
    hand.toll("Ruhrpegel", 3, false);
    let courier = courier_over(&hand, server.port, "s3cret", security);
    let report = courier.run_once(hand.now).await.unwrap();
    assert_eq!((report.unknown, report.held), (0, 0), "a handshake that fails leaves no doubt");
    let row = hand.store.deliveries(1).unwrap().remove(0);
    (server.letters().len(), format!("{} {}", row.state.as_str(), row.error.unwrap_or_default()))
}

#[tokio::test]
#[ignore = "needs aiosmtpd; `cargo xtask mail` runs it"]
async fn letters_go_over_tls_to_whom_the_certificate_names_and_to_nobody_else() {
    let refused = "pending no connection to the mail server";
    for (how, security, letters, said) in [
        (["tls", "good"], Security::Tls, 1, "sent"),
        (["starttls", "good"], Security::StartTls, 1, "sent"),
        (["tls", "stranger"], Security::Tls, 0, refused),
        (["starttls", "stranger"], Security::StartTls, 0, refused),
        (["tls", "other"], Security::Tls, 0, refused),
        (["starttls", "other"], Security::StartTls, 0, refused),
        // A plain password to a server that wants TLS: it does not take it, and nothing is lost.
        (["starttls", "good"], Security::None, 0, "pending"),
    ] {
        let found = one_letter(&how, security).await;
        assert_eq!(found.0, letters, "{how:?} {security:?}: {}", found.1);
        assert!(found.1.starts_with(said), "{how:?} {security:?}: {}", found.1);
    }
    // A server that knows no TLS gets nothing where TLS is asked for, not even the name.
    for security in [Security::StartTls, Security::Tls] {
        let found = one_letter(&[], security).await;
        assert_eq!(found.0, 0, "{security:?}: {}", found.1);
        assert!(found.1.starts_with("pending"), "{security:?}: {}", found.1);
    }
}
