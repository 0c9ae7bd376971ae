//! A reading laid out for a person: 100 columns, headings in capitals, the sentences' numbers at the right.
#![expect(clippy::let_underscore_must_use, reason = "writing into a String cannot fail")]

use std::fmt::Write;
use std::time::Duration;

use article::{Article, BlockKind, Span};
use jiff::fmt::strtime;
use language::Doc;
use reading::{Casualty, Event, Qualifier, Reading, Realis, Speaker, Statement, StatementKind};

/// Columns of the page.
const WIDTH: usize = 100;

/// Columns before the numbers of sentences.
const TEXT_WIDTH: usize = 90;

/// Statements shown of one speaker, and speakers shown, unless all are asked for.
const SHOWN: usize = 12;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    pub(super) colour: bool,
    pub(super) all: bool,
    pub(super) text: bool,
    pub(super) explain: bool,
}

/// Lays a reading out.
pub(super) fn page(
    article: &Article,
    doc: &Doc,
    reading: &Reading,
    took: Duration,
    options: Options,
) -> String {
    let mut page = Page { out: String::new(), article, reading, options };
    page.head(doc, took);
    page.events();
    page.statements();
    page.when_and_where();
    page.background();
    page.left_open();
    page.set_aside();
    if options.text {
        page.text();
    }
    if options.explain {
        page.explain();
    }
    let _ = writeln!(
        page.out,
        "\nThe last column numbers the sentences; --text shows them, --json prints all with offsets."
    );
    page.out
}

struct Page<'a> {
    out: String,
    article: &'a Article,
    reading: &'a Reading,
    options: Options,
}

