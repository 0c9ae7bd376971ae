//! The store from outside: what a step commits is all there or not at all, and bad files are named.
#![expect(clippy::unwrap_used, reason = "tests")]

mod both;
mod crash;
mod kills;
mod migrate;
mod news;
mod older;
mod people;
mod same;
mod server;
mod shard;

use both::{Place, on_both};

use article::feed::Entry;
use article::{Article, Moment};
use jiff::{SignedDuration, Timestamp};
use reading::Reading;
use store::{Action, Error, NewDelivery, Polled, Store};
use stories::{Arrival, ArticleId, Member, Story, StoryId};

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + secs).unwrap()
}

fn entry(url: &str, title: &str) -> (String, Entry) {
    (url.to_owned(), Entry { title: Some(title.to_owned()), ..Entry::default() })
}

fn article(text: &str) -> Article {
    Article {
        title: Some("A title".into()),
        outlet: Some("Ledger".into()),
        text: text.into(),
        ..Article::default()
    }
}

/// A row of the outbox as a story's first step makes it.
fn delivery(destination: i64, what: String) -> NewDelivery {
    NewDelivery {
        destination,
        content_key: store::key(&[&what]),
        what,
        step: 1,
        action: Action::Post,
        card: "{}".into(),
        due_at: at(0),
        created_at: at(0),
        follow: None,
    }
}

#[test]
fn an_item_is_fetched_once_and_again_only_when_the_listing_says_something_else() {
    on_both(|place| {
        let store = place.open();
        assert!(store.add_listing("https://a.example/feed", None, at(0)).unwrap());
        assert!(!store.add_listing("https://a.example/feed", None, at(0)).unwrap());
        let listing = store.due_listings(at(0), 9, |_, _| true).unwrap().remove(0);
        let polled = |title: &str| Polled {
            entries: vec![
                entry("https://a.example/1?utm_source=rss", title),
                entry("https://a.example/2", "two"),
            ],
            ..Polled::default()
        };
        let next = at(600);
        assert_eq!(store.record_poll(listing.id, &polled("one"), at(1), next).unwrap(), 2);
        assert_eq!(
            store.record_poll(listing.id, &polled("one"), at(2), next).unwrap(),
            0,
            "the same entries again"
        );
        let due = store.due_items(at(2), 9).unwrap();
        assert_eq!(due.len(), 2);
        for item in &due {
            assert!(
                store
                    .record_article(Some(item.id), &item.url, &article(&item.url), at(3))
                    .unwrap()
                    .is_some()
            );
        }
        assert!(store.due_items(at(3), 9).unwrap().is_empty());
        assert_eq!(
            store.record_poll(listing.id, &polled("one, corrected"), at(4), next).unwrap(),
            1
        );
        let again = store.due_items(at(4), 9).unwrap();
        assert_eq!(again.len(), 1);
        // The same text again is no revision; another text is one of the same article.
        let url = &again[0].url;
        assert_eq!(
            store.record_article(Some(again[0].id), url, &article(url), at(5)).unwrap(),
            None
        );
        assert!(
            store.record_article(None, url, &article("another text"), at(6)).unwrap().is_some()
        );
        assert_eq!(store.article_count().unwrap(), 2);
    });
}

#[test]
fn a_failed_item_waits_or_is_set_aside_with_its_reason() {
    on_both(|place| {
        let store = place.open();
        store.add_listing("https://a.example/feed", None, at(0)).unwrap();
        let polled =
            Polled { entries: vec![entry("https://a.example/1", "one")], ..Polled::default() };
        store.record_poll(1, &polled, at(0), at(600)).unwrap();
        let item = store.due_items(at(0), 9).unwrap().remove(0);
        store.record_item_failure(item.id, "answered 503", Some(at(60))).unwrap();
        assert!(store.due_items(at(59), 9).unwrap().is_empty());
        assert_eq!(store.due_items(at(60), 9).unwrap()[0].tries, 1);
        store.record_item_failure(item.id, "answered 404 (not found)", None).unwrap();
        assert!(store.due_items(at(9999), 9).unwrap().is_empty());
        let aside = store.set_aside(9).unwrap();
        assert_eq!(
            aside,
            [("https://a.example/1".to_owned(), "answered 404 (not found)".to_owned())]
        );
    });
}

#[test]
fn an_article_goes_from_unread_to_told_and_its_story_is_there_after_a_restart() {
    on_both(|place| {
        let store = place.open();
        let id = store
            .record_article(None, "https://a.example/1", &article("Text."), at(0))
            .unwrap()
            .unwrap();
        assert_eq!(store.revisions_waiting().unwrap(), (1, 0));
        store.record_readings("test", &[(id, Reading::default())]).unwrap();
        assert_eq!(store.revisions_waiting().unwrap(), (0, 1));
        let (revision, _) = store.untold(9).unwrap().remove(0);
        let story = Story {
            id: StoryId(7),
            title: "A title".into(),
            last: at(5),
            members: vec![Member {
                article: revision.article_id,
                outlet: "Ledger".into(),
                language: "en".into(),
                at: at(0),
                copy_of: None,
            }],
            ..Story::default()
        };
        let arrival = Arrival {
            story: StoryId(7),
            opened: true,
            why: vec!["first of its kind".into()],
            changed: vec![story.clone()],
            features: vec![1, 2, 3],
            ..Arrival::default()
        };
        store.record_arrival(revision.id, revision.article_id, revision.at, &arrival, &[]).unwrap();
        assert_eq!(store.revisions_waiting().unwrap(), (0, 0));
        drop(store);
        let store = place.open();
        assert_eq!(store.story(StoryId(7)).unwrap(), Some(story.clone()));
        assert_eq!(store.stories_since(at(5), 9).unwrap().len(), 1);
        assert_eq!(store.shelved_since(at(0)).unwrap(), [(ArticleId(1), StoryId(7))]);
        let kept = [(ArticleId(1), vec![1, 2, 3])];
        let many: Vec<ArticleId> = (1..=70).map(ArticleId).collect();
        assert_eq!(store.features(&many).unwrap(), kept);
        let rows = store.story_rows(&[StoryId(6), StoryId(7)]).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((&rows[0].story, rows[0].articles.as_slice()), (&story, &kept[..]));
        assert_eq!(store.live_stories(at(5), StoryId(6), 9).unwrap(), std::slice::from_ref(&story));
        assert!(store.live_stories(at(5), StoryId(7), 9).unwrap().is_empty());
        assert!(store.live_stories(at(6), StoryId(0), 9).unwrap().is_empty());
        assert_eq!(store.last_story_id().unwrap(), StoryId(7));
    });
}

