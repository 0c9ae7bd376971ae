//! One long history of a store, every function of it asked in between: both engines give the same answers, word by word.

use article::feed::Entry;
use reading::Reading;
use store::{
    Action, Arrived, Chain, DeliveryState, FetchedPage, Filling, GapState, Guest, ListingKind,
    NewDelivery, Polled, Proof, ProofKind, RobotsRow, RobotsRule, Role, Ruling, Scope, Search,
    Seen, Store, Subject, Subscription, SubscriptionState, Ticket, Verdict,
};
use stories::{Arrival, ArticleId, Edit, Member, Story, StoryId, StoryPlace, Update, UpdateKind};

use crate::both::{Place, on_both};
use crate::{article, at, entry};

/// What was asked and answered.
struct Transcript<'p> {
    place: &'p Place,
    lines: Vec<String>,
}

impl Transcript<'_> {
    fn say(&mut self, line: String) {
        self.lines.push(line);
        // A server uses up an id for a row that was there already, which a file does not: for the comparison they begin again.
        if self.place.is_server() {
            self.place.sql(NEXT_IDS);
        }
    }
}

/// Lets the next row of each table have the id after the highest.
pub(crate) const NEXT_IDS: &str = "DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['listing', 'item', 'article', 'revision', 'destination', 'follow', 'card', 'delivery', 'gap', 'person', 'edit'] LOOP
    EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, ''id''), coalesce(max(id), 0) + 1, false) FROM %I', t, t);
  END LOOP; END $$";

macro_rules! ask {
    ($log:expr, $store:ident . $call:ident ( $($given:expr),* $(,)? )) => {{
        let answer = $store.$call($($given),*);
        let words = match &answer {
            Ok(answer) => format!("{answer:?}"),
            Err(error) => format!("ERROR {error}"),
        };
        $log.say(format!("{}({}) = {words}", stringify!($call), stringify!($($given),*)));
        answer
    }};
}

#[test]
fn both_engines_tell_the_same_history() {
    let file = history(&Place::file());
    assert!(file.len() > 150, "{} questions", file.len());
    let errors: Vec<_> = file.iter().filter(|line| line.contains("ERROR")).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    if let Some(place) = Place::server() {
        let server = history(&place);
        let other: Vec<_> =
            file.iter().zip(&server).filter(|(file, server)| file != server).collect();
        assert!(other.is_empty(), "{} answers differ: {other:#?}", other.len());
        assert_eq!(file.len(), server.len());
    }
}

pub(crate) fn history(place: &Place) -> Vec<String> {
    let mut log = Transcript { place, lines: Vec::new() };
    let store = place.open();
    listings(&store, &mut log);
    articles(&store, &mut log);
    told(&store, &mut log);
    outbox(&store, &mut log);
    readers(&store, &mut log);
    people(&store, &mut log);
    drop(store);
    let store = place.open();
    pages(&store, &mut log);
    ask!(log, store.check()).ok();
    log.lines
}

