//! Figures that no verb counts: who is among the injured, who was aboard what was seized, who was led away; and the
//! missing who have been found.

use language::Lang;

use super::{Class, Group, Reader, Trigger};
use crate::{CasualtyKind, Qualifier, gazetteer::country_of, words::Kind};

/// Between "among the injured" and its verb, and between the verb and the people, at most so many words.
const AMONG_WORDS_MAX: usize = 14;
/// Between people and the verb that puts them among others, at most so many words: "a Frenchwoman of 27".
const AGE_WORDS_MAX: usize = 4;
/// Between "took six people" and "hostage", at most so many words.
const AWAY_WORDS_MAX: usize = 14;

impl Reader<'_, '_> {
    /// "Among the injured are two Germans", "une Française figure parmi les blessés": a part of those.
    pub(super) fn among(&mut self) {
        for at in 0..self.triggers.len() {
            let Some(t) = self.triggers.get(at).copied().filter(|t| t.class.noun) else { continue };
            let Some(among) = self.among_word(t.start) else { continue };
            let opens = among == self.sentence.start
                || matches!(self.before(among), "," | ";" | ":" | "—" | "–");
            let place =
                if opens { self.people_behind_be(t.end) } else { self.people_before(among) };
            let Some(group) = place.and_then(|place| self.groups.get(place)).copied() else {
                continue;
            };
            let (start, end) = (group.start, group.end);
            let t = Trigger { start, end, class: Class::default(), kind: t.kind };
            self.push(t, Some(group), (start, end), group.quantity, true, false);
        }
    }

    /// Where "among the" stands before a word that counts people.
    fn among_word(&self, start: usize) -> Option<usize> {
        let from = start.saturating_sub(3).max(self.sentence.start);
        (from..start).rev().find(|k| {
            let word = self.words.lower(*k);
            match self.words.lang {
                Lang::EN => word == "among",
                Lang::DE => word == "unter",
                Lang::FR => word == "parmi",
                Lang::RU => word == "среди",
                Lang::ES => word == "entre",
                _ => false,
            }
        })
    }

    /// Whether a word says that people are: "are", "befinden", "figurent", "—".
    fn is_be(&self, k: usize) -> bool {
        matches!(
            self.words.lower(k),
            "is" | "are"
                | "was"
                | "were"
                | "ist"
                | "sind"
                | "war"
                | "waren"
                | "seien"
                | "befindet"
                | "befinden"
                | "befand"
                | "befanden"
                | "zählt"
                | "zählen"
                | "est"
                | "sont"
                | "figure"
                | "figurent"
                | "compte"
                | "comptent"
                | "se"
                | "trouvent"
                | "есть"
                | "были"
                | "был"
                | "была"
                | "оказались"
                | "находятся"
                | "находится"
                | "hay"
                | "figura"
                | "figuran"
                | "está"
                | "están"
                | "—"
                | "–"
        )
    }

    /// The people of "among the injured in the crash are …".
    fn people_behind_be(&self, from: usize) -> Option<usize> {
        let limit = self.sentence.end.min(from + AMONG_WORDS_MAX);
        let be = (from..limit).find(|k| self.is_be(*k))?;
        let behind = be + 1..(be + 4).min(self.sentence.end);
        let clear = !(from..be).any(|k| self.lexicon.is_trigger(self.words, k));
        behind
            .filter(|_| clear)
            .find_map(|k| self.group_starting(k))
            .filter(|p| self.may_be_people(*p))
    }

    /// The people of "two Germans are among the injured".
    fn people_before(&self, among: usize) -> Option<usize> {
        let be = among.checked_sub(1).filter(|k| *k > self.sentence.start && self.is_be(*k))?;
        let near = |g: &Group| {
            g.end <= be && be - g.end <= AGE_WORDS_MAX && !self.in_other_clause(g.end, be)
        };
        self.groups.iter().rposition(near).filter(|p| self.may_be_people(*p))
    }

    fn in_other_clause(&self, from: usize, to: usize) -> bool {
        (from..to).any(|k| self.words.kind(k) == Some(Kind::Mark) && self.words.raw(k) != "-")
    }

    fn may_be_people(&self, place: usize) -> bool {
        self.groups.get(place).is_some_and(|g| {
            g.people != Some(false) && !g.bare && g.quantity.qualifier != Qualifier::None
        })
    }

    /// "Zwei zunächst Vermisste wurden lebend entdeckt", "two missing hikers were found": they are missing no longer.
    pub(super) fn is_found(&self, t: Trigger) -> bool {
        if t.kind != Some(CasualtyKind::Missing) {
            return false;
        }
        let limit = self.sentence.end.min(t.end + AMONG_WORDS_MAX);
        let found = |k: usize| {
            matches!(
                self.words.lower(k),
                "found"
                    | "rescued"
                    | "alive"
                    | "located"
                    | "lebend"
                    | "lebendig"
                    | "gefunden"
                    | "gerettet"
                    | "entdeckt"
                    | "ausfindig"
                    | "geborgen"
                    | "retrouvé"
                    | "retrouvés"
                    | "retrouvée"
                    | "retrouvées"
                    | "vivants"
                    | "vivant"
                    | "secourus"
                    | "нашли"
                    | "найдены"
                    | "найден"
                    | "живыми"
                    | "живым"
                    | "нашлись"
                    | "спасли"
                    | "encontrados"
                    | "hallados"
                    | "rescatados"
            )
        };
        let clause = (t.end..limit).take_while(|k| !matches!(self.words.raw(*k), "," | ";" | "."));
        let mut clause = clause.peekable();
        let denied = |k: usize| {
            matches!(
                self.words.lower(k),
                "not" | "nicht" | "pas" | "не" | "no" | "never" | "noch" | "yet"
            )
        };
        !clause.clone().any(denied) && clause.any(found)
    }

