//! E-mail: a text and a page in one letter, a Message-ID that stays over retries, one click to be left alone.

use store::Claimed;

use crate::card::Card;
use crate::outbox::Outcome;
use crate::settings::Settings;
use crate::wire::Secret;

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
        let _ = (row, card, settings, base_url);
        Outcome::Later { why: "mail is being written".to_owned() }
    }
}
