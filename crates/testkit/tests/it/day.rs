//! The bundled day holds what `uptospeed try` shows and the evaluations count on.

use std::collections::{BTreeMap, BTreeSet};

use testkit::day::{Article, Block, Content, Day, Listing, NewKind, Version};

fn bundled() -> Day {
    match Day::bundled() {
        Ok(day) => day,
        Err(error) => panic!("{error}"),
    }
}

fn language<'a>(day: &'a Day, article: &Article) -> &'a str {
    day.outlet(&article.outlet).map_or("", |outlet| outlet.language.as_str())
}

/// Articles by story, the single ones left out.
fn stories(day: &Day) -> BTreeMap<&str, Vec<&Article>> {
    let mut stories: BTreeMap<&str, Vec<&Article>> = BTreeMap::new();
    for article in &day.articles {
        if !article.story.starts_with("single-") {
            stories.entry(&article.story).or_default().push(article);
        }
    }
    stories
}

#[test]
fn it_is_large_enough() {
    let day = bundled();
    assert!(day.articles.len() >= 60, "{} articles", day.articles.len());
    assert!(day.outlets.len() >= 6, "{} outlets", day.outlets.len());
    let languages: BTreeSet<_> =
        day.articles.iter().map(|article| language(&day, article)).collect();
    assert_eq!(languages.into_iter().collect::<Vec<_>>(), ["de", "en", "fr", "ru"]);
    for (article, _, version) in day.versions() {
        assert!(
            day.start <= version.at.at && version.at.at <= day.end,
            "{} is outside",
            article.id
        );
    }
}

#[test]
fn every_kind_of_listing_is_there() {
    let day = bundled();
    for listing in [Listing::Rss, Listing::Atom, Listing::JsonFeed, Listing::Sitemap] {
        assert!(day.outlets.iter().any(|outlet| outlet.listing == listing), "{listing:?}");
    }
    for content in [Content::Full, Content::Summary] {
        assert!(day.outlets.iter().any(|outlet| outlet.content == content), "{content:?}");
    }
}

#[test]
fn the_main_story_is_told_by_all_and_its_toll_grows() {
    let day = bundled();
    let main: Vec<_> =
        day.versions().into_iter().filter(|(article, ..)| article.story == day.main).collect();
    let outlets: BTreeSet<_> = main.iter().map(|(article, ..)| &article.outlet).collect();
    assert_eq!(outlets.len(), day.outlets.len());
    let mut tolls = Vec::new();
    let mut corrections = 0;
    for (article, place, version) in &main {
        // The first whole figure is the article's own toll; behind it stand parts and what it replaces.
        let whole = version.figures.iter().find(|figure| {
            figure.kind == "killed" && !figure.background && !figure.part && !figure.optional
        });
        let toll = whole.map(|figure| figure.number);
        if toll.is_some() && tolls.last() != toll.as_ref() {
            tolls.extend(toll);
        }
        if version.correction.is_some() {
            assert!(*place > 0, "{} corrects nothing", article.id);
            corrections += 1;
        }
    }
    let tolls: Vec<u32> = tolls.into_iter().flatten().collect();
    assert_eq!(tolls, [10, 11, 16, 11, 14]);
    assert_eq!(corrections, 1);
    let at_least = main.iter().flat_map(|(.., version)| &version.figures);
    assert!(at_least.filter(|figure| figure.qualifier == "at_least").count() >= 5);
}

#[test]
fn other_stories_are_told_by_several() {
    let day = bundled();
    let others: Vec<_> = stories(&day)
        .into_iter()
        .filter(|(story, articles)| {
            let outlets: BTreeSet<_> = articles.iter().map(|article| &article.outlet).collect();
            *story != day.main && outlets.len() >= 2
        })
        .collect();
    assert!(others.len() >= 8, "{} other stories", others.len());
    // Easily confused: the same thing elsewhere on the same day, and an older one in the same town.
    for story in ["vaubrac-tram", "depot-trial", "novokamensk-elevator"] {
        assert!(others.iter().any(|(name, _)| *name == story), "{story}");
    }
}

#[test]
fn agency_texts_are_printed_by_several() {
    let day = bundled();
    let mut printed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for article in &day.articles {
        let Some(original) = article.copy_of.as_deref() else { continue };
        let Some(source) = day.article(original) else { panic!("there is no {original}") };
        let (first, copied) = (&source.versions[0], &article.versions[0]);
        assert_ne!(first.title, copied.title, "{}", article.id);
        let (theirs, ours) = (four_words(first), four_words(copied));
        let shared = ours.intersection(&theirs).count();
        assert!(shared * 10 >= ours.len() * 9, "{}: {shared} of {}", article.id, ours.len());
        assert!(ours.len() < theirs.len(), "{} has no cut tail", article.id);
        assert!(first.at.at < copied.at.at, "{}", article.id);
        let outlets = printed.entry(original).or_default();
        outlets.extend([source.outlet.as_str(), article.outlet.as_str()]);
    }
    assert!(printed.values().filter(|outlets| outlets.len() >= 3).count() >= 3, "{printed:?}");
    assert!(printed.keys().filter(|id| !id.starts_with("ip-")).count() >= 2, "{printed:?}");
}

