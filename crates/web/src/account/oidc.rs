//! People whom an identity provider knows: OpenID Connect, the authorization code flow with PKCE.
//!
//! What a provider says is believed about one thing: its own name for somebody (`iss` and `sub`). Whether that somebody may come
//! in is said here: by an admin's one-time link, by an e-mail address that an admin wrote down, or by the domains in the settings.
//!
//! # Source
//!
//! OpenID Connect Core 1.0 and Discovery 1.0; RFC 6749, RFC 7636 (PKCE), RFC 9207 (`iss` in the answer), RFC 9700 (practice).

mod flow;
mod token;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

pub(crate) use flow::{back, start};

/// How long a provider's description and keys are kept, minutes.
const KEPT_MINUTES: i64 = 60;

/// How long a provider that did not answer is left alone, seconds.
const PAUSE_SECS: i64 = 10;

/// Seconds between two looks at the keys for a token whose key is not among them.
const KEYS_AGAIN_SECS: i64 = 60;

/// How long one answer may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Logins under way or just done that are remembered, so that none counts twice.
const USED_MAX: usize = 4_096;

/// An identity provider as the operator has set it up.
#[derive(Clone)]
pub struct Oidc {
    /// What it calls itself, letter for letter.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// Our secret there; empty: we have none, and PKCE alone protects the code.
    pub client_secret: String,
    /// What people call it, on the button.
    pub name: String,
    /// Whose verified e-mail address is in one of these domains may read, unasked.
    pub domains: Vec<String>,
    /// The door by which it is asked; it must let through the issuer's own host.
    pub door: net::Door,
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oidc").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Oidc {
    /// What is wrong with the settings, in words; `None`: nothing.
    pub fn wrong(&self) -> Option<String> {
        let Ok(url) = Url::parse(&self.issuer) else {
            return Some(format!("oidc.issuer: {} is no address", self.issuer));
        };
        if !is_safe(&url) || url.query().is_some() || url.fragment().is_some() {
            return Some("oidc.issuer must begin with https://, without ? and #".to_owned());
        }
        if self.client_id.is_empty() {
            return Some("oidc.client_id is missing: the provider gives it".to_owned());
        }
        let domain = |d: &String| !d.is_empty() && !d.contains(['@', '*', ' ', '/']);
        let bad = self.domains.iter().find(|d| !domain(d))?;
        Some(format!("oidc.domains: {bad} is no domain such as paper.example"))
    }

    /// Whether everybody with this address may read.
    fn welcomes(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.iter().any(|d| d.eq_ignore_ascii_case(domain))
    }
}

/// Secrets go over https, or stay on this machine.
fn is_safe(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let plain = url.username().is_empty() && url.password().is_none();
    plain && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}

/// Why somebody does not come in this way.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// This browser began no login, or another one.
    NotBegun,
    /// It was begun too long ago.
    TooOld,
    /// It is over already.
    Used,
    /// Too many tries from there.
    TooMany,
    /// The person, or the provider, said no.
    Denied,
    /// The provider cannot be asked, or answers what it must not; for the log.
    Provider(String),
    /// It does not take the code.
    Code,
    /// Its statement does not hold.
    Token(token::Fault),
    /// Nobody asked them in.
    NotInvited,
    /// The link is used or too old.
    Link,
    /// The store failed.
    Store,
}

/// What a provider says of itself (Discovery 1.0, section 3).
#[derive(Debug, Deserialize)]
struct Document {
    issuer: String,
    #[serde(deserialize_with = "address")]
    authorization_endpoint: Url,
    #[serde(deserialize_with = "address")]
    token_endpoint: Url,
    #[serde(deserialize_with = "address")]
    jwks_uri: Url,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

fn address<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    Url::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}

/// What is known of a provider.
#[derive(Debug, Default)]
struct Known {
    document: Option<(Timestamp, Arc<Document>)>,
    keys: Option<(Timestamp, Arc<token::Keys>)>,
    failed: Option<Timestamp>,
}

/// The answer to a code.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// The answer where there is none (RFC 6749, section 5.2).
#[derive(Deserialize)]
struct Sorry {
    error: String,
}

/// A provider and what is known of it.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) settings: Oidc,
    known: tokio::sync::Mutex<Known>,
    used: Mutex<BTreeMap<String, Timestamp>>,
}

