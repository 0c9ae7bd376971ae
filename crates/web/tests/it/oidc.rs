//! Logins at an identity provider, against the strict fake; each attack as a test that fails when its guard is removed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use store::Role;
use testkit::fakeoidc::{FakeOidc, FakeOidcConfig, OidcFault, OidcUser};

use crate::accounts::{PASSWORD, comes_in};
use crate::site::{Answer, NOW, Served, ask_at, serve_to};

/// A page and its provider.
struct Both {
    site: Served,
    fake: FakeOidc,
    _runtime: tokio::runtime::Runtime,
}

/// A login under way: the browser's cookie, and the provider's address to which it was sent.
struct Begun {
    cookie: String,
    to: String,
}

const ADA: &str = "ada@paper.example";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn user(subject: &str, email: &str, name: &str) -> OidcUser {
    let (subject, email, name) = (subject.to_owned(), email.to_owned(), name.to_owned());
    OidcUser { subject, email, email_verified: true, name }
}

fn both(domains: &[&str]) -> Both {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let config = FakeOidcConfig {
        client_id: "news".to_owned(),
        client_secret: "only-the-two-know".to_owned(),
        redirect_uri: "http://127.0.0.1:7878/login/oidc/back".to_owned(),
        now_secs: now().as_second(),
    };
    let fake = runtime.block_on(FakeOidc::start(config.clone())).unwrap();
    fake.set_user(user("s-1", ADA, "Ada"));
    let oidc = web::Oidc {
        issuer: fake.issuer().to_owned(),
        client_id: config.client_id,
        client_secret: config.client_secret,
        name: "the desk".to_owned(),
        domains: domains.iter().map(|d| (*d).to_owned()).collect(),
        door: net::Door::new(net::Policy::default().with_loopback()),
    };
    assert_eq!(oidc.wrong(), None);
    let desk = web::Desk::new(false, None).with_oidc(oidc);
    let site = serve_to(web::Access::Accounts(Arc::new(desk)), true, false, None);
    Both { site, fake, _runtime: runtime }
}

impl Both {
    fn ask_in(&self, email: &str, role: Role) {
        assert!(web::ask_by_email(&self.site.store, email, role, now()).unwrap());
    }

    /// The browser goes to the provider.
    fn begin(&self, query: &str) -> Begun {
        let answer = self.site.get(&format!("/login/oidc{query}"));
        let to = answer.header("location").unwrap_or_default().to_owned();
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(to.starts_with(&format!("{}/authorize?", self.fake.issuer())), "{to}");
        Begun { cookie: answer.cookies()[0].to_owned(), to }
    }

    /// The provider sends it back: the path on our side.
    fn provider(&self, begun: &Begun) -> String {
        let address: SocketAddr =
            self.fake.issuer().strip_prefix("http://").unwrap().parse().unwrap();
        let path = begun.to.strip_prefix(self.fake.issuer()).unwrap();
        let answer = ask_at(address, "GET", path, &[], "");
        assert_eq!(answer.status, 302, "{}", answer.body);
        let to = answer.header("location").unwrap();
        to.strip_prefix("http://127.0.0.1:7878").unwrap().to_owned()
    }

    fn back(&self, path: &str, cookie: &str) -> Answer {
        self.site.ask("GET", path, &[("Cookie", cookie)])
    }

    /// All the way.
    fn log_in(&self, query: &str) -> Answer {
        let begun = self.begin(query);
        self.back(&self.provider(&begun), &begun.cookie)
    }

    /// All the way as somebody who may come in, with a fault on it: a page says no, and nobody is logged in.
    fn is_refused(&self, fault: OidcFault, words: &str) {
        self.ask_in(ADA, Role::Admin);
        self.fake.set_fault(fault);
        let answer = self.log_in("");
        assert_refused(&answer, words);
        assert!(self.site.store.people().unwrap().is_empty(), "{fault:?}");
        // The same login without the fault works: nothing else was wrong with it.
        self.fake.set_fault(OidcFault::None);
        assert_eq!(self.log_in("").status, 303, "{fault:?}");
    }
}

