//! Second looks: whether an article says something else than at the look before.

use article::Article;
use article::page::Furniture;

/// Whether two readings of a page differ by nothing but lines that the pages of its host are known to repeat by now.
///
/// What a host repeats is learnt from page to page. A line that stood in an article's first reading may be known at the
/// second one, and is left out then: the outlet has changed nothing.
pub(crate) fn says_the_same(before: &Article, now: &Article, furniture: &Furniture) -> bool {
    let lines = |article: &Article| -> Vec<String> {
        let all = article.blocks.iter().map(|block| block.span.of(&article.text));
        all.filter(|line| !furniture.is_repeated(line)).map(str::to_owned).collect()
    };
    // The page's description is told apart only where the text does not begin with it.
    let told = |one: &Article, other: &Article| {
        one.standfirst.as_deref().is_none_or(|words| {
            other.standfirst.as_deref() == Some(words) || other.text.contains(words)
        })
    };
    before.title == now.title
        && before.correction == now.correction
        && told(before, now)
        && told(now, before)
        && lines(before) == lines(now)
}
