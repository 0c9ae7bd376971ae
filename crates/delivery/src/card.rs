//! Cards: what a reader is told, typed, before it takes a destination's form.
//!
//! A card is decided together with the update that causes it and kept with the outbox row; [`Card::render`] is a pure function
//! of the card and of how the destination wants its hours, so that the same promise reads the same after a restart.

mod compose;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use stories::StoryId;

pub use compose::{Composing, quote_marks};
pub(crate) use compose::{compose_post, compose_reply};

use crate::html::{Html, MESSAGE_UNITS_MAX, clip};

/// Lines of a post: it never grows past one phone screen.
pub const LINES_MAX: usize = 5;

/// Lengths of parts, UTF-16 units.
const TITLE_UNITS_MAX: usize = 250;
const LINE_UNITS_MAX: usize = 300;
const OUTLET_UNITS_MAX: usize = 60;
const QUOTE_UNITS_MAX: usize = 420;
const SPEAKER_UNITS_MAX: usize = 160;

/// What a card is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CardKind {
    /// A story's post.
    #[default]
    Post,
    /// A reply to it, or the important news itself where a destination has no replies.
    Reply,
    /// A digest.
    Digest,
    /// Words of the bot.
    Answer,
}

/// What a reader is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// What it is.
    pub kind: CardKind,
    /// The story.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<StoryId>,
    /// The story's counter.
    pub step: u32,
    /// The headline.
    pub title: String,
    /// Its language, BCP 47.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// "10–14 dead · 38–41 injured"; empty where the card has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub figures: String,
    /// What is new, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// Who said what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<Quote>,
    /// How many outlets tell it.
    pub outlets: u32,
    /// Languages it is told in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// The story's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The toll that a reply tells: what a later correction takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toll: Option<Toll>,
    /// Why it is sent, for `/why`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Stories of a digest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
    /// Closing lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Buttons of an answer, row by row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Vec<Button>>,
}

/// A line of what is new.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What an outlet took back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What.
    pub text: String,
    /// Who says it.
    pub outlet: String,
    /// The sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// "and 4 more", "same text in 4 outlets".
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Something said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quote {
    /// Who, with the description.
    pub speaker: String,
    /// What, with its quotation marks.
    pub text: String,
    /// Its language.
    pub language: String,
}

/// A toll that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toll {
    /// What befell people.
    pub kind: reading::CasualtyKind,
    /// Lowest.
    pub low: u64,
    /// Highest.
    pub high: u64,
}

/// A story in a digest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// The headline.
    pub title: String,
    /// Figures and what is new, each as printed.
    pub parts: Vec<Line>,
    /// Figures.
    pub figures: String,
    /// How many updates it folds.
    pub updates: u32,
    /// The story's page.
    pub url: Option<String>,
}

/// A button of the bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What comes back, at most 64 bytes.
    pub data: String,
}

/// How a destination wants a card.
#[derive(Clone, Debug)]
pub struct Form<'a> {
    /// The zone of its hours.
    pub zone: &'a TimeZone,
    /// What tells this message from all others, for reading back: put behind the story's address.
    pub marker: &'a str,
}

impl Card {
    /// Reads what the store has.
    ///
    /// # Errors
    ///
    /// What serde says; the row is then set aside.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Writes it for the store.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The card as a message.
    ///
    /// # Limits
    ///
    /// Never more than 4,096 UTF-16 units and 100 entities, whatever the card holds: later parts are left out whole.
    pub fn render(&self, form: &Form<'_>) -> Html {
        match self.kind {
            CardKind::Post => self.render_post(form),
            CardKind::Reply => self.render_reply(form),
            CardKind::Digest => self.render_digest(form),
            CardKind::Answer => self.render_answer(),
        }
    }

    /// Hash of what a reader would see, without the marker.
    pub fn content_key(&self, zone: &TimeZone) -> [u8; 16] {
        store::key(&[self.render(&Form { zone, marker: "" }).html()])
    }

