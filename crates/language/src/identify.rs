//! Which language a text is in.
//!
//! The script decides where one language owns it. Elsewhere small words, letters, two trained models (`whichlang`,
//! `whatlang`) and what the outlet says (the prior) vote; the shorter the text, the more the prior counts.

use std::fmt;

use rustc_hash::FxHashMap;

mod evidence;
mod script;

use evidence::Evidence;
use script::Script;

/// A language by its primary BCP 47 subtag (two or three lower-case letters); empty where it is not known.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lang([u8; 3]);

impl Lang {
    /// Not known.
    pub const UNKNOWN: Self = Self([0; 3]);
    /// German.
    pub const DE: Self = Self(*b"de\0");
    /// English.
    pub const EN: Self = Self(*b"en\0");
    /// Spanish.
    pub const ES: Self = Self(*b"es\0");
    /// French.
    pub const FR: Self = Self(*b"fr\0");
    /// Italian.
    pub const IT: Self = Self(*b"it\0");
    /// Japanese.
    pub const JA: Self = Self(*b"ja\0");
    /// Portuguese.
    pub const PT: Self = Self(*b"pt\0");
    /// Russian.
    pub const RU: Self = Self(*b"ru\0");
    /// Thai.
    pub const TH: Self = Self(*b"th\0");
    /// Chinese.
    pub const ZH: Self = Self(*b"zh\0");

    /// For tables: two letters known to be right.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "tables read better with b\"en\"")]
    pub(crate) const fn of(code: &[u8; 2]) -> Self {
        Self([code[0], code[1], 0])
    }

    /// Reads the primary subtag of a BCP 47 tag: `en`, `de-AT`, `pt_BR`.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
            return None;
        }
        let mut code = [0; 3];
        for (to, from) in code.iter_mut().zip(primary.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        Some(Self(code))
    }

    /// The subtag; empty where the language is not known.
    pub fn as_str(&self) -> &str {
        let len = self.0.iter().position(|b| *b == 0).unwrap_or(3);
        std::str::from_utf8(self.0.get(..len).unwrap_or(&[])).unwrap_or("")
    }

    /// Whether it is known.
    pub fn is_known(self) -> bool {
        self != Self::UNKNOWN
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lang({})", self.as_str())
    }
}

/// Bytes of one sample; a long text is judged by several samples, so that a foreign quotation or a menu does not decide.
const SAMPLE_BYTES: usize = 600;

/// Samples of one text.
const SAMPLES_MAX: usize = 8;

/// Tells the language of a text; `prior` (what the outlet says) decides where the text is too short to tell.
///
/// [`Lang::UNKNOWN`] where there is neither a letter nor a prior.
///
/// # Limits
///
/// Reads at most eight samples of 600 bytes, spread over the text.
pub fn identify(text: &str, prior: Option<Lang>) -> Lang {
    let mut votes: Vec<(Lang, usize)> = Vec::new();
    let mut unheard: usize = samples(text).map(str::len).sum();
    for sample in samples(text) {
        unheard -= sample.len();
        let Some((lang, letters)) = identify_sample(sample, prior) else { continue };
        match votes.iter_mut().find(|(l, _)| *l == lang) {
            Some((_, n)) => *n += letters,
            None => votes.push((lang, letters)),
        }
        if leads_by(&votes) > unheard {
            break;
        }
    }
    let best = votes.iter().map(|(_, n)| *n).max().unwrap_or(0);
    // the first one wins a tie: a headline and a lead stand at the top
    votes.iter().find(|(_, n)| *n == best).map_or_else(|| prior.unwrap_or(Lang::UNKNOWN), |v| v.0)
}

/// By how much the first of the votes leads.
fn leads_by(votes: &[(Lang, usize)]) -> usize {
    let (mut best, mut next) = (0, 0);
    for &(_, letters) in votes {
        (best, next) = if letters > best { (letters, best) } else { (best, next.max(letters)) };
    }
    best - next
}

/// Language of a sample and how many letters speak for it.
fn identify_sample(sample: &str, prior: Option<Lang>) -> Option<(Lang, usize)> {
    let (script, letters) = Script::of(sample)?;
    let lang = match script {
        Script::One(lang) => lang,
        Script::Han { kana: true } => Lang::JA,
        Script::Han { kana: false } => match prior {
            Some(Lang::JA) if letters < 60 => Lang::JA,
            _ => Lang::ZH,
        },
        Script::Shared(alphabet) => Evidence::new(alphabet, sample, prior).best(),
    };
    Some((lang, letters))
}

fn samples(text: &str) -> impl Iterator<Item = &str> {
    let count = text.len().div_ceil(SAMPLE_BYTES).clamp(1, SAMPLES_MAX);
    let step = text.len() / count;
    (0..count).filter_map(move |k| {
        let start = ceil_char(text, k * step);
        let end = ceil_char(text, (k * step + SAMPLE_BYTES.min(step.max(1))).min(text.len()));
        text.get(start..end)
    })
}

/// The first character boundary at or after `at`.
pub(crate) fn ceil_char(text: &str, mut at: usize) -> usize {
    while at < text.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    at.min(text.len())
}

