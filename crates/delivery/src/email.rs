//! E-mail: a text and a page in one letter, a Message-ID that stays over retries, one click to be left alone.
//!
//! Letters cannot be rewritten: a story is one letter when it begins, and one more only for what would be a reply elsewhere; a
//! digest is one letter. No pixel, no counted link.
//!
//! # Source
//!
//! RFC 5322 section 3.6.4 (Message-ID, References); RFC 8058 (one-click unsubscribe: both headers, a POST without cookies).

use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use store::{Action, Claimed, Store};

use crate::card::{Card, marker};
use crate::destinations::render;
use crate::html::clip;
use crate::outbox::Outcome;
use crate::settings::Settings;
use crate::wire::Secret;

/// How long a letter's whole conversation may take.
const LETTER_MAX: Duration = Duration::from_mins(1);

/// The longest subject, UTF-16 units.
const SUBJECT_UNITS_MAX: usize = 140;

/// The mail server.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted: always, but for a server on this machine.
    pub security: Security,
    /// Name and secret, where it asks for them.
    pub login: Option<(String, Secret)>,
    /// Who letters are from: "Up to speed <news@example.org>".
    pub from: String,
    /// Makes the addresses at which a reader unsubscribes unguessable.
    pub secret: Secret,
}

/// How a connection to the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// Encrypted from the first byte.
    #[default]
    Tls,
    /// Encrypted after a plain greeting; without it nothing is sent.
    StartTls,
    /// Plain; for a server on this machine.
    None,
}

impl Mail {
    pub(crate) async fn send(
        &self,
        row: &Claimed,
        card: &Card,
        settings: &Settings,
        base_url: Option<&str>,
    ) -> Outcome {
        // A wrong sender is the operator's slip and holds up all letters; a wrong reader is this one's.
        if let Err(error) = self.from.parse::<Mailbox>() {
            let why = format!("mail.from \"{}\" is no mail address: {error}", clip(&self.from, 80));
            return Outcome::Unauthorised { why };
        }
        let (letter, id) = match self.letter(row, card, settings, base_url) {
            Ok(letter) => letter,
            Err(why) => return Outcome::Refused { why },
        };
        let transport = match self.transport() {
            Ok(transport) => transport,
            Err(why) => return Outcome::Later { why },
        };
        match tokio::time::timeout(LETTER_MAX, transport.send(letter)).await {
            Ok(Ok(_)) => Outcome::Delivered { message: id },
            Err(_) => {
                Outcome::Ambiguous { why: "the mail server did not answer in a minute".to_owned() }
            }
            Ok(Err(error)) => {
                let said = self.scrub(&clip(&store::chain(&error), 300));
                match error.status().map(u16::from) {
                    Some(530 | 534 | 535 | 538) => Outcome::Unauthorised {
                        why: format!("the mail server does not let us in: {said}"),
                    },
                    Some(550 | 551 | 553) => {
                        Outcome::Closed { why: format!("there is no such mailbox: {said}") }
                    }
                    Some(code) if code >= 500 => Outcome::Refused {
                        why: format!("the mail server will not have it: {said}"),
                    },
                    Some(_) => {
                        Outcome::Later { why: format!("the mail server asks to try later: {said}") }
                    }
                    None if is_before_the_letter(&error) => Outcome::NotSent {
                        why: format!("no connection to the mail server: {said}"),
                    },
                    // The same Message-ID again: whoever got it twice folds it.
                    None => Outcome::Ambiguous {
                        why: format!("the mail server could not be reached: {said}"),
                    },
                }
            }
        }
    }

    fn scrub(&self, text: &str) -> String {
        self.login.as_ref().map_or_else(|| text.to_owned(), |(_, secret)| secret.scrub(text))
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let builder = match self.security {
            Security::Tls => Transport::relay(&self.host),
            Security::StartTls => Transport::starttls_relay(&self.host),
            Security::None => Ok(Transport::builder_dangerous(&self.host)),
        };
        let mut builder = builder
            .map_err(|error| format!("no connection to {}: {error}", self.host))?
            .port(self.port);
        if let Some((name, secret)) = &self.login {
            builder =
                builder.credentials(Credentials::new(name.clone(), secret.reveal().to_owned()));
        }
        Ok(builder.timeout(Some(LETTER_MAX / 2)).build())
    }