fn assert_refused(answer: &Answer, words: &str) {
    assert!(matches!(answer.status, 403 | 404 | 502), "{}: {}", answer.status, answer.body);
    assert!(
        answer.body.contains(words) && answer.body.contains("<h1>"),
        "{words}: {}",
        answer.body
    );
    assert!(!answer.cookies().iter().any(|c| is_session(c)), "{}", answer.head);
}

fn is_session(cookie: &str) -> bool {
    cookie.strip_prefix("uptospeed=").is_some_and(|secret| !secret.is_empty())
}

fn session(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.cookies().into_iter().find(|c| is_session(c)).unwrap().to_owned()
}

fn status(site: &Served, path: &str, cookie: &str) -> u16 {
    site.ask("GET", path, &[("Cookie", cookie)]).status
}

#[test]
fn who_was_asked_in_by_address_comes_in_and_stays_who_they_are() {
    let both = both(&[]);
    both.ask_in("Ada@Paper.example", Role::Editor);
    let first = both.log_in("?to=/sources");
    assert_eq!(first.header("location"), Some("/sources"));
    assert!(first.cookies().contains(&"uptospeed-login="), "the login is over: {}", first.head);
    let kept = session(&first);
    assert_eq!(status(&both.site, "/sources", &kept), 200, "an editor");
    // The address is used up; what counts from now on is the subject, whatever else the provider says.
    assert!(both.site.store.guests(now()).unwrap().is_empty());
    both.fake.set_user(user("s-1", "new@other.example", "Adalind"));
    both.fake.sign_with_rsa(true);
    session(&both.log_in(""));
    let people = both.site.store.people().unwrap();
    assert_eq!(
        people.iter().map(|p| (p.name.as_str(), p.role)).collect::<Vec<_>>(),
        [("Ada", Role::Editor)]
    );
    both.fake.set_user(user("s-2", ADA, "Ada"));
    assert_refused(&both.log_in(""), "nobody asked you in");
}

#[test]
fn nobody_comes_in_unasked() {
    let closed = both(&[]);
    assert_refused(&closed.log_in(""), "nobody asked you in");
    let open = both(&["paper.example"]);
    let mut unsure = user("s-1", ADA, "Ada");
    unsure.email_verified = false;
    open.fake.set_user(unsure);
    assert_refused(&open.log_in(""), "nobody asked you in");
    open.fake.set_user(user("s-1", "ada@evil-paper.example", "Ada"));
    assert_refused(&open.log_in(""), "nobody asked you in");
    open.fake.set_user(user("s-1", ADA, "Ada"));
    let kept = session(&open.log_in(""));
    assert_eq!((status(&open.site, "/", &kept), status(&open.site, "/sources", &kept)), (200, 403));
}

#[test]
fn a_one_time_link_binds_the_subject() {
    let both = both(&[]);
    let link = web::invitation(&both.site.store, "", Role::Admin, now()).unwrap();
    let page = both.site.get(&link).body;
    let token = link.strip_prefix("/setup/").unwrap();
    assert!(page.contains(&format!("/login/oidc?link={token}")), "{page}");
    let kept = session(&both.log_in(&format!("?link={token}")));
    assert_eq!(status(&both.site, "/metrics", &kept), 200, "an admin");
    // Once.
    both.fake.set_user(user("s-2", "", "Eve"));
    assert_refused(&both.log_in(&format!("?link={token}")), "used or too old");
    // A link for an account binds it, and ends its sessions.
    let rita = comes_in(&both.site, "Rita", Role::Reader);
    let person = both.site.store.person("Rita").unwrap().unwrap();
    let again = web::new_way_in(&both.site.store, "", &person, now()).unwrap();
    session(&both.log_in(&format!("?link={}", again.strip_prefix("/setup/").unwrap())));
    assert_eq!(status(&both.site, "/", &rita), 303);
    assert!(both.site.store.person("Eve").unwrap().is_none());
    assert!(both.site.store.person("Rita").unwrap().unwrap().bound);
}

