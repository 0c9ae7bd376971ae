//! Where something was said: "told Sputnik", "in an interview with …", "in a statement", "on Telegram".

use article::{Article, Span};

use super::{
    Found,
    words::{Shape, Words},
};
use crate::{Medium, MediumKind, cue::kind};

/// Longest stretch between "in" and "interview", and between "interview" and the outlet's name, in tokens.
const REACH_TOKENS: usize = 7;

/// Finds where a statement was made.
pub(super) fn find(words: &Words<'_>, article: &Article, found: &Found) -> Option<Medium> {
    let s = words.sentences.get(found.sentence)?;
    // a statement that runs over several sentences has its cue in one of them
    let s = found
        .cue
        .first()
        .and_then(|(at, _)| words.sentences.get(words.sentence_of(*at)?))
        .unwrap_or(s);
    let inside = |i: usize| {
        found.content.iter().any(|(a, b)| (*a..*b).contains(&i))
            || found.source.is_some_and(|(a, b)| (a..b).contains(&i))
    };
    let mut best = None;
    let mut i = s.start;
    while i < s.end {
        if !inside(i)
            && words.is(i, kind::PREPOSITION)
            && let Some(medium) = prepositional(words, article, i, s.end, &inside)
        {
            best = Some(medium);
            break;
        }
        i += 1;
    }
    if best.is_some() {
        return best;
    }
    if let Some((start, end)) = found.object
        && is_outlet(words, article, start, end)
    {
        return Some(Medium {
            span: words.span(start, end)?,
            kind: MediumKind::Outlet,
            outlet: name(words, start, end),
        });
    }
    let (at, _) = *found.cue.first()?;
    if matches!(
        words.low(at),
        "tweeted" | "tweets" | "retweeted" | "twitterte" | "tweeté" | "tuiteó"
    ) {
        return Some(Medium {
            span: words.span(at, at + 1)?,
            kind: MediumKind::Post,
            outlet: Some("Twitter".into()),
        });
    }
    None
}

fn prepositional(
    words: &Words<'_>,
    article: &Article,
    at: usize,
    end: usize,
    inside: &dyn Fn(usize) -> bool,
) -> Option<Medium> {
    if !matches!(
        words.low(at),
        "in" | "on"
            | "at"
            | "during"
            | "via"
            | "im"
            | "am"
            | "bei"
            | "beim"
            | "auf"
            | "über"
            | "per"
            | "dans"
            | "lors"
            | "sur"
            | "au"
            | "en"
            | "durante"
            | "mediante"
            | "a"
            | "в"
            | "во"
            | "на"
            | "при"
            | "through"
            | "by"
            | "из"
            | "nel"
            | "su"
    ) {
        return None;
    }
    let noun = (at + 1..(at + REACH_TOKENS).min(end)).find(|i| {
        words.is(*i, kind::MEDIUM)
            || inside(*i)
            || words.mark(*i).is_some_and(|c| c != '-')
            || words.quotation(*i).is_some()
            || *i > at + 1 && words.is(*i, kind::PREPOSITION)
    })?;
    let tok = words.toks.get(noun)?;
    if inside(noun) || !tok.is(kind::MEDIUM) {
        return None;
    }
    let of = if tok.is(kind::INTERVIEW) {
        MediumKind::Interview
    } else if tok.is(kind::POST)
        && (tok.is_capital() || !tok.is(kind::WRITTEN))
        && (words.low(noun) != "x" || tok.shape != Shape::Lower)
    {
        MediumKind::Post
    } else if tok.is(kind::SPEECH) {
        MediumKind::Speech
    } else if tok.is(kind::WRITTEN) {
        MediumKind::Statement
    } else if tok.is(kind::BOOK) {
        MediumKind::Other
    } else {
        return None;
    };
    let mut stop = noun + usize::from(tok.phrase);
    while stop < end && words.is(stop, kind::MEDIUM) && !inside(stop) {
        stop += 1;
    }
    let mut outlet = None;
    if of == MediumKind::Post {
        outlet = (noun..stop).find(|i| words.is_capital(*i)).map(|i| words.word(i).to_owned());
    }
    // "with Sputnik", "to the Fjord Times", "mit der Zeitung …", "агентству …"
    let mut next = stop;
    if words.is(next, kind::PREPOSITION) && !inside(next)
        || matches!(words.low(next), "to" | "with" | "à" | "der" | "dem")
    {
        next += 1;
    }
    while next < end && words.is(next, kind::DETERMINER) && !words.is_capital(next) {
        next += 1;
    }
    while next < end
        && next < stop + REACH_TOKENS
        && words.is(next, kind::OUTLET)
        && !words.is_capital(next)
        && !inside(next)
    {
        next += 1;
    }
    let first = next;
    while next < end
        && (words.is_capital(next)
            || words.quotation(next).is_some_and(|q| q.words <= 4) && next == first)
        && !inside(next)
        && !words.is(next, kind::TIME)
    {
        next += 1;
    }
    if next > first
        && (of != MediumKind::Statement || words.is(first - 1, kind::PREPOSITION))
        && outlet.is_none()
    {
        let person = of == MediumKind::Statement && !is_outlet(words, article, first, next);
        if !person {
            outlet = name(words, first, next);
            stop = next;
        }
    }
    Some(Medium { span: words.span(at, stop)?, kind: of, outlet })
}

/// Whether a noun phrase is an outlet: the article's own, one of the words for outlets, or a name in quotation marks.
fn is_outlet(words: &Words<'_>, article: &Article, start: usize, end: usize) -> bool {
    let Some(name) = name(words, start, end) else {
        return false;
    };
    if article.outlet.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(&name)) {
        return true;
    }
    // "told reporters" is a group that was spoken to; an outlet has a name
    let capital = (start..end).any(|i| {
        words.is_capital(i) && !words.is(i, kind::DETERMINER) || words.quotation(i).is_some()
    });
    capital && (start..end).any(|i| words.is(i, kind::OUTLET))
}

/// A name without its article and without the word for what it is.
fn name(words: &Words<'_>, start: usize, end: usize) -> Option<String> {
    let mut first = start;
    // "La Vigie", "El Faro": an article with a capital belongs to the name, in English it does not
    let english = words.is_lang(language::Lang::EN);
    while first < end
        && (words.is(first, kind::DETERMINER | kind::DATIVE)
            && (english || !words.is_capital(first))
            || words.is(first, kind::OUTLET)
                && (!words.is_capital(first)
                    // "dem Sender Hafenradio", but "Radio Mitte"
                    || words.is_lang(language::Lang::DE)
                        && first > start
                        && words.is_capital(first + 1)))
    {
        first += 1;
    }
    let mut end = end;
    if words.low(end.checked_sub(1)?) == "'s" {
        end -= 1;
    }
    let mut span: Span = words.span(first, end)?;
    if end == first + 1
        && let Some(q) = words.quotation(first)
    {
        span = q.inner;
    }
    let name = span.of(words.text).trim();
    (!name.is_empty()).then(|| name.to_owned())
}