/// Small words of every language: word to the languages that have it.
fn function_words() -> &'static FxHashMap<&'static str, Vec<Lang>> {
    static WORDS: std::sync::OnceLock<FxHashMap<&'static str, Vec<Lang>>> =
        std::sync::OnceLock::new();
    WORDS.get_or_init(|| {
        let mut words: FxHashMap<&'static str, Vec<Lang>> = FxHashMap::default();
        for line in include_str!("../data/function_words.txt").lines() {
            let Some((tag, list)) = line.split_once(':') else { continue };
            let Some(lang) = Lang::parse(tag).filter(|_| !line.starts_with('#')) else { continue };
            for word in list.split_whitespace() {
                let langs = words.entry(word).or_default();
                if !langs.contains(&lang) {
                    langs.push(lang);
                }
            }
        }
        words
    })
}

/// Whether a lower-case word is one of the small words of a language.
pub(crate) fn is_function_word(word: &str, lang: Lang) -> bool {
    function_words().get(word).is_some_and(|langs| langs.contains(&lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, prior: &str, expected: &str) {
        assert_eq!(identify(text, Lang::parse(prior)).as_str(), expected, "{text}");
    }

    #[test]
    fn languages_are_told_apart() {
        let cases = [
            ("Rescuers search for survivors after a bridge collapses in the north", "en"),
            ("Die Polizei sucht nach einem Brand in Kassel weiter nach Zeugen", "de"),
            ("Le gouvernement promet une aide aux agriculteurs touchés par la sécheresse", "fr"),
            ("La policía detiene a dos hombres tras el robo en una joyería de Sevilla", "es"),
            ("Governo anuncia novas medidas para conter a inflação no país", "pt"),
            ("Il governo annuncia nuove misure contro il caro bollette", "it"),
            ("Politie zoekt getuigen van brand in het centrum van Zwolle", "nl"),
            ("Regeringen vill höja skatten på bensin efter årsskiftet", "sv"),
            ("Regeringen vil hæve afgiften på benzin efter nytår, siger ministeren", "da"),
            ("Regjeringen vil øke avgiften på bensin etter nyttår, sier statsråden", "nb"),
            ("Hallitus aikoo nostaa bensiinin hintaa, sanoo ministeri", "fi"),
            ("Policja szuka świadków wypadku, do którego doszło pod Łodzią", "pl"),
            ("Policie hledá svědky nehody, která se stala u Kolína", "cs"),
            ("Polícia hľadá svedkov nehody, ktorá sa stala pri Žiline", "sk"),
            ("A rendőrség tanúkat keres a Győr melletti baleset után", "hu"),
            ("Poliția caută martori după accidentul de lângă Cluj, potrivit agenției", "ro"),
            ("Policija traži svjedoke nesreće koja se dogodila kod Karlovca", "hr"),
            ("Polis, Bursa yakınlarındaki kaza için tanık arıyor", "tr"),
            ("Polisi mencari saksi kecelakaan yang terjadi di dekat Bandung", "id"),
            ("Công an tìm nhân chứng vụ tai nạn ở gần Huế", "vi"),
            ("Полиция ищет свидетелей аварии под Тверью", "ru"),
            ("Поліція шукає свідків аварії біля Житомира", "uk"),
            ("Міліцыя шукае сведкаў аварыі каля Гродна, паведаміў дзяржаўны канал", "be"),
            ("Полицията търси свидетели на катастрофата край Плевен", "bg"),
            ("Полиција тражи сведоке несреће која се догодила код Ниша", "sr"),
            ("الشرطة تبحث عن شهود بعد حادث قرب المدينة", "ar"),
            ("پلیس در جستجوی شاهدان تصادف در نزدیکی شهر است", "fa"),
            ("پولیس حادثے کے بعد گواہوں کی تلاش میں ہے", "ur"),
            ("पुलिस हादसे के बाद गवाहों की तलाश कर रही है", "hi"),
            ("警方正在寻找事故目击者", "zh"),
            ("警察は事故の目撃者を探している", "ja"),
            ("경찰이 사고 목격자를 찾고 있다", "ko"),
            ("ตำรวจกำลังหาพยานในอุบัติเหตุ", "th"),
            ("Η αστυνομία αναζητά μάρτυρες του δυστυχήματος", "el"),
            ("המשטרה מחפשת עדים לתאונה", "he"),
        ];
        for (text, expected) in cases {
            check(text, "", expected);
        }
    }

    #[test]
    fn the_prior_decides_what_is_too_short_and_nothing_else() {
        check("Covid-19", "de", "de");
        check("Internet", "nl", "nl");
        check("2017", "ru", "ru");
        check("2017", "", "");
        check("Полиция ищет свидетелей аварии", "en", "ru");
        check("The minister said that he would not resign over the report.", "de", "en");
        check("東京都議会選挙", "ja", "ja");
    }

    #[test]
    fn the_larger_part_of_a_mixed_page_decides() {
        let german =
            "Die Ministerin sagte am Montag, dass die Verhandlungen weitergehen. ".repeat(20);
        check(&format!("Sign up for our newsletter and read more. {german}"), "", "de");
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,200}") {
            let _lang = identify(&text, None);
        }
    }
}