/// A name is what somebody calls themselves: it opens no account.
#[test]
fn a_name_that_is_taken_is_somebody_else() {
    let both = both(&["paper.example"]);
    comes_in(&both.site, "Ada", Role::Admin);
    let kept = session(&both.log_in(""));
    assert_eq!(status(&both.site, "/sources", &kept), 403);
    assert_eq!(both.site.store.person("Ada 2").unwrap().unwrap().role, Role::Reader);
}

/// Somebody else's answer, or one with nobody's state, does not fit this browser.
#[test]
fn mixed_up_state_is_refused() {
    let both = both(&["paper.example"]);
    let (one, other) = (both.begin(""), both.begin(""));
    let path = both.provider(&one);
    assert_refused(&both.back(&path, &other.cookie), "not begun in this browser");
    assert_refused(&both.back(&path, ""), "not begun in this browser");
    assert_refused(&both.back(&path, "uptospeed-login=e30"), "not begun in this browser");
    let state = path.split("state=").nth(1).unwrap().split('&').next().unwrap();
    for changed in ["", "x", &state.to_uppercase()] {
        let path = path.replace(state, changed);
        assert_refused(&both.back(&path, &one.cookie), "not begun in this browser");
    }
    let twice = format!("{path}&state={state}");
    assert_refused(&both.back(&twice, &one.cookie), "not begun in this browser");
    assert_eq!(both.back(&path, &one.cookie).status, 303, "its own browser");
}

/// Login CSRF: an attacker sends their own answer to somebody who is logged in; they stay who they are.
#[test]
fn logged_in_csrf_changes_nobody() {
    let both = both(&["paper.example"]);
    let victim = comes_in(&both.site, "Vera", Role::Editor);
    let attacker = both.provider(&both.begin(""));
    assert_refused(&both.back(&attacker, &victim), "not begun in this browser");
    // With a login of the victim's own under way it still is not theirs.
    let own = both.begin("");
    let cookies = format!("{victim}; {}", own.cookie);
    assert_refused(&both.back(&attacker, &cookies), "not begun in this browser");
    assert_eq!(status(&both.site, "/sources", &victim), 200);
    assert!(both.site.store.person("Ada").unwrap().is_none());
}

/// A code that was seen on the way is worth nothing: our side takes a login once, whatever the provider does; the provider takes
/// a code once, and only with the verifier that never left this side before.
#[test]
fn replayed_code_is_refused() {
    let both = both(&["paper.example"]);
    both.fake.set_fault(OidcFault::CodesForEver);
    let begun = both.begin("");
    let path = both.provider(&begun);
    session(&both.back(&path, &begun.cookie));
    assert_refused(&both.back(&path, &begun.cookie), "over already");
    // Stolen into another login.
    both.fake.set_fault(OidcFault::None);
    let thief = both.begin("");
    let code = |path: &str| path.split("code=").nth(1).unwrap().to_owned();
    let own = both.provider(&thief);
    let fresh = both.provider(&both.begin(""));
    assert_refused(
        &both.back(&own.replace(&code(&own), &code(&fresh)), &thief.cookie),
        "over already",
    );
}

#[test]
fn a_login_that_took_too_long_is_refused() {
    let both = both(&["paper.example"]);
    let begun = both.begin("");
    let path = both.provider(&begun);
    both.site.ahead.store(601, Ordering::Relaxed);
    assert_refused(&both.back(&path, &begun.cookie), "more than ten minutes ago");
}

#[test]
fn wrong_nonce_is_refused() {
    both(&[]).is_refused(OidcFault::WrongNonce, "for another login");
    both(&[]).is_refused(OidcFault::NoNonce, "for another login");
}

#[test]
fn wrong_audience_is_refused() {
    both(&[]).is_refused(OidcFault::WrongAudience, "for another client");
    both(&[]).is_refused(OidcFault::OthersToo, "for another client");
}

#[test]
fn wrong_issuer_is_refused() {
    both(&[]).is_refused(OidcFault::WrongIssuer, "of another issuer");
}

