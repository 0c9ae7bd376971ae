//! Accounts, sessions, tokens; the holes that other programs had there, each as a test (docs: `product.md` 5.2).

use store::Role;
use web::Policy;

use crate::site::{Answer, NOW, Served, filled, serve_closed};

pub(crate) const PASSWORD: &str = "correct%20horse%20battery";

/// Makes an account by a one-time link; gives its cookie.
pub(crate) fn comes_in(site: &Served, name: &str, role: Role) -> String {
    let link = web::invitation(&site.store, "", role, NOW.parse().unwrap()).unwrap();
    let answer = site.form(&link, &[], &format!("name={name}&password={PASSWORD}"));
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{}", answer.body);
    cookie(&answer)
}

fn cookie(answer: &Answer) -> String {
    let line = answer.header("set-cookie").unwrap();
    for needed in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(line.contains(needed), "{line}");
    }
    line.split(';').next().unwrap().to_owned()
}

fn status(site: &Served, path: &str, cookie: &str) -> u16 {
    site.ask("GET", path, &[("Cookie", cookie)]).status
}

/// FreshRSS CVE-2025-54591: each route of the router, for nobody, a reader, an editor and an admin.
#[test]
fn every_route_keeps_to_its_policy() {
    let site = serve_closed(false, None);
    let reader = comes_in(&site, "Rita", Role::Reader);
    let editor = comes_in(&site, "Edda", Role::Editor);
    for (pattern, policy) in web::policies() {
        let path = filled(pattern, site.story);
        let far = ("X-Forwarded-For", "203.0.113.9");
        let nobody = site.ask("GET", &path, &[far]).status;
        let as_reader = site.ask("GET", &path, &[far, ("Cookie", &reader)]).status;
        let as_editor = site.ask("GET", &path, &[far, ("Cookie", &editor)]).status;
        let closed = |status| matches!(status, 303 | 401 | 403);
        match policy {
            Policy::Public | Policy::File | Policy::Program | Policy::Health => {
                assert!(nobody != 401 && nobody != 403, "{path}");
            }
            Policy::Reader => {
                assert!(closed(nobody), "{path}: {nobody}");
                assert!(matches!(as_reader, 200 | 303 | 405), "{path}: {as_reader}");
            }
            Policy::Editor => {
                assert!(closed(nobody), "{path}: {nobody}");
                assert_eq!((as_reader, as_editor), (403, 200), "{path}");
            }
            Policy::Metrics => {
                assert_eq!((nobody, as_reader, as_editor), (401, 403, 403), "{path}");
            }
        }
    }
}

#[test]
fn who_is_sent_to_the_form_comes_back() {
    let site = serve_closed(false, None);
    let sent = site.get("/search?q=a%20b");
    let to = "/login?to=%2Fsearch%3Fq%3Da%2520b";
    assert_eq!((sent.status, sent.header("location")), (303, Some(to)));
    assert!(site.get(to).body.contains("Nobody has an account yet"));
    comes_in(&site, "Rita", Role::Reader);
    let form = site.get(to).body;
    assert!(form.contains("name=\"to\" value=\"/search?q=a%20b\""), "{form}");
    let body = format!("name=rita&password={PASSWORD}&to=%2Fsearch%3Fq%3Da%2520b");
    let back = site.form("/login", &[], &body);
    assert_eq!((back.status, back.header("location")), (303, Some("/search?q=a%20b")));
}

/// Miniflux GHSA-wqv2-4wpg-8hc9: a redirect after login to `//evil`.
#[test]
fn redirect_rejects_scheme_relative() {
    let site = serve_closed(false, None);
    comes_in(&site, "Rita", Role::Reader);
    for to in ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "javascript%3Aalert(1)"] {
        let answer = site.form("/login", &[], &format!("name=Rita&password={PASSWORD}&to={to}"));
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{to}");
    }
}

