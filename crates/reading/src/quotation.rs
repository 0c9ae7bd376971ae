//! Where the text quotes: opening and closing marks decided by their context, not by their glyphs.
//!
//! Paragraph by paragraph, so that a mark that is missing spoils one paragraph and no more. One pass over the
//! characters; what is quoted inside a quotation belongs to the outer one.

use article::Span;

/// A stretch in quotation marks, or a line of dialogue after a dash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that a rule asks for"
)]
pub(crate) struct Quotation {
    /// With its marks.
    pub(crate) span: Span,
    /// Without its marks.
    pub(crate) inner: Span,
    /// Words in it.
    pub(crate) words: u32,
    /// The last character in it that is no white space; `' '` where there is none.
    pub(crate) last: char,
    /// It has no closing mark since it goes on in the next paragraph.
    pub(crate) continues: bool,
    /// The closing mark is missing and where the quotation ends was guessed.
    pub(crate) recovered: bool,
    /// Opened by a dash and not by a mark.
    pub(crate) dash: bool,
    /// Opened by a single mark.
    pub(crate) single: bool,
}

/// The families of marks; a quotation is closed by a mark of the family that opened it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Double,
    Guillemet,
    Corner,
    Single,
}

/// A mark in the text.
#[derive(Clone, Copy)]
struct Mark {
    at: usize,
    end: usize,
    glyph: char,
    family: Family,
    /// White space, an opening bracket, a dash or the start stands before, and no white space after.
    opens: bool,
    /// White space, punctuation or the end stands after, and no white space before.
    closes: bool,
    /// The character before.
    before: char,
}

/// Longest stretch that may be quoted without a closing mark being found, in bytes; a paragraph longer than that is
/// cut there, so that one lost mark cannot make a chapter a quotation.
const RECOVERY_BYTES: usize = 6_000;

/// Finds the quotations of the outermost level, in order.
///
/// `recover` is asked where a quotation whose closing mark is missing ends: it gets the text after the opening mark, up to
/// the end of the paragraph, and answers with a length in bytes.
///
/// # Limits
///
/// Linear in the text: every character is looked at once, every mark twice.
pub(crate) fn find(
    text: &str,
    lang: &str,
    recover: &dyn Fn(&str) -> Option<usize>,
) -> Vec<Quotation> {
    let mut found = Vec::new();
    let mut marks = Vec::new();
    let mut start = 0;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        start = offset.max(start);
        offset += line.len();
        if line.trim().is_empty() {
            continue;
        }
        marks.clear();
        collect(line, start, lang, &mut marks);
        // the next line with something on it tells whether an open quotation goes on
        let next = text.get(offset..).unwrap_or("").trim_start().chars().next();
        let goes_on =
            next.is_some_and(|c| family(c).is_some_and(|f| f != Family::Single) || c == '‘');
        paragraph(
            text,
            (start, start + line.trim_end().len()),
            &marks,
            lang,
            goes_on,
            recover,
            &mut found,
        );
        if lang != "en" && lang != "de" {
            dialogue(text, (start, start + line.trim_end().len()), &mut found, recover);
        }
    }
    found
}

fn family(glyph: char) -> Option<Family> {
    match glyph {
        '"' | '“' | '”' | '„' | '‟' | '＂' | '〝' | '〞' => Some(Family::Double),
        '«' | '»' => Some(Family::Guillemet),
        '「' | '」' | '『' | '』' => Some(Family::Corner),
        '‘' | '’' | '‚' | '\'' | '‹' | '›' | '`' => Some(Family::Single),
        _ => None,
    }
}