/// RFC 9207: the answer came from another provider than the one that was asked.
#[test]
fn mixed_up_provider_is_refused() {
    let both = both(&[]);
    both.is_refused(OidcFault::WrongIssBack, "of another issuer");
    let begun = both.begin("");
    let path = both.provider(&begun);
    let iss = path.split("iss=").nth(1).unwrap().split('&').next().unwrap();
    let without = path.replace(&format!("iss={iss}&"), "");
    assert_refused(&both.back(&without, &begun.cookie), "of another issuer");
}

#[test]
fn expired_token_is_refused() {
    both(&[]).is_refused(OidcFault::Expired, "too old or not good yet");
    both(&[]).is_refused(OidcFault::Early, "too old or not good yet");
}

#[test]
fn alg_none_is_refused() {
    both(&[]).is_refused(OidcFault::AlgNone, "signed in a way that is not taken");
}

/// A shared secret signs nothing: neither the client's, nor the public key taken for one.
#[test]
fn shared_secrets_sign_nothing() {
    both(&[]).is_refused(OidcFault::AlgHs256, "signed in a way that is not taken");
    both(&[]).is_refused(OidcFault::AlgConfused, "signed in a way that is not taken");
}

#[test]
fn key_not_in_jwks_is_refused() {
    let both = both(&[]);
    both.is_refused(OidcFault::UnknownKey, "signed with an unknown key");
    both.fake.set_fault(OidcFault::UnknownKey);
    for _ in 0..5 {
        both.log_in("");
    }
    let looks = both.fake.asked().iter().filter(|a| *a == "GET /keys").count();
    assert!(looks <= 2, "unknown keys do not make us ask for ever: {looks}");
}

#[test]
fn wrong_signature_is_refused() {
    both(&[]).is_refused(OidcFault::WrongKey, "the signature is wrong");
}

#[test]
fn new_keys_of_the_provider_are_found() {
    let both = both(&["paper.example"]);
    session(&both.log_in(""));
    both.fake.change_keys().unwrap();
    // Not asked again at once; a minute later the new ones are read.
    both.site.ahead.store(61, Ordering::Relaxed);
    both.fake.set_now(now().as_second() + 61);
    session(&both.log_in(""));
}

/// Where people are sent back to stands in the settings, whatever `Host` says.
#[test]
fn redirect_uri_is_fixed() {
    let both = both(&[]);
    for host in ["localhost:1234", "127.0.0.1", "[::1]:80"] {
        let headers = [("Host", host), ("X-Forwarded-Host", "evil.example")];
        let answer =
            both.site.ask("GET", "/login/oidc?redirect_uri=https://evil.example/", &headers);
        let to = answer.header("location").unwrap();
        let fixed = "redirect_uri=http%3A%2F%2F127.0.0.1%3A7878%2Flogin%2Foidc%2Fback&";
        assert!(to.contains(fixed) && !to.contains("evil"), "{to}");
    }
}

/// Where somebody goes after the login is one of our pages.
#[test]
fn a_target_after_the_login_stays_here() {
    for to in
        ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example", "%2Fa%0D%0Ab"]
    {
        let both = both(&["paper.example"]);
        let answer = both.log_in(&format!("?to={to}"));
        assert_eq!(answer.header("location"), Some("/"), "{to}");
    }
}

/// The cookie of a login is short-lived, and no script reads it; it holds nothing that the provider was told.
#[test]
fn a_login_is_bound_to_its_browser() {
    let both = both(&[]);
    let answer = both.site.get("/login/oidc");
    let line = answer.header("set-cookie").unwrap();
    for needed in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(line.contains(needed), "{line}");
    }
    let to = answer.header("location").unwrap();
    assert!(
        to.contains("code_challenge_method=S256")
            && answer.header("cache-control") == Some("no-store")
    );
    for name in ["state=", "nonce=", "code_challenge="] {
        let value = to.split(name).nth(1).unwrap().split('&').next().unwrap();
        assert!(value.len() == 43 && !line.contains(value), "{name}");
    }
}