fn listings(store: &Store, log: &mut Transcript<'_>) {
    for (n, host) in ["b.example", "a.example:8080", "c.example"].into_iter().enumerate() {
        let url = format!("https://{host}/feed");
        ask!(log, store.add_listing(&url, (n == 0).then_some("Ledger"), at(0))).ok();
    }
    ask!(log, store.set_listing_kind("https://c.example/feed", ListingKind::Page)).ok();
    ask!(log, store.due_listings(at(0), 2, |_, url| !url.contains("a.example"))).ok();
    let polled = Polled {
        etag: Some("\"1\"".into()),
        language: Some("en".into()),
        entries: vec![
            entry("https://b.example/1", "one"),
            entry("https://b.example/2", "two"),
            entry("https://a.example:8080/3", "three"),
        ],
        known: vec![("https://b.example/0".into(), Entry::default(), "before our time".into())],
        body_key: Some([7; 16]),
        rhythm_secs: Some(600),
        chain: Some(Chain(vec![[1; 16], [2; 16]])),
        gap_since: Some(at(-900)),
        hub: Some(("https://hub.example/".into(), "https://b.example/feed".into())),
        ..Polled::default()
    };
    ask!(log, store.record_poll(1, &polled, at(1), at(600))).ok();
    ask!(log, store.record_poll(1, &polled, at(2), at(600))).ok();
    let corrected = Polled {
        entries: vec![entry("https://b.example/2", "two, corrected")],
        moved_to: Some("https://b.example/rss".into()),
        ..Polled::default()
    };
    ask!(log, store.record_poll(1, &corrected, at(3), at(700))).ok();
    let taken = Polled {
        unchanged: true,
        moved_to: Some("https://b.example/rss".into()),
        ..Polled::default()
    };
    ask!(log, store.record_poll(2, &taken, at(3), at(700))).ok();
    ask!(log, store.record_push(1, &[entry("https://c.example/4", "four")], at(4))).ok();
    ask!(log, store.record_poll_failure(3, "answered 503", at(4), at(900), false)).ok();
    ask!(log, store.listings()).ok();
    ask!(log, store.listing(9)).ok();
    ask!(log, store.listings_now()).ok();
    ask!(log, store.gaps(None)).ok();
    ask!(log, store.gaps(Some(2))).ok();
    ask!(log, store.open_gaps(1, at(5))).ok();
    let filling = |state, url| Filling {
        gap: 1,
        entries: vec![entry(url, "found")],
        state,
        way: (state == GapState::Lost).then(|| "sitemap".to_owned()),
        note: Some("a note".into()),
        retry: at(50),
    };
    ask!(log, store.record_filling(1, &filling(GapState::Open, "https://b.example/5"), at(5))).ok();
    ask!(log, store.record_filling(1, &filling(GapState::Lost, "https://b.example/6"), at(6))).ok();
    ask!(log, store.gaps(Some(1))).ok();
    ask!(log, store.items_waiting()).ok();
    ask!(log, store.due_items(at(9), 3)).ok();
    ask!(log, store.due_items_by_host(at(9), 2, 4, |host| host != "c.example")).ok();
    ask!(log, store.due_items_by_host(at(9), 1, 9, |_| true)).ok();
    let robots =
        RobotsRow { rule: RobotsRule::Read, text: Some("User-agent: *".into()), at: at(1) };
    ask!(log, store.record_robots("b.example", &robots)).ok();
    ask!(log, store.robots("b.example")).ok();
    ask!(log, store.robots("d.example")).ok();
    ask!(log, store.hold_host("b.example", at(100))).ok();
    ask!(log, store.hold_host("b.example", at(50))).ok();
    ask!(log, store.held_hosts(at(60))).ok();
    ask!(log, store.listings_to_subscribe(at(9), 9)).ok();
    let subscription = Subscription {
        listing: 1,
        hub: "https://hub.example/".into(),
        topic: "https://b.example/feed".into(),
        secret: "secret".into(),
        state: SubscriptionState::Active,
        lease_at: Some(at(99)),
        ask_at: at(90),
        heard_at: None,
        note: None,
    };
    ask!(log, store.record_subscription(&subscription)).ok();
    ask!(log, store.subscription(1)).ok();
    ask!(log, store.listings_to_subscribe(at(9), 9)).ok();
    ask!(log, store.add_listing("https://gone.example/feed", None, at(0))).ok();
    ask!(log, store.remove_listing("https://gone.example/feed")).ok();
    ask!(log, store.remove_listing("https://gone.example/feed")).ok();
    ask!(log, store.poll_listing_at(3, at(5))).ok();
}