/// Miniflux GHSA-m999-j542-5w3r: the check bypassed by a backslash or a control character.
#[test]
fn redirect_rejects_backslash_and_controls() {
    let site = serve_closed(false, None);
    comes_in(&site, "Rita", Role::Reader);
    for to in ["%2F%5Cevil.example", "%2F%09%2Fevil.example", "%2F%0D%0ASet-Cookie%3A%20a=b"] {
        let answer = site.form("/login", &[], &format!("name=Rita&password={PASSWORD}&to={to}"));
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{to}");
        assert!(!answer.head.contains("evil"), "{}", answer.head);
    }
}

/// FreshRSS 1.27.1: the session's id was not renewed at login.
#[test]
fn login_rotates_session() {
    let site = serve_closed(false, None);
    let first = comes_in(&site, "Rita", Role::Reader);
    let again =
        site.form("/login", &[("Cookie", &first)], &format!("name=Rita&password={PASSWORD}"));
    let second = cookie(&again);
    assert_ne!(first, second);
    assert_eq!((status(&site, "/", &first), status(&site, "/", &second)), (303, 200));
    // An id that somebody else put there is not taken over.
    let planted = site.form(
        "/login",
        &[("Cookie", "uptospeed=planted")],
        &format!("name=Rita&password={PASSWORD}"),
    );
    assert_ne!(cookie(&planted), "uptospeed=planted");
}

/// FreshRSS CVE-2025-54592: the session lived on after logout.
#[test]
fn logout_revokes_server_side() {
    let site = serve_closed(false, None);
    let kept = comes_in(&site, "Rita", Role::Reader);
    let out = site.form("/logout", &[("Cookie", &kept)], "");
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"), "{}", out.head);
    assert_eq!(status(&site, "/", &kept), 303);
}

/// FreshRSS CVE-2025-31482: an image whose address logs the reader out.
#[test]
fn logout_is_post_with_csrf() {
    let site = serve_closed(false, None);
    let kept = comes_in(&site, "Rita", Role::Reader);
    assert_eq!(site.ask("GET", "/logout", &[("Cookie", &kept)]).status, 405);
    for foreign in [vec![], vec![("Sec-Fetch-Site", "cross-site")], vec![("Origin", "null")]] {
        let mut headers = vec![("Cookie", kept.as_str())];
        headers.extend(foreign);
        assert_eq!(site.ask("POST", "/logout", &headers).status, 403, "{headers:?}");
    }
    assert_eq!(status(&site, "/", &kept), 200);
}

/// FreshRSS CVE-2025-54875: a hidden field at registration made an admin.
#[test]
fn no_mass_assignment_of_role() {
    let site = serve_closed(false, None);
    let link = web::invitation(&site.store, "", Role::Reader, NOW.parse().unwrap()).unwrap();
    let body = format!("name=Eve&password={PASSWORD}&role=admin&is_admin=1&new_user_is_admin=1");
    assert_eq!(site.form(&link, &[], &body).status, 303);
    assert_eq!(site.store.person("eve").unwrap().unwrap().role, Role::Reader);
    // The link worked once.
    assert_eq!(site.form(&link, &[], &format!("name=Eva&password={PASSWORD}")).status, 404);
    assert_eq!(site.get(&link).status, 404);
}

/// FreshRSS CVE-2025-59950: what makes an admin wants the password once more; a frame cannot hold the page.
#[test]
fn frame_ancestors_none_and_reauth() {
    let site = serve_closed(false, None);
    let admin = comes_in(&site, "Ada", Role::Admin);
    comes_in(&site, "Eve", Role::Reader);
    let eve = site.store.person("Eve").unwrap().unwrap().id;
    let raise = |password: &str| {
        let body = format!("what=role&id={eve}&role=admin&password={password}");
        site.form("/settings", &[("Cookie", &admin)], &body)
    };
    assert_eq!(raise("").status, 403);
    assert_eq!(raise("wrong").status, 403);
    assert_eq!(site.store.person("Eve").unwrap().unwrap().role, Role::Reader);
    assert_eq!(raise(PASSWORD).status, 200);
    assert_eq!(site.store.person("Eve").unwrap().unwrap().role, Role::Admin);
    let page = site.ask("GET", "/settings", &[("Cookie", &admin)]);
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
}

