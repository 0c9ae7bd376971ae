//! Commands and bad input: each a clear sentence, and nothing else lost.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::{output, program, stderr, stdout};

const ARTICLE: &str = "At least 4 people were killed and 12 injured on Tuesday when a grain silo collapsed in Port Ellory, police said.\n\"We heard it crack,\" said Marta Velling, a foreman at the harbour.\nSign up to our Telegram channel and never miss a story!\n";

#[test]
fn read_lays_an_article_out_for_a_person() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), ARTICLE).unwrap();
    let out = output(
        folder.path(),
        &["read", "a.txt", "--offline", "--published", "2026-11-05T17:05:00Z"],
    );
    let text = stdout(&out);
    assert!(out.status.success(), "{}", stderr(&out));
    for words in [
        "WHAT HAPPENED",
        "at least 4",
        "WHO SAYS WHAT",
        "Marta Velling",
        "We heard it crack",
        "SET ASIDE",
        "the outlet about itself",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
    assert!(!text.contains('\x1b'), "colour where nobody looks");
}

#[test]
fn a_bad_line_is_named_and_the_others_are_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let lines = concat!(
        "{\"id\": \"one\", \"text\": \"Two people died in Karsk, police said.\"}\n",
        "{\"id\": \"two\", \"text\": \"x\", \"published\": \"yesterday\"}\n",
        "not json\n",
        "\n",
        "{\"id\": 5}\n",
        "[1]\n",
        "{\"id\": 7, \"title\": \"Only a headline\"}\n",
    );
    let mut child = program(folder.path())
        .args(["read", "--jsonl", "--offline", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(2));
    let answers: Vec<Value> =
        stdout(&out).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(answers.len(), 6, "{answers:?}");
    assert_eq!(answers[0]["article"]["id"], "one");
    assert_eq!(answers[1]["id"], "two");
    assert!(answers[1]["error"].as_str().unwrap().contains("yesterday"));
    assert!(answers[2]["error"].as_str().unwrap().contains("no JSON"));
    assert_eq!(answers[3]["id"], 5);
    assert!(answers[4]["error"].as_str().unwrap().contains("object"));
    assert_eq!(answers[5]["article"]["id"], 7, "an id keeps its JSON type");
    assert_eq!(answers[5]["article"]["text"], "Only a headline");
    assert!(stderr(&out).contains("standard input:2: error[E021]"), "{}", stderr(&out));
}

#[test]
fn bad_input_is_a_sentence_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("empty.txt"), "").unwrap();
    fs::write(path("page.html"), "<html><body><nav>menu</nav></body></html>").unwrap();
    fs::write(path("latin1.txt"), b"caf\xe9 au lait").unwrap();
    fs::write(path("bad.toml"), "[telegram]\ntokn = \"x\"\n").unwrap();
    fs::write(path("no.db"), "this is no database at all, only a letter that somebody named so")
        .unwrap();
    fs::write(path("db.toml"), "[store]\nfile = \"no.db\"\n").unwrap();
    for (args, words) in [
        (
            &["read", "missing.txt"] as &[&str],
            &["error[E014]", "missing.txt", "there is no such file", "help:"] as &[&str],
        ),
        (&["read", "empty.txt"], &["error[E015]", "is empty"]),
        (&["read", "page.html"], &["error[E015]", "no article text"]),
        (&["read", "latin1.txt"], &["error[E014]", "byte 3 is wrong"]),
        (&["read", "http://127.0.0.1:9/x"], &["error[E050]"]),
        (
            &["--config", "bad.toml", "source", "list"],
            &["error[E030]", "bad.toml:2", "telegram.token was probably meant"],
        ),
        (&["--config", "none.toml", "source", "list"], &["error[E014]", "none.toml"]),
        (&["--config", "db.toml", "source", "list"], &["error[E040]", "no.db"]),
        (&["follow", "add", "to to to @"], &["error[E070]", "help:"]),
        (&["source", "remove", "https://a.example/"], &["error[E082]", "not among the sources"]),
        (&["source", "import", "empty.txt"], &["error[E051]", "no OPML"]),
        (&["packs", "install", "xx"], &["error[E060]", "the packs are en, m3, places"]),
        (&["outbox", "resend", "99"], &["error[E082]"]),
        (&["why", "!!", "1"], &["error[E082]", "is no story"]),
    ] {
        let mut all = args.to_vec();
        if args[0] == "read" {
            all.push("--offline");
        }
        let out = output(folder.path(), &all);
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", stderr(&out));
        for word in words {
            assert!(
                stderr(&out).contains(word),
                "{args:?} does not say {word:?}:\n{}",
                stderr(&out)
            );
        }
        assert!(!stderr(&out).contains("panicked"), "{args:?}");
    }
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), ARTICLE).unwrap();
    let out = output(folder.path(), &["read", "--json", "--offline", "missing.txt", "a.txt"]);
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(stdout(&out).lines().count(), 1);
}

