//! Who has charge of what: one owner at a time, and no word of the one before is written.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use reading::Reading;
use store::{DeliveryState, Error, Lease, Shard, Store, Verdict};
use stories::{Arrival, Edit, Story, StoryId};

use crate::both::{Place, on_both};
use crate::{article, at, delivery};

const LONG: Duration = Duration::from_secs(600);

/// Long enough to be seen, short enough to be waited for.
const SHORT: Duration = Duration::from_millis(300);

fn take(store: &Store, shard: Shard, owner: &str, length: Duration) -> Option<Lease> {
    store.take_shard(shard, owner, length, false).unwrap()
}

/// Lets a lease end by the store's clock.
fn end(place: &Place, lease: &Lease) {
    place.sql(&format!("UPDATE shard SET lease_until = 0 WHERE id = '{}'", lease.shard.as_str()));
}

#[test]
fn a_shard_has_one_owner_until_its_lease_ends() {
    on_both(|place| {
        let (one, two) = (place.open(), place.open());
        let first = take(&one, Shard::Stories, "one", LONG).unwrap();
        assert_eq!(first.epoch, 1);
        assert_eq!(take(&two, Shard::Stories, "two", LONG), None, "it is taken");
        assert!(take(&two, Shard::Deliver, "two", LONG).is_some(), "another one is not");
        // Kept alive past its first end.
        end(place, &first);
        assert!(one.keep_shard(&first, LONG).unwrap());
        assert_eq!(take(&two, Shard::Stories, "two", LONG), None);
        // A lease that ended is good again while nobody else took the shard.
        end(place, &first);
        assert!(one.keep_shard(&first, SHORT).unwrap());
        std::thread::sleep(SHORT * 2);
        let second = take(&two, Shard::Stories, "two", LONG).unwrap();
        assert_eq!((second.epoch, second.owner.as_str()), (2, "two"));
        assert!(!one.keep_shard(&first, LONG).unwrap(), "it is lost");
        one.leave_shard(&first).unwrap();
        assert_eq!(
            take(&one, Shard::Stories, "one", LONG),
            None,
            "what is lost cannot be given up"
        );
        two.leave_shard(&second).unwrap();
        assert_eq!(take(&one, Shard::Stories, "one", LONG).unwrap().epoch, 3);
        let forced = two.take_shard(Shard::Stories, "two", LONG, true).unwrap().unwrap();
        assert_eq!(forced.epoch, 4);
        let rows = one.shards().unwrap();
        let row = rows.iter().find(|row| row.id == "stories").unwrap();
        assert_eq!((row.owner.as_str(), row.epoch), ("two", 4));
        assert!(row.left.as_secs() > 500 && row.left.as_secs() <= 600, "{row:?}");
    });
}

fn refused<T: std::fmt::Debug>(done: &Result<T, Error>) {
    assert!(matches!(done, Err(Error::Fenced)), "{done:?}");
}