/// FreshRSS CVE-2025-62166: a token showed another's rows. A token is its person's, and no more than its scope.
#[test]
fn feed_token_bound_to_user() {
    let site = serve_closed(false, None);
    let admin = comes_in(&site, "Ada", Role::Admin);
    let token = |scope: &str| {
        let body = format!("what=token&name=phone&scope={scope}&password={PASSWORD}");
        let page = site.form("/settings", &[("Cookie", &admin)], &body).body;
        page.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let (read, metrics, all) = (token("read"), token("metrics"), token("all"));
    let with = |path: &str, token: &str| {
        let line = format!("Bearer {token}");
        let headers = [("Authorization", line.as_str()), ("X-Forwarded-For", "203.0.113.9")];
        site.ask("GET", path, &headers).status
    };
    assert_eq!((with("/feeds/all.atom", &read), with("/deliveries", &read)), (200, 403));
    assert_eq!((with("/metrics", &metrics), with("/feeds/all.atom", &metrics)), (200, 403));
    assert_eq!((with("/deliveries", &all), with("/metrics", &all)), (200, 200));
    assert_eq!(with("/feeds/all.atom", "unknown"), 401);
    // A feed reader knows only names and passwords.
    let basic = base64(&format!("Ada:{read}"));
    let basic = format!("Basic {basic}");
    assert_eq!(site.ask("GET", "/feeds/all.atom", &[("Authorization", &basic)]).status, 200);
    // A cookie's secret is no token, a token no cookie; a wrong token is nobody, whatever cookie comes with it.
    let secret = admin.split_once('=').unwrap().1;
    assert_eq!(with("/feeds/all.atom", secret), 401);
    assert_eq!(status(&site, "/", &format!("uptospeed={all}")), 303);
    let both = [("Authorization", "Bearer x"), ("Cookie", admin.as_str())];
    assert_eq!(site.ask("GET", "/feeds/all.atom", &both).status, 401);
    // With a token no account is changed.
    let line = format!("Bearer {all}");
    let body = format!("what=invite&role=admin&password={PASSWORD}");
    assert_eq!(site.form("/settings", &[("Authorization", &line)], &body).status, 403);
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, b| bits << 8 | u32::from(*b))
            << (8 * (3 - three.len()));
        for n in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * n)) as usize & 63];
            out.push(if n <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// Passwords cannot be tried for ever, and an unknown name is told nothing else than a wrong password.
#[test]
fn tries_are_counted() {
    let site = serve_closed(false, None);
    comes_in(&site, "Rita", Role::Reader);
    let unknown = site.form("/login", &[], "name=Nobody&password=wrong-password");
    for _ in 0..10 {
        let answer = site.form("/login", &[], "name=Rita&password=wrong-password");
        assert_eq!((answer.status, &answer.body.replace("Rita", "Nobody")), (403, &unknown.body));
    }
    let answer = site.form("/login", &[], &format!("name=Rita&password={PASSWORD}"));
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("900")));
}

/// A new password ends every session and token; the last admin stays.
#[test]
fn a_new_password_ends_what_was_before() {
    let site = serve_closed(false, None);
    let kept = comes_in(&site, "Ada", Role::Admin);
    let body = format!("what=remove&id=1&password={PASSWORD}");
    assert!(site.form("/settings", &[("Cookie", &kept)], &body).body.contains("last admin"));
    let short = format!("what=password&password={PASSWORD}&new=short");
    assert_eq!(site.form("/settings", &[("Cookie", &kept)], &short).status, 403);
    let body = format!("what=password&password={PASSWORD}&new=another%20long%20one");
    assert_eq!(site.form("/settings", &[("Cookie", &kept)], &body).status, 303);
    assert_eq!(status(&site, "/", &kept), 303);
    let with =
        |password: &str| site.form("/login", &[], &format!("name=Ada&password={password}")).status;
    assert_eq!((with(PASSWORD), with("another%20long%20one")), (403, 303));
}