fn articles(store: &Store, log: &mut Transcript<'_>) {
    let items = store.due_items(at(9), 9).unwrap();
    let text = |n: usize| match n {
        0 => "The Café Ångström on Harbour Street was hit by a light-rail train. \u{1F686}",
        1 => "A zero: \\u0000, and \"quotes\".",
        _ => "Light from the harbour; nothing of rails.",
    };
    let all: Vec<_> = (0..2).map(|n| article(text(n))).collect();
    let page = |n: usize| FetchedPage {
        url: &items[n].url,
        article: &all[n],
        validators: (Some("\"e\""), None),
        look: (n == 0).then(|| at(300)),
        furniture: (n == 0).then_some(("b.example", &[1u8, 0, 255] as &[u8])),
    };
    let pages = [(&items[0], page(0), at(10)), (&items[1], page(1), at(11))];
    ask!(log, store.record_all_fetched(&pages)).ok();
    ask!(log, store.record_fetched(&items[0], &page(0), at(12))).ok();
    ask!(log, store.furniture("b.example")).ok();
    ask!(log, store.due_looks(at(400), 9)).ok();
    ask!(log, store.record_look(items[0].id, (None, Some("Monday")), None, true)).ok();
    ask!(log, store.due_looks(at(400), 9)).ok();
    ask!(log, store.record_item_failure(items[2].id, "answered 503", Some(at(60)))).ok();
    ask!(log, store.record_item_failure(items[3].id, "answered 404", None)).ok();
    ask!(log, store.set_aside(9)).ok();
    for n in 2..6 {
        let url = format!("https://b.example/late/{n}");
        ask!(log, store.record_article(None, &url, &article(text(n)), at(20 + n as i64))).ok();
    }
    ask!(log, store.record_article(None, "https://b.example/late/2", &article("New."), at(30)))
        .ok();
    ask!(log, store.article_count()).ok();
    ask!(log, store.article_at("https://b.example/late/2#top")).ok();
    ask!(log, store.revisions(ArticleId(3))).ok();
    ask!(log, store.unread(4)).ok();
    let unread = store.unread(99).unwrap();
    let readings: Vec<_> = unread.iter().map(|r| (r.id, Reading::default())).collect();
    let (aside, read) = readings.split_last().unwrap();
    ask!(log, store.record_readings("m1", read)).ok();
    ask!(log, store.record_readings("m2", &read[..1])).ok();
    ask!(log, store.set_revision_aside(aside.0, "it was no news")).ok();
    ask!(log, store.set_aside(9)).ok();
    ask!(log, store.revisions_waiting()).ok();
    ask!(log, store.untold(2)).ok();
    ask!(log, store.article(ArticleId(1))).ok();
    ask!(log, store.article(ArticleId(99))).ok();
    ask!(log, store.readings_after(0, 3)).ok();
}

fn story(id: i64, title: &str) -> Story {
    let place = StoryPlace {
        name: "Harbour Street".into(),
        latitude: Some(1.5),
        longitude: None,
        country: None,
        articles: 1,
    };
    Story {
        id: StoryId(id),
        title: title.to_owned(),
        last: at(100 + id),
        revision: 3,
        places: vec![place],
        members: vec![Member {
            article: ArticleId(id),
            outlet: "Ledger".into(),
            language: "en".into(),
            at: at(id),
            copy_of: None,
        }],
        ..Story::default()
    }
}

fn update(story: i64, revision: u32, text: &str) -> Update {
    Update {
        story: StoryId(story),
        revision,
        follows_revision: revision - 1,
        at: at(100 + i64::from(revision)),
        article: ArticleId(1),
        outlet: "Ledger".into(),
        kind: UpdateKind::NewOutlet,
        text: text.into(),
        language: "en".into(),
        evidence: Vec::new(),
        figure: None,
        statement: None,
        importance: 0.5,
    }
}

fn delivery(destination: i64, what: &str, step: u32, action: Action, card: &str) -> NewDelivery {
    NewDelivery {
        destination,
        what: what.to_owned(),
        step,
        action,
        card: card.into(),
        content_key: store::key(&[card]),
        due_at: at(100 + i64::from(step)),
        created_at: at(100),
        follow: Some(1),
    }
}

