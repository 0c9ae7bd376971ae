//! The ID token: what a provider signs about somebody who logged in, and every check that it must pass.
//!
//! # Source
//!
//! OpenID Connect Core 1.0, section 3.1.3.7; RFC 7515 and 7517 (form), RFC 7518 (algorithms), RFC 8725 (what went wrong elsewhere).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

/// The longest token that is read, bytes.
const TOKEN_BYTES_MAX: usize = 32 << 10;

/// Keys of a provider that are looked at.
const KEYS_MAX: usize = 64;

/// The longest subject (OpenID Connect Core, section 2: 255 ASCII characters).
const SUBJECT_BYTES_MAX: usize = 255;

/// How far the provider's clock and ours may be apart, seconds.
const SKEW_SECS: f64 = 60.0;

/// How old a token may be when it comes, seconds.
const AGE_SECS_MAX: f64 = 600.0;

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no token.
    Form,
    /// Signed in a way that is not taken: `none`, with a shared secret, or one that we do not know.
    Algorithm,
    /// Signed with a key that the provider does not show.
    Key,
    /// Not signed by that key.
    Signature,
    /// Another provider's.
    Issuer,
    /// For another program.
    Audience,
    /// No longer, or not yet good.
    Time,
    /// For another login.
    Nonce,
    /// It names nobody.
    Subject,
    /// Whoever it names did not log in anew.
    Login,
}

impl Fault {
    /// For the log.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Form => "no token",
            Self::Algorithm => "signed in a way that is not taken",
            Self::Key => "signed with an unknown key",
            Self::Signature => "the signature is wrong",
            Self::Issuer => "of another issuer",
            Self::Audience => "for another client",
            Self::Time => "too old or not good yet",
            Self::Nonce => "for another login",
            Self::Subject => "names nobody",
            Self::Login => "not logged in anew",
        }
    }
}

/// The keys with which a provider signs now.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
}

#[derive(Debug, Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// Reads a key set; keys that are for something else, or of a kind that is not taken, are passed over. `None`: it is none.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let set: KeySet = serde_json::from_slice(json).ok()?;
        let keys = set.keys.into_iter().take(KEYS_MAX);
        Some(Self(keys.filter_map(|key| Key::of(serde_json::from_value(key).ok()?)).collect()))
    }

    /// The one key that fits: by its id, or the only one of its kind where the token names none (Core, section 10.1).
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Material> {
        let mut fitting = self.0.iter().filter(|key| {
            algorithm.takes(&key.material) && id.is_none_or(|id| key.id.as_deref() == Some(id))
        });
        let key = fitting.next()?;
        fitting.next().is_none().then_some(&key.material)
    }
}

impl Key {
    fn of(jwk: Jwk) -> Option<Self> {
        let signs = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        let alone = |alg: &str| jwk.alg.as_deref().is_none_or(|said| said == alg);
        let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) if signs && alone("RS256") => {
                let significant =
                    |b: Vec<u8>| b.into_iter().skip_while(|byte| *byte == 0).collect();
                Material::Rsa { n: significant(bytes(&jwk.n)?), e: significant(bytes(&jwk.e)?) }
            }
            ("EC", Some("P-256")) if signs && alone("ES256") => {
                let mut point = vec![4];
                point.extend(bytes(&jwk.x)?);
                point.extend(bytes(&jwk.y)?);
                (point.len() == 65).then_some(Material::P256(point))?
            }
            _ => return None,
        };
        Some(Self { id: jwk.kid, material })
    }
}

impl Material {
    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
                .is_ok(),
        }
    }
}

/// How tokens may be signed: with a private key, never with a secret that both sides have.
#[derive(Clone, Copy)]
enum Algorithm {
    Rs256,
    Es256,
}

impl Algorithm {
    fn of(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }

    fn takes(self, material: &Material) -> bool {
        matches!(
            (self, material),
            (Self::Rs256, Material::Rsa { .. }) | (Self::Es256, Material::P256(_))
        )
    }
}

/// What the token must say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
    /// How long ago the person may have shown the provider who they are; `None`: whenever.
    pub(super) login_within: Option<SignedDuration>,
}

/// Who logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claims {
    /// The provider's name for them.
    pub(super) subject: String,
    /// Their address, where the provider has verified it.
    pub(super) email: Option<String>,
    /// What they are called.
    pub(super) name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct Body {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    auth_time: Option<f64>,
    nonce: Option<String>,
    email: Option<String>,
    email_verified: Option<Value>,
    preferred_username: Option<String>,
    name: Option<String>,
}

