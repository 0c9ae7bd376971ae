//! What only a server can do: go away, come back, refuse, and have many writers at a time.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reading::Reading;
use store::{Arrived, DeliveryState, Error, Store, Verdict};
use stories::{Arrival, ArticleId, Story, StoryId};

use crate::both::{Place, SERVER};
use crate::{article, at, delivery};

#[test]
fn couriers_of_several_processes_never_claim_the_same_row_or_chat() {
    let Some(place) = Place::server() else { return };
    let store = place.open();
    let chats: Vec<String> = (0..10).map(|n| format!("@chat{n}")).collect();
    store.add_destinations("telegram", &chats).unwrap();
    let rows: Vec<_> = (0..120).map(|n| delivery(1 + n % 10, format!("story:{n}"))).collect();
    store.enqueue(&rows).unwrap();
    let claimed_rows = Mutex::new(BTreeSet::new());
    let busy_chats = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = place.open();
                while claimed_rows.lock().unwrap().len() < rows.len() {
                    for row in store.claim_deliveries(at(10), 3).unwrap() {
                        let chat = row.destination.address.clone();
                        assert!(claimed_rows.lock().unwrap().insert(row.id), "{} twice", row.id);
                        assert!(busy_chats.lock().unwrap().insert(chat.clone()), "two in {chat}");
                        // Told as done only after that is written: so it is free from here on, and not before.
                        busy_chats.lock().unwrap().remove(&chat);
                        let done = Verdict {
                            delivery: row.id,
                            state: DeliveryState::Sent,
                            message: Some(row.id.to_string()),
                            ..Verdict::default()
                        };
                        store.record_verdicts(&[done], at(11)).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(store.outbox_counts(at(0)).unwrap().sent, 120);
}

#[test]
fn a_page_that_follows_the_news_misses_no_change_while_several_write() {
    let Some(place) = Place::server() else { return };
    let (writing, total) = (AtomicUsize::new(3), 3 * 25);
    let seen = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for thread in 0..3i64 {
            let (place, writing) = (&place, &writing);
            scope.spawn(move || {
                let store = place.open();
                for n in 0..25 {
                    let id = 1 + thread * 100 + n;
                    let url = format!("https://a.example/{id}");
                    let revision =
                        store.record_article(None, &url, &article(&url), at(0)).unwrap().unwrap();
                    store.record_readings("m", &[(revision, Reading::default())]).unwrap();
                    let article = store.article_at(&url).unwrap().unwrap();
                    let story = Story { id: StoryId(id), last: at(id), ..Story::default() };
                    let arrival =
                        Arrival { story: story.id, changed: vec![story], ..Arrival::default() };
                    store.record_arrival(revision, article, at(0), &arrival, &[]).unwrap();
                }
                writing.fetch_sub(1, Ordering::SeqCst);
            });
        }
        scope.spawn(|| {
            let store = place.open();
            let mut after = 0;
            loop {
                let last = writing.load(Ordering::SeqCst) == 0;
                // From the first change on, as a page does that was opened before the first story.
                let news = store
                    .stories_changed(after.max(1) - 1, at(0), 1_000, |n, s| (n, s.id.0))
                    .unwrap();
                for (n, id) in news {
                    after = after.max(n);
                    seen.lock().unwrap().insert(id);
                }
                if last {
                    break;
                }
            }
        });
    });
    assert_eq!(seen.lock().unwrap().len(), total);
}

/// Cuts what is in the middle of something, after pauses of different lengths so that the cuts fall into different steps.
fn cut_again_and_again(place: &Place, done: &AtomicBool) -> usize {
    let (mut cuts, mut chance) = (0, 1u64);
    while !done.load(Ordering::SeqCst) {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let pause = std::time::Duration::from_micros(50_000 + (chance >> 33) % 150_000);
        std::thread::sleep(pause);
        // Whoever is waited for is met in the middle of it.
        let deadline = std::time::Instant::now() + pause;
        while !done.load(Ordering::SeqCst) && std::time::Instant::now() < deadline {
            let cut = place.cut_connections();
            cuts += cut;
            if cut > 0 {
                break;
            }
        }
    }
    cuts
}

