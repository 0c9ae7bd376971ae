//! Stores of other programs: an earlier one's is opened with everything in it, a later one's is left alone, and an owner that runs
//! goes on while a later program brings the schema up.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reading::Reading;
use store::{DeliveryState, Error, Search, Shard, Store, Verdict};
use stories::{Arrival, Story, StoryId};

use crate::both::Place;
use crate::same::NEXT_IDS;
use crate::{article, at, delivery};

/// What an earlier program had in its store.
const ROWS: &str = include_str!("older.sql");

/// The first schema that had an outbox; on a server, the first there was.
const FIRST: [(&str, i64); 2] = [("sqlite", 2), ("postgres", 8)];

/// The schema of each migration of an engine with its statements, in order.
fn migrations(engine: &str) -> Vec<(i64, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let schema = name.split('_').next().unwrap().parse().unwrap();
            (schema, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Makes a store as a program of that schema left it.
fn make(place: &Place, engine: &str, schema: i64) {
    let of_server = engine == "postgres";
    let key = |n: u8| {
        let bytes = format!("{n:02x}").repeat(16);
        if of_server { format!("'\\x{bytes}'::bytea") } else { format!("x'{bytes}'") }
    };
    for (_, statements) in migrations(engine).iter().filter(|(to, _)| *to <= schema) {
        place.sql(statements);
    }
    place.sql(&(1..=4).fold(ROWS.to_owned(), |sql, n| sql.replace(&format!("KEY{n}"), &key(n))));
    if of_server {
        place.sql(&format!(
            "CREATE TABLE uptospeed_schema (version BIGINT NOT NULL); INSERT INTO uptospeed_schema VALUES ({schema});
             INSERT INTO words SELECT article, to_tsvector('simple', title) FROM revision"
        ));
        place.sql(NEXT_IDS);
    } else {
        place.sql(&format!("PRAGMA user_version = {schema}"));
    }
}

/// Finds every row, and does with it what is next.
fn goes_on(place: &Place) {
    let store = place.open();
    store.check().unwrap();
    assert_eq!(store.article_count().unwrap(), 3);
    assert_eq!(store.revisions_waiting().unwrap(), (1, 1));
    assert_eq!(store.meta("telegram.offset").unwrap().as_deref(), Some("71"));
    assert_eq!(store.due_listings(at(0), 9, |_, _| true).unwrap().len(), 1);
    let due = store.due_items_by_host(at(0), 9, 9, |_| true).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].url, "https://coast.example/harbour");
    let story = store.story(StoryId(7)).unwrap().unwrap();
    assert_eq!((story.members.len(), story.figures[0].best), (1, Some(2)));
    assert_eq!(story.statements[0].speaker, "Mira Holt");
    let told = store.told(StoryId(7)).unwrap();
    assert_eq!((told.updates.len(), told.posted, told.shown), (1, vec![1], vec![1]));
    let words = Search { words: vec!["sandhaven".into()], ..Search::default() };
    assert_eq!(store.search(&words, 9, 0).unwrap().len(), 1);
    assert!(store.news_version().unwrap() > 0, "a page that is open hears of it");
    // What was to be read and told.
    let unread = store.claim_unread(9, Duration::from_secs(30)).unwrap();
    assert_eq!(unread[0].article.text, "A tug is on its way to the ferry.");
    store.record_readings("m", &[(unread[0].id, Reading::default())]).unwrap();
    let untold = store.untold(9).unwrap();
    assert_eq!(untold.len(), 2);
    assert_eq!(untold[0].1.sentences.len(), 1, "the reading of the earlier program");
    delivers(&store);
    // What comes next has ids of its own.
    assert!(store.add_listing("https://new.example/feed", None, at(1)).unwrap());
    let new = store.record_article(None, "https://new.example/1", &article("x"), at(1)).unwrap();
    assert!(new.unwrap() > 3);
    drop(store);
    assert_eq!(place.open().article_count().unwrap(), 4, "a second time there is nothing to do");
}

fn sent(delivery: i64, message: &str) -> Verdict {
    let message = Some(message.to_owned());
    Verdict { delivery, state: DeliveryState::Sent, message, ..Verdict::default() }
}

