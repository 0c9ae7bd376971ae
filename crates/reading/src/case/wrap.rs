//! Lines that were cut at a width, as wires and e-mails do, joined again.

/// Widths at which texts are wrapped, in characters.
const WIDTH_MIN: usize = 50;
const WIDTH_MAX: usize = 100;

/// Breaks that fit a width by chance are few.
const BREAKS_MIN: usize = 3;

/// Writes blanks for the line breaks inside paragraphs that were wrapped at a width; `None` where the text is not wrapped.
///
/// A break is one of a width where the next line's first word would not have fitted before it. Every line is counted by
/// its characters, the copy has the same bytes but for the breaks.
pub(super) fn unwrap(text: &str) -> Option<String> {
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line.trim_end()))
        })
        .collect();
    let width = lines.iter().map(|(_, line)| line.chars().count()).max()?;
    if !(WIDTH_MIN..=WIDTH_MAX).contains(&width) {
        return None;
    }
    let (mut breaks, mut joined) = (0, Vec::new());
    for pair in lines.windows(2) {
        let [(start, line), (_, next)] = pair else { continue };
        if line.trim().is_empty() || next.trim().is_empty() {
            continue;
        }
        breaks += 1;
        let word = next.split_whitespace().next().unwrap_or("");
        let full = line.chars().count() + 1 + word.chars().count() + SLACK > width;
        // an indented line begins a paragraph
        if full && !next.starts_with([' ', '\t']) {
            joined.push(start + line.len());
        }
    }
    if joined.len() < BREAKS_MIN || joined.len() * 10 < breaks * 7 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for end in joined {
        out.push_str(text.get(at..end)?);
        // the break itself, with blanks and a carriage return before it
        let gap = text.get(end..)?.find('\n')? + 1;
        out.extend(std::iter::repeat_n(' ', gap));
        at = end + gap;
    }
    out.push_str(text.get(at..)?);
    (out.len() == text.len()).then_some(out)
}

/// Paragraphs of one text may be filled a little less than its widest line.
const SLACK: usize = 14;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(unwrap(text).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn wrapped_lines_are_joined_and_others_stay() {
        let wrapped = "The inspectors of the harbour said on Monday that two of the\nfour cranes would have to be taken \
            down before winter sets in, and\r\nthat the quay below them would be closed to lorries and to cars\nuntil then.\n\n\
            A second report is due.";
        let joined = wrapped
            .replace("the\nfour", "the four")
            .replace("and\r\nthat", "and  that")
            .replace("cars\nuntil", "cars until");
        check(wrapped, Some(&joined));
        check(
            "A headline\nA first line that is long enough to be one of some wrapped text.\nShort.\nShort again.",
            None,
        );
        check("One line only, of a length that is quite usual for a paragraph.", None);
        check("", None);
    }
}
