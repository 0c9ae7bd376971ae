//! The body of the fuzz target `reading`, also run by a plain test over random texts.

use article::Span;
use language::Lang;

use crate::Reading;

/// The languages with lists of their own, and one without.
pub const LANGS: [&str; 7] = ["en", "de", "fr", "es", "ru", "it", "ja"];

/// Reads the statements of any text, in the language that its length picks.
///
/// # Panics
///
/// Where a span does not lie inside the text on character boundaries, or points at nothing that exists: that is what
/// the target looks for.
pub fn text(text: &str) {
    let lang = LANGS.get(text.len() % LANGS.len()).copied().unwrap_or("en");
    let article = article::plain::article(text.to_owned());
    let doc = language::segment(text, Lang::parse(lang).unwrap_or(Lang::UNKNOWN));
    check(text, &crate::read_statements(&article, &doc));
}

/// Checks every span of the statements and every number that points at something.
///
/// # Panics
///
/// See [`text`].
pub fn check(text: &str, reading: &Reading) {
    let inside = |span: &Span| text.get(span.start as usize..span.end as usize).is_some();
    for (n, statement) in reading.statements.iter().enumerate() {
        let media = statement.medium.iter().map(|m| &m.span);
        let all = statement.content.iter().chain(&statement.cue).chain(&statement.source);
        let all = all.chain(&statement.addressee).chain(media);
        assert!(all.into_iter().all(inside), "{statement:?} in {text:?}");
        assert!(statement.content.iter().any(|s| !s.is_empty()), "{statement:?} in {text:?}");
        let known = statement.speaker.is_none_or(|id| reading.speakers.iter().any(|s| s.id == id));
        assert!(known, "{statement:?} in {text:?}");
        let outer = statement.nested_in.and_then(|outer| reading.statements.get(outer as usize));
        let held = statement.nested_in.is_none()
            || outer.is_some_and(|outer| {
                let whole =
                    |s: &Span| outer.content.iter().any(|o| o.start <= s.start && s.end <= o.end);
                outer.nested_in.is_none() && statement.content.iter().all(whole)
            });
        assert!(held, "statement {n} is not inside its outer one in {text:?}");
    }
    for speaker in &reading.speakers {
        assert!(!speaker.name.trim().is_empty(), "{speaker:?} in {text:?}");
    }
}