/// Reads a token and checks all of it.
///
/// # Errors
///
/// The first thing that is wrong with it.
pub(super) fn check(token: &str, keys: &Keys, expected: Expected<'_>) -> Result<Claims, Fault> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Fault::Form);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Fault::Form)?;
    let (head, body) = signed.split_once('.').ok_or(Fault::Form)?;
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_no_base64| Fault::Form);
    let head: Head = serde_json::from_slice(&bytes(head)?).map_err(|_no_head| Fault::Form)?;
    let algorithm = Algorithm::of(&head.alg).ok_or(Fault::Algorithm)?;
    // What must be understood and is not (RFC 7515, section 4.1.11).
    if head.crit.is_some() {
        return Err(Fault::Form);
    }
    let key = keys.find(head.kid.as_deref(), algorithm).ok_or(Fault::Key)?;
    if !key.signed(signed.as_bytes(), &bytes(signature)?) {
        return Err(Fault::Signature);
    }
    let body: Body = serde_json::from_slice(&bytes(body)?).map_err(|_no_body| Fault::Form)?;
    body.says(expected)?;
    Ok(body.claims())
}

impl Body {
    fn says(&self, expected: Expected<'_>) -> Result<(), Fault> {
        let right = |good: bool, fault: Fault| if good { Ok(()) } else { Err(fault) };
        right(self.iss == expected.issuer, Fault::Issuer)?;
        let ours = |one: &String| one == expected.client_id;
        // A token that is also for others must name us as the one to whom it was given.
        let meant = match &self.aud {
            Audience::One(one) => ours(one),
            Audience::Many(many) => {
                many.iter().any(ours) && (many.len() == 1 || self.azp.is_some())
            }
        };
        right(meant && self.azp.as_ref().is_none_or(ours), Fault::Audience)?;
        let now = expected.now.as_second() as f64;
        let good = now < self.exp + SKEW_SECS
            && (now - AGE_SECS_MAX..=now + SKEW_SECS).contains(&self.iat)
            && self.nbf.is_none_or(|from| from <= now + SKEW_SECS);
        right(good, Fault::Time)?;
        right(self.nonce.as_deref() == Some(expected.nonce), Fault::Nonce)?;
        let named = (1..=SUBJECT_BYTES_MAX).contains(&self.sub.len())
            && self.sub.chars().all(|c| c.is_ascii() && !c.is_ascii_control());
        right(named, Fault::Subject)?;
        let anew = expected.login_within.is_none_or(|most| {
            self.auth_time.is_some_and(|at| at >= now - most.as_secs() as f64 - SKEW_SECS)
        });
        right(anew, Fault::Login)
    }