#[test]
fn sources_and_follows_are_added_listed_exported_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(output(at, &["init"]).status.success());
    assert_eq!(
        output(at, &["init"]).status.code(),
        Some(2),
        "a file that is there is not overwritten"
    );
    for url in ["https://a.example/feed.xml", "https://b.example/feed.xml"] {
        let out = output(at, &["source", "add", "--unseen", "--outlet", "Ledger & Sons", url]);
        assert!(out.status.success(), "{}", stderr(&out));
    }
    let exported = stdout(&output(at, &["source", "export"]));
    assert!(
        exported.contains("https://a.example/feed.xml") && exported.contains("Ledger &amp; Sons"),
        "{exported}"
    );
    assert!(output(at, &["source", "remove", "https://a.example/feed.xml"]).status.success());
    fs::write(at.join("x.opml"), &exported).unwrap();
    let imported = stdout(&output(at, &["source", "import", "x.opml"]));
    assert!(imported.contains("added 1 feeds, 1 were there already"), "{imported}");
    let added =
        output(at, &["follow", "add", "about harbours, at least 2 outlets, to @harbourwatch"]);
    assert!(added.status.success(), "{}", stderr(&added));
    assert!(stdout(&output(at, &["follow", "list"])).contains("about harbours"));
    assert!(stdout(&output(at, &["follow", "preview", "everything"])).contains("0 stories"));
    let desk = |rich: &str| output(at, &["outbox", "to", "@harbourwatch", "--rich", rich]);
    assert!(stdout(&desk("on")).contains("Rich Messages"));
    assert_eq!(desk("perhaps").status.code(), Some(2));
    assert!(!stdout(&desk("off")).contains("Rich Messages"));
    assert!(output(at, &["follow", "remove", "1"]).status.success());
    let doctor = stdout(&output(at, &["doctor", "--offline"]));
    // How full the disk is that the tests run on says nothing of the program.
    let broken =
        |line: &&str| line.starts_with("  broken ") && !line.starts_with("  broken  disk ");
    assert_eq!(doctor.lines().find(broken), None, "{doctor}");
    assert!(doctor.contains("no bot token"));
}

#[test]
fn a_secret_is_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let token = "123456:AAErealtokenrealtokenrealtokenrealtok";
    // A port where nobody listens: the error holds the address, and the address holds the token.
    fs::write(
        folder.path().join("uptospeed.toml"),
        format!("[telegram]\ntoken = \"{token}\"\napi = \"http://127.0.0.1:9\"\n[intake]\nallow_private = [\"127.0.0.1:9\"]\n"),
    )
    .unwrap();
    let out = output(folder.path(), &["doctor"]);
    let all = format!("{}{}", stdout(&out), stderr(&out));
    assert!(all.contains("telegram"), "{all}");
    assert!(!all.contains("AAEreal"), "{all}");
}

#[test]
fn a_pipeline_of_ones_own_is_read_before_it_is_put_among_the_packs() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = concat!(env!("CARGO_MANIFEST_DIR"), "/../language/tests/data/small");
    let install = |from: &str| output(folder.path(), &["packs", "install", "--from", from]);
    let done = install(pipeline);
    assert!(done.status.success(), "{}", stderr(&done));
    let said = stdout(&done);
    assert!(said.contains("loaded and in place") && said.contains("own-"), "{said}");
    let check = |from: &str, expected: &str| {
        let done = install(from);
        assert_eq!(done.status.code(), Some(2));
        assert!(stderr(&done).contains(expected), "{}", stderr(&done));
    };
    check(pipeline, "is there already");
    check("nowhere", "holds no config.cfg");
    std::fs::create_dir(folder.path().join("broken")).unwrap();
    std::fs::write(folder.path().join("broken/config.cfg"), "[nlp]\nlang = \"en\"\n").unwrap();
    check("broken", "error[E060]");
}
