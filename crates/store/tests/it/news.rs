//! What pages are kept by: the numbers that say whether anything changed.

use stories::{Arrival, ArticleId, Story, StoryId, Update, UpdateKind};

use crate::both::on_both;
use crate::{article, at};

fn story(id: i64, title: &str) -> Story {
    Story { id: StoryId(id), title: title.to_owned(), last: at(10 * id), ..Story::default() }
}

#[test]
fn every_change_of_a_story_is_noticed_and_given_once() {
    on_both(|place| {
        let store = place.open();
        let start = store.news_version().unwrap();
        assert_eq!(start, 0);
        // On a server the other tests are at work too: a mark may change without us, but it does not always.
        let still = |_| {
            let first = store.commit_mark().unwrap();
            store.news_version().unwrap();
            (store.commit_mark().unwrap() == first).then_some(first)
        };
        let first = (0..1000).find_map(still).expect("reading changes nothing");
        let put = |n: i64, changed: Vec<Story>| {
            let url = format!("https://a.example/{n}");
            let revision =
                store.record_article(None, &url, &article(&url), at(n)).unwrap().unwrap();
            let story = changed.first().map_or(StoryId(1), |s| s.id);
            let arrival = Arrival { story, changed, ..Arrival::default() };
            store.record_arrival(revision, ArticleId(n), at(n), &arrival, &[]).unwrap();
        };
        let names = |after: i64| {
            let mut found =
                store.stories_changed(after, at(0), 100, |n, s| (n, s.id.0, s.title)).unwrap();
            found.sort();
            found.into_iter().map(|(_, id, title)| format!("{id} {title}")).collect::<Vec<_>>()
        };
        put(1, vec![story(1, "one")]);
        put(2, vec![story(2, "two")]);
        let seen = store.news_version().unwrap();
        assert!(seen > start && store.commit_mark().unwrap() != first);
        assert_eq!(names(0), ["1 one", "2 two"]);
        assert!(names(seen).is_empty());
        put(3, vec![story(1, "one, again")]);
        assert_eq!(names(seen), ["1 one, again"]);
        assert!(
            store.story_version(StoryId(1)).unwrap() > store.story_version(StoryId(2)).unwrap()
        );
        // An article that changes nothing but itself is a change of the page that lists it.
        let before = store.news_version().unwrap();
        put(4, Vec::new());
        assert!(store.news_version().unwrap() > before);
        assert_eq!(store.story_version(StoryId(9)).unwrap(), 0);
    });
}

#[test]
fn updates_without_words_are_left_out_before_they_are_counted() {
    on_both(|place| {
        let store = place.open();
        let revision =
            store.record_article(None, "https://a.example/1", &article("x"), at(1)).unwrap();
        let update = |revision: u32, text: &str| Update {
            story: StoryId(1),
            revision,
            follows_revision: revision - 1,
            at: at(1),
            article: ArticleId(1),
            outlet: "Ledger".into(),
            kind: UpdateKind::NewOutlet,
            text: text.into(),
            language: "en".into(),
            evidence: Vec::new(),
            figure: None,
            statement: None,
            importance: 0.0,
        };
        let arrival = Arrival {
            story: StoryId(1),
            changed: vec![story(1, "one")],
            updates: vec![update(1, "a"), update(2, "b"), update(3, ""), update(4, "")],
            ..Arrival::default()
        };
        store.record_arrival(revision.unwrap(), ArticleId(1), at(1), &arrival, &[]).unwrap();
        let told: Vec<u32> =
            store.updates_told(StoryId(1), 1).unwrap().iter().map(|u| u.revision).collect();
        assert_eq!(told, [2]);
        let titles = store.titles(&[ArticleId(1), ArticleId(7)]).unwrap();
        assert_eq!(titles.into_iter().collect::<Vec<_>>(), [(ArticleId(1), "A title".to_owned())]);
        let now = store.listings_now().unwrap();
        assert_eq!((now.all, now.answering, now.answered_at), (0, 0, None));
    });
}