/// All runs of four words, without what the outlet says of itself.
fn four_words(version: &Version) -> BTreeSet<Vec<String>> {
    let news = version.blocks.iter().filter(|block| !matches!(block, Block::Promotion(_)));
    let words: Vec<String> = news
        .flat_map(Block::lines)
        .flat_map(|line| line.split_whitespace().map(str::to_owned))
        .collect();
    words.windows(4).map(<[String]>::to_vec).collect()
}

#[test]
fn one_outlet_promotes_itself() {
    let day = bundled();
    let mut by_outlet: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (article, _, version) in day.versions() {
        let (all, promoting) = by_outlet.entry(&article.outlet).or_default();
        *all += 1;
        *promoting += usize::from(matches!(version.blocks.last(), Some(Block::Promotion(_))));
    }
    let promoting: Vec<_> = by_outlet.iter().filter(|(_, (_, some))| *some > 0).collect();
    assert_eq!(promoting, [(&"calder-courier", &(12, 12))]);
}

#[test]
fn texts_have_parts_and_background() {
    let day = bundled();
    let main = || day.versions().into_iter().filter(|(article, ..)| article.story == day.main);
    let headings =
        |version: &Version| version.blocks.iter().any(|block| matches!(block, Block::Heading(_)));
    assert!(main().filter(|(.., version)| headings(version)).count() >= 8);
    let kinds =
        |wanted: fn(&Block) -> bool| main().any(|(.., version)| version.blocks.iter().any(wanted));
    assert!(kinds(|block| matches!(block, Block::List(_))));
    assert!(kinds(|block| matches!(block, Block::Quote(_))));
    let background: BTreeSet<_> = main()
        .flat_map(|(.., version)| &version.figures)
        .filter(|figure| figure.background)
        .map(|figure| figure.number)
        .collect();
    assert_eq!(background.into_iter().collect::<Vec<_>>(), [Some(6), Some(21)]);
    for name in ["Martin Kessler", "Sabine Kessler"] {
        assert!(
            main().filter(|(.., version)| version.text().contains(name)).count() >= 2,
            "{name}"
        );
    }
}

#[test]
fn what_is_new_is_marked() {
    let day = bundled();
    let mut kinds: BTreeMap<NewKindName, usize> = BTreeMap::new();
    for (article, _, version) in day.versions() {
        assert!(article.copy_of.is_none() || version.new.is_empty(), "{} is a copy", article.id);
        for new in &version.new {
            *kinds.entry(name(new.kind)).or_default() += 1;
        }
    }
    assert!(kinds.len() == 5 && kinds.values().sum::<usize>() >= 35, "{kinds:?}");
    assert_eq!(day.jsonl().lines().count(), day.versions().len());
}

type NewKindName = &'static str;

fn name(kind: NewKind) -> NewKindName {
    match kind {
        NewKind::Story => "story",
        NewKind::Event => "event",
        NewKind::Figure => "figure",
        NewKind::Statement => "statement",
        NewKind::Correction => "correction",
    }
}

#[test]
fn evolving_stories_are_marked() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/evolving");
    let evolving = match Day::from_dir(dir) {
        Ok(day) => day,
        Err(error) => panic!("{error}"),
    };
    let day = bundled();
    let main = day.articles.iter().filter(|article| article.story == day.main).count();
    assert!(main + evolving.articles.len() >= 60, "{main} + {}", evolving.articles.len());
    let stories = stories(&evolving);
    assert!(stories.len() >= 4);
    for (story, articles) in stories {
        let languages: BTreeSet<_> =
            articles.iter().map(|article| language(&evolving, article)).collect();
        assert!(languages.len() >= 3, "{story} is told in {languages:?}");
        let first = &articles[0].versions[0].new;
        assert!(first.iter().any(|new| new.kind == NewKind::Story), "{story} has no beginning");
        let new: usize = articles
            .iter()
            .flat_map(|article| &article.versions)
            .map(|version| version.new.len())
            .sum();
        assert!(new >= 9, "{story} has {new} new facts");
        let silent = articles.iter().filter(|article| article.versions[0].new.is_empty()).count();
        assert!(silent >= 1, "every article of {story} says something new");
    }
}
