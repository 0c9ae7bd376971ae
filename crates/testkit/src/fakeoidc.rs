//! A strict fake of an OpenID Connect provider on 127.0.0.1.
//!
//! It refuses what the standards refuse (an address to come back to that was not registered, a code used twice, a wrong verifier,
//! a wrong secret) and lies in its answers as told: [`OidcFault`]. There is no form: whoever comes is [`FakeOidc::set_user`]'s.
//!
//! # Source
//!
//! OpenID Connect Core 1.0, Discovery 1.0; RFC 6749, RFC 7636, RFC 9207. The RSA key in `data/fakeoidc-rsa.pk8` was made for this
//! file by `openssl genrsa 2048`; it protects nothing.

mod answers;
mod sign;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};
use tokio::task::JoinHandle;

use sign::Signer;

/// How long a code can be used, seconds (RFC 6749 recommends ten minutes at most).
const CODE_SECS: i64 = 60;

/// How the fake begins.
#[derive(Clone, Debug, Default)]
pub struct FakeOidcConfig {
    /// The client that it knows.
    pub client_id: String,
    /// Its secret; empty: it has none.
    pub client_secret: String,
    /// The one address to which people are sent back.
    pub redirect_uri: String,
    /// Its clock, seconds since 1970; [`FakeOidc::set_now`] moves it.
    pub now_secs: i64,
}

/// Who is logged in at the fake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OidcUser {
    /// The fake's name for them.
    pub subject: String,
    /// Their address; empty: none is told.
    pub email: String,
    /// Whether the fake has verified it.
    pub email_verified: bool,
    /// What they are called; empty: not told.
    pub name: String,
}

/// How the fake misbehaves, until it is told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OidcFault {
    /// It does not.
    #[default]
    None,
    /// The token is for another login.
    WrongNonce,
    /// The token says nothing of a login.
    NoNonce,
    /// The token is for another client.
    WrongAudience,
    /// The token is for others too, and was given to one of them.
    OthersToo,
    /// The token is another provider's.
    WrongIssuer,
    /// The token was good an hour ago.
    Expired,
    /// The token will be good in an hour.
    Early,
    /// The token is not signed, and says so.
    AlgNone,
    /// The token is signed with the client's secret.
    AlgHs256,
    /// The token is signed with the public key, taken for a shared secret.
    AlgConfused,
    /// The token is signed with a key that is not among those shown.
    UnknownKey,
    /// The token names a key that is shown, and was not signed with it.
    WrongKey,
    /// The browser is sent back in the name of another provider.
    WrongIssBack,
    /// It does not ask anew who somebody is, whatever it is asked for.
    OldLogin,
    /// It describes another provider.
    OtherDescription,
    /// It takes a code as often as it comes.
    CodesForEver,
    /// It says no to everybody.
    Denies,
    /// It answers nothing but 500.
    Down,
}

/// A code that was given out.
#[derive(Clone, Debug)]
struct Given {
    user: OidcUser,
    redirect_uri: String,
    nonce: String,
    challenge: String,
    at: i64,
    login_at: i64,
    used: bool,
}

#[derive(Debug)]
struct Held {
    config: FakeOidcConfig,
    user: OidcUser,
    fault: OidcFault,
    signer: Signer,
    codes: BTreeMap<String, Given>,
    login_at: i64,
    asked: Vec<String>,
}

#[derive(Debug)]
struct Shared {
    issuer: String,
    held: Mutex<Held>,
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A strict fake of an OpenID Connect provider; dropping it stops it.
#[derive(Debug)]
pub struct FakeOidc {
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl FakeOidc {
    /// Starts it on a port of the system's choice.
    ///
    /// # Errors
    ///
    /// Those of opening a port, and of making a key.
    pub async fn start(config: FakeOidcConfig) -> io::Result<Self> {
        Self::start_at(("127.0.0.1", 0), config).await
    }

    /// Starts it on a given port of this machine.
    ///
    /// # Errors
    ///
    /// Those of opening a port, and of making a key.
    pub async fn start_at(
        address: impl tokio::net::ToSocketAddrs,
        config: FakeOidcConfig,
    ) -> io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let held = Held {
            login_at: config.now_secs,
            config,
            user: OidcUser::default(),
            fault: OidcFault::None,
            signer: Signer::new(1)?,
            codes: BTreeMap::new(),
            asked: Vec::new(),
        };
        let shared = Arc::new(Shared { issuer, held: Mutex::new(held) });
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(answers::description))
            .route("/authorize", get(answers::authorize))
            .route("/token", post(answers::token))
            .route("/keys", get(answers::keys))
            .with_state(shared.clone());
        let serving = tokio::spawn(async move {
            // It ends when it is dropped; what a broken connection says is its client's affair.
            drop(axum::serve(listener, app).await);
        });
        Ok(Self { shared, serving })
    }

    /// What it calls itself, and where it listens.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// Logs somebody in at it, now.
    pub fn set_user(&self, user: OidcUser) {
        let mut held = self.shared.held();
        held.user = user;
        held.login_at = held.config.now_secs;
    }

    /// Makes it misbehave.
    pub fn set_fault(&self, fault: OidcFault) {
        self.shared.held().fault = fault;
    }

    /// Sets its clock, seconds since 1970.
    pub fn set_now(&self, secs: i64) {
        self.shared.held().config.now_secs = secs;
    }

    /// Signs with RSA from now on (`RS256`), or with an elliptic curve (`ES256`).
    pub fn sign_with_rsa(&self, rsa: bool) {
        self.shared.held().signer.rsa = rsa;
    }

    /// Makes new keys; the old ones are shown no more.
    ///
    /// # Errors
    ///
    /// Those of making a key.
    pub fn change_keys(&self) -> io::Result<()> {
        let mut held = self.shared.held();
        let mut signer = Signer::new(held.signer.number + 1)?;
        signer.rsa = held.signer.rsa;
        held.signer = signer;
        Ok(())
    }

    /// What was asked for, in order: `GET /keys`, `POST /token` …
    pub fn asked(&self) -> Vec<String> {
        self.shared.held().asked.clone()
    }
}

impl Drop for FakeOidc {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
