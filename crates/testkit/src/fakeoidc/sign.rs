//! The fake's keys, and what it signs with them.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};

use super::OidcFault;

const RSA: &[u8] = include_bytes!("../../data/fakeoidc-rsa.pk8");

/// Two pairs of keys: one of an elliptic curve, new each time, and one of RSA, which takes too long to make.
#[derive(Debug)]
pub(super) struct Signer {
    /// Which of the two signs.
    pub(super) rsa: bool,
    /// Stands in the keys' names.
    pub(super) number: u32,
    curve: EcdsaKeyPair,
    modulus: RsaKeyPair,
}

fn failed(what: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("no key: {what}"))
}

fn curve() -> io::Result<EcdsaKeyPair> {
    let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).map_err(failed)?;
    EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).map_err(failed)
}

impl Signer {
    pub(super) fn new(number: u32) -> io::Result<Self> {
        let modulus = RsaKeyPair::from_pkcs8(RSA).map_err(failed)?;
        Ok(Self { rsa: false, number, curve: curve()?, modulus })
    }

    fn key_id(&self) -> String {
        format!("{}{}", if self.rsa { "rsa" } else { "curve" }, self.number)
    }

    /// The keys as they are shown (RFC 7517), and one that is for something else.
    pub(super) fn shown(&self) -> Value {
        let number = self.number;
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let point = self.curve.public_key().as_ref();
        let half = |from: usize| text(point.get(from..from + 32).unwrap_or_default());
        let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(self.modulus.public_key());
        json!({"keys": [
            {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": format!("curve{number}"), "x": half(1), "y": half(33)},
            {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("rsa{number}"), "n": text(&public.n), "e": text(&public.e)},
            {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": format!("other{number}"), "n": text(&public.n), "e": text(&public.e)},
        ]})
    }

    /// A token with these claims, signed as the fault will have it.
    pub(super) fn token(
        &self,
        claims: &Value,
        secret: &str,
        fault: OidcFault,
    ) -> io::Result<String> {
        let algorithm = match fault {
            OidcFault::AlgNone => "none",
            OidcFault::AlgHs256 | OidcFault::AlgConfused => "HS256",
            _ if self.rsa => "RS256",
            _ => "ES256",
        };
        let id = match fault {
            OidcFault::UnknownKey => "nobodys".to_owned(),
            _ => self.key_id(),
        };
        let head = json!({"alg": algorithm, "typ": "JWT", "kid": id});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&head), part(claims));
        let signature = self.signature(signed.as_bytes(), secret, fault)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn signature(&self, signed: &[u8], secret: &str, fault: OidcFault) -> io::Result<Vec<u8>> {
        let shared = |key: &[u8]| {
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
            ring::hmac::sign(&key, signed).as_ref().to_vec()
        };
        let random = SystemRandom::new();
        let by_curve = |pair: &EcdsaKeyPair| {
            let signature = pair.sign(&random, signed).map_err(failed)?;
            Ok(signature.as_ref().to_vec())
        };
        match fault {
            OidcFault::AlgNone => Ok(Vec::new()),
            OidcFault::AlgHs256 => Ok(shared(secret.as_bytes())),
            OidcFault::AlgConfused => Ok(shared(self.modulus.public_key().as_ref())),
            OidcFault::UnknownKey | OidcFault::WrongKey => by_curve(&curve()?),
            _ if self.rsa => {
                let mut signature = vec![0; self.modulus.public().modulus_len()];
                self.modulus
                    .sign(&RSA_PKCS1_SHA256, &random, signed, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            _ => by_curve(&self.curve),
        }
    }
}
