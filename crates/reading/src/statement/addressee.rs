//! To whom something is said in the languages that say it with a dative or a clitic: "dem Sender Hafenradio", "au quotidien
//! La Vigie", "me dijo", "агентству «Волна»". English has its own rule ("told X").

use super::{
    clause::Verb,
    words::{Sentence, Shape, Words},
};
use crate::cue::kind;

/// How far behind the cue or the speaker the words for whom are looked for, in tokens.
const REACH_TOKENS: usize = 8;

/// Words of an outlet's name in quotation marks, at most.
const NAME_WORDS_MAX: u32 = 4;

impl Words<'_> {
    /// Whom something is told: a clitic before the verb, or a dative after the verb or after its speaker.
    pub(super) fn told(
        &self,
        s: &Sentence,
        verb: &Verb,
        source: Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        if self.is_lang(language::Lang::EN) {
            return None;
        }
        let clitic = (verb.start..verb.at).find(|i| self.is(*i, kind::CLITIC));
        if let Some(clitic) = clitic {
            return Some((clitic, clitic + 1));
        }
        let from = source.filter(|(start, _)| *start > verb.at).map_or(verb.at + 1, |(_, end)| end);
        self.dative_at(s, verb.at + 1).or_else(|| self.dative_at(s, from))
    }

    /// Where a dative begins inside a noun phrase that holds the speaker: "die Ingenieurin Solís | dem Sender Hafenradio".
    pub(super) fn dative_within(&self, start: usize, end: usize) -> Option<usize> {
        (start + 1..end).find(|i| self.opens_dative(*i))
    }

    /// Russian: "подтвердил «Волне», что …": an outlet by its name alone, which is no quotation.
    pub(super) fn is_told_by_name(&self, i: usize) -> bool {
        self.lexicon.lang == "ru"
            && self.is_name_in_quotes(i)
            && self.is_mark(i + 1, ',')
            && self.is(i + 2, kind::COMPLEMENTIZER)
    }

    fn is_name_in_quotes(&self, i: usize) -> bool {
        self.quotation(i).is_some_and(|q| q.words <= NAME_WORDS_MAX)
    }

    fn opens_dative(&self, i: usize) -> bool {
        if self.is_told_by_name(i) {
            return true;
        }
        if !self.is(i, kind::DATIVE) || self.is_capital(i) {
            return false;
        }
        match self.lexicon.lang {
            "ru" => true,
            // "der" is a genitive as well: only before a word for an outlet
            "de" => {
                // "sagte Hollmann dem Alpenblatt": "dem" is no genitive, and a name has no article behind it
                let behind_name = self.low(i) == "dem"
                    && i > 0
                    && self.is_capital(i - 1)
                    && self.is_capital(i + 1)
                    && self.low(i + 1) != "vernehmen";
                self.low(i) == "gegenüber"
                    || behind_name
                    || self.is_name_in_quotes(i + 1)
                    || (i + 1..i + 3).any(|j| self.is(j, kind::OUTLET) && self.is_capital(j))
            }
            _ => (i + 1..i + 3).any(|j| self.is(j, kind::OUTLET)),
        }
    }

    fn dative_at(&self, s: &Sentence, from: usize) -> Option<(usize, usize)> {
        let end = self.sentence_end(s).min(from + REACH_TOKENS);
        if from >= end || !self.opens_dative(from) {
            return None;
        }
        let mut i = from + 1;
        let mut named = false;
        while i < end {
            let tok = self.toks.get(i)?;
            let name = tok.is_capital() || self.is_name_in_quotes(i);
            let noun = tok.shape == Shape::Lower
                && !named
                && !tok.is(kind::PREPOSITION | kind::TIME | kind::ADVERB | kind::COMPLEMENTIZER)
                && (i == from + 1 || tok.is(kind::OUTLET | kind::DETERMINER));
            if !(name && !tok.is(kind::TIME) || noun) {
                break;
            }
            named |= name && !tok.is(kind::OUTLET | kind::DETERMINER);
            i += 1;
        }
        Some((from, i))
    }
}
