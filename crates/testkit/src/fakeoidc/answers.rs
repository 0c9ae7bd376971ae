//! What the fake answers at each of its addresses.

use std::sync::Arc;

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};

use super::{CODE_SECS, Given, Held, OidcFault, Shared};

/// Names and values in the order in which they came.
type Fields = Vec<(String, String)>;

fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

/// Whatever is asked: the answer of one that is down.
fn down(held: &mut Held, asked: &str) -> Option<Response> {
    held.asked.push(asked.to_owned());
    (held.fault == OidcFault::Down).then(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn wrong(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response()
}

/// `GET /.well-known/openid-configuration`.
pub(super) async fn description(State(shared): State<Arc<Shared>>) -> Response {
    let mut held = shared.held();
    if let Some(answer) = down(&mut held, "GET /.well-known/openid-configuration") {
        return answer;
    }
    let issuer = shared.issuer.as_str();
    let called = match held.fault {
        OidcFault::OtherDescription => "https://other.example",
        _ => issuer,
    };
    let methods = if held.config.client_secret.is_empty() { "none" } else { "client_secret_basic" };
    axum::Json(json!({
        "issuer": called, "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": [methods], "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

/// `GET /keys`.
pub(super) async fn keys(State(shared): State<Arc<Shared>>) -> Response {
    let mut held = shared.held();
    down(&mut held, "GET /keys").unwrap_or_else(|| axum::Json(held.signer.shown()).into_response())
}

/// `GET /authorize`: sends the browser back at once, as one does who is logged in already.
pub(super) async fn authorize(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Fields>,
) -> Response {
    let mut held = shared.held();
    if let Some(answer) = down(&mut held, "GET /authorize") {
        return answer;
    }
    // To an address that is not registered nobody is sent, not even with an error.
    if field(&asked, "client_id") != held.config.client_id {
        return wrong("client_id is not known");
    }
    if field(&asked, "redirect_uri") != held.config.redirect_uri {
        return wrong("redirect_uri is not registered");
    }
    let needed = [
        ("response_type is code", field(&asked, "response_type") == "code"),
        ("scope has openid", field(&asked, "scope").split(' ').any(|s| s == "openid")),
        ("state has 16 letters or more", field(&asked, "state").len() >= 16),
        ("nonce has 16 letters or more", field(&asked, "nonce").len() >= 16),
        ("code_challenge has 43 letters", field(&asked, "code_challenge").len() == 43),
        ("code_challenge_method is S256", field(&asked, "code_challenge_method") == "S256"),
    ];
    if let Some((rule, _)) = needed.iter().find(|(_, kept)| !kept) {
        return wrong(rule);
    }
    let mut back = vec![("state", field(&asked, "state").to_owned())];
    back.push(match held.fault {
        OidcFault::WrongIssBack => ("iss", "https://other.example".to_owned()),
        _ => ("iss", shared.issuer.clone()),
    });
    if held.fault == OidcFault::Denies {
        back.push(("error", "access_denied".to_owned()));
    } else {
        let Some(code) = give(&mut held, &asked) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        back.push(("code", code));
    }
    // All of these are letters, digits and signs that stand in a query as they are.
    let query: Vec<String> = back.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let to = format!("{}?{}", held.config.redirect_uri, query.join("&"));
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

fn give(held: &mut Held, asked: &Fields) -> Option<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    let code = URL_SAFE_NO_PAD.encode(bytes);
    let now = held.config.now_secs;
    if field(asked, "prompt") == "login" && held.fault != OidcFault::OldLogin {
        held.login_at = now;
    }
    let given = Given {
        user: held.user.clone(),
        redirect_uri: field(asked, "redirect_uri").to_owned(),
        nonce: field(asked, "nonce").to_owned(),
        challenge: field(asked, "code_challenge").to_owned(),
        at: now,
        login_at: held.login_at,
        used: false,
    };
    held.codes.insert(code.clone(), given);
    Some(code)
}

/// `POST /token`: a code for a token, once.
pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(asked): Form<Fields>,
) -> Response {
    let mut held = shared.held();
    if let Some(answer) = down(&mut held, "POST /token") {
        return answer;
    }
    let error = |status: StatusCode, what: &str| {
        (status, axum::Json(json!({"error": what}))).into_response()
    };
    if !is_client(&held, &headers, &asked) {
        return error(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if field(&asked, "grant_type") != "authorization_code" {
        return error(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let (now, fault) = (held.config.now_secs, held.fault);
    let redirect_uri = field(&asked, "redirect_uri").to_owned();
    let challenge = digest(&SHA256, field(&asked, "code_verifier").as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    let Some(given) = held.codes.get_mut(field(&asked, "code")) else {
        return error(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let fits = (!given.used || fault == OidcFault::CodesForEver)
        && now - given.at <= CODE_SECS
        && given.redirect_uri == redirect_uri
        && given.challenge == challenge;
    given.used = true;
    if !fits {
        return error(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let given = given.clone();
    let claims = claims(&shared.issuer, &held, &given);
    match held.signer.token(&claims, &held.config.client_secret, fault) {
        Ok(token) => axum::Json(json!({"access_token": "unused", "token_type": "Bearer", "expires_in": 300, "id_token": token}))
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Whether the client is who it says: by its secret in `Authorization`, or by name where it has none.
fn is_client(held: &Held, headers: &HeaderMap, asked: &Fields) -> bool {
    let config = &held.config;
    if config.client_secret.is_empty() {
        return field(asked, "client_id") == config.client_id;
    }
    let pair = format!("{}:{}", config.client_id, config.client_secret);
    let expected = format!("Basic {}", STANDARD.encode(pair));
    headers.get(header::AUTHORIZATION).is_some_and(|line| line.as_bytes() == expected.as_bytes())
}

fn claims(issuer: &str, held: &Held, given: &Given) -> Value {
    let client = held.config.client_id.as_str();
    let now = match held.fault {
        OidcFault::Expired => held.config.now_secs - 3_600,
        OidcFault::Early => held.config.now_secs + 3_600,
        _ => held.config.now_secs,
    };
    let mut out = json!({"iss": issuer, "sub": given.user.subject, "aud": client, "iat": now, "exp": now + 300,
                         "auth_time": given.login_at, "nonce": given.nonce});
    match held.fault {
        OidcFault::WrongNonce => out["nonce"] = json!("another-login"),
        OidcFault::NoNonce => out["nonce"] = Value::Null,
        OidcFault::WrongAudience => out["aud"] = json!("another-program"),
        OidcFault::OthersToo => {
            out["aud"] = json!([client, "another-program"]);
            out["azp"] = json!("another-program");
        }
        OidcFault::WrongIssuer => out["iss"] = json!("https://other.example"),
        _ => {}
    }
    if !given.user.email.is_empty() {
        out["email"] = json!(given.user.email);
        out["email_verified"] = json!(given.user.email_verified);
    }
    if !given.user.name.is_empty() {
        out["preferred_username"] = json!(given.user.name);
    }
    out
}