    /// "Gunmen seized a freighter with 18 crew", "took six of them off the ship": people in the hands of others.
    pub(super) fn captives(&mut self) {
        let words = self.words;
        let range = self.sentence.start..self.sentence.end;
        if self.found.iter().any(|f| f.casualty.kind == CasualtyKind::Kidnapped) {
            return;
        }
        let Some(seized) = range.clone().find(|k| is_seized(words.lang, words.lower(*k))) else {
            return;
        };
        let by_the_law = range.clone().any(|k| {
            matches!(
                words.lower(k),
                "navy"
                    | "police"
                    | "coastguard"
                    | "customs"
                    | "authorities"
                    | "inspectors"
                    | "zoll"
                    | "polizei"
                    | "marine"
                    | "douane"
                    | "douanes"
                    | "полиция"
                    | "таможня"
                    | "пограничники"
            )
        });
        if by_the_law || !range.clone().any(|k| is_vessel(words.lang, words.lower(k))) {
            return;
        }
        if self.groups.is_empty() {
            self.groups = super::group::find(
                words,
                self.lexicon,
                &[],
                self.sentence.start,
                self.sentence.end,
            );
        }
        let aboard = range.clone().any(|k| self.is_aboard(k));
        let mut captives: Vec<Group> = Vec::new();
        for group in &self.groups {
            let named = (group.number_end..group.end)
                .any(|k| country_of(words.raw(k), words.lang).is_some());
            let with = matches!(self.before(group.start), "with" | "mit" | "avec" | "с" | "con");
            let who = group.people == Some(true) || named;
            if who && !group.article && (aboard || with && group.start > seized) {
                captives.push(*group);
            }
        }
        let whole = captives.iter().filter_map(|g| g.quantity.best).max();
        for group in captives {
            let (start, end) = (group.start, group.end);
            let part = whole.is_some() && group.quantity.best < whole;
            let kind = Some(CasualtyKind::Kidnapped);
            let t = Trigger { start, end, class: Class::default(), kind };
            self.push(t, Some(group), (start, end), group.quantity, part, true);
        }
    }

    /// "on board", "aboard", "an Bord", "unter den 18 Seeleuten des gekaperten Frachters".
    fn is_aboard(&self, k: usize) -> bool {
        let (word, next) = (self.words.lower(k), self.lower(k + 1));
        match self.words.lang {
            Lang::EN => word == "aboard" || word == "on" && next == "board",
            Lang::DE => word == "an" && next == "bord" || word == "unter" && next == "den",
            Lang::FR => word == "à" && next == "bord",
            Lang::RU => word == "на" && next == "борту" || word == "экипаже",
            Lang::ES => word == "a" && next == "bordo",
            _ => false,
        }
    }

    /// "The gunmen had taken six members of the crew off the ship", "took three aid workers hostage".
    pub(super) fn led_away(&mut self) {
        let words = self.words;
        if words.lang != Lang::EN {
            return;
        }
        let range = self.sentence.start..self.sentence.end;
        if !range.clone().any(|k| matches!(words.lower(k), "took" | "taken" | "taking")) {
            return;
        }
        let groups =
            super::group::find(words, self.lexicon, &[], self.sentence.start, self.sentence.end);
        for group in groups {
            let took = matches!(self.before(group.start), "took" | "taken" | "taking");
            let limit = self.sentence.end.min(group.end + AWAY_WORDS_MAX);
            let away = (group.number_end..limit).any(|k| {
                let (word, next) = (words.lower(k), words.lower(k + 1));
                matches!(word, "hostage" | "captive" | "prisoner")
                    || word == "with" && next == "them"
                    || word == "off"
                        && (k + 1..limit.min(k + 4)).any(|v| is_vessel(Lang::EN, words.lower(v)))
            });
            if !took || !away || group.people != Some(true) {
                continue;
            }
            let kind = Some(CasualtyKind::Kidnapped);
            let t =
                Trigger { start: group.start - 1, end: group.end, class: Class::default(), kind };
            self.push(t, Some(group), (group.start, group.end), group.quantity, false, true);
        }
    }
}