/// The edit that waited is sent as an edit; what was on its way is read back, and its chat waits so long.
fn delivers(store: &Store) {
    let now = at(100);
    let lease = store.take_shard(Shard::Deliver, "new", Duration::from_secs(9), false).unwrap();
    let courier = store.fenced(&lease.unwrap());
    assert_eq!(courier.recover_deliveries(now, at(190)).unwrap(), 1);
    courier.enqueue(&[delivery(2, "story:8".into())]).unwrap();
    let claimed = courier.claim_deliveries(now, 9).unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].id, claimed[0].edits.as_deref()), (2, Some("41")));
    let doubt = courier.unknown_deliveries(at(190), 9).unwrap();
    assert_eq!(doubt.iter().map(|row| (row.id, row.mark)).collect::<Vec<_>>(), [(3, Some(12))]);
    courier.record_verdicts(&[sent(2, "41"), sent(3, "13")], now).unwrap();
    assert_eq!(courier.claim_deliveries(at(200), 9).unwrap()[0].mark, Some(13));
    assert_eq!(courier.outbox_counts(Timestamp::UNIX_EPOCH).unwrap().sent, 3);
}

#[test]
fn a_store_of_every_earlier_schema_is_opened_with_everything_in_it() {
    for (engine, first) in FIRST {
        let newest = migrations(engine).last().unwrap().0;
        assert!(first < newest);
        for schema in first..newest {
            let place = if engine == "sqlite" { Some(Place::file()) } else { Place::server() };
            let Some(place) = place else { return };
            make(&place, engine, schema);
            goes_on(&place);
        }
    }
}

/// What a later program may do to a schema while earlier ones run: add.
const GROWN: &str = "ALTER TABLE revision ADD COLUMN later TEXT; ALTER TABLE delivery ADD COLUMN later BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE story ADD COLUMN later TEXT; ALTER TABLE shard ADD COLUMN later TEXT; ALTER TABLE listing ADD COLUMN later TEXT;
    CREATE TABLE later (id BIGINT PRIMARY KEY); UPDATE uptospeed_schema SET version = version + 1";

#[test]
fn an_owner_goes_on_while_a_later_program_lets_the_schema_grow_and_one_that_starts_then_is_refused()
{
    let Some(place) = Place::server() else { return };
    make(&place, "postgres", migrations("postgres").last().unwrap().0);
    let store = place.open();
    let lease = store.take_shard(Shard::Stories, "old", Duration::from_secs(60), false).unwrap();
    let owner = store.fenced(&lease.clone().unwrap());
    // Each statement is prepared before the schema grows and used after it.
    let work = |n: i64| {
        let url = format!("https://a.example/{n}");
        let revision = owner.record_article(None, &url, &article("Text."), at(n)).unwrap().unwrap();
        let unread = owner.claim_unread(9, Duration::from_secs(1)).unwrap();
        let read: Vec<_> = unread.iter().map(|r| (r.id, Reading::default())).collect();
        owner.record_readings("m", &read).unwrap();
        assert!(owner.untold(99).unwrap().iter().any(|(r, _)| r.id == revision));
        let id = owner.article_at(&url).unwrap().unwrap();
        let story = Story { id: StoryId(20 + n), last: at(n), ..Story::default() };
        let arrival = Arrival { story: story.id, changed: vec![story], ..Arrival::default() };
        owner.record_arrival(revision, id, at(n), &arrival, &[]).unwrap();
        assert!(owner.story(StoryId(20 + n)).unwrap().is_some());
        owner.enqueue(&[delivery(1, format!("story:{}", 20 + n))]).unwrap();
        for row in owner.claim_deliveries(at(200 + n), 9).unwrap() {
            owner.record_verdicts(&[sent(row.id, "50")], at(200 + n)).unwrap();
        }
        assert_eq!(owner.listings().unwrap().len(), 1);
        assert!(owner.keep_shard(lease.as_ref().unwrap(), Duration::from_secs(60)).unwrap());
    };
    work(1);
    place.sql(GROWN);
    work(2);
    let error = Store::open(place.path()).unwrap_err();
    assert!(matches!(error, Error::Newer { found, known, .. } if found == known + 1), "{error}");
    assert!(error.to_string().contains("use that one"), "{error}");
}