/// Finds the marks of a line.
fn collect(line: &str, start: usize, lang: &str, marks: &mut Vec<Mark>) {
    let mut before = '\n';
    let mut chars = line.char_indices().peekable();
    while let Some((at, glyph)) = chars.next() {
        let Some(mut family) = family(glyph) else {
            before = glyph;
            continue;
        };
        let mut end = at + glyph.len_utf8();
        // '' and `` are double marks
        if matches!(glyph, '\'' | '`' | '’' | '‘')
            && chars.peek().is_some_and(|(_, next)| *next == glyph)
        {
            chars.next();
            end += glyph.len_utf8();
            family = Family::Double;
        }
        let after = chars.peek().map_or('\n', |(_, c)| *c);
        let opening_before = before.is_whitespace()
            || matches!(before, '(' | '[' | '{' | '—' | '–' | '-' | '/' | ':' | '¿' | '¡' | '…')
            || self::family(before).is_some();
        // a French guillemet keeps a blank inside
        let blank_inside = family == Family::Guillemet && (lang == "fr" || lang.is_empty());
        let opens = (opening_before || glyph == '„')
            && (!after.is_whitespace() || blank_inside && glyph == '«');
        let closes = (!after.is_alphanumeric() || glyph == '”')
            && (!before.is_whitespace() || blank_inside && glyph == '»');
        marks.push(Mark { at: start + at, end: start + end, glyph, family, opens, closes, before });
        before = glyph;
    }
}

/// Pairs the marks of one paragraph.
fn paragraph(
    text: &str,
    (start, end): (usize, usize),
    marks: &[Mark],
    lang: &str,
    goes_on: bool,
    recover: &dyn Fn(&str) -> Option<usize>,
    found: &mut Vec<Quotation>,
) {
    let mut open: Option<Mark> = None;
    let mut depth = 0_u32;
    let mut last_close: Option<usize> = None;
    // the last mark of the paragraph that could close a single quotation, looked up once
    let last_single = marks.iter().rposition(|m| m.family == Family::Single && m.closes);
    let mut i = 0;
    while let Some(mark) = marks.get(i) {
        i += 1;
        let Some(opener) = open else {
            let starts = opens_here(*mark, marks.get(i..).unwrap_or(&[]), lang)
                && (mark.family != Family::Single || last_single.is_some_and(|last| last >= i));
            if starts {
                open = Some(*mark);
                depth = 0;
                last_close = None;
            }
            continue;
        };
        if mark.family != opener.family {
            continue;
        }
        let closes = match mark.family {
            Family::Single => {
                mark.closes
                    // „…‘…“: German closes with the mark that opens in English
                    && (mark.glyph != '‘' || opener.glyph == '‚')
                    && (!mark.before.is_alphanumeric()
                        || mark.glyph == '›'
                        || !later_single(marks.get(i..).unwrap_or(&[])))
            }
            Family::Guillemet | Family::Corner => {
                let opening_glyph = if opener.glyph == '»' { '»' } else { '«' };
                if mark.opens && !mark.closes && (mark.glyph == opening_glyph || mark.glyph == '「')
                {
                    depth += 1;
                    last_close = last_close.or(Some(usize::MAX));
                    continue;
                }
                // «outer «inner» goes on»: the inner one closes first; where only one mark closes both, the paragraph's
                // last one is taken below
                if depth > 0 {
                    depth -= 1;
                    last_close = Some(i - 1);
                    continue;
                }
                true
            }
            Family::Double => {
                // a mark that can only open, while one is open: the closing mark was forgotten, or a paragraph-like break
                if mark.opens && !mark.closes && !matches!(mark.glyph, '”') {
                    let gap = text.get(opener.end..mark.at).unwrap_or("");
                    let length = recover(gap).unwrap_or(gap.trim_end().len());
                    push(text, opener, opener.end + length, opener.end + length, found);
                    if let Some(last) = found.last_mut() {
                        last.recovered = true;
                    }
                    open = Some(*mark);
                    continue;
                }
                mark.closes
                    || matches!(mark.glyph, '”')
                    || lang == "de" && mark.glyph == '“'
                    || !mark.opens
            }
        };
        if closes {
            push(text, opener, mark.at, mark.end, found);
            open = None;
        }
    }
    let Some(opener) = open else {
        return;
    };
    if let Some(mark) = last_close.and_then(|i| marks.get(i)) {
        push(text, opener, mark.at, mark.end, found);
        return;
    }
    if opener.family == Family::Single {
        return;
    }
    let rest = text
        .get(opener.end..end.min(opener.end + RECOVERY_BYTES))
        .or_else(|| text.get(opener.end..end))
        .unwrap_or("");
    let whole = end - opener.end;
    let _ = start;
    match recover(rest) {
        Some(length) if !goes_on => {
            push(text, opener, opener.end + length, opener.end + length, found);
        }
        _ => push(text, opener, opener.end + whole, opener.end + whole, found),
    }
    if let Some(last) = found.last_mut() {
        last.continues = goes_on;
        last.recovered = !goes_on;
    }
}