/// "Linie 4", "Route 66", "Gate 5": a number that is a name.
pub(super) fn is_label(before: &str) -> bool {
    matches!(
        before,
        "line"
            | "lines"
            | "route"
            | "gate"
            | "flight"
            | "platform"
            | "track"
            | "room"
            | "hall"
            | "terminal"
            | "unit"
            | "highway"
            | "ward"
            | "level"
            | "phase"
            | "linie"
            | "gleis"
            | "halle"
            | "tor"
            | "flug"
            | "zimmer"
            | "raum"
            | "bahnsteig"
            | "stufe"
            | "autobahn"
            | "ligne"
            | "quai"
            | "voie"
            | "porte"
            | "salle"
            | "линии"
            | "линия"
            | "линию"
            | "рейс"
            | "рейса"
            | "рейсе"
            | "маршрут"
            | "маршрута"
            | "платформе"
            | "línea"
            | "puerta"
            | "andén"
    )
}

/// What armed people do with a ship.
fn is_seized(lang: Lang, word: &str) -> bool {
    match lang {
        Lang::EN => matches!(word, "seized" | "seize" | "hijacked" | "hijack" | "boarded"),
        Lang::DE => word.starts_with("gekapert") || word.starts_with("entführt"),
        Lang::FR => word.starts_with("détourné") || word.starts_with("capturé"),
        Lang::RU => {
            word.starts_with("захвач") || word.starts_with("захватил") || word.starts_with("угнан")
        }
        Lang::ES => word.starts_with("secuestrad") || word.starts_with("capturad"),
        _ => false,
    }
}

/// What can be seized with people in it.
fn is_vessel(lang: Lang, word: &str) -> bool {
    match lang {
        Lang::EN => matches!(
            word,
            "ship"
                | "freighter"
                | "tanker"
                | "vessel"
                | "boat"
                | "trawler"
                | "yacht"
                | "ferry"
                | "plane"
                | "aircraft"
                | "airliner"
                | "jet"
                | "bus"
                | "train"
                | "carrier"
        ),
        Lang::DE => [
            "schiff", "frachter", "tanker", "boot", "yacht", "fähre", "flugzeug", "bus", "zug",
            "kutter",
        ]
        .iter()
        .any(|stem| word.strip_suffix(['s', 'e', 'n']).unwrap_or(word).ends_with(stem)),
        Lang::FR => matches!(
            word,
            "navire"
                | "cargo"
                | "bateau"
                | "pétrolier"
                | "vraquier"
                | "chalutier"
                | "ferry"
                | "avion"
                | "bus"
                | "train"
                | "yacht"
        ),
        Lang::RU => [
            "судн",
            "суда",
            "сухогруз",
            "танкер",
            "корабл",
            "самолет",
            "автобус",
            "поезд",
            "яхт",
            "катер",
            "паром",
        ]
        .iter()
        .any(|stem| word.starts_with(stem)),
        Lang::ES => matches!(
            word,
            "barco"
                | "buque"
                | "carguero"
                | "petrolero"
                | "avión"
                | "autobús"
                | "tren"
                | "pesquero"
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{time, words::Words};

    fn check(lang: Lang, text: &str, expected: &[&str]) {
        let words = Words::of_text(text, lang);
        let times = time::read(&words, None);
        let got: Vec<String> = super::super::read(&words, &times, &[])
            .iter()
            .map(|f| {
                let (kind, number) = (f.casualty.kind.as_str(), f.casualty.best.unwrap_or(0));
                format!("{kind} {number}{}", if f.casualty.part { " part" } else { "" })
            })
            .collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn who_is_among_them_is_a_part() {
        check(Lang::EN, "Among the injured are three Danes.", &["injured 3 part"]);
        check(Lang::EN, "Two nurses are among the dead.", &["killed 2 part"]);
        check(Lang::DE, "Unter den Verletzten sind vier Schweizer.", &["injured 4 part"]);
        check(Lang::FR, "Une Belge de 31 ans figure parmi les blessés.", &["injured 1 part"]);
        check(Lang::RU, "Среди раненых — трое граждан Грузии.", &["injured 3 part"]);
        check(Lang::EN, "Among the injured the mood was grim for two days.", &[]);
    }

    #[test]
    fn the_missing_who_are_found_are_missing_no_longer() {
        check(Lang::DE, "Drei zunächst Vermisste wurden lebend in einer Hütte entdeckt.", &[]);
        check(Lang::DE, "Drei Vermisste wurden noch nicht gefunden.", &["missing 3"]);
    }

    #[test]
    fn who_is_aboard_what_is_seized_is_held() {
        check(Lang::EN, "Pirates hijacked a tanker with 23 sailors on board.", &["kidnapped 23"]);
        check(Lang::EN, "The rebels took four drivers hostage.", &["kidnapped 4"]);
        check(Lang::DE, "An Bord des gekaperten Tankers sind drei Polen.", &["kidnapped 3"]);
        check(
            Lang::RU,
            "На борту захваченного танкера находятся четверо грузин.",
            &["kidnapped 4"],
        );
        check(
            Lang::EN,
            "Customs seized a yacht with two tonnes of cocaine and three men aboard.",
            &[],
        );
    }

    #[test]
    fn the_number_of_a_line_counts_nobody() {
        check(Lang::DE, "Auf der Linie 7 starben am Dienstag neun Menschen.", &["killed 9"]);
    }
}