#[test]
fn connections_that_are_cut_at_any_moment_lose_and_double_nothing() {
    let Some(place) = Place::server() else { return };
    let store = place.open();
    let done = AtomicBool::new(false);
    let (mut refused, mut cuts) = (0, 0);
    std::thread::scope(|scope| {
        let cutter = scope.spawn(|| cut_again_and_again(&place, &done));
        for n in 0..100 {
            let url = format!("https://a.example/{n}");
            // What fails is done again, as the loop of the program does it.
            while let Err(error) = store.record_article(None, &url, &article(&url), at(n)) {
                assert!(matches!(error, Error::Away(_)), "{error}");
                refused += 1;
            }
        }
        done.store(true, Ordering::SeqCst);
        cuts = cutter.join().unwrap();
    });
    assert_eq!(store.article_count().unwrap(), 100);
    assert_eq!(store.revisions_waiting().unwrap(), (100, 0));
    assert!(cuts > 0 && refused > 0, "{cuts} connections cut, {refused} calls refused");
}

#[test]
fn a_commit_whose_answer_is_lost_is_asked_for_and_told_as_it_was() {
    let Some(place) = Place::server() else { return };
    let store = place.open();
    // Each row is written once or not at all, and the answer says which: a claim that nobody knows of would never be sent.
    store.add_destinations("telegram", &["@a".to_owned()]).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            cut_again_and_again(&place, &done);
        });
        for n in 0..30 {
            while store.enqueue(&[delivery(1, format!("story:{n}"))]).is_err() {}
            let claimed = loop {
                match store.claim_deliveries(at(10), 9) {
                    Ok(claimed) if claimed.is_empty() => {
                        panic!("the claim of story:{n} was committed and told as failed")
                    }
                    Ok(claimed) => break claimed,
                    Err(_) => {}
                }
            };
            let sent = Verdict {
                delivery: claimed[0].id,
                state: DeliveryState::Sent,
                ..Verdict::default()
            };
            while store.record_verdicts(std::slice::from_ref(&sent), at(11)).is_err() {}
        }
        done.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_server_that_cannot_be_used_is_told_in_words_and_without_its_password() {
    let Some(place) = Place::server() else { return };
    let url = std::env::var(SERVER).unwrap();
    let check = |url: &str, expected: fn(&Error) -> bool, words: &str| {
        let error = Store::open(Path::new(url)).unwrap_err();
        assert!(expected(&error), "{url}: {error:?}");
        assert!(error.to_string().contains(words), "{url}: {error}");
        assert!(!error.to_string().contains("secret-word"), "{url}: {error}");
    };
    check("postgres://", |e| matches!(e, Error::Url(_)), "names no host");
    check("postgres://host/a?b", |e| matches!(e, Error::Url(_)), "postgres://user:password@");
    check("postgres://h/a?sslmode=require", |e| matches!(e, Error::Url(_)), "sslmode=require");
    check(
        "postgres://me:secret-word@127.0.0.1:1/news",
        |e| matches!(e, Error::Away(_)),
        "postgres://127.0.0.1:1/news",
    );
    let (user, rest) = url.split_once('@').unwrap();
    let name = user.rsplit_once(':').unwrap().0;
    check(
        &format!("{name}:secret-word@{rest}"),
        |e| matches!(e, Error::Refused(_)),
        "password authentication failed",
    );
    let (server, _) = url.rsplit_once('/').unwrap();
    check(
        &format!("{server}/no-such-database"),
        |e| matches!(e, Error::Refused(_)),
        "\"no-such-database\" does not exist",
    );
    check(
        &format!("{url}?options=-csearch_path%3Dnowhere"),
        |e| matches!(e, Error::Refused(_)),
        "the schema of search_path is not there",
    );
    assert!(!place.open().place().contains('@'), "{}", place.open().place());
}

#[test]
fn a_schema_of_a_newer_program_is_refused_and_left_alone() {
    let Some(place) = Place::server() else { return };
    drop(place.open());
    place.sql("UPDATE uptospeed_schema SET version = 999");
    let error = Store::open(place.path()).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("written by a newer uptospeed"), "{error}");
}

#[test]
fn a_zero_in_a_text_stops_nothing() {
    let Some(place) = Place::server() else { return };
    let store = place.open();
    let revision = store.record_article(None, "https://a.example/1", &article("a\0b c"), at(0));
    assert!(revision.unwrap().is_some());
    assert_eq!(store.unread(9).unwrap()[0].article.text, "a\u{FFFD}b c");
    let arrived: [Arrived<'_>; 0] = [];
    store.record_arrivals(&arrived, |_, _| Ok(Vec::new())).unwrap();
    assert_eq!(store.texts(&[ArticleId(1)]).unwrap().len(), 1);
}

#[test]
fn two_programs_that_open_an_empty_schema_at_once_make_it_once() {
    let Some(place) = Place::server() else { return };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| place.open().article_count().unwrap());
        }
    });
}