/// Whether a mark may open a quotation, with the marks after it.
fn opens_here(mark: Mark, later: &[Mark], lang: &str) -> bool {
    match mark.family {
        Family::Single => {
            mark.opens
                && mark.glyph != '’'
                && !mark.before.is_alphanumeric()
                && (mark.glyph != '\'' || single_closes_ahead(later))
        }
        Family::Guillemet | Family::Corner => mark.opens || matches!(mark.glyph, '«' | '「' | '『'),
        Family::Double => {
            mark.opens
                || matches!(mark.glyph, '“' | '„') && !(lang == "de" && mark.glyph == '“')
                || !mark.closes
        }
    }
}

/// Whether a straight single mark that closes comes soon: else the mark is an apostrophe ("'tis").
fn single_closes_ahead(marks: &[Mark]) -> bool {
    marks.iter().take(12).any(|m| m.family == Family::Single && m.closes && !m.opens)
}

/// Whether a further single mark could close better than this one after a letter ("the workers' own").
fn later_single(marks: &[Mark]) -> bool {
    marks
        .iter()
        .take(12)
        .take_while(|m| !(m.family == Family::Single && m.opens && !m.closes))
        .any(|m| m.family == Family::Single && m.closes && !m.before.is_alphanumeric())
}

fn push(text: &str, opener: Mark, inner_end: usize, end: usize, found: &mut Vec<Quotation>) {
    let inner = Span::new(opener.end, inner_end.max(opener.end));
    let content = inner.of(text);
    found.push(Quotation {
        span: Span::new(opener.at, end.max(opener.end)),
        inner,
        words: count_words(content),
        last: content.trim_end().chars().next_back().unwrap_or(' '),
        continues: false,
        recovered: false,
        dash: false,
        single: opener.family == Family::Single,
    });
}

/// Counts the words of a stretch.
pub(crate) fn count_words(text: &str) -> u32 {
    let mut words = 0;
    let mut inside = false;
    for c in text.chars() {
        let word = c.is_alphanumeric() || inside && matches!(c, '\'' | '’' | '-');
        if word && !inside {
            words += 1;
        }
        inside = word;
    }
    words
}

