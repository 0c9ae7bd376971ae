//! Counted people: "at least 14 people", "an Iraqi general", "dozens of them", "between 10 and 12 passengers".

use language::Lang;

use super::lexicon::Lexicon;
use crate::{
    Qualifier, TimeExpression,
    number::{self, Amount},
    words::{Kind, Words},
};

/// A number with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quantity {
    pub(super) min: Option<u64>,
    pub(super) max: Option<u64>,
    pub(super) best: Option<u64>,
    pub(super) qualifier: Qualifier,
}

impl Quantity {
    pub(super) fn new(qualifier: Qualifier, n: u64) -> Self {
        let (min, max, best) = match qualifier {
            Qualifier::Exactly | Qualifier::Between => (Some(n), Some(n), Some(n)),
            Qualifier::AtLeast | Qualifier::MoreThan => (Some(n), None, Some(n)),
            Qualifier::AtMost | Qualifier::FewerThan => (None, Some(n), Some(n)),
            Qualifier::About => (None, None, Some(n)),
            Qualifier::None => (Some(0), Some(0), Some(0)),
            Qualifier::Dozens | Qualifier::Hundreds | Qualifier::Thousands | Qualifier::Several => {
                (None, None, None)
            }
        };
        Self { min, max, best, qualifier }
    }
}

/// A counted group in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) start: usize,
    /// The word after the number.
    pub(super) number_end: usize,
    pub(super) end: usize,
    pub(super) quantity: Quantity,
    /// The noun says people, things, or nothing.
    pub(super) people: Option<bool>,
    /// No noun follows the number.
    pub(super) bare: bool,
    /// An article, not a number, says one.
    pub(super) article: bool,
    /// The text says that it is part of a group before: "including two children", "two of them".
    pub(super) part: bool,
}

/// Words that end a noun phrase, by language; what the parse would say, without one.
pub(super) fn ends_phrase(lang: Lang, word: &str) -> bool {
    match lang {
        Lang::EN => matches!(
            word,
            "the"
                | "a"
                | "an"
                | "and"
                | "or"
                | "but"
                | "in"
                | "on"
                | "at"
                | "of"
                | "to"
                | "for"
                | "from"
                | "with"
                | "by"
                | "as"
                | "after"
                | "before"
                | "when"
                | "while"
                | "where"
                | "who"
                | "whom"
                | "whose"
                | "that"
                | "which"
                | "was"
                | "were"
                | "is"
                | "are"
                | "be"
                | "been"
                | "being"
                | "has"
                | "have"
                | "had"
                | "will"
                | "would"
                | "could"
                | "may"
                | "might"
                | "should"
                | "can"
                | "do"
                | "does"
                | "did"
                | "near"
                | "during"
                | "since"
                | "until"
                | "including"
                | "among"
                | "not"
                | "also"
                | "last"
                | "this"
                | "there"
                | "so"
                | "if"
                | "because"
                | "over"
                | "under"
                | "inside"
                | "outside"
                | "around"
                | "across"
                | "between"
                | "against"
                | "into"
                | "through"
                | "about"
                | "its"
                | "their"
                | "his"
                | "her"
                | "they"
                | "he"
                | "she"
                | "it"
                | "we"
                | "i"
                | "you"
                | "said"
                | "say"
                | "says"
                | "seriously"
                | "slightly"
                | "critically"
                | "reportedly"
                | "still"
                | "remain"
                | "remained"
                | "remains"
                | "went"
                | "alone"
                | "later"
                | "today"
                | "yesterday"
                | "following"
                | "claimed"
                | "accused"
                | "overnight"
                | "recently"
                | "than"
                | "then"
                | "they're"
                | "early"
                | "late"
                | "died"
                | "fled"
                | "escaped"
                | "stormed"
                | "attacked"
                | "opened"
                | "took"
                | "protesting"
                | "taking"
                | "trying"
                | "attending"
                | "traveling"
                | "travelling"
                | "suspected"
                | "aged"
                | "via"
                | "out"
                | "per"
                | "more"
                | "others"
                | "other"
        ),
        Lang::DE => matches!(
            word,
            "der"
                | "die"
                | "das"
                | "den"
                | "dem"
                | "des"
                | "und"
                | "oder"
                | "in"
                | "im"
                | "am"
                | "an"
                | "bei"
                | "beim"
                | "durch"
                | "von"
                | "vom"
                | "aus"
                | "auf"
                | "mit"
                | "nach"
                | "vor"
                | "zu"
                | "zum"
                | "zur"
                | "als"
                | "wurden"
                | "wurde"
                | "worden"
                | "sind"
                | "ist"
                | "war"
                | "waren"
                | "werden"
                | "kamen"
                | "kam"
                | "seien"
                | "sei"
                | "haben"
                | "hat"
                | "darunter"
                | "sowie"
                | "wie"
                | "dass"
                | "noch"
                | "für"
                | "gegen"
                | "über"
                | "unter"
                | "seit"
                | "bis"
                | "schwer"
                | "leicht"
                | "weitere"
                | "ihr"
                | "ums"
                | "sich"
                | "ein"
                | "eine"
                | "einen"
                | "mehr"
                | "hatten"
                | "erlitten"
        ),
        Lang::FR => matches!(
            word,
            "le" | "la"
                | "les"
                | "un"
                | "une"
                | "et"
                | "ou"
                | "dans"
                | "en"
                | "à"
                | "au"
                | "aux"
                | "par"
                | "sur"
                | "sous"
                | "lors"
                | "après"
                | "avant"
                | "ont"
                | "a"
                | "été"
                | "est"
                | "sont"
                | "étaient"
                | "qui"
                | "que"
                | "dont"
                | "selon"
                | "pour"
                | "avec"
                | "contre"
                | "depuis"
                | "pendant"
                | "grièvement"
                | "légèrement"
                | "ce"
                | "cette"
                | "l'"
                | "portés"
                | "manquent"
                | "avaient"
                | "avait"
                | "meurent"
                | "tuent"
                | "sa"
                | "se"
                | "s'"
        ),
        Lang::RU => matches!(
            word,
            "и" | "или"
                | "в"
                | "во"
                | "на"
                | "с"
                | "со"
                | "от"
                | "при"
                | "после"
                | "до"
                | "из"
                | "по"
                | "за"
                | "под"
                | "для"
                | "к"
                | "у"
                | "были"
                | "был"
                | "была"
                | "было"
                | "которые"
                | "который"
                | "что"
                | "как"
                | "среди"
                | "еще"
                | "а"
                | "но"
                | "также"
                | "его"
                | "их"
                | "ее"
                | "получили"
                | "оказались"
                | "стали"
                | "находятся"
                | "уже"
                | "тяжело"
                | "без"
        ),
        Lang::ES => matches!(
            word,
            "el" | "la"
                | "los"
                | "las"
                | "un"
                | "una"
                | "y"
                | "o"
                | "en"
                | "por"
                | "tras"
                | "con"
                | "desde"
                | "hasta"
                | "durante"
                | "al"
                | "del"
                | "que"
                | "fueron"
                | "fue"
                | "han"
                | "ha"
                | "son"
                | "es"
                | "están"
                | "resultaron"
                | "según"
                | "para"
                | "contra"
                | "se"
                | "cuando"
                | "entre"
                | "quienes"
                | "murieron"
                | "estaban"
                | "había"
        ),
        _ => false,
    }
}