const CARD: &str = r#"{"title": "A train on Harbour Street"}"#;

fn told(store: &Store, log: &mut Transcript<'_>) {
    for address in ["@desk", "@night", "https://hook.example/"] {
        let kind = if address.starts_with('@') { "telegram" } else { "webhook" };
        ask!(log, store.ensure_destination(kind, address, "")).ok();
    }
    ask!(log, store.ensure_destination("telegram", "@desk", "7")).ok();
    ask!(log, store.ensure_destination("email", "@desk", "")).ok();
    let untold = store.untold(99).unwrap();
    let first = &untold[0].0;
    let arrival = Arrival {
        story: StoryId(1),
        opened: true,
        why: vec!["first of its kind".into()],
        changed: vec![story(1, "one")],
        updates: vec![update(1, 1, "it began"), update(1, 2, "")],
        features: vec![0, 1, 255],
        ..Arrival::default()
    };
    let sent = [delivery(1, "story:1", 1, Action::Post, CARD)];
    ask!(log, store.record_arrival(first.id, first.article_id, first.at, &arrival, &sent)).ok();
    let more: Vec<Arrival> = (2..4)
        .map(|n| Arrival {
            story: StoryId(n),
            copy_of: (n == 3).then_some(ArticleId(1)),
            changed: vec![story(n, "two"), story(1, "one, grown")],
            updates: vec![update(n, 1, "another"), update(1, n as u32 + 1, "grown")],
            ..Arrival::default()
        })
        .collect();
    let all: Vec<Arrived<'_>> = untold[1..3]
        .iter()
        .zip(&more)
        .map(|((revision, _), arrival)| Arrived::of(revision, arrival))
        .collect();
    let done = store.record_arrivals(&all, |n, telling| {
        log.lines.push(format!("telling {n}: {:?}", telling.told(StoryId(1))?));
        let step = n as u32 + 2;
        Ok(vec![
            delivery(1, "story:1", step, Action::Post, &format!("{CARD}{n}")),
            delivery(2, "story:1", step, Action::Post, CARD),
            delivery(3, "story:1", step, Action::Item, CARD),
            delivery(1, "reply:1", step, Action::Reply, CARD),
        ])
    });
    done.unwrap();
    ask!(log, store.told(StoryId(1))).ok();
    ask!(log, store.revisions_waiting()).ok();
    ask!(log, store.shelved_since(at(0))).ok();
    ask!(log, store.features(&[ArticleId(1), ArticleId(2)])).ok();
    ask!(log, store.live_stories(at(0), StoryId(0), 9)).ok();
    ask!(log, store.story_rows(&[StoryId(1), StoryId(99)])).ok();
    ask!(log, store.last_story_id()).ok();
    ask!(log, store.story_of(ArticleId(1))).ok();
    ask!(log, store.updates(StoryId(1))).ok();
    ask!(log, store.updates_since(at(102))).ok();
    ask!(log, store.updates_between(at(101), at(103), 9)).ok();
    let undo = (StoryId(1), Edit::Mute { muted: false });
    ask!(log, store.ask_edit("Ada", StoryId(2), &Edit::Mute { muted: true }, None, at(110))).ok();
    ask!(log, store.ask_edit("Ada", StoryId(3), &Edit::Mute { muted: true }, Some(1), at(111)))
        .ok();
    ask!(log, store.edits_waiting(9)).ok();
    ask!(log, store.record_edit(1, &[story(2, "two, edited")], &undo, at(112))).ok();
    ask!(log, store.refuse_edit(2, "no")).ok();
    ask!(log, store.edits_of(StoryId(1), 9)).ok();
    ask!(log, store.edits_of(StoryId(2), 9)).ok();
    ask!(log, store.edit(2)).ok();
    ask!(log, store.edit(9)).ok();
}