#[test]
fn an_id_that_was_merged_away_leads_to_the_right_story_and_a_ring_ends() {
    on_both(|place| {
        let store = place.open();
        let story = |id: i64, into: Option<i64>| Story {
            id: StoryId(id),
            merged_into: into.map(StoryId),
            ..Story::default()
        };
        let id = store
            .record_article(None, "https://a.example/1", &article("Text."), at(0))
            .unwrap()
            .unwrap();
        let changed = vec![
            story(1, Some(2)),
            story(2, Some(3)),
            story(3, None),
            story(8, Some(9)),
            story(9, Some(8)),
        ];
        let arrival = Arrival { story: StoryId(3), changed, ..Arrival::default() };
        store.record_arrival(id, ArticleId(1), at(0), &arrival, &[]).unwrap();
        assert_eq!(store.story(StoryId(1)).unwrap().map(|s| s.id), Some(StoryId(3)));
        assert_eq!(store.story(StoryId(8)).unwrap(), None);
        assert_eq!(store.story(StoryId(99)).unwrap(), None);
    });
}

#[test]
fn nonsense_dates_do_not_move_an_article_through_time() {
    let now = at(0);
    for (published, believed) in [
        (Some("1970-01-01T00:00:00Z"), now),
        (Some("9999-12-30T00:00:00Z"), now),
        (None, now),
        (Some("2026-09-20T10:00:00Z"), "2026-09-20T10:00:00Z".parse().unwrap()),
    ] {
        let moment = published.and_then(Moment::rfc3339).map(|m| m.at);
        assert_eq!(store::believed(moment, now), believed, "{published:?}");
    }
    let soon = now.checked_add(SignedDuration::from_mins(5)).unwrap();
    assert_eq!(store::believed(Some(soon), now), soon, "outlets' clocks differ by minutes");
}

#[test]
fn a_file_that_is_no_store_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    let letter = "Dear editor, this is no database. ".repeat(200);
    std::fs::write(&path, &letter).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, Error::Corrupt(..)), "{error}");
    assert!(error.to_string().contains("letter.txt"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);
    assert!(matches!(Store::open(folder.path()), Err(Error::Open(..))));
}

#[test]
fn damage_to_the_files_structure_is_found_and_none_panics() {
    let place = Place::file();
    let store = place.open();
    for n in 0..200 {
        let url = format!("https://a.example/{n}");
        store
            .record_article(None, &url, &article(&format!("Text {n}. ").repeat(50)), at(n))
            .unwrap();
    }
    drop(store);
    let path = place.path();
    let good = std::fs::read(path).unwrap();
    let mut found = 0;
    for n in 0..60 {
        let mut bytes = good.clone();
        let from = 100 + n * (bytes.len() - 200) / 60;
        bytes[from..from + 64].fill(0xA5);
        std::fs::write(path, &bytes).unwrap();
        drop(std::fs::remove_file(path.with_extension("db-wal")));
        drop(std::fs::remove_file(path.with_extension("db-shm")));
        match Store::open(path) {
            Ok(store) => found += usize::from(store.check().is_err() || store.unread(500).is_err()),
            Err(_) => found += 1,
        }
    }
    // Damage to the file's structure is found; SQLite keeps no checksum of what stands inside a text.
    assert!(found >= 20, "only {found} of 60 damages were noticed");
}

#[test]
fn a_store_of_a_newer_program_is_refused() {
    let place = Place::file();
    let store = place.open();
    drop(store);
    let path = place.path();
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.pragma_update(None, "user_version", 999).unwrap();
    drop(conn);
    assert!(matches!(Store::open(path), Err(Error::Newer { found: 999, .. })));
}

#[test]
fn a_full_disk_loses_nothing_and_is_over_when_there_is_space() {
    let place = Place::file();
    let store = place.open();
    let big = |n: usize| article(&format!("{n} ").repeat(20_000));
    store.record_article(None, "https://a.example/0", &big(0), at(0)).unwrap();
    store.limit_pages_for_tests(Some(60));
    let mut kept = 1;
    let error = loop {
        match store.record_article(None, &format!("https://a.example/{kept}"), &big(kept), at(1)) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 1000);
    };
    assert!(matches!(error, Error::Full), "{error}");
    assert_eq!(store.article_count().unwrap() as usize, kept, "all or nothing");
    store.limit_pages_for_tests(None);
    store.record_article(None, "https://a.example/after", &big(9), at(2)).unwrap();
    assert!(store.check().is_ok());
}