impl Provider {
    pub(crate) fn new(settings: Oidc) -> Self {
        Self { settings, known: tokio::sync::Mutex::default(), used: Mutex::default() }
    }

    /// What the provider says of itself: kept for an hour, and not asked again at once where it does not answer.
    async fn document(&self, now: Timestamp) -> Result<Arc<Document>, Refusal> {
        let mut known = self.known.lock().await;
        if let Some((at, document)) = &known.document
            && is_within(*at, now, SignedDuration::from_mins(KEPT_MINUTES))
        {
            return Ok(document.clone());
        }
        if let Some(at) = known.failed
            && is_within(at, now, SignedDuration::from_secs(PAUSE_SECS))
        {
            return Err(Refusal::Provider("it did not answer a moment ago".to_owned()));
        }
        let base = self.settings.issuer.trim_end_matches('/');
        let read = self.fetch(&format!("{base}/.well-known/openid-configuration")).await;
        match read.and_then(|json| self.understand(&json)) {
            Ok(document) => {
                let document = Arc::new(document);
                *known = Known { document: Some((now, document.clone())), ..Known::default() };
                Ok(document)
            }
            Err(refusal) => {
                known.failed = Some(now);
                Err(refusal)
            }
        }
    }

    fn understand(&self, json: &[u8]) -> Result<Document, Refusal> {
        let document: Document = serde_json::from_slice(json)
            .map_err(|error| Refusal::Provider(format!("its description is none: {error}")))?;
        if document.issuer != self.settings.issuer {
            let called = document.issuer.escape_debug().take(200).collect::<String>();
            return Err(Refusal::Provider(format!(
                "it calls itself {called}, and oidc.issuer says {}",
                self.settings.issuer
            )));
        }
        let Document { authorization_endpoint, token_endpoint, jwks_uri, .. } = &document;
        if [authorization_endpoint, token_endpoint, jwks_uri].into_iter().all(is_safe) {
            Ok(document)
        } else {
            Err(Refusal::Provider("it names an address without https".to_owned()))
        }
    }

    /// The provider's keys; `again` where a token came whose key is not among those that are known.
    async fn keys(
        &self,
        document: &Document,
        now: Timestamp,
        again: bool,
    ) -> Result<Arc<token::Keys>, Refusal> {
        let mut known = self.known.lock().await;
        let kept = if again {
            SignedDuration::from_secs(KEYS_AGAIN_SECS)
        } else {
            SignedDuration::from_mins(KEPT_MINUTES)
        };
        if let Some((at, keys)) = &known.keys
            && is_within(*at, now, kept)
        {
            return Ok(keys.clone());
        }
        let json = self.fetch(document.jwks_uri.as_str()).await?;
        let keys = token::Keys::read(&json)
            .ok_or_else(|| Refusal::Provider("its keys cannot be read".to_owned()))?;
        let keys = Arc::new(keys);
        known.keys = Some((now, keys.clone()));
        Ok(keys)
    }