fn outbox(store: &Store, log: &mut Transcript<'_>) {
    ask!(log, store.next_delivery_at()).ok();
    ask!(log, store.last_destination()).ok();
    ask!(log, store.add_follow(1, "everything", at(1))).ok();
    let claimed = ask!(log, store.claim_deliveries(at(200), 9)).unwrap();
    ask!(log, store.claim_deliveries(at(200), 9)).ok();
    let verdict = |id: i64, state| Verdict { delivery: id, state, ..Verdict::default() };
    let sent = Verdict {
        message: Some("17".into()),
        wait: vec![
            ("telegram @desk".into(), at(260), Some("flood".into())),
            ("telegram".into(), at(230), None),
        ],
        ..verdict(claimed[0].id, DeliveryState::Sent)
    };
    let lost = Verdict {
        uncertain: Some("open"),
        due_at: Some(at(240)),
        error: Some("no answer".into()),
        ..verdict(claimed[1].id, DeliveryState::Unknown)
    };
    ask!(log, store.record_verdicts(&[sent, lost], at(201))).ok();
    ask!(log, store.paces(at(201))).ok();
    ask!(log, store.next_delivery_by(at(201))).ok();
    ask!(log, store.unknown_deliveries(at(250), 9)).ok();
    ask!(log, store.claim_deliveries(at(300), 9)).ok();
    ask!(log, store.recover_deliveries(at(301), at(310))).ok();
    ask!(log, store.unknown_deliveries(at(320), 9)).ok();
    ask!(log, store.odd_deliveries(9)).ok();
    ask!(log, store.rule(claimed[1].id, Ruling::Arrived, at(321))).ok();
    ask!(log, store.rule(claimed[0].id, Ruling::Hold, at(321))).ok();
    ask!(log, store.outbox_counts(at(0))).ok();
    ask!(log, store.deliveries(99)).ok();
    ask!(log, store.deliveries_of(StoryId(1), 99)).ok();
    ask!(log, store.post(1, "story:1")).ok();
    ask!(log, store.post_gone(2, "story:1")).ok();
    ask!(log, store.last_step(1, "story:1")).ok();
    let many: Vec<_> =
        (0..4).map(|n| delivery(3, &format!("story:{}", 20 + n), 1, Action::Post, CARD)).collect();
    ask!(log, store.enqueue(&many)).ok();
    ask!(log, store.enqueue(&many)).ok();
    ask!(log, store.to_fold(at(400), 2)).ok();
    ask!(log, store.to_fold(at(400), 9)).ok();
    let posts = ask!(log, store.foldable(3, Action::Post, at(400))).unwrap();
    ask!(log, store.foldable(3, Action::Item, at(400))).ok();
    let digest = [delivery(3, "digest:2026-11-05T18", 0, Action::Digest, CARD)];
    let rows: Vec<i64> = posts.iter().map(|row| row.id).collect();
    ask!(log, store.fold(&digest, &rows[1..], at(401))).ok();
    ask!(log, store.fold(&digest, &rows[..1], at(402))).ok();
    for row in store.odd_deliveries(9).unwrap() {
        ask!(log, store.rule(row.id, Ruling::Resend, at(403))).ok();
    }
    ask!(log, store.rule(rows[0], Ruling::Release, at(403))).ok();
    ask!(log, store.move_chat("telegram", "@desk", "-100")).ok();
    ask!(log, store.deliveries(99)).ok();
    ask!(log, store.destinations()).ok();
    ask!(log, store.destination_counts(at(0))).ok();
    ask!(log, store.outbox_counts(at(101))).ok();
    ask!(log, store.claim_deliveries(at(500), 1)).ok();
    ask!(log, store.claim_deliveries(at(500), 9)).ok();
    ask!(log, store.next_delivery_at()).ok();
}