/// Reads a line of dialogue: "— Speech, — said X. — Speech."
fn dialogue(
    text: &str,
    (start, end): (usize, usize),
    found: &mut Vec<Quotation>,
    recover: &dyn Fn(&str) -> Option<usize>,
) {
    let line = text.get(start..end).unwrap_or("");
    let body = line.trim_start();
    let lead = line.len() - body.len();
    let Some(dash) = body.chars().next().filter(|c| matches!(c, '—' | '–')) else {
        return;
    };
    let mark = start + lead;
    let inner = mark + dash.len_utf8();
    // the quotation ends at a dash after punctuation that something said follows
    let speech = text.get(inner..end).unwrap_or("");
    let mut before = ' ';
    let mut close = None;
    let mut previous = (0, ' ');
    for (at, c) in speech.char_indices() {
        if matches!(c, '—' | '–') && before != ' ' {
            let after = speech.get(at + c.len_utf8()..).unwrap_or("");
            // a comma stays outside, as the contract's spans have it for guillemets; other marks belong to the speech
            let speech_end =
                if before == ',' { previous.0 } else { previous.0 + before.len_utf8() };
            // only what stands near decides, so that a line of dashes costs no more than its length
            let near: String = after.trim_start().chars().take(160).collect();
            if recover(&format!("x, {near}")) == Some(2) {
                close = Some(inner + speech_end);
                break;
            }
        }
        if !c.is_whitespace() {
            before = c;
            previous = (at, c);
        }
    }
    // French closes with the comma alone: "— Le bac est en panne, a dit le passeur"
    let close = close.or_else(|| recover(speech).map(|length| inner + length - 1));
    let Some(close) = close.filter(|c| *c > inner && text.is_char_boundary(*c)) else {
        return;
    };
    // quotations inside the line of dialogue belong to it
    let first = found.partition_point(|q| (q.span.start as usize) < start);
    let mut of_line = found.split_off(first);
    of_line.retain(|q| q.span.start as usize >= close || (q.span.end as usize) <= mark);
    found.append(&mut of_line);
    let quotation = Quotation {
        span: Span::new(mark, close),
        inner: Span::new(inner, close),
        words: count_words(text.get(inner..close).unwrap_or("")),
        last: text.get(inner..close).unwrap_or("").chars().next_back().unwrap_or(' '),
        continues: false,
        recovered: false,
        dash: true,
        single: false,
    };
    let place = found.partition_point(|q| (q.span.start as usize) < mark);
    found.insert(place, quotation);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lang: &str, text: &str, expected: &[&str]) {
        let recover = |rest: &str| {
            ["said ", "сообщила"]
                .iter()
                .filter_map(|c| rest.find(&format!(", {c}")))
                .min()
                .map(|at| at + 1)
        };
        let found = find(text, lang, &recover);
        let spans: Vec<&str> = found.iter().map(|q| q.span.of(text)).collect();
        assert_eq!(spans, expected, "{text}");
    }

    #[test]
    fn marks_are_decided_by_context() {
        check("en", "“Yes,” she said. \"No,\" he said.", &["“Yes,”", "\"No,\""]);
        check("en", "“It works\", said Pia.", &["“It works\""]);
        check("en", "\"Two engines,” he said.", &["\"Two engines,”"]);
        check("en", "Trump’s ‘best friend’ didn’t come.", &["‘best friend’"]);
        check("en", "‘There's no bus,’ said Maud.", &["‘There's no bus,’"]);
        check("en", "The boys' club and the girls' club.", &[]);
        check("en", "boxer Karl 'The Anvil' Lund", &["'The Anvil'"]);
        check("en", "“My father said: ‘Pay’,” said Emre.", &["“My father said: ‘Pay’,”"]);
        check("en", "\"Nobody can, said Dana.\n\nThe strike began.", &["\"Nobody can,"]);
        check("en", "“One.\n\n“Two,” said Yusuf.", &["“One.", "“Two,”"]);
        check("en", "''Well,'' he said.", &["''Well,''"]);
        check("de", "„Ja“, sagte er. »Nein«, sagte sie.", &["„Ja“", "»Nein«"]);
        check("de", "Er nannte das „gut“ und „schön“.", &["„gut“", "„schön“"]);
        check("ru", "«Завод «Заря» закрыт», — сказал он.", &["«Завод «Заря» закрыт»"]);
        check("ru", "«Завод «Заря», — сказал он.", &["«Завод «Заря»"]);
        check("ru", "— Мост закроют, — сообщила мэр.", &["— Мост закроют"]);
        check("fr", "« Oui », dit-il.", &["« Oui »"]);
        check("ja", "市長は「はい」と述べた。", &["「はい」"]);
    }
}