/// Finds every counted group between two words, in order; they do not overlap.
pub(super) fn find(
    words: &Words<'_>,
    lexicon: &Lexicon,
    times: &[TimeExpression],
    start: usize,
    end: usize,
) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    let in_time = |i: usize| {
        words.get(i).is_some_and(|w| {
            let at = times.partition_point(|t| t.span.end <= w.span.start);
            times.get(at).is_some_and(|t| t.span.overlaps(w.span))
        })
    };
    let mut i = start;
    while i < end {
        if !in_time(i)
            && let Some(group) = group_at(words, lexicon, i, end)
            && !in_time(group.number_end.saturating_sub(1))
        {
            i = group.end.max(i + 1);
            out.push(group);
        } else {
            i += 1;
        }
    }
    out
}

/// "a woman of 58", "eine Frau von 58": a person's age, not a number of people.
fn is_age(words: &Words<'_>, lexicon: &Lexicon, i: usize) -> bool {
    let before = |back: usize| i.checked_sub(back).map_or("", |k| words.lower(k));
    match words.lang {
        Lang::EN => {
            // "a woman of 58", "a volunteer firefighter of 27", but "a crew of 27"
            before(1) == "aged"
                || before(1) == "of"
                    && lexicon.counts_people(before(2)) == Some(true)
                    && !before(2).ends_with('s')
                    && !super::is_plural_without_s(before(2))
                || before(1) == "of" && matches!(before(2), "mother" | "father" | "widow")
        }
        Lang::DE => {
            before(1) == "von"
                && matches!(before(2), "frau" | "mann" | "mädchen" | "junge" | "jungen" | "kind")
        }
        _ => false,
    }
}