#[test]
fn a_login_at_the_provider_rotates_the_session() {
    let both = both(&["paper.example"]);
    let first = session(&both.log_in(""));
    let begun = both.begin("");
    let cookies = format!("{first}; {}", begun.cookie);
    let second = session(&both.back(&both.provider(&begun), &cookies));
    assert_ne!(first, second);
    assert_eq!((status(&both.site, "/", &first), status(&both.site, "/", &second)), (303, 200));
}

/// Who has no password shows the provider once more who they are before anything changes that hands an account on.
#[test]
fn dangerous_acts_want_a_login_anew() {
    let both = both(&[]);
    both.ask_in(ADA, Role::Admin);
    let kept = session(&both.log_in(""));
    let invite = |cookie: &str| {
        both.site.form("/settings", &[("Cookie", cookie)], "what=invite&role=admin").status
    };
    assert_eq!(invite(&kept), 403);
    assert!(
        both.site
            .ask("GET", "/settings", &[("Cookie", &kept)])
            .body
            .contains("Log in again with the desk")
    );
    // The provider must really ask: what it knew an hour ago is not enough.
    both.site.ahead.store(3_600, Ordering::Relaxed);
    both.fake.set_now(now().as_second() + 3_600);
    both.fake.set_fault(OidcFault::OldLogin);
    assert_refused(&both.log_in("?again=true&to=/settings"), "not asked for your password anew");
    both.fake.set_fault(OidcFault::None);
    let sure = session(&both.log_in("?again=true&to=/settings"));
    assert_eq!(invite(&sure), 200);
    // It counts for ten minutes, and for that session.
    assert_eq!(invite(&kept), 403);
    both.site.ahead.store(3_600 + 601, Ordering::Relaxed);
    assert_eq!(invite(&sure), 403);
}

#[test]
fn a_provider_that_is_down_is_said_in_words() {
    let both = both(&[]);
    both.fake.set_fault(OidcFault::Down);
    for _ in 0..3 {
        let answer = both.site.get("/login/oidc");
        assert_refused(&answer, "The login does not work at the moment");
    }
    assert_eq!(both.fake.asked().len(), 1, "left alone for ten seconds");
    both.site.ahead.store(11, Ordering::Relaxed);
    both.fake.set_fault(OidcFault::OtherDescription);
    assert_refused(&both.site.get("/login/oidc"), "The login does not work at the moment");
    both.site.ahead.store(22, Ordering::Relaxed);
    both.fake.set_fault(OidcFault::Denies);
    assert_refused(&both.log_in(""), "You were not logged in there");
}

/// Answers that nobody asked for do not make us ask the provider for ever.
#[test]
fn tries_at_the_provider_are_counted() {
    let both = both(&[]);
    let mut last = 0;
    for _ in 0..51 {
        let begun = both.begin("");
        let state = begun.to.split("state=").nth(1).unwrap().split('&').next().unwrap();
        let iss = both.fake.issuer();
        let path = format!("/login/oidc/back?state={state}&code=guess&iss={iss}");
        last = both.back(&path, &begun.cookie).status;
    }
    assert_eq!(last, 429);
}

#[test]
fn without_a_provider_there_is_no_such_page() {
    let site = crate::site::serve_closed(false, None);
    assert_eq!((site.get("/login/oidc").status, site.get("/login/oidc/back").status), (404, 404));
    assert!(!site.get("/login").body.contains("oidc"));
    comes_in(&site, "Rita", Role::Reader);
    let both = both(&[]);
    let page = both.site.get("/login?to=%2Fsearch%3Fq%3Da").body;
    assert!(
        page.contains("/login/oidc?to=%2Fsearch%3Fq%3Da") && page.contains("Log in with the desk"),
        "{page}"
    );
    // A password of this page works beside it.
    comes_in(&both.site, "Rita", Role::Reader);
    assert_eq!(
        both.site.form("/login", &[], &format!("name=Rita&password={PASSWORD}")).status,
        303
    );
}
