//! What several of this crate's tests need: an invented story.

use jiff::Timestamp;
use reading::{CasualtyKind, Qualifier, StatementKind};
use stories::{
    ArticleId, Bounds, Evidence, Figure, FigureChange, LedgerStatement, Member, Story, StoryId,
    StoryPlace, Update, UpdateKind,
};

/// An hour of 5 November 2026.
pub(crate) fn hour(hour: i64, minute: i64) -> Timestamp {
    Timestamp::from_second(1_793_836_800 + hour * 3600 + minute * 60).unwrap_or_default()
}

fn bounds(number: u64, qualifier: Qualifier) -> Bounds {
    let min = (qualifier == Qualifier::AtLeast).then_some(number);
    Bounds { min, max: None, best: Some(number), qualifier }
}

fn figure(outlet: &str, article: i64, at: Timestamp, number: u64, qualifier: Qualifier) -> Figure {
    let Bounds { min, max, best, .. } = bounds(number, qualifier);
    Figure {
        kind: CasualtyKind::Killed,
        outlet: outlet.to_owned(),
        article: ArticleId(article),
        at,
        min,
        max,
        best,
        qualifier,
        sentence: article::Span::default(),
        words: article::Span::default(),
        withdrawn: false,
    }
}

/// The warehouse fire of Duisburg as it stands after its third update, and these updates.
pub(crate) fn fire_story() -> (Story, Vec<Update>) {
    let member = |article: i64, outlet: &str, language: &str, at| Member {
        article: ArticleId(article),
        outlet: outlet.to_owned(),
        language: language.to_owned(),
        at,
        copy_of: None,
    };
    let story = Story {
        id: StoryId(154_321),
        title: "Warehouse fire in Duisburg kills night-shift workers".to_owned(),
        title_article: ArticleId(2),
        title_language: "en".to_owned(),
        first: hour(6, 31),
        last: hour(12, 41),
        members: vec![
            member(1, "Ruhrpegel", "de", hour(6, 31)),
            member(2, "Meridian Wire", "en", hour(9, 10)),
            member(3, "Ruhrpegel", "de", hour(12, 41)),
        ],
        independent_texts: 3,
        languages: vec!["de".to_owned(), "en".to_owned()],
        figures: vec![
            figure("Ruhrpegel", 1, hour(6, 31), 3, Qualifier::AtLeast),
            figure("Meridian Wire", 2, hour(9, 10), 7, Qualifier::Exactly),
            figure("Ruhrpegel", 3, hour(12, 41), 9, Qualifier::Exactly),
        ],
        statements: vec![LedgerStatement {
            speaker: "Jörg Harkort".to_owned(),
            description: Some("head of the fire service".to_owned()),
            text: "Wir haben neun Tote gefunden.".to_owned(),
            language: "de".to_owned(),
            kind: StatementKind::Direct,
            first_outlet: "Ruhrpegel".to_owned(),
            article: ArticleId(3),
            span: article::Span::default(),
            at: hour(12, 41),
            outlets: vec!["Ruhrpegel".to_owned()],
            renderings: Vec::new(),
        }],
        places: vec![
            StoryPlace {
                name: "Duisburg".to_owned(),
                latitude: None,
                longitude: None,
                country: Some("DEU".to_owned()),
                articles: 3,
            },
            StoryPlace {
                name: "Rheinhausen".to_owned(),
                latitude: None,
                longitude: None,
                country: Some("DEU".to_owned()),
                articles: 1,
            },
        ],
        revision: 3,
        ..Story::default()
    };
    let update = |revision: u32,
                  article: i64,
                  outlet: &str,
                  at,
                  from: Option<u64>,
                  to: u64,
                  text: &str| Update {
        story: story.id,
        revision,
        follows_revision: revision - 1,
        at,
        article: ArticleId(article),
        outlet: outlet.to_owned(),
        kind: UpdateKind::FigureChanged,
        text: text.to_owned(),
        language: "en".to_owned(),
        evidence: vec![Evidence { article: ArticleId(article), span: article::Span::default() }],
        figure: Some(FigureChange {
            kind: CasualtyKind::Killed,
            from: from.map(|n| bounds(n, Qualifier::Exactly)),
            to: bounds(to, Qualifier::Exactly),
            outlet: outlet.to_owned(),
        }),
        statement: None,
        importance: 0.7,
    };
    let updates = vec![
        update(1, 1, "Ruhrpegel", hour(6, 31), None, 3, "At least 3 dead"),
        update(2, 2, "Meridian Wire", hour(9, 10), Some(3), 7, "7 dead, was at least 3"),
        update(3, 3, "Ruhrpegel", hour(12, 41), Some(7), 9, "9 dead, was 7"),
    ];
    (story, updates)
}