    /// The letter and its Message-ID.
    fn letter(
        &self,
        row: &Claimed,
        card: &Card,
        settings: &Settings,
        base_url: Option<&str>,
    ) -> Result<(Message, String), String> {
        let mailbox = |text: &str| {
            text.parse::<Mailbox>()
                .map_err(|error| format!("\"{}\" is no mail address: {error}", clip(text, 80)))
        };
        let from = mailbox(&self.from)?;
        let to = mailbox(&row.destination.address)?;
        let domain = from.email.domain().to_owned();
        let id = format!("<{}@{domain}>", marker(row.destination.id, &row.what, row.step));
        let html = render(row, card, settings);
        let subject = match (row.action, card.figures.is_empty()) {
            (Action::Digest, _) | (_, true) => card.title.clone(),
            (_, false) => format!("{}: {}", card.title, card.figures),
        };
        // What a headline prints must not be read as a word of RFC 2047.
        let subject = clip(&subject, SUBJECT_UNITS_MAX).replace("=?", "= ?");
        let mut builder = Message::builder()
            .from(from)
            .to(to)
            .subject(subject)
            .message_id(Some(id.clone()))
            .date(SystemTime::from(row.claimed_at));
        if row.action == Action::Reply {
            let first = format!(
                "<{}@{domain}>",
                marker(row.destination.id, &row.what.replace("reply:", "story:"), 0)
            );
            builder = builder.in_reply_to(first.clone()).references(first);
        }
        let page = html.html().replace(" expandable", "").replace('\n', "<br>\n");
        let language = if card.language.is_empty() { "en" } else { &card.language };
        let mut text = crate::telegram::plain(&html);
        let unsubscribe = base_url.map(|base| {
            format!("{}/unsubscribe/{}", base.trim_end_matches('/'), self.token(row.destination.id))
        });
        let mut foot = String::new();
        if let Some(url) = &unsubscribe {
            text.push_str(&format!("\n\nNo more letters: {url}\n"));
            foot = format!("<p><small><a href=\"{url}\">No more letters</a></small></p>");
        }
        let page = format!(
            "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\"><body><p>{page}</p>{foot}</body></html>"
        );
        let mut letter = builder
            .multipart(MultiPart::alternative_plain_html(text, page))
            .map_err(|error| format!("the letter cannot be written: {error}"))?;
        if let Some(url) = unsubscribe {
            // On one line each: folded, they would break the signature of the mail server behind us.
            let headers = [
                ("List-Unsubscribe", format!("<{url}>")),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
            ];
            for (name, value) in headers {
                if let Ok(name) = HeaderName::new_from_ascii(name.to_owned()) {
                    letter.headers_mut().insert_raw(HeaderValue::dangerous_new_pre_encoded(
                        name,
                        value.clone(),
                        value,
                    ));
                }
            }
        }
        Ok((letter, id))
    }

    fn token(&self, destination: i64) -> String {
        let key = store::key(&["unsubscribe", self.secret.reveal(), &destination.to_string()]);
        key.iter().fold(format!("{destination}-"), |mut out, byte| {
            use std::fmt::Write as _;
            // Writing to a string cannot fail.
            let _infallible = write!(out, "{byte:02x}");
            out
        })
    }

    /// Stops letters to whom this token was sent, at a POST of the web's `/unsubscribe/TOKEN` (a GET only shows a page: scanners
    /// follow links). Returns the address, or `None` for a token that is none of ours.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn unsubscribe(&self, store: &Store, token: &str) -> store::Result<Option<String>> {
        let Some(id) = token.split_once('-').and_then(|(id, _)| id.parse::<i64>().ok()) else {
            return Ok(None);
        };
        let same = Secret::new(&self.token(id)).is(token);
        let Some(to) = store.destination(id)?.filter(|to| same && to.kind == "email") else {
            return Ok(None);
        };
        store.pause_destination(id, Some("the reader unsubscribed"))?;
        Ok(Some(to.address))
    }
}

/// Whether nothing of a letter can be on its way: no address, no connection, a certificate that does not hold, no TLS or no way to
/// say who we are where that is asked for.
fn is_before_the_letter(error: &lettre::transport::smtp::Error) -> bool {
    // Lettre tells the kind "connection" (name, TCP, handshake) in its words only.
    error.is_client() || error.is_tls() || error.to_string().starts_with("Connection error")
}