/// Reads a quantity with its bound words: where its number ends and what it says.
pub(super) fn quantity_at(
    words: &Words<'_>,
    lexicon: &Lexicon,
    i: usize,
    limit: usize,
) -> Option<(usize, Quantity, Amount)> {
    let lang = words.lang;
    if is_age(words, lexicon, i) {
        return None;
    }
    let mut at = i;
    let mut qualifier = Qualifier::Exactly;
    let mut bounded = false;
    // "between 10 and 12", "zwischen 10 und 12", "от 10 до 12"
    let between = match lang {
        Lang::EN => matches!(words.lower(at), "between" | "from"),
        Lang::DE => words.lower(at) == "zwischen",
        Lang::FR | Lang::ES => words.lower(at) == "entre",
        Lang::RU => words.lower(at) == "от",
        _ => false,
    };
    if between {
        let low = number::at(words, at + 1)?;
        let joint = words.lower(low.end);
        if !matches!(joint, "and" | "to" | "und" | "et" | "y" | "до") || low.end + 1 >= limit {
            return None;
        }
        let high = number::at(words, low.end + 1)?;
        let (Amount::Exact(a), Amount::Exact(b)) = (low.amount, high.amount) else { return None };
        if a >= b {
            return None;
        }
        let quantity =
            Quantity { min: Some(a), max: Some(b), best: None, qualifier: Qualifier::Between };
        return Some((high.end, quantity, high.amount));
    }
    for _ in 0..3 {
        let Some((end, found)) = lexicon.bound(words, at) else { break };
        if number::at(words, end).is_none() && lexicon.bound(words, end).is_none() {
            break;
        }
        if found != Qualifier::Exactly {
            qualifier = found;
        }
        bounded = true;
        at = end;
        if end >= limit {
            return None;
        }
    }
    if words.lower(at) == "not" && matches!(words.lower(at + 1), "one" | "a") {
        return Some((
            at + 2 + usize::from(words.lower(at + 2) == "single"),
            Quantity::new(Qualifier::None, 0),
            Amount::No,
        ));
    }
    let number = number::at(words, at)?;
    let mut end = number.end;
    if number.fraction || end > limit {
        return None;
    }
    // "2,500%", "$40", "14 km", "No. 5"
    if matches!(words.raw(end), "%" | "°" | "/")
        || (words.raw(end) == ":" && words.glued(end) && words.glued(end + 1))
    {
        return None;
    }
    let before = at.checked_sub(1).map_or("", |k| words.lower(k));
    if matches!(before, "$" | "€" | "£" | "#" | "№")
        || number.figures && super::among::is_label(before)
    {
        return None;
    }
    if number.figures
        && at > 0
        && words.glued(at)
        && matches!(words.raw(at - 1), "-" | "–" | "." | "/" | ":")
        && words.glued(at - 1)
    {
        return None;
    }
    // "M16", "25th"
    if number.figures && words.glued(end) && words.kind(end) == Some(Kind::Letters) {
        return None;
    }
    let quantity = match number.amount {
        Amount::Exact(n) => {
            // "10 to 12", "10-12", "10 bis 12"
            let dash = matches!(words.raw(end), "-" | "–");
            if (dash || matches!(words.lower(end), "to" | "bis" | "à" | "a"))
                && !bounded
                && let Some(high) = number::at(words, end + 1)
                && let Amount::Exact(b) = high.amount
                && b > n
                && number.figures == high.figures
                && words.lower(high.end) != "-"
            {
                end = high.end;
                let quantity = Quantity {
                    min: Some(n),
                    max: Some(b),
                    best: None,
                    qualifier: Qualifier::Between,
                };
                return Some((end, quantity, number.amount));
            }
            if matches!(
                (words.lower(end), words.lower(end + 1)),
                ("or", "more")
                    | ("oder", "mehr")
                    | ("ou", "plus")
                    | ("o", "más")
                    | ("или", "более")
            ) {
                end += 2;
                qualifier = Qualifier::AtLeast;
            }
            Quantity::new(qualifier, n)
        }
        Amount::About(n) => Quantity::new(
            if qualifier == Qualifier::Exactly { Qualifier::About } else { qualifier },
            n,
        ),
        Amount::Vague(vague) => Quantity::new(vague, 0),
        Amount::No | Amount::Nobody => Quantity::new(Qualifier::None, 0),
        Amount::Article => Quantity::new(qualifier, 1),
    };
    Some((end, quantity, number.amount))
}