fn readers(store: &Store, log: &mut Transcript<'_>) {
    ask!(log, store.destination(2)).ok();
    ask!(log, store.destination(99)).ok();
    let hooks: Vec<String> =
        ["https://other.example/", "https://hook.example/"].map(str::to_owned).into();
    ask!(log, store.add_destinations("webhook", &hooks)).ok();
    ask!(log, store.set_destination_settings(2, "{\"zone\": \"UTC\"}")).ok();
    ask!(log, store.pause_destination(2, Some("the bot was blocked"))).ok();
    ask!(log, store.add_follow(1, "everything", at(2))).ok();
    ask!(log, store.add_follow(2, "trains", at(2))).ok();
    ask!(log, store.mute_follow(1, true)).ok();
    ask!(log, store.follows()).ok();
    ask!(log, store.mute_story(1, StoryId(1), true)).ok();
    ask!(log, store.mute_story(1, StoryId(1), true)).ok();
    ask!(log, store.mute_story(2, StoryId(1), false)).ok();
    ask!(log, store.told(StoryId(1))).ok();
    let answer = [delivery(1, "answer:5", 0, Action::Answer, CARD)];
    ask!(log, store.record_turn("5", "Ada", Some("{}"), &answer, 77, at(3))).ok();
    ask!(log, store.reader("5")).ok();
    ask!(log, store.meta("telegram.offset")).ok();
    ask!(log, store.set_meta("a", "1")).ok();
    ask!(log, store.set_meta("a", "2")).ok();
    ask!(log, store.meta("a")).ok();
    ask!(log, store.meta("b")).ok();
    ask!(log, store.delivery_of_message(1, "17")).ok();
    ask!(log, store.feed_rows(1, 9)).ok();
    ask!(log, store.invite("token", "owner", at(9))).ok();
    ask!(log, store.redeem("token", "5", at(8))).ok();
    ask!(log, store.redeem("token", "6", at(8))).ok();
    ask!(log, store.forget_reader("5", 2, at(9))).ok();
    ask!(log, store.remove_follow(1)).ok();
    ask!(log, store.remove_follow(1)).ok();
    ask!(log, store.destination_counts(at(0))).ok();
}

fn people(store: &Store, log: &mut Transcript<'_>) {
    ask!(log, store.ask_in("link", Role::Admin, at(9))).ok();
    ask!(log, store.asked_in("link", at(1))).ok();
    ask!(log, store.come_in("link", "Ada", "hash", at(1))).ok();
    ask!(log, store.come_in("link", "Bea", "hash", at(1))).ok();
    ask!(log, store.vouched("bea", Role::Reader, at(1))).ok();
    ask!(log, store.vouched("BEA", Role::Admin, at(1))).ok();
    ask!(log, store.person("ADA")).ok();
    ask!(log, store.set_role(1, Role::Reader)).ok();
    ask!(log, store.set_role(2, Role::Admin)).ok();
    ask!(log, store.set_password(2, "other")).ok();
    let proof = Proof {
        id: 0,
        person: 1,
        kind: ProofKind::Token,
        name: "script".into(),
        scope: Scope::Read,
        made_at: at(1),
        expires_at: at(99),
    };
    ask!(log, store.add_proof("secret", &proof, at(1))).ok();
    ask!(log, store.add_proof("second", &proof, at(2))).ok();
    ask!(log, store.proven("secret", at(3))).ok();
    ask!(log, store.proven("secret", at(99))).ok();
    ask!(log, store.proofs(1)).ok();
    ask!(log, store.remove_proof(1, 1)).ok();
    let subject = Subject { issuer: "https://id.example".into(), subject: "17".into() };
    ask!(log, store.bind(&subject, Ticket::Anybody(Role::Editor), "ada", at(4))).ok();
    ask!(log, store.bound(&subject)).ok();
    let guest = Guest { email: "oda@paper.example".into(), role: Role::Editor, expires_at: at(99) };
    ask!(log, store.ask_guest(&guest)).ok();
    ask!(log, store.ask_guest(&Guest { email: "ODA@paper.example".into(), ..guest })).ok();
    ask!(log, store.guests(at(5))).ok();
    ask!(log, store.remove_guest("Oda@paper.example")).ok();
    let seen = |revision| Seen { revision, read: 1, starred: revision > 1 };
    ask!(log, store.set_seen(1, &[(StoryId(1), seen(1)), (StoryId(2), seen(2))])).ok();
    ask!(log, store.set_seen(1, &[(StoryId(1), seen(3))])).ok();
    ask!(log, store.seen(1, &[StoryId(1), StoryId(2), StoryId(9)])).ok();
    ask!(log, store.starred(1, 9)).ok();
    ask!(log, store.remove_person(1)).ok();
    ask!(log, store.remove_person(2)).ok();
    ask!(log, store.people()).ok();
}

