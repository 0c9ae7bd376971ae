//! Expressions of time with their TIMEX3 values: "on Monday", "two years ago", "am 3. April", "до конца года".
//!
//! Values are told against the publication date; what is said against a time that the text named before
//! ("two days later") is marked as inferred. What neither settles has no value.
//!
//! # Source
//!
//! TimeML's TIMEX3 (Pustejovsky et al., 2003; Saurí et al., Annotation Guidelines 1.2.1) for spans and values.

mod calendar;
mod lexicon;
mod period;

use article::{BlockKind, Moment};
use calendar::{Known, date_text};
use jiff::civil::Date;
use language::Lang;
use lexicon::{Class, Unit};

use crate::{
    TimeExpression, TimeKind,
    number::{self, Amount},
    words::{Kind, Words},
};

/// Finds the times of a text, in order; they do not overlap.
pub(crate) fn read(words: &Words<'_>, published: Option<Moment>) -> Vec<TimeExpression> {
    let classes = lexicon::classes(words);
    let mut reader =
        Reader { words, classes, now: published.map(Moment::day), last: None, sentence: (0, 0) };
    if reader.now.is_none() {
        reader.now = reader.dateline();
    }
    let mut out = Vec::new();
    for sentence in &words.sentences {
        if sentence.block == BlockKind::Promotion {
            continue;
        }
        reader.sentence = (sentence.start, sentence.end);
        let mut i = sentence.start;
        while i < sentence.end {
            match reader.at(i) {
                // What another sentence says is read there.
                Some(found) if found.end > i && found.end <= sentence.end => {
                    if found.kind == TimeKind::Date
                        && let Some(day) = found.value.as_deref().and_then(calendar::day_of)
                    {
                        reader.last = Some(day);
                    }
                    out.push(TimeExpression {
                        span: words.span(found.start.min(i), found.end),
                        kind: found.kind,
                        value: found.value,
                        inferred: found.inferred,
                    });
                    i = found.end;
                }
                _ => i += 1,
            }
        }
    }
    out
}

struct Found {
    start: usize,
    end: usize,
    kind: TimeKind,
    value: Option<String>,
    inferred: bool,
}

struct Reader<'w, 'a> {
    words: &'w Words<'a>,
    classes: Vec<Option<(Class, u8)>>,
    now: Option<Date>,
    /// The day that the text named last: what "two days later" is later than.
    last: Option<Date>,
    sentence: (usize, usize),
}

/// A stretch of so much of a unit.
#[derive(Clone, Copy)]
struct Stretch {
    /// In halves: "two and a half years" is five. `None`: "several years".
    halves: Option<u64>,
    unit: Unit,
    end: usize,
}

impl Reader<'_, '_> {
    /// The full date that stands in one of the first lines: the article's own, where nobody says when it was published.
    fn dateline(&mut self) -> Option<Date> {
        for sentence in self.words.sentences.iter().take(3) {
            self.sentence = (sentence.start, sentence.end.min(sentence.start + 40));
            // near the beginning or the end of a short line, where datelines are
            let whole = (sentence.start..self.sentence.1).find_map(|i| {
                let found = self.at(i).filter(|f| f.kind == TimeKind::Date)?;
                let date =
                    found.value.as_deref().filter(|v| v.len() == 10).and_then(calendar::day_of)?;
                (found.end - i >= 3 && (i < sentence.start + 8 || found.end + 2 >= sentence.end))
                    .then_some(date)
            });
            if whole.is_some() {
                return whole;
            }
        }
        None
    }

    fn class(&self, i: usize) -> Option<Class> {
        if i >= self.sentence.1 {
            return None;
        }
        self.classes.get(i).copied().flatten().map(|c| c.0)
    }

    /// The word after the class word at `i`.
    fn after(&self, i: usize) -> usize {
        i + self.classes.get(i).copied().flatten().map_or(1, |c| usize::from(c.1))
    }

    fn lower(&self, i: usize) -> &str {
        self.words.lower(i)
    }