fn group_at(words: &Words<'_>, lexicon: &Lexicon, i: usize, limit: usize) -> Option<Group> {
    let lang = words.lang;
    let (mut number_end, quantity, amount) = quantity_at(words, lexicon, i, limit)?;
    // "41-year-old", "two-day", "five-storey": no count
    let hyphened =
        words.raw(number_end) == "-" && words.glued(number_end) && words.glued(number_end + 1);
    if hyphened {
        return None;
    }
    if words.lower(number_end) == "reports" && words.lower(number_end + 1) == "of" {
        number_end += 2;
    }
    let mut end = number_end;
    let mut of_group = false;
    // "six of them", "zwei von ihnen": people who were named before
    let of_them = |end: usize, part: bool| Group {
        start: i,
        number_end,
        end,
        quantity,
        people: Some(true),
        bare: false,
        article: false,
        part,
    };
    match lang {
        Lang::EN => {
            // "one of the", "six of them", "13 out of 19 crew members", "dozens of"
            if words.lower(end) == "out" && words.lower(end + 1) == "of" {
                if let Some((whole, _, _)) = quantity_at(words, lexicon, end + 2, limit) {
                    end = whole;
                }
            } else if words.lower(end) == "of" {
                if matches!(words.lower(end + 1), "them" | "whom") {
                    let part = !matches!(amount, Amount::Vague(_));
                    return Some(of_them(end + 2, part));
                }
                if matches!(amount, Amount::Vague(_)) {
                    end += 1;
                    if matches!(words.lower(end), "the" | "its" | "their") {
                        end += 1;
                        of_group = true;
                    }
                } else if matches!(
                    words.lower(end + 1),
                    "the" | "his" | "her" | "its" | "their" | "those"
                ) || number::at(words, end + 1).is_some()
                {
                    let mut k = end
                        + 1
                        + usize::from(matches!(
                            words.lower(end + 1),
                            "the" | "his" | "her" | "its" | "their" | "those"
                        ));
                    if let Some((whole, _, _)) = quantity_at(words, lexicon, k, limit) {
                        k = whole;
                    }
                    end = k;
                    of_group = quantity.qualifier != Qualifier::None;
                }
            }
        }
        Lang::FR | Lang::ES => {
            if matches!(words.lower(end), "de" | "d'")
                && (matches!(amount, Amount::Vague(_) | Amount::About(_))
                    || quantity.best.is_some_and(|b| b >= 1_000_000))
            {
                end += 1;
            }
            if matches!(words.lower(end), "d'" | "de") && matches!(words.lower(end + 1), "entre") {
                return Some(of_them(end + 3, true));
            }
        }
        Lang::DE if words.lower(end) == "von" && words.lower(end + 1) == "ihnen" => {
            return Some(of_them(end + 2, true));
        }
        Lang::RU if words.lower(end) == "из" && words.lower(end + 1) == "них" => {
            return Some(of_them(end + 2, true));
        }
        _ => {}
    }
    let first = end;
    let mut people = None;
    let mut nouns = 0;
    while end < limit && nouns < 9 {
        let word = words.lower(end);
        match words.kind(end) {
            Some(Kind::Letters) => {
                if matches!(
                    word,
                    "others" | "weitere" | "weiteren" | "autres" | "otros" | "otras" | "других"
                ) || (word == "more" || word == "other")
                    && (end == first || words.lower(end) == "other")
                {
                    people = people.or(Some(true));
                    end += 1;
                    continue;
                }
                if ends_phrase(lang, word)
                    || (end > first || of_group || !matches!(amount, Amount::Article))
                        && lexicon.is_trigger(words, end)
                        && !lexicon.triggers(words, end).iter().all(|t| t.1.0.toll && !t.1.0.noun)
                {
                    // "two students recently killed" ends before the adverb
                    break;
                }
                if let Some(told) = lexicon.counts_people(word) {
                    people = Some(told);
                }
                nouns += 1;
                end += 1;
            }
            Some(Kind::Figures) => {
                // "a 34-year-old cyclist"
                if words.raw(end + 1) == "-" && words.glued(end + 1) {
                    end += 2;
                } else {
                    break;
                }
            }
            Some(Kind::Mark) if words.raw(end) == "-" && words.glued(end) => end += 1,
            _ => break,
        }
    }
    let bare = nouns == 0 && people.is_none();
    let article = matches!(amount, Amount::Article);
    if article
        && bare
        && words.lower(i) != "another"
        && !(matches!(words.lower(i), "ein" | "eine" | "einer" | "un" | "une" | "una"))
    {
        return None;
    }
    let before = |k: usize| i.checked_sub(k).map_or("", |b| words.lower(b));
    let included = matches!(
        before(1),
        "including"
            | "darunter"
            | "dont"
            | "включая"
            | "incluidos"
            | "incluidas"
            | "incluyendo"
            | "parmi"
    ) || (before(1) == "them" && before(2) == "among")
        || (before(1) == "eux" && before(2) == "parmi")
        || (before(1) == "ellos" && before(2) == "entre")
        || (before(1) == "них" && matches!(before(2), "среди" | "из"))
        || (before(1) == "числе" && before(2) == "том")
        || (before(1) == "compris" && before(2) == "y");
    Some(Group {
        start: i,
        number_end,
        end: end.max(number_end),
        quantity,
        people,
        bare,
        article,
        part: included || of_group && !matches!(amount, Amount::Vague(_)),
    })
}