fn pages(store: &Store, log: &mut Transcript<'_>) {
    let ids: Vec<ArticleId> = (1..9).map(ArticleId).collect();
    let search = |words: &[&str], from: &str| Search {
        words: words.iter().map(|w| (*w).to_owned()).collect(),
        from: from.to_owned(),
        ..Search::default()
    };
    for words in
        [&["light rail"] as &[&str], &["harb"], &["cafe", "angstrom"], &["nothing", "train"]]
    {
        let mut found: Vec<i64> = store
            .search(&search(words, ""), 9, 0)
            .unwrap()
            .iter()
            .map(|hit| hit.article.0)
            .collect();
        found.sort_unstable();
        log.say(format!("{words:?}: {found:?}"));
    }
    ask!(log, store.search(&search(&[], "LEDG"), 3, 1)).ok();
    ask!(
        log,
        store.search(
            &Search { who: "a".into(), place: "b".into(), kind: "c".into(), ..search(&[], "") },
            9,
            0
        )
    )
    .ok();
    ask!(log, store.stories_with("Harbour Street", 9)).ok();
    ask!(log, store.stories_at("Harbour Street", 9)).ok();
    ask!(log, store.places_between(at(100), at(103), 9)).ok();
    ask!(log, store.story(StoryId(1))).ok();
    ask!(log, store.stories_since(at(0), 9)).ok();
    ask!(log, store.story_lines(at(0), 9)).ok();
    ask!(log, store.stories_changed(0, at(0), 9, |n, story| (n, story.title))).ok();
    ask!(log, store.stories_changed(2, at(0), 9, |n, story| (n, story.title))).ok();
    ask!(log, store.news_version()).ok();
    ask!(log, store.story_version(StoryId(1))).ok();
    ask!(log, store.story_revision(StoryId(1))).ok();
    ask!(log, store.updates_told(StoryId(1), 2)).ok();
    ask!(log, store.updates_told_of(&[StoryId(1), StoryId(2)], 1)).ok();
    ask!(log, store.titles(&ids)).ok();
    ask!(log, store.texts(&ids)).ok();
    ask!(log, store.version()).ok();
}

#[test]
fn a_batch_whose_planning_fails_leaves_nothing() {
    on_both(|place| {
        let store = place.open();
        store.record_article(None, "https://a.example/1", &article("x"), at(0)).unwrap();
        let unread = store.unread(9).unwrap();
        store.record_readings("m", &[(unread[0].id, Reading::default())]).unwrap();
        let arrival = Arrival {
            story: StoryId(1),
            changed: vec![story(1, "one")],
            updates: vec![update(1, 1, "text")],
            ..Arrival::default()
        };
        let arrived = [Arrived::of(&unread[0], &arrival); 2];
        let planned = store.record_arrivals(&arrived, |n, _| {
            if n == 0 { Ok(Vec::new()) } else { Err(store::Error::Panicked) }
        });
        assert!(planned.is_err());
        assert_eq!(store.revisions_waiting().unwrap(), (0, 1));
        assert!(store.updates(StoryId(1)).unwrap().is_empty());
        store.record_arrivals(&arrived[..1], |_, _| Ok(Vec::new())).unwrap();
        assert_eq!(store.revisions_waiting().unwrap(), (0, 0));
    });
}