/// A proxy is believed from its own address only, and only when it says the name once.
#[test]
fn a_proxy_is_believed_where_it_stands() {
    let proxy = |peer: &str| {
        let peers = vec![peer.parse().unwrap()];
        serve_closed(false, Some(web::Proxy { header: "Remote-User".to_owned(), peers }))
    };
    let ours = proxy("127.0.0.1");
    assert_eq!(ours.ask("GET", "/", &[("Remote-User", "Rita")]).status, 200);
    assert_eq!(ours.ask("GET", "/deliveries", &[("Remote-User", "Rita")]).status, 403);
    let twice = [("Remote-User", "Rita"), ("Remote-User", "Ada")];
    assert_eq!(ours.ask("GET", "/", &twice).status, 303);
    assert_eq!(ours.ask("GET", "/", &[("Remote-User", "<b>")]).status, 303);
    assert_eq!(proxy("192.0.2.1").ask("GET", "/", &[("Remote-User", "Rita")]).status, 303);
    // Somebody for whom a proxy speaks has no password that could be tried.
    assert_eq!(ours.form("/login", &[], "name=Rita&password=").status, 403);
}

#[test]
fn a_public_page_is_read_by_everybody() {
    let site = serve_closed(true, None);
    assert_eq!((site.get("/").status, site.get("/api/stories").status), (200, 200));
    assert_eq!(site.get("/deliveries").header("location"), Some("/login?to=%2Fdeliveries"));
    assert_eq!(site.get("/settings").header("location"), Some("/login?to=/settings"));
}

#[test]
fn what_is_new_since_the_last_look_is_marked() {
    let site = serve_closed(false, None);
    let rita = comes_in(&site, "Rita", Role::Reader);
    let path = format!("/s/{}", site.story);
    let look = |who: &str| site.ask("GET", &path, &[("Cookie", who)]).body;
    assert!(!look(&rita).contains("since you last looked"), "the first look");
    assert!(!look(&rita).contains("since you last looked"), "nothing new");
    crate::site::tell_more(&site.store);
    let page = look(&rita);
    assert!(
        page.contains("1 new since you last looked") && page.contains("class=\"fresh\""),
        "{page}"
    );
    assert!(!look(&rita).contains("since you last looked"), "seen");
    let other = comes_in(&site, "Oda", Role::Reader);
    assert!(!look(&other).contains("since you last looked"), "another reader");
}

#[test]
fn a_follow_is_seen_before_it_is_switched_on() {
    let site = serve_closed(false, None);
    let editor = comes_in(&site, "Edda", Role::Editor);
    let cookie = [("Cookie", editor.as_str())];
    let page = site.ask("GET", "/follow?sentence=about%20fire", &cookie);
    assert!(page.status == 200 && page.body.contains("Switch it on"), "{}", page.body);
    let page = site.ask("GET", "/follow?sentence=%3Cscript%3E", &cookie);
    assert!(page.status == 422 && !page.body.contains("<script>"), "{}", page.body);
    assert_eq!(site.form("/follow", &cookie, "what=add&sentence=about+fire").status, 303);
    let wrong = site.form("/follow", &cookie, "what=add&sentence=x");
    assert!(wrong.status == 422 && !wrong.body.contains("<img"), "{}", wrong.body);
    assert_eq!(site.ask("POST", "/follow", &cookie).status, 403, "not from a page of ours");
}

/// FreshRSS CVE-2023-22481: no password, token or link is in a log or in a page's address.
#[test]
fn cookies_and_secrets_are_kept_as_hashes_only() {
    let site = serve_closed(false, None);
    let kept = comes_in(&site, "Ada", Role::Admin);
    let secret = kept.split_once('=').unwrap().1.to_owned();
    let file = std::fs::read(site.store.path()).unwrap();
    let wal = std::fs::read(site.store.path().with_extension("db-wal")).unwrap_or_default();
    for bytes in [file, wal] {
        for text in [secret.as_str(), "correct horse battery"] {
            assert!(!bytes.windows(text.len()).any(|w| w == text.as_bytes()), "{text}");
        }
    }
}