#[test]
fn an_owner_that_stood_still_writes_nothing_after_it_wakes() {
    on_both(|place| {
        let (old, new) = (place.open(), place.open());
        let url = "https://a.example/1";
        let revision = old.record_article(None, url, &article("Text."), at(0)).unwrap().unwrap();
        old.record_readings("m", &[(revision, Reading::default())]).unwrap();
        old.add_destinations("telegram", &["@a".to_owned()]).unwrap();
        old.enqueue(&[delivery(1, "story:1".into()), delivery(1, "story:2".into())]).unwrap();
        let id = old.article_at(url).unwrap().unwrap();
        let arrival = |title: &str| {
            let story =
                Story { id: StoryId(7), title: title.into(), last: at(5), ..Story::default() };
            Arrival { story: story.id, opened: true, changed: vec![story], ..Arrival::default() }
        };
        let (stories, deliver) = (Shard::Stories, Shard::Deliver);
        let lease = take(&old, stories, "old", LONG).unwrap();
        let sending = take(&old, deliver, "old", LONG).unwrap();
        let (shelf, courier) = (old.fenced(&lease), old.fenced(&sending));
        // While it owns them it writes, and its lease may even be over: nobody else has them.
        end(place, &lease);
        shelf.record_arrival(revision, id, at(0), &arrival("by the old one"), &[]).unwrap();
        let claimed = courier.claim_deliveries(at(1), 1).unwrap();
        assert_eq!(claimed.len(), 1);
        let edit =
            old.ask_edit("Ann", StoryId(7), &Edit::Mute { muted: true }, None, at(2)).unwrap();
        // It stands still; another one takes over and does its own.
        for lease in [&lease, &sending] {
            end(place, lease);
        }
        let now = take(&new, stories, "new", LONG).unwrap();
        let now_sending = take(&new, deliver, "new", LONG).unwrap();
        let other = new.fenced(&now_sending);
        assert_eq!(other.recover_deliveries(at(3), at(9)).unwrap(), 1);
        // It wakes, with everything that it had under way.
        let before = dump(&new);
        refused(&shelf.record_arrival(revision, id, at(0), &arrival("by a ghost"), &[]));
        refused(&shelf.record_edit(edit, &[], &(StoryId(7), Edit::Mute { muted: false }), at(4)));
        refused(&shelf.refuse_edit(edit, "a ghost's word"));
        refused(&shelf.set_revision_aside(revision, "a ghost's word"));
        refused(&courier.claim_deliveries(at(4), 9));
        let sent = Verdict {
            delivery: claimed[0].id,
            state: DeliveryState::Sent,
            message: Some("1".into()),
            ..Verdict::default()
        };
        refused(&courier.record_verdicts(std::slice::from_ref(&sent), at(4)));
        refused(&courier.recover_deliveries(at(4), at(9)));
        refused(&courier.fold(&[], &[claimed[0].id], at(4)));
        assert_eq!(dump(&new), before, "nothing of it is in the rows");
        // Reading is nobody's secret; the new owner writes, and so does whoever needs no shard.
        assert!(shelf.story(StoryId(7)).unwrap().is_some());
        new.fenced(&now)
            .record_edit(edit, &[], &(StoryId(7), Edit::Mute { muted: false }), at(5))
            .unwrap();
        other.record_verdicts(&[sent], at(5)).unwrap();
        old.set_meta("a", "1").unwrap();
    });
}

/// What the writes of the test above would change.
fn dump(store: &Store) -> String {
    let story = store.story(StoryId(7)).unwrap();
    let edits = store.edits_of(StoryId(7), 9).unwrap();
    let rows = store.deliveries(99).unwrap();
    format!("{story:?} {edits:?} {rows:?} {:?}", store.set_aside(9).unwrap())
}

#[test]
fn nobody_takes_a_shard_in_the_middle_of_its_owners_transaction() {
    let Some(place) = Place::server() else { return };
    let (old, new) = (place.open(), place.open());
    let url = "https://a.example/1";
    let revision = old.record_article(None, url, &article("Text."), at(0)).unwrap().unwrap();
    let id = old.article_at(url).unwrap().unwrap();
    let lease = take(&old, Shard::Stories, "old", LONG).unwrap();
    end(&place, &lease);
    let arrival = Arrival::default();
    let arrived = store::Arrived { revision, article: id, at: at(0), arrival: &arrival };
    old.fenced(&lease)
        .record_arrivals(&[arrived], |_, _| {
            // The fence was passed and nothing is committed: whoever comes now waits, without standing in a queue.
            assert_eq!(take(&new, Shard::Stories, "new", LONG), None);
            assert!(old.keep_shard(&lease, SHORT).unwrap(), "its own heart beats all the same");
            place.sql("UPDATE shard SET lease_until = 0");
            Err(Error::Panicked)
        })
        .unwrap_err();
    assert!(take(&new, Shard::Stories, "new", LONG).is_some());
}

#[test]
fn several_readers_claim_each_revision_once_and_what_one_leaves_is_free_again() {
    on_both(|place| {
        let store = place.open();
        for n in 0..60 {
            let url = format!("https://a.example/{n}");
            store.record_article(None, &url, &article(&url), at(n)).unwrap();
        }
        // One that claims and is never heard of again.
        let lost = store.claim_unread(5, SHORT * 2).unwrap();
        assert_eq!(lost.iter().map(|r| r.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        let claimed = Mutex::new(BTreeSet::new());
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let store = place.open();
                    loop {
                        let batch = store.claim_unread(7, LONG).unwrap();
                        for revision in &batch {
                            assert!(
                                claimed.lock().unwrap().insert(revision.id),
                                "{} twice",
                                revision.id
                            );
                        }
                        if claimed.lock().unwrap().len() == 60 {
                            break;
                        }
                        if batch.is_empty() {
                            std::thread::sleep(Duration::from_millis(10));
                        }
                    }
                });
            }
        });
        assert_eq!(store.revisions_waiting().unwrap(), (60, 0), "claimed is not read");
    });
}
