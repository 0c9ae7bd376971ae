//! The bundled day and the evolving stories: what belongs together is together, and what is new is told once.

use std::collections::{BTreeMap, BTreeSet};

use stories::contract::{Articles, update_json};
use stories::{ArticleId, Options, Shelf, StoryId};
use testkit::day::Day;
use testkit::novelty;

use crate::told::{Told, versions};

/// Which story each article went to, and the updates as the contract prints them.
struct Run {
    stories: BTreeMap<String, StoryId>,
    copies: BTreeMap<String, String>,
    updates: Vec<novelty::Told>,
    shelf: Shelf,
}

#[expect(clippy::unwrap_used, reason = "tests")]
fn run(versions: &[Told]) -> Run {
    let mut shelf = Shelf::new(Options::default());
    let (mut stories, mut copies, mut updates) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for told in versions {
        let arrival = told.arrive(&mut shelf);
        stories.insert(told.name.clone(), arrival.story);
        let name = |id: ArticleId| {
            versions.iter().find(|v| v.id == id).map_or_else(String::new, |v| v.name.clone())
        };
        if let Some(copied) = arrival.copy_of {
            copies.insert(told.name.clone(), name(copied));
        }
        // a later version is told of by its own name
        let id = |id: ArticleId| if id == told.id { told.name.clone() } else { name(id) };
        let text = |id: ArticleId| (id == told.id).then_some(told.article.text.as_str());
        for update in &arrival.updates {
            let json = update_json(update, &Articles { id: &id, text: &text });
            updates.push(serde_json::from_value(json).unwrap());
        }
    }
    Run { stories, copies, updates, shelf }
}

#[test]
fn the_main_story_of_the_day_is_one_in_four_languages_and_mixed_with_no_other() {
    let day = Day::bundled().unwrap();
    let run = run(&versions(&day));
    let mut of_gold: BTreeMap<&str, BTreeSet<StoryId>> = BTreeMap::new();
    let mut of_ours: BTreeMap<StoryId, BTreeSet<&str>> = BTreeMap::new();
    for article in &day.articles {
        let ours = run.stories[&article.id];
        of_gold.entry(&article.story).or_default().insert(ours);
        of_ours.entry(ours).or_default().insert(&article.story);
    }
    let mixed: Vec<_> = of_ours.iter().filter(|(_, gold)| gold.len() > 1).collect();
    assert!(mixed.is_empty(), "mixed {mixed:?}");
    // without an encoder a late article may begin a story of its own: the rest must be one
    let main = run.shelf.stories().max_by_key(|s| s.members.len()).unwrap();
    let told = day.articles.iter().filter(|a| a.story == day.main).count();
    assert!(of_gold[day.main.as_str()].contains(&main.id), "{of_gold:?}");
    assert!(main.members.len() * 100 >= told * 85, "{} of {told}: {of_gold:?}", main.members.len());
    assert_eq!(
        main.languages.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(["de", "en", "fr", "ru"])
    );
}

#[test]
fn copies_of_the_day_are_folded_and_nothing_else() {
    let day = Day::bundled().unwrap();
    let run = run(&versions(&day));
    for article in &day.articles {
        assert_eq!(
            run.copies.contains_key(&article.id),
            article.copy_of.is_some(),
            "{} {:?}",
            article.id,
            run.copies.get(&article.id)
        );
    }
}

#[test]
fn what_is_new_is_told_and_told_once() {
    let evolving = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/evolving");
    for (day, precision, recall) in [
        (Day::bundled().unwrap(), PRECISION, RECALL),
        (Day::from_dir(evolving).unwrap(), PRECISION, RECALL),
    ] {
        let run = run(&versions(&day));
        let score = novelty::score(&day, &run.updates);
        let wrong: Vec<String> = score
            .wrong
            .iter()
            .map(|(id, told)| format!("extra {id} {}: {}", told.kind, told.text))
            .collect();
        let missed: Vec<String> = score
            .missed
            .iter()
            .map(|(id, fact)| {
                format!("missed {id} {:?} {} | {}", fact.kind, fact.what, fact.evidence)
            })
            .collect();
        let report = format!("{score}\n{}\n{}", wrong.join("\n"), missed.join("\n"));
        assert!(score.precision() >= precision && score.recall() >= recall, "{report}");
        assert!(score.missed_figures().is_empty(), "{report}");
    }
}

/// Floors of update precision and recall, without packs: what issue E asks for. What is still missed are stories that only the
/// encoder joins across languages, and the few readings that docs/novelty.md lists.
const PRECISION: f64 = 0.90;
const RECALL: f64 = 0.90;
