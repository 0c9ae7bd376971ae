//! To whom something is said in the languages that say it with a dative or a clitic: "dem Sender Hafenradio", "au quotidien
//! La Vigie", "me dijo", "агентству «Волна»". English has its own rule ("told X").

use super::{
    clause::Verb,
    words::{Sentence, Shape, Words},
};
use crate::cue::kind;

/// How far behind the cue or the speaker the words for whom are looked for, in tokens.
const REACH_TOKENS: usize = 8;

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

    fn opens_dative(&self, i: usize) -> bool {
        if !self.is(i, kind::DATIVE) || self.is_capital(i) {
            return false;
        }
        match self.lexicon.lang {
            "ru" => true,
            // "der" is a genitive as well: only before a word for an outlet
            "de" => {
                self.low(i) == "gegenüber"
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
            let name = tok.is_capital() || self.quotation(i).is_some_and(|q| q.words <= 4);
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
