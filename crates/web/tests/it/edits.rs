//! Stories mended by hand, as far as the page goes: asked for, shown, taken back. Doing it is the pipeline's.

use stories::{ArticleId, Edit};

use crate::site::serve;

#[test]
fn what_is_asked_for_waits_and_is_shown() {
    let site = serve(true, false);
    let path = format!("/s/{}/edit", site.story);
    let waiting = || site.store.edits_waiting(10).unwrap();
    for (body, expected) in [
        ("what=rename&title=Bridge+lost", Edit::Rename { title: "Bridge lost".into(), keep: true }),
        ("what=mute", Edit::Mute { muted: true }),
        (
            "what=split&article=1&article=7",
            Edit::Split { articles: vec![ArticleId(1), ArticleId(7)], back: None },
        ),
    ] {
        let answer = site.form(&path, &[], body);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some(path.as_str())),
            "{body}"
        );
        assert_eq!(waiting().last().map(|row| row.edit.clone()), Some(expected));
    }
    let page = site.get(&path).body;
    assert!(page.contains("asked for; done in a moment"), "{page}");
    assert!(page.contains("Bridge lost") && page.contains("this machine"), "{page}");
    for body in ["what=merge&into=zzzz", "what=merge&into=%3Cb%3E", "what=undo&id=x", "what=", ""] {
        assert!(matches!(site.form(&path, &[], body).status, 400 | 404), "{body}");
    }
    assert_eq!(waiting().len(), 3);
}

#[test]
fn what_is_done_can_be_taken_back_once() {
    let site = serve(true, false);
    let path = format!("/s/{}/edit", site.story);
    site.form(&path, &[], "what=mute");
    let row = site.store.edits_waiting(10).unwrap().remove(0);
    let undo = (site.story, Edit::Mute { muted: false });
    site.store.record_edit(row.id, &[], &undo, crate::site::NOW.parse().unwrap()).unwrap();
    assert!(site.get(&path).body.contains("Take back"));
    let body = format!("what=undo&id={}", row.id);
    assert_eq!(site.form(&path, &[], &body).status, 303);
    let asked = site.store.edits_waiting(10).unwrap().remove(0);
    assert_eq!((asked.edit, asked.undoes), (Edit::Mute { muted: false }, Some(row.id)));
    assert_eq!(site.form(&path, &[], &body).status, 400, "once");
    site.store.refuse_edit(asked.id, "a fault").unwrap();
    assert!(site.get(&path).body.contains("could not be done: a fault"));
}