    fn claims(self) -> Claims {
        // Some providers write the word.
        let verified = match &self.email_verified {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(word)) => word == "true",
            _ => false,
        };
        Claims {
            subject: self.sub,
            email: self.email.filter(|_| verified),
            name: self.preferred_username.or(self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;

    fn pair() -> EcdsaKeyPair {
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).unwrap()
    }

    fn shown(pair: &EcdsaKeyPair, id: &str) -> Value {
        let point = pair.public_key().as_ref();
        let part =
            |range| URL_SAFE_NO_PAD.encode(point.get::<std::ops::Range<usize>>(range).unwrap());
        json!({"kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "x": part(1..33), "y": part(33..65)})
    }

    fn token(pair: &EcdsaKeyPair, head: &Value, body: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(head), part(body));
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn good() -> Value {
        json!({"iss": "https://id.example", "sub": "7", "aud": "news", "exp": 1300, "iat": 1000, "nonce": "n",
               "email": "ada@paper.example", "email_verified": true, "preferred_username": "Ada", "auth_time": 900})
    }

    const HEAD: &str = r#"{"alg":"ES256","kid":"a"}"#;

    fn expected() -> Expected<'static> {
        Expected {
            issuer: "https://id.example",
            client_id: "news",
            nonce: "n",
            now: Timestamp::from_second(1010).unwrap(),
            login_within: None,
        }
    }

    #[test]
    fn every_claim_is_looked_at() {
        let pair = pair();
        let keys = json!({"keys": [shown(&pair, "a"), {"kty": "oct", "k": "AA"}, 5]}).to_string();
        let keys = Keys::read(keys.as_bytes()).unwrap();
        let check = |change: Value, wanted: Result<&str, Fault>| {
            let mut body = good();
            for (name, value) in change.as_object().unwrap() {
                body[name] = value.clone();
            }
            let head = serde_json::from_str(HEAD).unwrap();
            let got = super::check(&token(&pair, &head, &body), &keys, expected());
            assert_eq!(
                got.as_ref().map(|c| c.subject.as_str()).map_err(|f| *f),
                wanted,
                "{change}"
            );
        };
        check(json!({}), Ok("7"));
        check(json!({"iss": "https://id.example/"}), Err(Fault::Issuer));
        check(json!({"aud": "other"}), Err(Fault::Audience));
        check(json!({"aud": ["news"]}), Ok("7"));
        check(json!({"aud": ["news", "other"]}), Err(Fault::Audience));
        check(json!({"aud": ["news", "other"], "azp": "news"}), Ok("7"));
        check(json!({"aud": ["news", "other"], "azp": "other"}), Err(Fault::Audience));
        check(json!({"azp": "other"}), Err(Fault::Audience));
        check(json!({"aud": []}), Err(Fault::Audience));
        check(json!({"exp": 950}), Err(Fault::Time));
        check(json!({"exp": 960.5}), Ok("7"));
        check(json!({"iat": 1071}), Err(Fault::Time));
        check(json!({"iat": 409}), Err(Fault::Time));
        check(json!({"nbf": 2000}), Err(Fault::Time));
        check(json!({"nonce": "m"}), Err(Fault::Nonce));
        check(json!({"nonce": null}), Err(Fault::Nonce));
        check(json!({"sub": ""}), Err(Fault::Subject));
        check(json!({"sub": "7\n"}), Err(Fault::Subject));
        check(json!({"sub": 7}), Err(Fault::Form));
    }

    #[test]
    fn only_the_providers_own_signature_counts() {
        let (own, other) = (pair(), pair());
        let set = |keys: Value| Keys::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
        let check = |keys: &Keys, pair: &EcdsaKeyPair, head: Value, wanted: Option<Fault>| {
            let got = super::check(&token(pair, &head, &good()), keys, expected());
            assert_eq!(got.err(), wanted, "{head}");
        };
        let one = set(json!([shown(&own, "a")]));
        check(&one, &own, json!({"alg": "ES256", "kid": "a"}), None);
        check(&one, &own, json!({"alg": "ES256"}), None);
        check(&one, &own, json!({"alg": "ES256", "kid": "b"}), Some(Fault::Key));
        check(&one, &other, json!({"alg": "ES256", "kid": "a"}), Some(Fault::Signature));
        for name in ["none", "None", "HS256", "RS512", "ES384", ""] {
            check(&one, &own, json!({"alg": name, "kid": "a"}), Some(Fault::Algorithm));
        }
        check(&one, &own, json!({"alg": "RS256", "kid": "a"}), Some(Fault::Key));
        check(&one, &own, json!({"alg": "ES256", "crit": ["b64"]}), Some(Fault::Form));
        // Two keys and no word which; a key for something else.
        let two = set(json!([shown(&own, "a"), shown(&other, "b")]));
        check(&two, &own, json!({"alg": "ES256"}), Some(Fault::Key));
        let mut secret = shown(&own, "a");
        secret["use"] = json!("enc");
        check(&set(json!([secret])), &own, json!({"alg": "ES256", "kid": "a"}), Some(Fault::Key));
    }

    #[test]
    fn what_is_no_token_is_none() {
        for bad in ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30", &"a".repeat(40_000), "é.é.é"]
        {
            assert_eq!(check(bad, &Keys::default(), expected()).err(), Some(Fault::Form), "{bad}");
        }
        for bad in ["", "{}", "[]", "{\"keys\": 5}"] {
            assert!(Keys::read(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_address_counts_when_it_is_verified() {
        let check = |verified: Value, expected: Option<&str>| {
            let mut body = good();
            body["email_verified"] = verified;
            let body: Body = serde_json::from_value(body).unwrap();
            assert_eq!(body.claims().email.as_deref(), expected);
        };
        check(json!(true), Some("ada@paper.example"));
        check(json!("true"), Some("ada@paper.example"));
        check(json!(false), None);
        check(json!(null), None);
        check(json!(1), None);
    }

    #[test]
    fn a_login_anew_is_one() {
        let body = |at: Value| {
            let mut body = good();
            body["auth_time"] = at;
            serde_json::from_value::<Body>(body).unwrap()
        };
        let within = Some(SignedDuration::from_secs(120));
        let expected = Expected { login_within: within, ..expected() };
        assert_eq!(body(json!(900)).says(expected), Ok(()));
        assert_eq!(body(json!(800)).says(expected), Err(Fault::Login));
        assert_eq!(body(json!(null)).says(expected), Err(Fault::Login));
    }
}