    fn before(&self, i: usize) -> &str {
        if i > self.sentence.0 { self.words.lower(i - 1) } else { "" }
    }

    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the last word of some fifty readers, all of which may find nothing"
    )]
    fn found(
        &self,
        start: usize,
        end: usize,
        kind: TimeKind,
        value: Option<String>,
    ) -> Option<Found> {
        Some(Found { start, end, kind, value, inferred: false })
    }

    fn at(&self, i: usize) -> Option<Found> {
        if let Some(found) = self.century(i).or_else(|| self.named_decade(i)) {
            return Some(found);
        }
        match self.words.kind(i)? {
            Kind::Figures => self.figures(i),
            Kind::Letters => self.letters(i),
            Kind::Mark => None,
        }
    }

    fn letters(&self, i: usize) -> Option<Found> {
        if let Some(class) = self.class(i)
            && let Some(found) = self.classed(i, class)
        {
            return Some(found);
        }
        match self.lower(i) {
            // articles and words of degree belong to the expression behind them
            "the" | "an" | "a" | "this" | "that" => self.determined(i),
            "about" | "almost" | "nearly" | "around" | "roughly" | "approximately" | "over" => {
                let found = self.stretch_at(i + 1)?;
                (found.kind == TimeKind::Duration).then_some(Found { start: i, ..found })
            }
            "more" | "less" if self.lower(i + 1) == "than" => {
                let found = self.stretch_at(i + 2)?;
                (found.kind == TimeKind::Duration).then_some(Found { start: i, ..found })
            }
            "q" if self.words.glued(i + 1) => None,
            _ => self.stretch_at(i).or_else(|| self.ordinal_quarter(i, i)),
        }
    }

    /// "the end of this year", "the third quarter", "the past decade", "the day".
    fn determined(&self, i: usize) -> Option<Found> {
        if self.words.lang != Lang::EN {
            return self.stretch_at(i);
        }
        let the = self.lower(i) == "the";
        match self.class(i + 1) {
            Some(Class::Shift(_) | Class::Follow(_)) if the => {
                self.shifted(i + 1).map(|f| Found { start: i, ..f })
            }
            Some(Class::Point) if the => self.point(i, i + 1),
            Some(Class::RefThe(value)) if the => {
                self.found(i, i + 2, TimeKind::Date, Some(value.into()))
            }
            Some(Class::Unit(Unit::Day))
                if the
                    && self.lower(i + 1) == "day"
                    && !matches!(self.lower(i + 2), "before" | "after" | "of") =>
            {
                self.found(i, i + 2, TimeKind::Date, self.now.map(date_text))
            }
            Some(Class::Unit(Unit::Day))
                if the && matches!(self.lower(i + 2), "before" | "after") =>
            {
                let by = if self.lower(i + 2) == "before" { -1 } else { 1 };
                let value = calendar::add_days(self.last.or(self.now), by).map(date_text);
                Some(Found { start: i, end: i + 3, kind: TimeKind::Date, value, inferred: true })
            }
            Some(Class::Season(_) | Class::Every) if the => None,
            Some(Class::Season(_)) => None,
            _ if the && self.is_decade(i + 1).is_some() => {
                self.figures(i + 1).map(|f| Found { start: i, ..f })
            }
            _ => {
                if let Some(found) = self.ordinal_quarter(i, i + 1) {
                    return Some(found);
                }
                if self.lower(i) == "a" || self.lower(i) == "an" {
                    self.stretch_at(i)
                } else {
                    None
                }
            }
        }
    }

    fn classed(&self, i: usize, class: Class) -> Option<Found> {
        let en = self.words.lang == Lang::EN;
        match class {
            Class::Month(month) => self.month(i, month),
            Class::Weekday(day) => self.weekday(i, day, None),
            Class::Day(by) => {
                if self.words.lang == Lang::DE && self.lower(i) == "morgen" {
                    return None;
                }
                self.day(i, by)
            }
            Class::Part(_) if self.words.lang == Lang::DE && self.words.raw(i) == "morgen" => {
                self.day(i, 1)
            }
            Class::Manana if !matches!(self.before(i), "la" | "esta" | "cada") => self.day(i, 1),
            Class::Tonight => self.found(
                i,
                i + 1,
                TimeKind::Time,
                self.now.map(|d| format!("{}TNI", date_text(d))),
            ),
            Class::LastNight => {
                let day = calendar::add_days(self.now, -1);
                self.found(i, i + 1, TimeKind::Time, day.map(|d| format!("{}TNI", date_text(d))))
            }
            Class::Shift(_) | Class::Follow(_) => self.shifted(i),
            Class::Every => self.every(i),
            Class::Set(value) => self.found(i, self.after(i), TimeKind::Set, Some(value.into())),
            Class::Ref(value) => self.found(i, i + 1, TimeKind::Date, Some(value.into())),
            Class::AgoBefore => {
                let at = self.after(i);
                let at = at
                    + usize::from(matches!(
                        self.lower(at),
                        "rund"
                            | "etwa"
                            | "environ"
                            | "plus"
                            | "unos"
                            | "fast"
                            | "knapp"
                            | "gut"
                            | "über"
                    ));
                let stretch = self.stretch(at)?;
                let value = moved(self.now, stretch, -1);
                self.found(i, stretch.end, TimeKind::Date, value)
            }
            Class::LaterBefore if !en => {
                let stretch = self.stretch(self.after(i)).filter(|s| s.halves.is_some())?;
                if self.counts_from_event(stretch.end) {
                    let value = calendar::duration(stretch.halves, stretch.unit);
                    return self.found(i + 1, stretch.end, TimeKind::Duration, Some(value));
                }
                let anchor = if self.words.lang == Lang::RU && !self.future(i) {
                    self.last.or(self.now)
                } else {
                    self.now
                };
                let value = moved(anchor, stretch, 1);
                Some(Found {
                    start: i,
                    end: stretch.end,
                    kind: TimeKind::Date,
                    value,
                    inferred: anchor != self.now,
                })
            }
            Class::Bound => self.bounded(i),
            Class::Earlier | Class::Later if en => {
                // "earlier today", "later this year"
                let inner = match self.class(i + 1)? {
                    Class::Day(_) | Class::Shift(0) | Class::Tonight => self.at(i + 1)?,
                    _ => return None,
                };
                Some(Found { start: i, ..inner })
            }
            Class::Holiday(month, day) => {
                let mut end = self.after(i);
                let year = self.year(end).inspect(|_| end += 1);
                let date = match year {
                    Some(year) => Date::new(year, month, day).ok(),
                    None => calendar::day_near(self.now, month, day, self.future(i)),
                };
                self.found(i, end, TimeKind::Date, date.map(date_text))
            }
            Class::Season(season) => self.season(i, i, season),
            Class::Unit(unit) => self.bare_unit(i, unit),
            Class::Half => self.stretch_at(i),
            Class::Part(part) if en => self.bare_part(i, part),
            _ => None,
        }
    }

    /// Whether the sentence speaks of what is to come at the word `i`.
    fn future(&self, i: usize) -> bool {
        let from = i.saturating_sub(12).max(self.sentence.0);
        let sign = |k: usize| self.class(k) == Some(Class::Future);
        let near =
            (from..i).rev().take_while(|k| !matches!(self.words.raw(*k), ";" | ":")).any(sign);
        // what follows a comma is another clause, but for a time that opens the sentence
        let opens = i <= self.sentence.0 + 2;
        near || (i..(i + 8).min(self.sentence.1))
            .take_while(|k| opens || self.words.raw(*k) != ",")
            .any(|k| sign(k) && !matches!(self.lower(k), "by" | "set" | "until"))
    }

    /// A year in figures at `i`, with nothing that makes it a count.
    fn year(&self, i: usize) -> Option<i16> {
        if i >= self.sentence.1
            || self.words.kind(i) != Some(Kind::Figures)
            || self.words.raw(i).len() != 4
        {
            return None;
        }
        let year: i16 = self.words.raw(i).parse().ok()?;
        (1000..2200).contains(&year).then_some(year)
    }

    fn figures(&self, i: usize) -> Option<Found> {
        if let Some(found) = self.numeric_date(i).or_else(|| self.clock(i)) {
            return Some(found);
        }
        let words = self.words;
        // "3 April 2017", "3. April", "3 de abril de 2017", "19-Nov-12", "3rd of April"
        let day: Option<i8> =
            words.raw(i).parse().ok().filter(|d| (1..=31).contains(d) && words.raw(i).len() <= 2);
        if let Some(day) = day {
            let mut at = i + 1;
            if words.glued(at)
                && matches!(
                    self.lower(at),
                    "." | "-" | "st" | "nd" | "rd" | "th" | "er" | "º" | "-го"
                )
            {
                at += 1;
            }
            if matches!(self.lower(at), "of" | "de") {
                at += 1;
            }
            if let Some(Class::Month(month)) = self.class(at)
                && (words.lang != Lang::EN || words.capital(at) || words.shouting)
            {
                return self.dated(i, month, day, at + 1);
            }
        }
        if let Some((value, end)) = self.is_decade(i) {
            return self.found(i, end, TimeKind::Date, Some(value));
        }
        if let Some(found) = self.stretch_at(i) {
            return Some(found);
        }
        self.bare_year(i)
    }

    fn bare_year(&self, i: usize) -> Option<Found> {
        let words = self.words;
        let year = self.year(i).filter(|y| (1400..2100).contains(y))?;
        let before = self.before(i);
        let introduced = matches!(
            before,
            "in" | "since"
                | "during"
                | "of"
                | "by"
                | "until"
                | "early"
                | "late"
                | "mid"
                | "from"
                | "the"
                | "en"
                | "depuis"
                | "seit"
                | "jahr"
                | "jahre"
                | "desde"
                | "с"
                | "в"
                | "до"
        );
        if matches!(before, "$" | "€" | "£" | "#" | "no" | "." | "%" | "+" | "&")
            || (words.glued(i)
                && before != "-"
                && before != "("
                && before != "/"
                && before != "\""
                && before != "“"
                && before != "„"
                && before != "«")
        {
            return None;
        }
        if words.glued(i)
            && before == "-"
            && !matches!(
                words.lower(i.saturating_sub(2)),
                "mid" | "early" | "late" | "pre" | "post"
            )
            && self.year(i.saturating_sub(2)).is_none()
        {
            return None;
        }
        if !(1800..=2049).contains(&year) && !introduced {
            return None;
        }
        if !introduced && self.counts_something(i + 1) {
            return None;
        }
        // "2.5", "2010,5", "2014%"
        if words.glued(i + 1)
            && (matches!(words.raw(i + 1), "%" | "°")
                || (matches!(words.raw(i + 1), "." | ",")
                    && words.glued(i + 2)
                    && words.kind(i + 2) == Some(Kind::Figures)))
        {
            return None;
        }
        let mut end = i + 1;
        if words.lang == Lang::RU && matches!(self.class(end), Some(Class::Unit(Unit::Year))) {
            end += 1;
        }
        self.found(i, end, TimeKind::Date, Some(format!("{year:04}")))
    }

    /// Whether a counted noun stands at `i`: then the number before is no year.
    fn counts_something(&self, i: usize) -> bool {
        if i >= self.sentence.1
            || self.words.kind(i) != Some(Kind::Letters)
            || self.words.capital(i)
        {
            return false;
        }
        let word = self.lower(i);
        matches!(
            word,
            "people"
                | "men"
                | "women"
                | "children"
                | "troops"
                | "police"
                | "million"
                | "billion"
                | "m"
                | "km"
                | "metres"
                | "meters"
                | "miles"
                | "feet"
                | "kg"
                | "tonnes"
                | "dollars"
                | "euros"
                | "percent"
                | "human"
        ) || (self.words.lang == Lang::EN
            && word.len() > 4
            && word.ends_with('s')
            && !word.ends_with("ss")
            && !word.ends_with("'s")
            && !matches!(
                word,
                "games"
                    | "elections"
                    | "attacks"
                    | "talks"
                    | "championships"
                    | "protests"
                    | "was"
                    | "has"
            ))
    }

    fn is_decade(&self, i: usize) -> Option<(String, usize)> {
        let words = self.words;
        let raw = words.raw(i);
        let suffix = words.glued(i + 1) && matches!(self.lower(i + 1), "s" | "'s" | "er" | "ern");
        if words.kind(i) != Some(Kind::Figures) || !suffix || !raw.ends_with('0') {
            return None;
        }
        match raw.len() {
            4 => Some((raw.get(..3)?.to_owned(), i + 2)),
            2 => Some((format!("19{}", raw.get(..1)?), i + 2)),
            _ => None,
        }
    }

    /// 2017-04-03, 03.04.2017, 4/3/2017, 9/11.
    fn numeric_date(&self, i: usize) -> Option<Found> {
        let words = self.words;
        let mark = words.raw(i + 1);
        if !matches!(mark, "-" | "." | "/")
            || !words.glued(i + 1)
            || !words.glued(i + 2)
            || (words.glued(i) && i > self.sentence.0 && self.words.kind(i - 1) != Some(Kind::Mark))
        {
            return None;
        }
        let figure = |k: usize| {
            (k < self.sentence.1 && words.kind(k) == Some(Kind::Figures))
                .then(|| words.raw(k).parse::<i16>().ok())
                .flatten()
        };
        let (a, b) = (figure(i)?, figure(i + 2)?);
        if words.raw(i + 3) != mark || !words.glued(i + 3) || !words.glued(i + 4) {
            if mark == "/" && (a, b) == (9, 11) && words.lang == Lang::EN {
                return self.found(i, i + 3, TimeKind::Date, Some("2001-09-11".into()));
            }
            return None;
        }
        let c = figure(i + 4)?;
        let full = |y: i16, len: usize| match len {
            4 => Some(y),
            2 => Some(if y < 70 { 2000 + y } else { 1900 + y }),
            _ => None,
        };
        let (first_len, last_len) = (words.raw(i).len(), words.raw(i + 4).len());
        let (year, month, day) = if first_len == 4 {
            (a, b, c)
        } else if mark == "/" && words.lang == Lang::EN && a <= 12 {
            (full(c, last_len)?, a, b)
        } else {
            (full(c, last_len)?, b, a)
        };
        let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        self.found(i, i + 5, TimeKind::Date, Some(date_text(date)))
    }

    /// 18:30 UTC, 6 p.m., 18 Uhr, 18h30.
    fn clock(&self, i: usize) -> Option<Found> {
        let words = self.words;
        let mut hour: u8 =
            words.raw(i).parse().ok().filter(|h| *h < 25 && words.raw(i).len() <= 2)?;
        let mut at = i + 1;
        let mut minute = None;
        let lang = words.lang;
        let is_minute = |k: usize| {
            words.kind(k) == Some(Kind::Figures)
                && words.raw(k).len() == 2
                && words.raw(k).parse::<u8>().is_ok_and(|m| m < 60)
        };
        let mark = self.lower(at);
        let colon = matches!(mark, ":") || (lang == Lang::FR && mark == "h") || mark == ".";
        if colon && words.glued(at) && is_minute(at + 1) && words.glued(at + 1) {
            minute = words.raw(at + 1).parse::<u8>().ok();
            let dot = mark == ".";
            at += 2;
            if words.raw(at) == ":" && words.glued(at) && is_minute(at + 1) {
                at += 2;
            }
            // "13.50" is a time only where a clock word follows
            let spanish = lang == Lang::ES && matches!(self.lower(at), "horas" | "h");
            if dot
                && !spanish
                && !matches!(self.class(at), Some(Class::Clock | Class::Am | Class::Pm))
            {
                return None;
            }
        }
        let mut clear = minute.is_some() && (mark != "." || lang == Lang::ES);
        match self.class(at) {
            Some(Class::Am) => {
                hour = if hour == 12 { 0 } else { hour };
                at += 1;
                clear = true;
            }
            Some(Class::Pm) => {
                hour = if hour < 12 { hour + 12 } else { hour };
                at += 1;
                clear = true;
            }
            Some(Class::Clock) => {
                at += 1;
                clear = true;
            }
            Some(Class::Unit(Unit::Hour))
                if lang == Lang::FR && matches!(self.before(i), "à" | "vers" | "dès") =>
            {
                at += 1;
                clear = true;
            }
            _ => {}
        }
        if !clear || hour > 24 {
            return None;
        }
        if minute.is_some()
            && words.raw(at.saturating_sub(2)) == ":"
            && matches!(self.lower(at), "to" | "win" | "victory" | "defeat" | "(")
            && self.lower(at) != "("
        {
            return None;
        }
        let mut utc = false;
        if words.raw(at) == "(" && matches!(self.class(at + 1), Some(Class::Zone)) {
            utc = matches!(self.lower(at + 1), "utc" | "gmt");
            let close = (at..(at + 6).min(self.sentence.1)).find(|k| words.raw(*k) == ")");
            at = close.map_or(at, |c| c + 1);
        } else if matches!(self.class(at), Some(Class::Zone))
            && (words.get(at).is_some_and(|w| w.upper) || words.shouting)
        {
            utc = matches!(self.lower(at), "utc" | "gmt");
            at += 1;
        } else if self.lower(at) == "local" && self.lower(at + 1) == "time" {
            at += 2;
        }
        // the day may follow: "12:00 UTC Monday", "6 p.m. on Friday"
        let mut date = self.now;
        let next = at + usize::from(matches!(self.lower(at), "on" | "," | "am" | "le"));
        if let Some(day) = match self.class(next) {
            Some(Class::Day(by)) => calendar::add_days(self.now, by),
            Some(Class::Weekday(day)) => calendar::weekday(self.now, day, None, self.future(i)),
            _ => None,
        } {
            date = Some(day);
            if self.lower(at) != "," {
                at = next + 1;
            }
        }
        let value = date.map(|d| {
            format!(
                "{}T{hour:02}:{:02}{}",
                date_text(d),
                minute.unwrap_or(0),
                if utc { "Z" } else { "" }
            )
        });
        self.found(i, at, TimeKind::Time, value)
    }

    /// A month and a day with perhaps a year behind it; `at` is the word after both.
    fn dated(&self, start: usize, month: i8, day: i8, at: usize) -> Option<Found> {
        let mut end = at;
        let mut next = at;
        if self.words.raw(next) == "." && self.words.glued(next) {
            next += 1;
        }
        if matches!(self.words.raw(next), "," | "-")
            || matches!(self.lower(next), "de" | "del" | "of")
        {
            next += 1;
        }
        let mut year = self.year(next);
        // "19-Nov-12"; "3 JAN 90 (", as wires date themselves
        let wire = next == at
            && self.words.kind(next) == Some(Kind::Figures)
            && !self.words.glued(next)
            && (matches!(self.words.raw(next + 1), "(" | "—" | "–" | ")" | "]")
                || self.words.raw(next + 1) == "-" && self.words.raw(next + 2) == "-");
        if year.is_none()
            && (wire || self.words.raw(next.saturating_sub(1)) == "-")
            && self.words.raw(next).len() == 2
        {
            year = self
                .words
                .raw(next)
                .parse::<i16>()
                .ok()
                .map(|y| if y < 70 { 2000 + y } else { 1900 + y });
        }
        if let Some(year) = year {
            end = next + 1;
            if self.words.lang == Lang::RU
                && matches!(self.class(end), Some(Class::Unit(Unit::Year)))
            {
                end += 1;
            }
            let date = Date::new(year, month, day).ok()?;
            return self.found(start, end, TimeKind::Date, Some(date_text(date)));
        }
        Date::new(2000, month, day).ok()?;
        let date = calendar::day_near(self.now, month, day, self.future(start));
        let value = date.map_or_else(|| format!("XXXX-{month:02}-{day:02}"), date_text);
        self.found(start, end, TimeKind::Date, Some(value))
    }

    fn month(&self, i: usize, month: i8) -> Option<Found> {
        let words = self.words;
        let lang = words.lang;
        let capital = words.capital(i) || words.shouting || !matches!(lang, Lang::EN | Lang::DE);
        if !capital {
            return None;
        }
        let mut at = i + 1;
        let short = words.raw(i).len() <= 4
            && !matches!(
                self.lower(i),
                "may"
                    | "june"
                    | "july"
                    | "mai"
                    | "juni"
                    | "juli"
                    | "mars"
                    | "juin"
                    | "août"
                    | "мая"
                    | "май"
                    | "мае"
            );
        let dotted = words.raw(at) == "." && words.glued(at);
        if short && dotted {
            at += 1;
        }
        let day: Option<i8> = (at < self.sentence.1
            && words.kind(at) == Some(Kind::Figures)
            && words.raw(at).len() <= 2
            && !words.glued(at)
            || words.raw(at.saturating_sub(1)) == ".")
            .then(|| words.raw(at).parse().ok())
            .flatten()
            .filter(|d| (1..=31).contains(d));
        if let Some(day) = day
            && matches!(lang, Lang::EN)
            && !(words.raw(at + 1) == ":" && words.glued(at + 1))
        {
            let mut end = at + 1;
            if words.glued(end) && matches!(self.lower(end), "st" | "nd" | "rd" | "th") {
                end += 1;
            }
            return self.dated(i, month, day, end);
        }
        // "April 2017", "April of last year"
        let next = at + usize::from(matches!(self.lower(at), "of" | "," | "de" | "del"));
        if let Some(year) = self.year(next) {
            let mut end = next + 1;
            if lang == Lang::RU && matches!(self.class(end), Some(Class::Unit(Unit::Year))) {
                end += 1;
            }
            return self.found(i, end, TimeKind::Date, Some(format!("{year:04}-{month:02}")));
        }
        if matches!(self.lower(at), "of")
            && let Some(inner) = self.class(at + 1).and_then(|c| {
                if matches!(c, Class::Shift(_)) { self.shifted(at + 1) } else { None }
            })
            && let Some(year) = inner.value.as_deref().filter(|v| v.len() == 4)
        {
            return self.found(i, inner.end, TimeKind::Date, Some(format!("{year}-{month:02}")));
        }
        let before = self.before(i);
        let ambiguous = (short && !dotted)
            || matches!(self.lower(i), "may" | "march" | "mars" | "mai" | "august");
        let introduced = matches!(
            before,
            "in" | "since"
                | "by"
                | "until"
                | "of"
                | "last"
                | "next"
                | "this"
                | "and"
                | "from"
                | "during"
                | "early"
                | "late"
                | "mid"
                | "to"
                | "between"
                | "through"
                | "im"
                | "seit"
                | "bis"
                | "anfang"
                | "ende"
                | "mitte"
                | "en"
                | "de"
                | "depuis"
                | "fin"
                | "début"
                | "mi"
                | "d'"
                | "в"
                | "с"
                | "до"
                | "к"
                | "на"
                | "desde"
                | "a"
                | "-"
        );
        if ambiguous && (!introduced || i == self.sentence.0) {
            return None;
        }
        if short && !dotted && lang == Lang::EN {
            return None;
        }
        let value = calendar::month_near(self.now, month, self.future(i));
        self.found(i, at, TimeKind::Date, value.or_else(|| Some(format!("XXXX-{month:02}"))))
    }

    fn weekday(&self, i: usize, day: i8, shift: Option<i32>) -> Option<Found> {
        let words = self.words;
        if matches!(words.lang, Lang::EN | Lang::DE) && !words.capital(i) && !words.shouting {
            return None;
        }
        if words.lang == Lang::EN
            && words.raw(i).len() <= 5
            && !words.raw(i).ends_with("day")
            && !(words.raw(i + 1) == "." && words.glued(i + 1))
            && words.raw(i + 1) != ","
        {
            return None;
        }
        let mut at = i + 1;
        if words.raw(at) == "."
            && words.glued(at)
            && words.raw(i).len() <= 5
            && !words.raw(i).ends_with("day")
        {
            at += 1;
        }
        let lower = self.lower(i);
        // French and Spanish say "last" behind: "lundi dernier"
        let shift = match self.class(at) {
            Some(Class::After(by)) => {
                at += 1;
                Some(by.signum())
            }
            _ => shift,
        };
        let date = calendar::weekday(self.now, day, shift, shift.is_none() && self.future(i));
        // "Monday, April 3": one expression
        let next = at
            + usize::from(matches!(words.raw(at), "," | "("))
            + usize::from(matches!(self.lower(at + 1), "den" | "der"));
        let joined = if matches!(words.lang, Lang::EN) {
            match self.class(next) {
                Some(Class::Month(m)) if words.capital(next) => self
                    .month(next, m)
                    .filter(|f| f.value.as_deref().is_some_and(|v| v.len() == 10)),
                _ => None,
            }
        } else {
            None
        };
        let joined = joined.or_else(|| {
            (words.kind(next) == Some(Kind::Figures)).then(|| self.figures(next)).flatten().filter(
                |f| f.kind == TimeKind::Date && f.value.as_deref().is_some_and(|v| v.len() == 10),
            )
        });
        if let Some(inner) = joined {
            return self.found(i, inner.end, TimeKind::Date, inner.value);
        }
        let inside = ["abend", "morgen", "nachmittag", "nacht", "vormittag"]
            .iter()
            .find(|p| words.lang == Lang::DE && lower.ends_with(**p) && lower.len() > 10);
        let part = match inside {
            Some(&"abend") => Some(("EV", at)),
            Some(&"morgen" | &"vormittag") => Some(("MO", at)),
            Some(&"nachmittag") => Some(("AF", at)),
            Some(_) => Some(("NI", at)),
            None => self.part_at(at),
        };
        match part {
            Some((part, end)) => {
                self.found(i, end, TimeKind::Time, date.map(|d| format!("{}T{part}", date_text(d))))
            }
            None => self.found(
                i,
                at,
                TimeKind::Date,
                date.map_or_else(|| Some(format!("XXXX-WXX-{day}")), |d| Some(date_text(d))),
            ),
        }
    }

    /// A part of the day behind a day: "morning", "au soir", "por la noche".
    fn part_at(&self, at: usize) -> Option<(&'static str, usize)> {
        let mut k = at;
        while matches!(self.lower(k), "au" | "en" | "por" | "de" | "la" | "el" | "in" | "the")
            && k < at + 3
        {
            k += 1;
        }
        match self.class(k) {
            Some(Class::Part(part)) if k == at || self.words.lang != Lang::EN => {
                Some((part, k + 1))
            }
            Some(Class::Manana) if k > at => Some(("MO", k + 1)),
            _ => None,
        }
    }

    fn day(&self, i: usize, by: i32) -> Option<Found> {
        let end = self.after(i);
        let date = calendar::add_days(self.now, by).map(date_text);
        match self.part_at(end) {
            Some((part, end)) => {
                self.found(i, end, TimeKind::Time, date.map(|d| format!("{d}T{part}")))
            }
            None if by == 0 && date.is_none() => {
                self.found(i, end, TimeKind::Date, Some("PRESENT_REF".into()))
            }
            None => self.found(i, end, TimeKind::Date, date),
        }
    }

    /// "last week", "this year", "next Monday", "the past two years", "letzte Woche", "в прошлом году".
    fn shifted(&self, i: usize) -> Option<Found> {
        let (by, follow) = match self.class(i)? {
            Class::Shift(by) => (by, false),
            Class::Follow(by) => (by, true),
            _ => return None,
        };
        let at = self.after(i);
        let anchor = if follow { self.last.or(self.now) } else { self.now };
        let step = by.signum();
        match self.class(at) {
            Some(Class::Weekday(day)) => {
                return self.weekday(at, day, Some(step)).map(|f| Found { start: i, ..f });
            }
            Some(Class::Month(month))
                if self.words.capital(at) || !matches!(self.words.lang, Lang::EN | Lang::DE) =>
            {
                let value = calendar::month_shifted(self.now, month, step);
                return self.found(i, at + 1, TimeKind::Date, value);
            }
            Some(Class::Season(season)) => {
                return self.season(i, at, season);
            }
            Some(Class::Part(part)) => {
                // "last night" is the night before; "this morning" is today's
                let day = calendar::add_days(self.now, if step < 0 { -1 } else { step });
                return self.found(
                    i,
                    at + 1,
                    TimeKind::Time,
                    day.map(|d| format!("{}T{part}", date_text(d))),
                );
            }
            Some(Class::Manana) if step == 0 => {
                return self.found(
                    i,
                    at + 1,
                    TimeKind::Time,
                    self.now.map(|d| format!("{}TMO", date_text(d))),
                );
            }
            Some(Class::Fiscal) => {
                if self.class(at + 1) == Some(Class::Unit(Unit::Year)) {
                    let value = self.now.map(|d| format!("FY{:04}", i32::from(d.year()) + step));
                    return self.found(i, at + 2, TimeKind::Date, value);
                }
                return None;
            }
            Some(Class::Unit(unit)) => {
                let plural = self.words.lang == Lang::EN
                    && self.lower(at).ends_with('s')
                    && unit != Unit::Second;
                if plural {
                    return self.found(
                        i,
                        at + 1,
                        TimeKind::Duration,
                        Some(calendar::duration(None, unit)),
                    );
                }
                let stretch = matches!(
                    unit,
                    Unit::Hour | Unit::Minute | Unit::Second | Unit::Decade | Unit::Century
                ) && by != 0
                    || by.abs() == 2
                        && !(self.words.lang == Lang::RU
                            || self.words.lang == Lang::ES
                            || unit == Unit::Weekend);
                if stretch {
                    return self.found(
                        i,
                        at + 1,
                        TimeKind::Duration,
                        Some(calendar::duration(Some(2), unit)),
                    );
                }
                let value = calendar::unit_at(anchor, unit, step);
                return Some(Found {
                    start: i,
                    end: at + 1,
                    kind: TimeKind::Date,
                    value,
                    inferred: follow,
                });
            }
            _ => {}
        }
        let stretch = self.stretch(at)?;
        self.found(
            i,
            stretch.end,
            TimeKind::Duration,
            Some(calendar::duration(stretch.halves, stretch.unit)),
        )
    }

    fn season(&self, start: usize, at: usize, season: &str) -> Option<Found> {
        let before = if start == at { self.before(at) } else { "" };
        let next = at + 1 + usize::from(matches!(self.lower(at + 1), "of" | "de" | "del" | ","));
        if let Some(year) = self.year(next) {
            return self.found(
                start,
                next + 1,
                TimeKind::Date,
                Some(format!("{year:04}-{season}")),
            );
        }
        let ok = start < at
            || matches!(before, "in" | "im" | "l'" | "cet" | "au" | "в" | "en" | "since" | "by")
                && self.lower(at) != "fall";
        let bare = matches!(self.words.lang, Lang::RU) && self.lower(at).ends_with('й')
            || self.lower(at) == "летом"
            || self.lower(at) == "осенью";
        if !ok && !bare
            || (self.lower(at) == "été" && !matches!(before, "l'" | "cet") && start == at)
        {
            return None;
        }
        let step = if start < at {
            self.class(start).map_or(0, |c| if let Class::Shift(by) = c { by.signum() } else { 0 })
        } else {
            0
        };
        let value = calendar::season_near(self.now, season, step, self.future(at));
        self.found(start, at + 1, TimeKind::Date, value)
    }

    fn every(&self, i: usize) -> Option<Found> {
        let mut at = self.after(i);
        if self.lower(at) == "other" {
            at += 1;
        }
        match self.class(at) {
            Some(Class::Unit(unit)) => self.found(
                i,
                at + 1,
                TimeKind::Set,
                Some(calendar::duration(Some(if at > self.after(i) { 4 } else { 2 }), unit)),
            ),
            Some(Class::Weekday(day)) => {
                self.found(i, at + 1, TimeKind::Set, Some(format!("XXXX-WXX-{day}")))
            }
            Some(Class::Part(part)) => {
                self.found(i, at + 1, TimeKind::Set, Some(format!("XXXX-XX-XXT{part}")))
            }
            Some(Class::Season(season)) => {
                self.found(i, at + 1, TimeKind::Set, Some(format!("XXXX-{season}")))
            }
            _ => {
                let stretch = self.stretch(at)?;
                self.found(
                    i,
                    stretch.end,
                    TimeKind::Set,
                    Some(calendar::duration(stretch.halves, stretch.unit)),
                )
            }
        }
    }

    /// "early June", "mid-2011", "Anfang April", "в конце 2016 года".
    fn bounded(&self, i: usize) -> Option<Found> {
        let mut at = self.after(i);
        if self.words.raw(at) == "-" && self.words.glued(at) {
            at += 1;
        }
        if matches!(self.class(at), Some(Class::Of)) {
            at += 1;
        }
        if matches!(self.lower(at), "the" | "in" | "on") && self.words.lang == Lang::EN
            || matches!(self.lower(at), "l'" | "la" | "le" | "el") && self.words.lang != Lang::EN
        {
            at += 1;
        }
        let inner = match self.words.kind(at)? {
            Kind::Figures => self.is_decade(at).map_or_else(
                || {
                    if self.lower(at + 1) == "people" {
                        None
                    } else {
                        self.year(at).and_then(|_| self.bare_year(at).or_else(|| self.figures(at)))
                    }
                },
                |(value, end)| self.found(at, end, TimeKind::Date, Some(value)),
            ),
            Kind::Letters => match self.class(at)? {
                // "late May": "late" introduces the month even where it could be a verb
                Class::Month(_)
                | Class::Weekday(_)
                | Class::Day(_)
                | Class::Shift(_)
                | Class::Season(_) => self.at(at),
                // "Ende des Jahres", "fin de l'année", "к концу года"
                Class::Unit(unit @ (Unit::Year | Unit::Month | Unit::Week))
                    if self.words.lang != Lang::EN =>
                {
                    let value = calendar::unit_at(self.now, unit, 0);
                    self.found(at, at + 1, TimeKind::Date, value)
                }
                Class::Part(part)
                    if self.words.lang == Lang::EN && self.lower(i) == "early" && part == "MO" =>
                {
                    self.found(
                        at,
                        at + 1,
                        TimeKind::Time,
                        self.now.map(|d| format!("{}TMO", date_text(d))),
                    )
                }
                _ => None,
            },
            Kind::Mark => None,
        }?;
        (inner.kind != TimeKind::Set && inner.kind != TimeKind::Duration)
            .then_some(Found { start: i, ..inner })
    }

    /// "the end of this year", "the beginning of March".
    fn point(&self, start: usize, at: usize) -> Option<Found> {
        if self.class(at + 1) != Some(Class::Of) {
            return None;
        }
        let mut inner_at = at + 2;
        if self.lower(inner_at) == "the"
            && self.class(inner_at + 1) == Some(Class::Unit(Unit::Year))
        {
            return self.found(
                start,
                inner_at + 2,
                TimeKind::Date,
                self.now.map(|d| format!("{:04}", d.year())),
            );
        }
        if self.lower(inner_at) == "the" {
            inner_at += 1;
        }
        let inner = self.at(inner_at)?;
        (inner.kind == TimeKind::Date).then_some(Found { start, ..inner })
    }

    /// A number and a unit, with what stands around it.
    fn stretch_at(&self, i: usize) -> Option<Found> {
        let article = matches!(
            self.lower(i),
            "a" | "an" | "one" | "un" | "une" | "una" | "ein" | "eine" | "einem" | "einer"
        );
        let stretch = self.stretch(i)?;
        let end = stretch.end;
        let words = self.words;
        // "41-year-old", "14 years old": ages are no times
        if self.lower(end) == "old"
            || (words.raw(end) == "-" && matches!(self.lower(end + 1), "old" | "olds"))
            || matches!(self.lower(end), "alt" | "olds" | "imprisonment" | "jail" | "prison")
                && self.lower(end) != "prison"
        {
            return None;
        }
        match self.class(end) {
            Some(Class::Ago) => {
                let value = moved(self.now, stretch, -1);
                return self.found(i, end + 1, TimeKind::Date, value);
            }
            Some(Class::Later | Class::Earlier)
                if self.words.lang != Lang::EN && !self.counts_from_event(end + 1)
                    || self.words.lang == Lang::EN && !matches!(self.lower(end + 1), "than") =>
            {
                let step = if self.class(end) == Some(Class::Later) { 1 } else { -1 };
                let value = moved(self.last.or(self.now), stretch, step);
                return Some(Found {
                    start: i,
                    end: self.after(end),
                    kind: TimeKind::Date,
                    value,
                    inferred: true,
                });
            }
            _ => {}
        }
        let last = words.lang == Lang::EN && article;
        if last {
            let before = self.before(i);
            let number_before = i > self.sentence.0
                && (words.kind(i - 1) == Some(Kind::Figures)
                    || matches!(before, "times" | "once" | "twice"));
            if number_before && matches!(self.lower(i), "a" | "an") {
                return self.found(
                    i,
                    end,
                    TimeKind::Set,
                    Some(calendar::duration(stretch.halves, stretch.unit)),
                );
            }
            let ok = matches!(
                before,
                "for"
                    | "in"
                    | "within"
                    | "over"
                    | "after"
                    | "than"
                    | "about"
                    | "nearly"
                    | "almost"
                    | "least"
                    | "lasted"
                    | "around"
                    | "half"
            ) || matches!(self.lower(end), "after" | "before" | "long")
                || self.lower(i) == "one";
            if !ok || (self.lower(i) == "one" && matches!(self.lower(end), "when")) {
                return None;
            }
        }
        if !last && article && words.lang != Lang::EN {
            return None;
        }
        self.found(
            i,
            end,
            TimeKind::Duration,
            Some(calendar::duration(stretch.halves, stretch.unit)),
        )
    }

    /// Reads "two and a half years", "several days", "27-year", "half an hour".
    fn stretch(&self, i: usize) -> Option<Stretch> {
        let words = self.words;
        if i >= self.sentence.1 {
            return None;
        }
        let mut i = i;
        if matches!(
            self.lower(i),
            "about"
                | "around"
                | "nearly"
                | "almost"
                | "etwa"
                | "rund"
                | "environ"
                | "около"
                | "почти"
                | "casi"
        ) {
            i += 1;
        }
        if self.class(i) == Some(Class::Half) {
            let at = i + 1 + usize::from(matches!(self.lower(i + 1), "a" | "an"));
            let Some(Class::Unit(unit)) = self.class(at) else { return None };
            return Some(Stretch { halves: Some(1), unit, end: at + 1 });
        }
        // a bare Russian unit counts as one: "год назад", "через неделю"
        if words.lang == Lang::RU
            && let Some(Class::Unit(unit)) = self.class(i)
        {
            let single = self.class(i + 1) == Some(Class::Ago)
                || i > self.sentence.0 && self.class(i - 1) == Some(Class::LaterBefore);
            return single.then_some(Stretch { halves: Some(2), unit, end: i + 1 });
        }
        let number = number::at(words, i)?;
        // "2026 года" is a year
        if words.lang == Lang::RU && number.figures && self.year(i).is_some() {
            return None;
        }
        let mut halves = match number.amount {
            Amount::Exact(n) | Amount::About(n) => Some(n.checked_mul(2)?),
            Amount::Article => Some(2),
            Amount::Vague(_) => None,
            Amount::No | Amount::Nobody => return None,
        };
        let mut at = number.end;
        if number.fraction {
            return None;
        }
        if self.lower(at) == "and"
            && self.lower(at + 1) == "a"
            && self.class(at + 2) == Some(Class::Half)
        {
            halves = halves.map(|h| h + 1);
            at += 3;
        }
        if words.raw(at) == "-" && words.glued(at) && words.glued(at + 1) {
            at += 1;
        }
        if matches!(self.lower(at), "de" | "d'" | "of") && !number.figures {
            at += 1;
        }
        if matches!(
            self.lower(at),
            "more"
                | "full"
                | "whole"
                | "consecutive"
                | "straight"
                | "long"
                | "weitere"
                | "weiteren"
        ) {
            at += 1;
        }
        let Some(Class::Unit(unit)) = self.class(at) else { return None };
        if unit == Unit::Weekend || unit == Unit::Quarter {
            return None;
        }
        if words.lang == Lang::FR && self.lower(at) == "h" {
            return None;
        }
        Some(Stretch { halves, unit, end: at + 1 })
    }

    /// "for years", "within minutes", "over the weekend".
    fn bare_unit(&self, i: usize, unit: Unit) -> Option<Found> {
        if self.words.lang != Lang::EN {
            let Some(Class::After(by)) = self.class(i + 1) else {
                return match self.class(i + 1) {
                    Some(Class::AfterFollow(by)) => {
                        let value = calendar::unit_at(self.last.or(self.now), unit, by);
                        Some(Found {
                            start: i,
                            end: i + 2,
                            kind: TimeKind::Date,
                            value,
                            inferred: true,
                        })
                    }
                    // "год назад", "месяц назад"
                    Some(Class::Ago) if self.words.lang == Lang::RU => {
                        let value = calendar::moved(self.now, unit, -2);
                        self.found(i, i + 2, TimeKind::Date, value)
                    }
                    _ => None,
                };
            };
            if by.abs() == 2 {
                return self.found(
                    i,
                    i + 2,
                    TimeKind::Duration,
                    Some(calendar::duration(None, unit)),
                );
            }
            return self.found(
                i,
                i + 2,
                TimeKind::Date,
                calendar::unit_at(self.now, unit, by.signum()),
            );
        }
        if unit == Unit::Weekend && self.before(i) == "the" {
            return self.found(
                i - 1,
                i + 1,
                TimeKind::Date,
                calendar::unit_at(self.now, unit, if self.future(i) { 0 } else { -1 }),
            );
        }
        let plural = self.lower(i).ends_with('s');
        if plural
            && matches!(self.before(i), "for" | "in" | "within" | "after" | "over")
            && !matches!(unit, Unit::Second | Unit::Quarter)
        {
            return self.found(i, i + 1, TimeKind::Duration, Some(calendar::duration(None, unit)));
        }
        None
    }

    /// "overnight", "in the morning".
    fn bare_part(&self, i: usize, part: &str) -> Option<Found> {
        let alone = matches!(self.lower(i), "overnight")
            || (matches!(self.lower(i), "midnight" | "noon" | "midday" | "dawn")
                && matches!(self.before(i), "at" | "by" | "before" | "after" | "around"));
        if !alone {
            return None;
        }
        self.found(i, i + 1, TimeKind::Time, self.now.map(|d| format!("{}T{part}", date_text(d))))
    }
}

