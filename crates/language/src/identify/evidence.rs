//! What speaks for each language of a shared alphabet.

use super::{Lang, function_words, script::Alphabet};

/// Languages of the Latin alphabet with the letters they have beside a to z. Names bring foreign letters, so those of the
/// commonest ones are allowed for English.
const LATIN: &[(Lang, &str)] = &[
    (Lang::EN, "éèêëïíóöüáàâäåãñçøōūāīšžćčßúığş"),
    (Lang::DE, "äöüßé"),
    (Lang::FR, "àâæçéèêëîïôœùûüÿ"),
    (Lang::ES, "áéíóúüñºª"),
    (Lang::PT, "áâãàçéêíóôõúºª"),
    (Lang::IT, "àèéìíîòóùú"),
    (Lang::of(b"nl"), "éèëïóöüáí"),
    (Lang::of(b"sv"), "åäöé"),
    (Lang::of(b"da"), "æøåé"),
    (Lang::of(b"nb"), "æøåéòóô"),
    (Lang::of(b"nn"), "æøåéòóô"),
    (Lang::of(b"fi"), "äöåšž"),
    (Lang::of(b"et"), "äõöüšž"),
    (Lang::of(b"pl"), "ąćęłńóśźż"),
    (Lang::of(b"cs"), "áčďéěíňóřšťúůýž"),
    (Lang::of(b"sk"), "áäčďéíĺľňóôŕšťúýž"),
    (Lang::of(b"hu"), "áéíóöőúüű"),
    (Lang::of(b"ro"), "ăâîșşțţ"),
    (Lang::of(b"hr"), "čćđšž"),
    (Lang::of(b"sl"), "čšž"),
    (Lang::of(b"tr"), "çğıöşüâîû"),
    (Lang::of(b"az"), "çəğıöşü"),
    (Lang::of(b"vi"), "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"),
    (Lang::of(b"id"), "é"),
    (Lang::of(b"ms"), "é"),
    (Lang::of(b"tl"), "ñ"),
    (Lang::of(b"ca"), "àçéèíïóòúü"),
    (Lang::of(b"gl"), "áéíóúñüï"),
    (Lang::of(b"lt"), "ąčęėįšųūž"),
    (Lang::of(b"lv"), "āčēģīķļņšūž"),
    (Lang::of(b"sq"), "çë"),
    (Lang::of(b"af"), "áéèêëíîïóôöúû"),
    (Lang::of(b"ga"), "áéíóú"),
    (Lang::of(b"cy"), "âêîôûŵŷáéíóúïëö"),
    (Lang::of(b"eu"), "ñç"),
    (Lang::of(b"is"), "áðéíóúýþæö"),
    (Lang::of(b"sw"), ""),
];

/// Languages of the Cyrillic alphabet with all their letters.
const CYRILLIC: &[(Lang, &str)] = &[
    (Lang::RU, "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    (Lang::of(b"uk"), "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    (Lang::of(b"be"), "абвгдеёжзійклмнопрстуўфхцчшыьэюя"),
    (Lang::of(b"bg"), "абвгдежзийклмнопрстуфхцчшщъьюяѝ"),
    (Lang::of(b"sr"), "абвгдђежзијклљмнњопрстћуфхцчџш"),
    (Lang::of(b"mk"), "абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ"),
    (Lang::of(b"kk"), "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"),
    (Lang::of(b"ky"), "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"),
    (Lang::of(b"mn"), "абвгдеёжзийклмноөпрстуүфхцчшщъыьэюя"),
    (Lang::of(b"tg"), "абвгғдеёжзиӣйкқлмнопрстуӯфхҳчҷшъэюя"),
];

/// Languages of the Arabic alphabet with the letters that mark them off.
const ARABIC: &[(Lang, &str)] = &[
    (Lang::of(b"ar"), "ابتثجحخدذرزسشصضطظعغفقكلمنهوىيةأإآؤئء"),
    (Lang::of(b"fa"), "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیآأؤئءي"),
    (Lang::of(b"ur"), "ابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھءیےآؤئۂ"),
    (Lang::of(b"ps"), "ابپتټثجځچڅحخدډذرړزژږسشښصضطظعغفقکګلمنڼهوۇيېۍئیآأؤء"),
    (Lang::of(b"ku"), "ئابپتجچحخدرڕزژسشعغفڤقکگلڵمنوۆهەیێ"),
];

const DEVANAGARI: &[(Lang, &str)] =
    &[(Lang::of(b"hi"), ""), (Lang::of(b"mr"), ""), (Lang::of(b"ne"), "")];

/// What a letter costs a language that does not have it.
const FOREIGN_LETTER: f32 = 0.6;

/// What each of the two models' word counts for; measured on headlines, see `tests` of the parent module.
const MODEL: f32 = 1.5;

/// Head start of the commonest language of each alphabet, the first of its list.
const COMMONEST: f32 = 2.0;

pub(super) struct Evidence {
    langs: &'static [(Lang, &'static str)],
    scores: Vec<f32>,
}