    fn render_post(&self, form: &Form<'_>) -> Html {
        let mut out = Html::new();
        out.bold(&title_of(&self.title));
        out.text("\n");
        match self.figures.split_once(" · ") {
            _ if self.figures.is_empty() => out.text("No figures yet"),
            Some((first, rest)) => out.bold(first).text(" · ").text(&clip(rest, LINE_UNITS_MAX)),
            None => out.bold(&clip(&self.figures, LINE_UNITS_MAX)),
        };
        let foot = self.foot(form);
        let mut lines = Html::new();
        for line in self.lines.iter().take(LINES_MAX) {
            let mut next = Html::new();
            next.text("\n").append(&line.render(form.zone));
            if out.units() + lines.units() + next.units() + foot.units() + 8 <= MESSAGE_UNITS_MAX {
                lines.append(&next);
            }
        }
        if lines.units() > 0 {
            out.text("\n").append(&lines);
        }
        let quotes =
            self.quote_block(MESSAGE_UNITS_MAX.saturating_sub(out.units() + foot.units() + 8));
        out.text("\n\n");
        if quotes.units() > 0 {
            out.quote(&quotes).text("\n");
        }
        out.append(&foot);
        out
    }

    fn foot(&self, form: &Form<'_>) -> Html {
        let mut foot = Html::new();
        let outlets = if self.outlets == 1 {
            "1 outlet".to_owned()
        } else {
            format!("{} outlets", self.outlets)
        };
        foot.text(&outlets);
        let languages: Vec<&str> = self.languages.iter().map(String::as_str).take(12).collect();
        if !languages.is_empty() {
            foot.text(" · ").text(&clip(&languages.join(" "), 60));
        }
        // The newest line that is shown, not the newest article: a text that reads the same is not sent again.
        if self.lines.len() > 1
            && let Some(at) = self.lines.iter().take(LINES_MAX).map(|l| l.at).max()
        {
            foot.text(" · updated ").text(&hour(at, form.zone));
        }
        if let Some(url) = &self.url {
            foot.text(" · ").link("the story", Some(&marked(url, form.marker)));
        }
        foot
    }

    fn quote_block(&self, units_max: usize) -> Html {
        let mut block = Html::new();
        for quote in &self.quotes {
            // A quote is shown whole or not at all: cut, its meaning could turn.
            if crate::html::units(&quote.text) > QUOTE_UNITS_MAX {
                continue;
            }
            let mut next = Html::new();
            if block.units() > 0 {
                next.text("\n");
            }
            next.text(&clip(&quote.speaker, SPEAKER_UNITS_MAX))
                .text(":\n")
                .text(&clip(&quote.text, QUOTE_UNITS_MAX));
            if block.units() + next.units() <= units_max {
                block.append(&next);
            }
        }
        block
    }

    fn render_reply(&self, form: &Form<'_>) -> Html {
        let mut out = Html::new();
        out.bold(&title_of(&self.title));
        for line in self.lines.iter().take(LINES_MAX) {
            out.text("\n").append(&line.render_plainly());
        }
        let quotes = self.quote_block(1_000);
        if quotes.units() > 0 {
            out.text("\n").append(&quotes);
        }
        for note in self.notes.iter().take(3) {
            out.text("\n").text(&clip(note, LINE_UNITS_MAX));
        }
        if let Some(url) = &self.url {
            out.text("\n").link("the story", Some(&marked(url, form.marker)));
        }
        out
    }

    fn render_digest(&self, form: &Form<'_>) -> Html {
        let mut out = Html::new();
        out.bold(&title_of(&self.title));
        let mut left_out = 0_u32;
        if !self.sections.is_empty() {
            out.text("\n");
        }
        for section in &self.sections {
            let next = section.render();
            if out.has_room_for(&next, 600) {
                out.append(&next);
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            out.text(&format!("\nand {left_out} more stories"));
        }
        if !self.notes.is_empty() {
            out.text("\n");
        }
        for note in self.notes.iter().take(3) {
            out.text("\n").text(&clip(note, 150));
        }
        if let Some(url) = &self.url {
            out.text("\n").link("all stories", Some(&marked(url, form.marker)));
        }
        out
    }

    fn render_answer(&self) -> Html {
        let mut out = Html::new();
        if !self.title.is_empty() {
            out.bold(&title_of(&self.title));
        }
        for note in &self.notes {
            let mut next = Html::new();
            if out.units() > 0 {
                next.text("\n");
            }
            // An answer's own lines may carry bold words between asterisks.
            for (number, part) in note.split('*').enumerate() {
                if number % 2 == 1 {
                    next.bold(part)
                } else {
                    next.text(part)
                };
            }
            if out.has_room_for(&next, 0) {
                out.append(&next);
            }
        }
        for line in &self.lines {
            let mut next = Html::new();
            next.text("\n").append(&line.render_plainly());
            if out.has_room_for(&next, 0) {
                out.append(&next);
            }
        }
        out
    }
}

impl Line {
    fn render(&self, zone: &TimeZone) -> Html {
        let mut out = Html::new();
        out.text(&hour(self.at, zone)).text("  ").append(&self.render_plainly());
        out
    }