    /// Asks the provider; a redirect is no answer.
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, Refusal> {
        let out = net::Outgoing {
            method: net::Method::Get,
            url,
            headers: &[("accept", "application/json")],
            body: Vec::new(),
            deadline: Some(DEADLINE),
        };
        let answer = self.settings.door.send(out).await;
        let answer = answer.map_err(|error| Refusal::Provider(error.error().to_string()))?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(Refusal::Provider(format!("{} answered {status}", net::scrub(url)))),
        }
    }

    /// What asks for a token: the form and the headers, among them who we are.
    fn claim(
        &self,
        document: &Document,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> (Vec<u8>, Vec<(&'static str, String)>) {
        let Oidc { client_id, client_secret, .. } = &self.settings;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ]);
        let mut headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        let methods = &document.token_endpoint_auth_methods_supported;
        let takes = |name: &str| methods.iter().any(|m| m == name);
        if client_secret.is_empty() {
            form.append_pair("client_id", client_id);
        } else if takes("client_secret_post") && !takes("client_secret_basic") {
            form.append_pair("client_id", client_id).append_pair("client_secret", client_secret);
        } else {
            // RFC 6749, section 2.3.1: both are encoded as in a form before they are joined.
            let encode =
                |s: &str| url::form_urlencoded::byte_serialize(s.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", encode(client_id), encode(client_secret));
            headers.push(("authorization", format!("Basic {}", STANDARD.encode(pair))));
        }
        (form.finish().into_bytes(), headers)
    }

    /// Gives the code for a token.
    async fn exchange(
        &self,
        document: &Document,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Result<String, Refusal> {
        let (body, headers) = self.claim(document, code, verifier, redirect_uri);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let out = net::Outgoing {
            method: net::Method::Post,
            url: document.token_endpoint.as_str(),
            headers: &headers,
            body,
            deadline: Some(DEADLINE),
        };
        let answer = self.settings.door.send(out).await;
        let answer = answer.map_err(|error| Refusal::Provider(error.error().to_string()))?;
        match answer.status {
            200 => serde_json::from_slice::<Tokens>(&answer.body)
                .map(|tokens| tokens.id_token)
                // What the error says may be a part of the answer, and that is no one's but ours.
                .map_err(|_told| Refusal::Provider("it gave no ID token".to_owned())),
            status => {
                let said = serde_json::from_slice::<Sorry>(&answer.body);
                match said.as_ref().map_or("", |s| s.error.as_str()) {
                    "invalid_grant" => Err(Refusal::Code),
                    "invalid_client" | "unauthorized_client" => Err(Refusal::Provider(
                        "it does not take oidc.client_id with oidc.client_secret".to_owned(),
                    )),
                    _ => Err(Refusal::Provider(format!("its token address answered {status}"))),
                }
            }
        }
    }

    /// Notes that a login is over; `false`: it was over before.
    fn is_first(&self, login: &str, now: Timestamp) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, at| is_within(*at, now, flow::LASTS));
        super::tries::make_room(&mut used, USED_MAX, |at| *at);
        used.insert(login.to_owned(), now).is_none()
    }
}

/// Whether no more than so long lies between; a clock that was set back begins anew.
fn is_within(at: Timestamp, now: Timestamp, most: SignedDuration) -> bool {
    (SignedDuration::ZERO..=most).contains(&now.duration_since(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str, domains: &[&str]) -> Oidc {
        Oidc {
            issuer: issuer.to_owned(),
            client_id: "news".to_owned(),
            client_secret: "do not print".to_owned(),
            name: "the desk".to_owned(),
            domains: domains.iter().map(|d| (*d).to_owned()).collect(),
            door: net::Door::new(net::Policy::default()),
        }
    }

    #[test]
    fn an_issuer_is_a_safe_address() {
        let check = |issuer: &str, domains: &[&str], good: bool| {
            let wrong = settings(issuer, domains).wrong();
            assert_eq!(wrong.is_none(), good, "{issuer} {domains:?}: {wrong:?}");
        };
        check("https://id.example", &[], true);
        check("https://id.example/realms/desk/", &["paper.example"], true);
        check("http://127.0.0.1:9000", &[], true);
        check("http://[::1]:9000", &[], true);
        check("http://id.example", &[], false);
        check("http://127.0.0.1.evil.example", &[], false);
        check("https://ada:secret@id.example", &[], false);
        check("https://id.example/?x", &[], false);
        check("id.example", &[], false);
        check("file:///etc/passwd", &[], false);
        for bad in ["", "@paper.example", "*.example", "a b"] {
            check("https://id.example", &[bad], false);
        }
    }

    #[test]
    fn a_domain_is_the_whole_domain() {
        let ours = settings("https://id.example", &["paper.example"]);
        let check = |email: &str, expected: bool| assert_eq!(ours.welcomes(email), expected);
        check("ada@paper.example", true);
        check("ada@Paper.Example", true);
        check("ada@evil-paper.example", false);
        check("ada@sub.paper.example", false);
        check("ada@paper.example.evil.example", false);
        check("ada@paper.example@evil.example", false);
        check("paper.example", false);
        check("", false);
        assert!(!settings("https://id.example", &[]).welcomes("ada@"));
    }

    #[test]
    fn secrets_do_not_print() {
        let shown = format!("{:?}", Provider::new(settings("https://id.example", &[])));
        assert!(!shown.contains("do not print"), "{shown}");
    }

    #[test]
    fn a_login_counts_once() {
        let provider = Provider::new(settings("https://id.example", &[]));
        let at = |secs| Timestamp::from_second(secs).unwrap();
        assert!(provider.is_first("a", at(1)) && !provider.is_first("a", at(2)));
        for n in 0..2 * USED_MAX {
            assert!(provider.is_first(&n.to_string(), at(3)), "{n}");
        }
        assert!(provider.used.lock().unwrap().len() <= USED_MAX, "memory is bounded");
    }
}