impl Evidence {
    pub(super) fn new(alphabet: Alphabet, text: &str, prior: Option<Lang>) -> Self {
        let langs = match alphabet {
            Alphabet::Latin => LATIN,
            Alphabet::Cyrillic => CYRILLIC,
            Alphabet::Arabic => ARABIC,
            Alphabet::Devanagari => DEVANAGARI,
        };
        let mut evidence = Self { langs, scores: vec![0.0; langs.len()] };
        // the language that most is published in; it only decides where nothing else does
        evidence.add(langs.first().map_or(Lang::UNKNOWN, |l| l.0), COMMONEST);
        let words = evidence.count_words(text);
        evidence.count_letters(alphabet, text);
        if alphabet == Alphabet::Cyrillic {
            evidence.count_articles(text);
        }
        evidence.ask_models(alphabet, text, words);
        if let Some(prior) = prior {
            // worth as much as a model on a headline, next to nothing on a paragraph
            evidence.add(prior, 12.0 / (3.0 + words as f32));
        }
        evidence
    }

    pub(super) fn best(&self) -> Lang {
        let mut best = 0;
        for (i, score) in self.scores.iter().enumerate() {
            if self.scores.get(best).is_none_or(|b| score > b) {
                best = i;
            }
        }
        self.langs.get(best).map_or(Lang::UNKNOWN, |l| l.0)
    }

    fn add(&mut self, lang: Lang, score: f32) {
        let at = self.langs.iter().position(|(l, _)| *l == lang);
        if let Some(to) = at.and_then(|i| self.scores.get_mut(i)) {
            *to += score;
        }
    }

    /// Adds what the small words say; gives the number of words.
    fn count_words(&mut self, text: &str) -> usize {
        let table = function_words();
        let mut count = 0;
        let of_word = |c: char| {
            c.is_alphabetic()
                || matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}')
                || ('\u{900}'..='\u{97f}').contains(&c)
        };
        for word in text.split(|c| !of_word(c)).filter(|w| !w.is_empty()) {
            count += 1;
            let word = word.to_lowercase();
            if let Some(langs) = table.get(word.as_str()) {
                let ours = langs.iter().filter(|l| self.langs.iter().any(|(o, _)| o == *l)).count();
                for lang in langs {
                    self.add(*lang, 1.0 / (ours.max(1) as f32).sqrt());
                }
            }
        }
        count
    }

    /// Bulgarian and Macedonian put the article at the end of the noun, which tells them from Russian where no letter does.
    fn count_articles(&mut self, text: &str) {
        for word in text.split(|c: char| !c.is_alphabetic()).filter(|w| w.chars().count() > 4) {
            if ["ът", "ята", "ата", "ите", "ето", "ото"].iter().any(|end| word.ends_with(end))
            {
                self.add(Lang::of(b"bg"), 0.4);
                self.add(Lang::of(b"mk"), 0.3);
            }
        }
    }

    /// Takes off what the letters say against a language.
    fn count_letters(&mut self, alphabet: Alphabet, text: &str) {
        for c in text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()) {
            let c = c.to_lowercase().next().unwrap_or(c);
            let known = self.langs.iter().filter(|(_, letters)| letters.contains(c)).count();
            if known == 0 || alphabet == Alphabet::Devanagari {
                continue;
            }
            for ((_, letters), score) in self.langs.iter().zip(&mut self.scores) {
                if !letters.contains(c) {
                    *score -= FOREIGN_LETTER;
                } else if known <= 3 && alphabet == Alphabet::Latin {
                    *score += FOREIGN_LETTER / known as f32;
                }
            }
        }
    }

    /// Adds what the two trained models say. `whichlang` is the better one on its 16 languages, but knows no others.
    fn ask_models(&mut self, alphabet: Alphabet, text: &str, words: usize) {
        let sure = 1.0 + (words as f32 / 12.0).min(1.0);
        // of the other alphabets it knows one language each, so that its answer says nothing
        if alphabet == Alphabet::Latin
            && let Some(lang) = from_iso3(whichlang::detect_language(text).three_letter_code())
        {
            self.add(lang, MODEL * sure);
        }
        if let Some(info) = whatlang::detect(text)
            && let Some(lang) = from_iso3(info.lang().code())
        {
            self.add(lang, MODEL * sure * (0.3 + 0.7 * info.confidence() as f32));
        }
    }
}

/// The two-letter subtag of the three-letter codes that the models use.
fn from_iso3(code: &str) -> Option<Lang> {
    const CODES: &str = "eng:en rus:ru spa:es por:pt ita:it fra:fr deu:de ukr:uk ara:ar hin:hi pol:pl nob:nb dan:da \
        swe:sv fin:fi tur:tr nld:nl hun:hu ces:cs bul:bg bel:be mar:mr ron:ro slv:sl hrv:hr srp:sr mkd:mk lit:lt lav:lv \
        est:et vie:vi urd:ur aze:az ind:id pes:fa nep:ne afr:af slk:sk cat:ca tgl:tl cym:cy";
    CODES
        .split_whitespace()
        .filter_map(|pair| pair.split_once(':'))
        .find(|(three, _)| *three == code)
        .and_then(|(_, two)| Lang::parse(two))
}