impl Page<'_> {
    fn head(&mut self, doc: &Doc, took: Duration) {
        let title = self.article.title.clone().unwrap_or_else(|| {
            let first = self.reading.sentences.first().map_or("", |s| s.of(&self.article.text));
            cut(&one_line(first), WIDTH)
        });
        for line in wrap(&title, WIDTH) {
            let line = self.bold(&line);
            self.line(&line);
        }
        let mut facts = Vec::new();
        if let Some(outlet) = &self.article.outlet {
            facts.push(outlet.clone());
        }
        let lang = self.reading.language.clone();
        if !lang.is_empty() {
            facts.push(lang);
        }
        if let Some(published) = self.article.published {
            facts.push(moment(published));
        }
        let what = format!(
            "{}. {} sentences, {} words, read in {} ms.",
            if facts.is_empty() {
                "No outlet and no date given".to_owned()
            } else {
                facts.join(", ")
            },
            self.reading.sentences.len(),
            doc.len(),
            took.as_millis()
        );
        let what = self.dim(&what);
        self.line(&what);
    }

    fn events(&mut self) {
        let shown: Vec<&Event> = self
            .reading
            .events
            .iter()
            .filter(|e| {
                !e.background
                    && (e.realis == Realis::Actual
                        || e.realis == Realis::Failed
                        || self.options.all)
            })
            .collect();
        if shown.is_empty() {
            return;
        }
        self.heading("WHAT HAPPENED");
        for event in shown {
            self.event(event);
        }
    }

    fn event(&mut self, event: &Event) {
        let mut line = cell(&event_name(event), 18);
        let when = event.time.as_ref().map(|t| day(&t.value)).unwrap_or_default();
        line.push_str(&cell(&when, 18));
        line.push_str(&event.place.as_ref().map(|p| place_name(&p.place)).unwrap_or_default());
        self.numbered(&line, 2, &[event.sentence]);
        let words = one_line(event.trigger.of(&self.article.text));
        let parties = parties(event);
        let detail = if parties.is_empty() {
            format!("\"{words}\"")
        } else {
            format!("\"{words}\": {parties}")
        };
        for line in wrap(&detail, TEXT_WIDTH - 6) {
            let line = self.dim(&line);
            self.line(&format!("    {line}"));
        }
        for casualty in &event.casualties {
            let at = self.sentence_of(casualty.span);
            let mut line = cell(casualty_word(casualty), 10);
            line.push_str(&cell(&figure(casualty), 20));
            line.push_str(&one_line(casualty.span.of(&self.article.text)));
            self.numbered(&line, 4, &[at]);
        }
    }

    fn statements(&mut self) {
        if self.reading.statements.is_empty() {
            return;
        }
        self.heading("WHO SAYS WHAT");
        // In the order in which people first speak; what nobody is named for comes last.
        let mut order: Vec<Option<u32>> = Vec::new();
        for s in &self.reading.statements {
            if !order.contains(&s.speaker) {
                order.push(s.speaker);
            }
        }
        order.sort_by_key(Option::is_none);
        let hidden = if self.options.all { 0 } else { order.len().saturating_sub(SHOWN) };
        for id in order.iter().take(order.len() - hidden) {
            let who = self.reading.speakers.iter().find(|s| Some(s.id) == *id);
            self.speaker(who);
            for s in self.reading.statements.iter().filter(|s| s.speaker == *id) {
                self.statement(s);
            }
        }
        if hidden > 0 {
            self.line(&format!("  and {hidden} more (--all shows them)"));
        }
    }

    fn speaker(&mut self, who: Option<&Speaker>) {
        let Some(who) = who else {
            self.line("  Speaker not named");
            return;
        };
        let mut line = self.bold(&who.name);
        if let Some(description) = who.description.as_ref().filter(|d| **d != who.name) {
            line.push_str(", ");
            line.push_str(&one_line(description));
        }
        for other in &who.conflicts_with {
            if let Some(other) = self.reading.speakers.iter().find(|s| s.id == *other) {
                line.push_str(&self.paint("35", &format!("  (not {})", other.name)));
            }
        }
        for (n, line) in wrap(&line, TEXT_WIDTH).iter().enumerate() {
            self.line(&format!("{}{line}", if n == 0 { "  " } else { "      " }));
        }
    }

    fn statement(&mut self, s: &Statement) {
        let text: Vec<String> =
            s.content.iter().map(|c| one_line(c.of(&self.article.text))).collect();
        let kind = match s.kind {
            StatementKind::Direct => "direct",
            StatementKind::Indirect => "reported",
            StatementKind::Mixed => "mixed",
        };
        let mut text = text.join(" … ");
        if s.negated {
            text.push_str("  [not said]");
        }
        if let Some(medium) = &s.medium {
            let _ = write!(text, "  [{}]", one_line(medium.span.of(&self.article.text)));
        }
        let numbers: Vec<u32> = s.content.iter().take(1).map(|c| self.sentence_of(*c)).collect();
        let wrapped = wrap(&text, TEXT_WIDTH - 14);
        for (n, line) in wrapped.iter().enumerate() {
            let label = if n == 0 { kind } else { "" };
            let line = format!("{}{line}", cell(label, 10));
            if n == 0 {
                self.numbered(&line, 4, &numbers);
            } else {
                self.line(&format!("    {line}"));
            }
        }
    }

    fn when_and_where(&mut self) {
        let times: Vec<_> = self.reading.times.iter().filter(|t| t.value.is_some()).collect();
        if !times.is_empty() {
            self.heading("TIME LINE");
            let mut seen: Vec<(String, String, Vec<u32>)> = Vec::new();
            for time in times {
                let value = time.value.clone().unwrap_or_default();
                let words = one_line(time.span.of(&self.article.text));
                let number = self.sentence_of(time.span);
                match seen.iter_mut().find(|(v, _, _)| *v == value) {
                    Some((_, _, numbers)) => numbers.push(number),
                    None => seen.push((value, words, vec![number])),
                }
            }
            seen.sort_by(|a, b| a.0.cmp(&b.0));
            for (value, words, numbers) in seen {
                let value = self.paint("36", &cell(&day(&value), 22));
                self.numbered(&format!("{value}\"{words}\""), 2, &numbers);
            }
        }
        if !self.reading.places.is_empty() {
            self.heading("PLACES");
            let mut seen: Vec<(String, Vec<u32>)> = Vec::new();
            for place in &self.reading.places {
                let name = place_name(place);
                let number = self.sentence_of(place.span);
                match seen.iter_mut().find(|(n, _)| *n == name) {
                    Some((_, numbers)) => numbers.push(number),
                    None => seen.push((name, vec![number])),
                }
            }
            for (name, numbers) in seen {
                self.numbered(&name, 2, &numbers);
            }
        }
    }

    fn background(&mut self) {
        let events: Vec<&Event> = self.reading.events.iter().filter(|e| e.background).collect();
        if events.is_empty() && self.reading.background.is_empty() {
            return;
        }
        self.heading("BACKGROUND");
        for event in &events {
            let when = event.time.as_ref().map(|t| day(&t.value)).unwrap_or_default();
            let place = event.place.as_ref().map(|p| place_name(&p.place)).unwrap_or_default();
            let words = one_line(event.trigger.of(&self.article.text));
            let mut line =
                format!("{}{}\"{words}\"", cell(&when, 18), cell(&event_name(event), 12));
            if !place.is_empty() {
                let _ = write!(line, ", {place}");
            }
            for casualty in &event.casualties {
                let _ = write!(line, ", {} {}", figure(casualty), casualty_word(casualty));
            }
            self.numbered(&line, 2, &[event.sentence]);
        }
        for sentence in &self.reading.background {
            if events.iter().all(|e| e.sentence != *sentence) {
                let text = self
                    .reading
                    .sentences
                    .get(*sentence as usize)
                    .map_or("", |s| s.of(&self.article.text));
                self.numbered(&cut(&one_line(text), TEXT_WIDTH - 6), 2, &[*sentence]);
            }
        }
    }

    fn left_open(&mut self) {
        let doubtful: Vec<&Event> = self
            .reading
            .events
            .iter()
            .filter(|e| {
                !e.background
                    && matches!(e.realis, Realis::Future | Realis::Hypothetical | Realis::Negated)
            })
            .collect();
        let nobody = self.reading.statements.iter().filter(|s| s.speaker.is_none()).count();
        if doubtful.is_empty() && nobody == 0 {
            return;
        }
        self.heading("LEFT OPEN");
        for event in doubtful {
            let why = match event.realis {
                Realis::Future => "announced, not happened",
                Realis::Negated => "said not to have happened",
                _ => "only possible",
            };
            let words = one_line(event.trigger.of(&self.article.text));
            self.numbered(&format!("\"{words}\": {why}"), 2, &[event.sentence]);
        }
        if nobody > 0 {
            self.line(&format!(
                "  {nobody} statement{} without a named speaker",
                if nobody == 1 { "" } else { "s" }
            ));
        }
    }

    fn set_aside(&mut self) {
        let blocks: Vec<_> =
            self.article.blocks.iter().filter(|b| b.kind == BlockKind::Promotion).collect();
        if blocks.is_empty() && self.article.correction.is_none() {
            return;
        }
        self.heading("SET ASIDE");
        for block in blocks {
            let text = one_line(block.span.of(&self.article.text));
            for (n, line) in wrap(&format!("the outlet about itself: \"{text}\""), TEXT_WIDTH - 4)
                .iter()
                .enumerate()
            {
                self.line(&format!("{}{line}", if n == 0 { "  " } else { "    " }));
            }
        }
        if let Some(note) = &self.article.correction {
            let note =
                self.paint("35", &format!("  the outlet corrects itself: \"{}\"", one_line(note)));
            self.line(&note);
        }
    }

    fn text(&mut self) {
        self.heading("SENTENCES");
        for (n, sentence) in self.reading.sentences.iter().enumerate() {
            let text = one_line(sentence.of(&self.article.text));
            for (k, line) in wrap(&text, WIDTH - 8).iter().enumerate() {
                let number = if k == 0 { format!("{:>4}  ", n + 1) } else { "      ".to_owned() };
                self.line(&format!("{number}{line}"));
            }
        }
    }

    fn explain(&mut self) {
        if self.reading.doubts.is_empty() {
            return;
        }
        self.heading("DOUBTS");
        for doubt in &self.reading.doubts {
            self.line(&format!("  {}: {}", doubt.code, doubt.message));
        }
    }

    /// The index of the sentence that a span begins in.
    fn sentence_of(&self, span: Span) -> u32 {
        let at = self.reading.sentences.partition_point(|s| s.end <= span.start);
        at.min(self.reading.sentences.len().saturating_sub(1)) as u32
    }

    fn heading(&mut self, words: &str) {
        self.line("");
        let words = self.bold(words);
        self.line(&words);
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// A line with the numbers of its sentences at the right.
    fn numbered(&mut self, text: &str, indent: usize, sentences: &[u32]) {
        let mut numbers: Vec<u32> = sentences.iter().map(|n| n + 1).collect();
        numbers.dedup();
        let more = numbers.len() > 3;
        numbers.truncate(3);
        let mut shown = numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        if more {
            shown.push_str(" …");
        }
        let lines = wrap(text, TEXT_WIDTH - indent);
        for (n, line) in lines.iter().enumerate() {
            let hang = if n == 0 { indent } else { indent + 4 };
            let mut full = format!("{}{line}", " ".repeat(hang));
            if n == 0 {
                let pad = TEXT_WIDTH.saturating_sub(width(&full));
                let _ = write!(full, "{}{shown}", " ".repeat(pad + 1));
            }
            self.line(&full);
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.options.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }
}

fn event_name(event: &Event) -> String {
    let name = match (&event.kind_plover, &event.kind_other) {
        (Some(plover), _) => plover.to_lowercase(),
        (None, Some(other)) => other.clone(),
        (None, None) => "event".to_owned(),
    };
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let name = format!("{first}{}", letters.as_str());
    if event.realis == Realis::Failed { format!("{name} (failed)") } else { name }
}

fn parties(event: &Event) -> String {
    let names = |list: &[reading::Party]| {
        list.iter().map(|p| p.name.clone()).filter(|n| !n.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let (actors, recipients) = (names(&event.actors), names(&event.recipients));
    match (actors.is_empty(), recipients.is_empty()) {
        (true, true) => String::new(),
        (false, true) => actors,
        (true, false) => format!("to {recipients}"),
        (false, false) => format!("{actors} to {recipients}"),
    }
}

fn casualty_word(casualty: &Casualty) -> &'static str {
    match casualty.kind {
        reading::CasualtyKind::Killed => "dead",
        other => other.as_str(),
    }
}

/// The number as the outlet has it: "at least 11", never "11+".
fn figure(casualty: &Casualty) -> String {
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    let best = number(casualty.best.or(casualty.min).or(casualty.max));
    match casualty.qualifier {
        Qualifier::Exactly => best,
        Qualifier::AtLeast => format!("at least {}", number(casualty.min.or(casualty.best))),
        Qualifier::AtMost => format!("up to {}", number(casualty.max.or(casualty.best))),
        Qualifier::About => format!("about {best}"),
        Qualifier::MoreThan => format!("more than {}", number(casualty.min.or(casualty.best))),
        Qualifier::FewerThan => format!("fewer than {}", number(casualty.max.or(casualty.best))),
        Qualifier::Between => format!("{}-{}", number(casualty.min), number(casualty.max)),
        Qualifier::None => "0".to_owned(),
        word => word.as_str().to_owned(),
    }
}

fn place_name(place: &reading::Place) -> String {
    let mut name = place.name.clone();
    if let Some(country) = &place.country
        && !name.is_empty()
    {
        let _ = write!(name, ", {country}");
    }
    if let (Some(latitude), Some(longitude)) = (place.latitude, place.longitude) {
        let ns = if latitude < 0.0 { 'S' } else { 'N' };
        let ew = if longitude < 0.0 { 'W' } else { 'E' };
        let _ = write!(name, " ({:.2} {ns}, {:.2} {ew})", latitude.abs(), longitude.abs());
    }
    name
}

/// A TIMEX3 value as a person reads it, where it is a day.
fn day(value: &str) -> String {
    match value.get(..10).and_then(|d| d.parse::<jiff::civil::Date>().ok()) {
        Some(date) => {
            let shown = strtime::format("%a %-d %b %Y", date).unwrap_or_else(|_| value.to_owned());
            match value.get(11..16).filter(|t| t.as_bytes().get(2) == Some(&b':')) {
                Some(hour) => format!("{shown}, {hour}"),
                None => shown,
            }
        }
        None if value == "PRESENT_REF" => "now".to_owned(),
        None => value.to_owned(),
    }
}

fn moment(at: article::Moment) -> String {
    if at.day_only {
        return strtime::format("%-d %b %Y", at.day()).unwrap_or_default();
    }
    let local = at.offset().to_datetime(at.at);
    let zone = match at.offset_secs {
        None | Some(0) => "UTC".to_owned(),
        Some(_) => at.offset().to_string(),
    };
    format!("{} {zone}", strtime::format("%-d %b %Y %H:%M", local).unwrap_or_default())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Columns a text takes, without colour codes; wide characters count two.
fn width(text: &str) -> usize {
    let mut columns = 0;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            '\x1b' => escaped = true,
            'm' if escaped => escaped = false,
            _ if escaped => {}
            '\u{1100}'..='\u{115f}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff00}'..='\u{ff60}' => columns += 2,
            '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' => {}
            _ => columns += 1,
        }
    }
    columns
}

fn cell(text: &str, columns: usize) -> String {
    let pad = columns.saturating_sub(width(text)).max(1);
    format!("{text}{}", " ".repeat(pad))
}

fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    for word in text.split(' ') {
        if width(&out) + width(word) + 2 > columns {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.push('…');
    out
}

fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    // Runs of blanks are columns of a table and stay; only single blanks are places to break at.
    for word in text.split_inclusive(' ') {
        if !line.is_empty()
            && width(&line) + width(word.trim_end()) > columns
            && !line.trim().is_empty()
        {
            lines.push(line.trim_end().to_owned());
            line = String::new();
            if word.trim().is_empty() {
                continue;
            }
        }
        line.push_str(word);
    }
    if !line.trim().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_never_inside_one() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("unbreakable", 4), ["unbreakable"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(width("\x1b[1mdead\x1b[0m"), 4);
        assert_eq!(cut("the quick brown fox", 12), "the quick…");
    }
}
