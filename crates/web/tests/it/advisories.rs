//! Holes that other programs of this kind had, each as a test (docs: `product.md` 5.2). Those about accounts are in
//! `accounts.rs`; those about proxied images and icons do not apply: there is no image and no icon here.

use web::Policy;

use crate::site::{EVIL, filled, serve};

/// FreshRSS CVE-2025-54591: endpoints without an access check. Each route is declared; the operator's refuse everybody else.
#[test]
fn every_route_has_a_policy() {
    let site = serve(true, false);
    let routes = web::policies();
    assert!(routes.len() > 20);
    for (pattern, policy) in routes {
        let path = filled(pattern, site.story);
        let far = site.ask("GET", &path, &[("X-Forwarded-For", "203.0.113.9")]);
        let operators = matches!(policy, Policy::Editor | Policy::Metrics);
        assert_eq!(far.status == 403, operators, "{path}: {}", far.status);
        let named = site.ask("GET", &path, &[("Host", "192.0.2.7:7878")]);
        assert_eq!(named.status == 403, operators, "{path}: {}", named.status);
    }
}

/// Miniflux CVE-2023-27591: metrics seen through a proxy although only the machine itself may.
#[test]
fn metrics_needs_auth_behind_proxy() {
    let site = serve(false, false);
    assert!(site.get("/metrics").body.contains("uptospeed_articles 0"));
    for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"] {
        assert_eq!(site.ask("GET", "/metrics", &[(header, "127.0.0.1")]).status, 403, "{header}");
    }
}

/// FreshRSS #2121 and its like: everything that outlets write is text.
#[test]
fn xss_smoke() {
    let site = serve(true, true);
    for (pattern, _) in web::policies() {
        let answer = site.get(&filled(pattern, site.story));
        if answer.header("content-type").is_some_and(|t| t.starts_with("text/html")) {
            assert!(
                !answer.body.contains("<script>") && !answer.body.contains("<img"),
                "{pattern}: {}",
                answer.body
            );
        }
    }
    let asked = site.get(&format!("/search?q={}", "%3Cscript%3Ealert(1)%3C/script%3E%22onfocus=x"));
    assert!(
        !asked.body.contains("<script>alert") && !asked.body.contains("\"onfocus"),
        "{}",
        asked.body
    );
    let gone = site.get("/who/%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    assert!(gone.status == 404 && !gone.body.contains("<script>alert"), "{}", gone.body);
    assert!(EVIL.contains("<script>"));
}

/// FreshRSS CVE-2025-32015: `srcdoc` and `formaction` survived the sanitiser.
#[test]
fn sanitizer_drops_srcdoc_formaction() {
    let page = serve(true, true).get("/").body;
    for bad in ["srcdoc", "formaction", "<iframe", "onerror=alert(2)>"] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(page.contains("<details><summary>"), "{page}");
}

/// Miniflux CVE-2023-27592, CVE-2025-31483 and FreshRSS CVE-2025-31136: answers without a content policy, errors among them.
#[test]
fn every_answer_has_a_strict_policy() {
    let site = serve(true, false);
    let mut paths: Vec<String> =
        web::policies().iter().map(|(p, _)| filled(p, site.story)).collect();
    paths.extend(["/nowhere", "/a/x", "/s/aeio", "/look.css/../x"].map(str::to_owned));
    for path in paths {
        let answer = site.get(&path);
        let policy = answer.header("content-security-policy").unwrap_or("");
        for needed in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(needed), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
    }
}

/// FreshRSS CVE-2025-59950: a page in another's frame.
#[test]
fn frame_ancestors_none() {
    let answer = serve(false, false).get("/");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
}

/// FreshRSS CVE-2022-23497 and CVE-2025-31134: files served by path. Nothing is read from a folder here.
#[test]
fn static_paths_are_table_only() {
    let site = serve(true, false);
    for path in [
        "/s.db",
        "/../s.db",
        "/look.css/../../s.db",
        "/%2e%2e/s.db",
        "/..%2fs.db",
        "/feeds/..%2f..%2fs.db",
        "/feeds/s/..%2fs.db",
        "/assets/look.css",
        "/uptospeed.toml",
        "//etc/passwd",
        "/.git/config",
    ] {
        let answer = site.get(path);
        assert!(
            answer.status >= 400 && !answer.body.contains("SQLite"),
            "{path}: {}",
            answer.status
        );
    }
}

/// FreshRSS CVE-2025-31482 and Miniflux 2026: nothing changes by a request that another page can cause.
#[test]
fn csrf_all_routes() {
    let site = serve(true, false);
    for (pattern, policy) in web::policies() {
        // What a program sends proves who it is; a browser's cookie is not looked at there.
        if policy == Policy::Program {
            continue;
        }
        let path = filled(pattern, site.story);
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let plain = site.ask(method, &path, &[]).status;
            let other = [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://127.0.0.1:7878")];
            let foreign = site.ask(method, &path, &other).status;
            assert!(matches!(plain, 403 | 405), "{method} {path}: {plain}");
            assert!(matches!(foreign, 403 | 405), "{method} {path}: {foreign}");
        }
    }
}

/// Miniflux GHSA-wqv2-4wpg-8hc9 and GHSA-m999-j542-5w3r: a redirect that leads away. Ours has no target from outside.
#[test]
fn redirect_stays_here() {
    let site = serve(false, false);
    for path in ["/day", "/day?to=//evil.example", "/day?redirect_url=/%5Cevil.example"] {
        assert_eq!(site.get(path).header("location"), Some("/day/2026-11-05"), "{path}");
    }
}

/// A name that somebody else points at this machine (DNS rebinding).
#[test]
fn a_foreign_host_is_refused() {
    let site = serve(true, false);
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7878"] {
        assert_eq!(site.ask("GET", "/", &[("Host", host)]).status, 421, "{host}");
    }
    assert_eq!(site.ask("GET", "/", &[("Host", "localhost:7878")]).status, 200);
}

/// Answers are the same for everybody who may see them, and no cookie is set.
#[test]
fn there_is_no_session_to_steal() {
    let site = serve(true, true);
    for (pattern, _) in web::policies() {
        assert_eq!(site.get(&filled(pattern, site.story)).header("set-cookie"), None, "{pattern}");
    }
}