    fn render_plainly(&self) -> Html {
        let mut out = Html::new();
        if let Some(was) = &self.was {
            out.text("Corrected: ").struck(&clip(was, 80)).text(" ");
        }
        out.text(&clip(&self.text, LINE_UNITS_MAX));
        if !self.outlet.is_empty() {
            out.text(" (").link(&clip(&self.outlet, OUTLET_UNITS_MAX), self.url.as_deref());
            if !self.note.is_empty() {
                let joint = if self.note.starts_with("and ") { " " } else { ", " };
                out.text(joint).text(&clip(&self.note, 60));
            }
            out.text(")");
        }
        out
    }
}

impl Section {
    fn render(&self) -> Html {
        let mut out = Html::new();
        out.text("\n").bold(&clip(&self.title, 120)).text(": ");
        if !self.figures.is_empty() {
            out.text(&clip(&self.figures, 160)).text(". ");
        }
        for part in self.parts.iter().take(2) {
            let text = clip(&part.text, 220);
            out.append(
                &Line {
                    text: text.trim_end_matches('.').to_owned(),
                    note: String::new(),
                    ..part.clone()
                }
                .render_plainly(),
            );
            out.text(". ");
        }
        let count = if self.updates == 1 {
            "1 update".to_owned()
        } else {
            format!("{} updates", self.updates)
        };
        out.link(&count, self.url.as_deref());
        out
    }
}

fn title_of(title: &str) -> String {
    let title = clip(title, TITLE_UNITS_MAX);
    if title.chars().all(char::is_whitespace) {
        "A story without a headline".to_owned()
    } else {
        title
    }
}

/// A story's figures as one line; empty where nobody gives one.
pub(crate) fn figure_words(story: &stories::Story, now: Timestamp) -> String {
    story.figure_line(now).unwrap_or_default()
}

/// An hour as a reader's clock shows it.
pub(crate) fn hour(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// An address with what tells a message from all others behind it.
fn marked(url: &str, marker: &str) -> String {
    if marker.is_empty() { url.to_owned() } else { format!("{url}#{marker}") }
}

/// What tells a message from all others: the same for every edit of it.
pub fn marker(destination: i64, what: &str, step: u32) -> String {
    let step = if what.starts_with("story:") { String::new() } else { step.to_string() };
    let key = store::key(&[&destination.to_string(), what, &step]);
    let mut name = String::from("m");
    for byte in key.iter().take(8) {
        use std::fmt::Write as _;
        // Writing to a string cannot fail.
        let _infallible = write!(name, "{byte:02x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,400}",
            "[а-яё <>&\"]{0,900}",
            "[\u{1F468}\u{200D}\u{1F469}\u{1F467}\u{0301}e\u{FE0F}🙂🏳️‍🌈 ]{0,600}",
            "[\u{0900}-\u{097F}\u{0E00}-\u{0E7F}]{0,500}",
            "[\u{0600}-\u{06FF}\u{0590}-\u{05FF}\u{202A}-\u{202E}]{0,500}",
            "[\u{1100}-\u{11FF}\u{AC00}-\u{AC80}\u{4E00}-\u{4E80}]{0,500}",
            Just("e".to_owned() + &"\u{0301}".repeat(5_000)),
        ]
    }

    /// Signs that are several characters each: cut inside, a reader would see something else.
    const GRAPHEMES: [&str; 10] = [
        "👨\u{200D}👩\u{200D}👧",
        "🇩🇪",
        "e\u{0301}\u{0323}",
        "क्षि",
        "நி",
        "กำ",
        "\u{1112}\u{1161}\u{11AB}",
        "👍🏽",
        "3\u{FE0F}\u{20E3}",
        "☝\u{1F3FF}",
    ];

    fn card() -> impl Strategy<Value = Card> {
        let line =
            (text(), text(), proptest::option::of(text())).prop_map(|(text, outlet, was)| Line {
                text,
                outlet,
                was,
                url: Some("https://e.org/a?b=1&c=2".to_owned()),
                note: "and 4 more".to_owned(),
                at: Timestamp::UNIX_EPOCH,
            });
        let kind = prop_oneof![
            Just(CardKind::Post),
            Just(CardKind::Reply),
            Just(CardKind::Digest),
            Just(CardKind::Answer)
        ];
        (
            kind,
            text(),
            text(),
            proptest::collection::vec(line, 0..30),
            proptest::collection::vec(text(), 0..12),
        )
            .prop_map(|(kind, title, figures, lines, notes)| Card {
                kind,
                title: title.clone(),
                figures: figures.clone(),
                sections: lines
                    .iter()
                    .map(|l| Section {
                        title: title.clone(),
                        figures: figures.clone(),
                        parts: vec![l.clone()],
                        updates: 3,
                        url: Some("https://e.org/s/27k2".to_owned()),
                    })
                    .collect(),
                quotes: notes
                    .iter()
                    .map(|n| Quote {
                        speaker: n.clone(),
                        text: n.clone(),
                        language: "en".to_owned(),
                    })
                    .collect(),
                lines,
                notes,
                url: Some("https://e.org/s/27k2".to_owned()),
                ..Card::default()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        #[test]
        fn no_card_is_ever_too_long_or_broken(card in card()) {
            let html = card.render(&Form { zone: &TimeZone::UTC, marker: "m0123456789abcdef" });
            // The strict fake parses it as Telegram does and counts what is left.
            let parsed = testkit::fakebot::parse_html(html.html());
            prop_assert!(parsed.is_ok(), "{:?}", parsed);
            let (text, entities) = parsed.unwrap_or_default();
            prop_assert_eq!(&text, html.plain());
            prop_assert!(text.encode_utf16().count() <= MESSAGE_UNITS_MAX);
            prop_assert!(entities.len() <= crate::html::ENTITIES_MAX);
        }

        #[test]
        fn the_plain_form_of_a_refused_message_fits_too(card in card()) {
            let html = card.render(&Form { zone: &TimeZone::UTC, marker: "m0123456789abcdef" });
            prop_assert!(crate::html::units(&crate::telegram::plain(&html)) <= MESSAGE_UNITS_MAX);
        }

        #[test]
        fn no_message_holds_a_cut_grapheme(card in card(), which in 0..GRAPHEMES.len(), times in 1_usize..900) {
            let sign = GRAPHEMES.get(which).copied().unwrap_or("");
            let text = sign.repeat(times);
            let line = Line { text: text.clone(), outlet: text.clone(), was: Some(text.clone()), ..Line::default() };
            let card = Card {
                title: text.clone(),
                figures: text.clone(),
                lines: vec![line.clone(); 7],
                quotes: vec![Quote { speaker: text.clone(), text: text.clone(), language: "x".to_owned() }; 3],
                sections: vec![Section { title: text.clone(), figures: text.clone(), parts: vec![line], updates: 2, url: None }; 20],
                notes: vec![text.clone(); 9],
                ..card
            };
            let html = card.render(&Form { zone: &TimeZone::UTC, marker: "m0123456789abcdef" });
            let rest = html.plain().replace(sign, "");
            let part = sign.chars().find(|c| !c.is_ascii() && rest.contains(*c));
            prop_assert_eq!(part, None, "a part of {} in {}", sign, rest);
        }

        #[test]
        fn clipping_never_cuts_a_grapheme(text in text(), most in 0_usize..80) {
            use unicode_segmentation::UnicodeSegmentation as _;
            let clipped = clip(&text, most);
            let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let kept = clipped.strip_suffix('…').filter(|_| clipped != whole).unwrap_or(&clipped);
            let ends: Vec<usize> = whole.grapheme_indices(true).map(|(at, g)| at + g.len()).collect();
            prop_assert!(kept.is_empty() || ends.contains(&kept.len()));
        }
    }
}