/// The point that lies a stretch before or after an anchor.
fn moved(anchor: Option<Date>, stretch: Stretch, step: i64) -> Option<String> {
    let Some(halves) = stretch.halves else {
        return Some(if step < 0 { "PAST_REF" } else { "FUTURE_REF" }.into());
    };
    calendar::moved(anchor, stretch.unit, i64::try_from(halves).ok()?.checked_mul(step)?)
}

/// The first day that a value may mean and the last one, where it is a date.
pub(crate) fn range(value: &str) -> Option<(Date, Date)> {
    Known::of(value).map(|k| (k.first, k.last))
}

#[cfg(test)]
mod tests {
    use article::{Article, Moment};

    use super::*;

    fn check(lang: Lang, text: &str, expected: &[(&str, &str)]) {
        let article = Article {
            text: text.into(),
            published: Moment::rfc3339("2017-04-04T06:00:00Z"),
            ..Article::default()
        };
        let words = Words::of_text(&article.text, lang);
        let got = read(&words, article.published);
        let got: Vec<(&str, &str)> =
            got.iter().map(|t| (t.span.of(text), t.value.as_deref().unwrap_or("-"))).collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn english() {
        let check = |text, expected: &[_]| check(Lang::EN, text, expected);
        check("On April 3, an explosion hit the city.", &[("April 3", "2017-04-03")]);
        check("after the September 11, 2001 attacks", &[("September 11, 2001", "2001-09-11")]);
        check("each day", &[("each day", "P1D")]);
        check(
            "He said Friday that on Monday morning",
            &[("Friday", "2017-03-31"), ("Monday morning", "2017-04-03TMO")],
        );
        check("It will open on Friday.", &[("Friday", "2017-04-07")]);
        check(
            "two years ago and last week",
            &[("two years ago", "2015"), ("last week", "2017-W13")],
        );
        check("in the past two years", &[("the past two years", "P2Y")]);
        check("by the end of this year", &[("the end of this year", "2017")]);
        check("a 41-year-old man", &[]);
        check(
            "the 1990s, mid-2011, JAN. 27, 2017",
            &[("the 1990s", "199"), ("mid-2011", "2011"), ("JAN. 27, 2017", "2017-01-27")],
        );
        check("You may go. They march.", &[]);
        check("at 6:30 p.m. on Monday", &[("6:30 p.m. on Monday", "2017-04-03T18:30")]);
        check("2000 people and 2,009 houses", &[]);
        check(
            "19-Nov-12 and 2017-04-03",
            &[("19-Nov-12", "2012-11-19"), ("2017-04-03", "2017-04-03")],
        );
        check("LIMA, 3 JAN 90 (EFE) -- Police", &[("3 JAN 90", "1990-01-03")]);
        check(
            "LIMA, 3 JAN 90 -- Police said on 3 Jan 20 people",
            &[("3 JAN 90", "1990-01-03"), ("3 Jan", "2017-01-03")],
        );
        check(
            "in the first half of 2016, in the 19th century",
            &[("the first half of 2016", "2016-H1"), ("19th century", "18")],
        );
    }

    #[test]
    fn other_languages() {
        check(
            Lang::DE,
            "Am Montag, vor zwei Jahren, am 3. April 2016",
            &[
                ("Montag", "2017-04-03"),
                ("vor zwei Jahren", "2015"),
                ("3. April 2016", "2016-04-03"),
            ],
        );
        check(
            Lang::DE,
            "Gestern Abend um 18.30 Uhr",
            &[("Gestern Abend", "2017-04-03TEV"), ("18.30 Uhr", "2017-04-04T18:30")],
        );
        check(
            Lang::FR,
            "lundi dernier, il y a deux ans, le 3 avril, hier soir",
            &[
                ("lundi dernier", "2017-04-03"),
                ("il y a deux ans", "2015"),
                ("3 avril", "2017-04-03"),
                ("hier soir", "2017-04-03TEV"),
            ],
        );
        check(
            Lang::RU,
            "в понедельник, два года назад, 3 апреля 2016 года, вчера вечером",
            &[
                ("понедельник", "2017-04-03"),
                ("два года назад", "2015"),
                ("3 апреля 2016 года", "2016-04-03"),
                ("вчера вечером", "2017-04-03TEV"),
            ],
        );
        check(Lang::RU, "в прошлом году", &[("прошлом году", "2016")]);
        check(
            Lang::ES,
            "el lunes, hace dos años, el 3 de abril de 2016",
            &[
                ("lunes", "2017-04-03"),
                ("hace dos años", "2015"),
                ("3 de abril de 2016", "2016-04-03"),
            ],
        );
    }
}
