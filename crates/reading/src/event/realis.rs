//! Whether what a pattern names happened: actual, failed, still to come, only possible, or denied.

use language::Lang;

use super::lexicon::Hit;
use crate::{Realis, words::Words};

/// What the words before an event make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mood {
    pub(super) realis: Realis,
    /// Somebody says that they will ("will visit", "would blockade"): an intent, not a forecast.
    pub(super) intent: bool,
}

/// Reads the mood of a hit from the words before it.
pub(super) fn mood(words: &Words<'_>, hit: &Hit, sentence: usize) -> Mood {
    if hit.sense.failed {
        return Mood { realis: Realis::Failed, intent: false };
    }
    let mut realis = Realis::Actual;
    let mut intent = false;
    // "no sign of an attack": the denial stands before the noun
    let mut evidence = false;
    let mut steps = 0;
    let mut k = hit.start;
    while k > sentence && steps < 7 {
        k -= 1;
        steps += 1;
        let word = words.lower(k);
        if matches!(word, ";" | ":" | "“" | "”" | "." | "(" | ")") || (word == "," && steps > 1)
        {
            break;
        }
        let near = steps <= 3 || evidence;
        if steps <= 4 && is_evidence(words.lang, word) {
            evidence = true;
            if realis == Realis::Actual {
                realis = Realis::Hypothetical;
            }
            continue;
        }
        let found = match words.lang {
            Lang::EN => match word {
                "not" | "'t" | "never" | "without" | "no"
                    if near && !matches!(words.lower(k + 1), "only" | "just" | "longer") =>
                {
                    Some(Realis::Negated)
                }
                "possible" | "potential" | "feared" | "would-be"
                    if steps <= 3 && hit.sense.noun
                        || matches!(word, "possible" | "potential") && near =>
                {
                    Some(Realis::Hypothetical)
                }
                "could" | "might" | "may" | "if" | "unless" | "whether" => {
                    Some(Realis::Hypothetical)
                }
                "prevent" | "preventing" | "avoid" | "avert" | "against" | "risk" | "fears"
                | "fear"
                    if near && hit.sense.noun && word != "against" =>
                {
                    Some(Realis::Hypothetical)
                }
                "prevent" | "preventing" | "avoid" | "risk" | "fears" | "plan" | "plans"
                | "planning" | "plotting" | "plot" | "plotted"
                    if steps <= 5 =>
                {
                    Some(Realis::Hypothetical)
                }
                "attempted" | "attempt" | "tried" | "failed" | "trying" if steps <= 3 => {
                    Some(Realis::Failed)
                }
                "will" | "'ll" | "shall" => {
                    intent = true;
                    Some(Realis::Future)
                }
                "would" if !matches!(words.lower(k + 1), "have" | "-") => {
                    intent = true;
                    Some(Realis::Future)
                }
                "planned" | "upcoming" | "scheduled" | "future" if near => Some(Realis::Future),
                "should" | "must" => Some(Realis::Hypothetical),
                // "the police arrested those who ...": another verb's clause begins
                "who" | "which" | "that" | "after" | "when" | "while" if steps > 1 => break,
                _ => None,
            },
            Lang::DE => match word {
                "nicht" | "kein" | "keine" | "keinen" | "ohne" if near => Some(Realis::Negated),
                "könnte" | "könnten" | "mögliche" | "möglichen" | "möglicher" | "falls"
                | "wenn" | "geplante" | "geplanten" => Some(Realis::Hypothetical),
                _ => None,
            },
            Lang::FR => match word {
                "pas" | "sans" | "aucun" | "aucune" if near => Some(Realis::Negated),
                "pourrait" | "pourraient" | "éventuel" | "éventuelle" | "possible" => {
                    Some(Realis::Hypothetical)
                }
                _ => None,
            },
            Lang::RU => match word {
                "не" | "без" if near => Some(Realis::Negated),
                "возможн"
                | "возможный"
                | "возможного"
                | "возможных"
                | "если"
                | "может"
                | "могут" => Some(Realis::Hypothetical),
                _ => None,
            },
            Lang::ES => match word {
                "no" | "sin" if near => Some(Realis::Negated),
                "podría" | "podrían" | "posible" | "posibles" => Some(Realis::Hypothetical),
                _ => None,
            },
            _ => None,
        };
        if let Some(found) = found {
            realis = match (found, realis) {
                // "would not", "could not": the modal lies farther off
                (Realis::Future, Realis::Negated) => Realis::Negated,
                (Realis::Negated, Realis::Hypothetical) if evidence => Realis::Negated,
                (found, Realis::Actual) => found,
                (_, earlier) => earlier,
            };
        }
    }
    Mood { realis, intent }
}

/// A word for what only points to an event: "signs of an attack" are no attack.
fn is_evidence(lang: Lang, word: &str) -> bool {
    match lang {
        Lang::EN => matches!(
            word,
            "sign"
                | "signs"
                | "indication"
                | "indications"
                | "evidence"
                | "hint"
                | "hints"
                | "suspicion"
                | "suspicions"
                | "suggestion"
                | "suggestions"
        ),
        Lang::DE => matches!(word, "hinweis" | "hinweise" | "anzeichen" | "verdacht" | "indizien"),
        Lang::FR => matches!(
            word,
            "indice"
                | "indices"
                | "indique"
                | "indiquait"
                | "signe"
                | "signes"
                | "soupçon"
                | "soupçons"
        ),
        Lang::RU => matches!(
            word,
            "признаков"
                | "признаки"
                | "версию"
                | "версия"
                | "версии"
                | "подозрение"
                | "подозрению"
        ),
        Lang::ES => {
            matches!(word, "indicio" | "indicios" | "señal" | "señales" | "sospecha" | "sospechas")
        }
        _ => false,
    }
}
