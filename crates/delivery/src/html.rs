//! Telegram's HTML, built so that it cannot break: text is escaped, tags close, lengths are counted as Telegram counts them.

use unicode_segmentation::UnicodeSegmentation;

/// The longest text of a message, UTF-16 units after the entities are taken out.
///
/// # Source
///
/// Telegram Bot API, `sendMessage`: "1-4096 characters after entities parsing"; offsets and lengths are UTF-16 units.
pub const MESSAGE_UNITS_MAX: usize = 4096;

/// Entities of one message that Telegram keeps; further ones lose their form.
pub const ENTITIES_MAX: usize = 100;

/// The longest address that is linked, bytes.
const URL_BYTES_MAX: usize = 1_000;

/// A piece of formatted text on its way.
#[derive(Clone, Debug, Default)]
pub struct Html {
    markup: String,
    plain: String,
    units: usize,
    entities: usize,
    links: Vec<String>,
}

impl Html {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text as it is; what HTML would read is escaped, what nobody can see is left out.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars().filter(|c| shows(*c)) {
            match c {
                '<' => self.markup.push_str("&lt;"),
                '>' => self.markup.push_str("&gt;"),
                '&' => self.markup.push_str("&amp;"),
                '"' => self.markup.push_str("&quot;"),
                other => self.markup.push(other),
            }
            self.plain.push(c);
            self.units += c.len_utf16();
        }
        self
    }

    /// Adds a bold text.
    pub fn bold(&mut self, text: &str) -> &mut Self {
        self.tagged("<b>", text, "</b>")
    }

    /// Adds a text that is struck through.
    pub fn struck(&mut self, text: &str) -> &mut Self {
        self.tagged("<s>", text, "</s>")
    }

    fn tagged(&mut self, open: &str, text: &str, close: &str) -> &mut Self {
        if text.trim().is_empty() {
            return self.text(text);
        }
        self.markup.push_str(open);
        self.text(text);
        self.markup.push_str(close);
        self.entities += 1;
        self
    }

    /// Adds a link; without an address that a reader could open, the text alone.
    pub fn link(&mut self, text: &str, url: Option<&str>) -> &mut Self {
        let good = url.filter(|u| {
            (u.starts_with("https://") || u.starts_with("http://"))
                && u.len() <= URL_BYTES_MAX
                && !u.contains(|c: char| c.is_whitespace() || c.is_control())
        });
        let Some(url) = good.filter(|_| !text.trim().is_empty()) else { return self.text(text) };
        self.markup.push_str("<a href=\"");
        for c in url.chars() {
            match c {
                '<' => self.markup.push_str("&lt;"),
                '>' => self.markup.push_str("&gt;"),
                '&' => self.markup.push_str("&amp;"),
                '"' => self.markup.push_str("&quot;"),
                other => self.markup.push(other),
            }
        }
        self.markup.push_str("\">");
        self.text(text);
        self.markup.push_str("</a>");
        self.entities += 1;
        if !self.links.iter().any(|l| l == url) {
            self.links.push(url.to_owned());
        }
        self
    }

    /// Adds a quotation that Telegram folds.
    pub fn quote(&mut self, inner: &Self) -> &mut Self {
        if inner.plain.trim().is_empty() {
            return self;
        }
        self.markup.push_str("<blockquote expandable>");
        self.markup.push_str(&inner.markup);
        self.markup.push_str("</blockquote>");
        self.take_in(inner);
        self.entities += 1;
        self
    }

    /// Adds another piece as it is.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        self.markup.push_str(&other.markup);
        self.take_in(other);
        self
    }

    fn take_in(&mut self, other: &Self) {
        self.plain.push_str(&other.plain);
        self.units += other.units;
        self.entities += other.entities;
        for link in &other.links {
            if !self.links.contains(link) {
                self.links.push(link.clone());
            }
        }
    }

    /// Whether another piece and a reserve still fit in a message.
    pub fn has_room_for(&self, other: &Self, reserve_units: usize) -> bool {
        self.units + other.units + reserve_units <= MESSAGE_UNITS_MAX
            && self.entities + other.entities + 4 <= ENTITIES_MAX
    }

    /// The length as Telegram counts it, UTF-16 units.
    pub fn units(&self) -> usize {
        self.units
    }

    /// The HTML.
    pub fn html(&self) -> &str {
        &self.markup
    }

    /// The text without its form.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// The addresses that it links to, in order, each once.
    pub fn links(&self) -> &[String] {
        &self.links
    }
}

/// Whether a character may stand in a message: control characters and those that turn the direction of what follows may not.
fn shows(c: char) -> bool {
    c == '\n'
        || !(c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'))
}

/// A text on one line, at most so long; where it is cut, it ends with "…" after a whole grapheme, where possible after a word.
///
/// # Units
///
/// UTF-16 units.
pub fn clip(text: &str, units_max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if units(&line) <= units_max {
        return line;
    }
    let mut end = 0;
    let mut word_end = 0;
    let mut used = 1;
    for (at, grapheme) in line.grapheme_indices(true) {
        used += units(grapheme);
        if used > units_max {
            break;
        }
        if grapheme == " " {
            word_end = at;
        }
        end = at + grapheme.len();
    }
    // A word longer than a third of the line is cut inside rather than left out.
    let cut = if word_end * 3 > end * 2 { word_end } else { end };
    format!("{}…", line.get(..cut).unwrap_or("").trim_end())
}

/// The length of a text as Telegram counts it.
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, units_max: usize, expected: &str) {
        assert_eq!(clip(text, units_max), expected);
    }

    #[test]
    fn clips_at_words_and_whole_graphemes() {
        for (text, units_max, expected) in [
            ("short", 10, "short"),
            ("two\n lines", 10, "two lines"),
            ("Warehouse fire in Duisburg", 20, "Warehouse fire in…"),
            ("👨‍👩‍👧👨‍👩‍👧", 10, "👨‍👩‍👧…"),
            ("👨‍👩‍👧", 3, "…"),
            ("e\u{301}e\u{301}e\u{301}", 4, "e\u{301}…"),
            ("Großbrandbekämpfung", 6, "Großb…"),
        ] {
            check(text, units_max, expected);
        }
    }

    #[test]
    fn html_is_escaped_and_counted() {
        let mut html = Html::new();
        html.bold("a<b")
            .text(" & \"c\" \u{202e}🙂")
            .link("x", Some("https://e.org/?a=1&b=\"2\""))
            .link("y", Some("javascript:alert(1)"));
        assert_eq!(
            html.html(),
            "<b>a&lt;b</b> &amp; &quot;c&quot; 🙂<a href=\"https://e.org/?a=1&amp;b=&quot;2&quot;\">x</a>y"
        );
        assert_eq!(html.plain(), "a<b & \"c\" 🙂xy");
        assert_eq!(html.units(), units("a<b & \"c\" 🙂xy"));
    }
}
