//! Reads the files of a day.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Article, Block, Day, DayError, Figure, Moment, NewFact, NewKind, Outlet, Version};

const KINDS: [&str; 6] = ["killed", "injured", "missing", "kidnapped", "arrested", "displaced"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outlets {
    day: Frame,
    outlet: Vec<Outlet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame {
    start: Timestamp,
    end: Timestamp,
    main: String,
}

pub(super) fn files_below(dir: &Path) -> Result<Vec<(String, String)>, DayError> {
    let mut files = Vec::new();
    walk(dir, dir, &mut files)?;
    files.sort();
    Ok(files)
}

fn walk(root: &Path, dir: &Path, files: &mut Vec<(String, String)>) -> Result<(), DayError> {
    let failed = |path: &Path, error: &std::io::Error| DayError {
        file: path.display().to_string(),
        what: error.to_string(),
    };
    for entry in std::fs::read_dir(dir).map_err(|error| failed(dir, &error))? {
        let path = entry.map_err(|error| failed(dir, &error))?.path();
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        if path.is_dir() {
            walk(root, &path, files)?;
        } else if name == "outlets.toml"
            || (name.contains('/') && path.extension().is_some_and(|end| end == "md"))
        {
            let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, &error))?;
            files.push((name, text));
        }
    }
    Ok(())
}

pub(super) fn day<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Day, DayError> {
    let mut outlets = None;
    let mut articles = Vec::new();
    for (file, text) in files {
        let place = |what: String| DayError { file: file.to_owned(), what };
        if file == "outlets.toml" {
            let read: Outlets = toml::from_str(text).map_err(|error| place(error.to_string()))?;
            outlets = Some(read);
        } else if let Some((outlet, _)) = file.split_once('/') {
            articles.push(article(outlet, text).map_err(place)?);
        }
    }
    let Some(Outlets { day: frame, outlet: outlets }) = outlets else {
        let what = "is missing".to_owned();
        return Err(DayError { file: "outlets.toml".to_owned(), what });
    };
    articles.sort_by_key(|article| (article.published().map(|at| at.at), article.id.clone()));
    for article in &articles {
        let wrong = |what: String| Err(DayError { file: article.id.clone(), what });
        if !outlets.iter().any(|outlet| outlet.id == article.outlet) {
            return wrong(format!("there is no outlet {}", article.outlet));
        }
        let same = articles.iter().filter(|other| {
            other.id == article.id || (other.outlet == article.outlet && other.path == article.path)
        });
        if same.count() > 1 {
            return wrong("another article has its id or its path".to_owned());
        }
    }
    let Frame { start, end, main } = frame;
    Ok(Day { start, end, main, outlets, articles })
}

/// The header lines of an article or of a later version.
struct Header<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Header<'a> {
    fn parse(lines: &'a str) -> Result<Header<'a>, String> {
        let keys = [
            "id",
            "url",
            "published",
            "title",
            "standfirst",
            "authors",
            "section",
            "correction",
            "story",
            "copy_of",
            "figure",
            "new",
        ];
        let mut found = Vec::new();
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let (key, value) =
                line.split_once(": ").ok_or_else(|| format!("no \"key: value\": {line}"))?;
            if !keys.contains(&key) {
                return Err(format!("unknown key {key}"));
            }
            found.push((key, value.trim()));
        }
        Ok(Header(found))
    }

    fn all(&self, key: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(name, _)| *name == key).map(|(_, value)| *value)
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.all(key).next()
    }

    fn need(&self, key: &str) -> Result<&'a str, String> {
        self.get(key).ok_or_else(|| format!("no {key}"))
    }
}

fn article(outlet: &str, text: &str) -> Result<Article, String> {
    let rest = text.strip_prefix("---\n").ok_or("does not start with ---")?;
    let (header, body) = rest.split_once("\n---\n").ok_or("the header does not end")?;
    let header = Header::parse(header)?;
    let mut parts = body.split("\n=== version ");
    let first = parts.next().unwrap_or_default();
    let mut versions = vec![version(header.need("published")?, &header, None, first)?];
    for part in parts {
        let (at, part) = part.split_once('\n').ok_or("a version without text")?;
        let (own, body) = part.split_once("\n\n").ok_or("a version without an empty line")?;
        let next = version(at.trim(), &Header::parse(own)?, versions.last(), body)?;
        if versions.last().is_some_and(|last| last.at.at >= next.at.at) {
            return Err(format!("the version of {at} is not later than the one before"));
        }
        versions.push(next);
    }
    Ok(Article {
        id: header.need("id")?.to_owned(),
        outlet: outlet.to_owned(),
        path: header.need("url")?.to_owned(),
        section: header.need("section")?.to_owned(),
        story: header.need("story")?.to_owned(),
        copy_of: header.get("copy_of").map(str::to_owned),
        versions,
    })
}

fn version(
    at: &str,
    header: &Header<'_>,
    before: Option<&Version>,
    body: &str,
) -> Result<Version, String> {
    let at = Moment::parse(at).ok_or_else(|| format!("no RFC 3339 time: {at}"))?;
    let blocks = blocks(body);
    if blocks.is_empty() {
        return Err("no text".to_owned());
    }
    let title = header.get("title").map(str::to_owned);
    let title = title.or_else(|| before.map(|before| before.title.clone())).ok_or("no title")?;
    let authors = match header.get("authors") {
        Some(names) => names.split("; ").map(str::to_owned).collect(),
        None => before.map(|before| before.authors.clone()).unwrap_or_default(),
    };
    let standfirst = header.get("standfirst").map(str::to_owned);
    let version = Version {
        at,
        title,
        standfirst: standfirst.or_else(|| before.and_then(|before| before.standfirst.clone())),
        authors,
        correction: header.get("correction").map(str::to_owned),
        blocks,
        figures: header.all("figure").map(figure).collect::<Result<_, _>>()?,
        new: header.all("new").map(new_fact).collect::<Result<_, _>>()?,
    };
    let text = version.text();
    let gold = version.figures.iter().map(|figure| &figure.evidence);
    for evidence in gold.chain(version.new.iter().map(|new| &new.evidence)) {
        if !text.contains(evidence.as_str()) {
            return Err(format!("the text does not say: {evidence}"));
        }
    }
    Ok(version)
}

fn blocks(body: &str) -> Vec<Block> {
    let mut found = Vec::new();
    for part in body.split("\n\n").map(str::trim).filter(|part| !part.is_empty()) {
        let block = if let Some(text) = part.strip_prefix("## ") {
            Block::Heading(text.to_owned())
        } else if let Some(text) = part.strip_prefix("> ") {
            Block::Quote(text.to_owned())
        } else if let Some(text) = part.strip_prefix("~ ") {
            Block::Promotion(text.to_owned())
        } else if let Some(items) = part.strip_prefix("- ") {
            Block::List(items.split("\n- ").map(str::to_owned).collect())
        } else {
            Block::Paragraph(part.replace('\n', " "))
        };
        found.push(block);
    }
    found
}

/// `[maybe] [background] KIND QUALIFIER NUMBER [part] [was NUMBER] | EVIDENCE`
fn figure(line: &str) -> Result<Figure, String> {
    let wrong = || format!("not a figure: {line}");
    let (what, evidence) = line.split_once(" | ").ok_or_else(wrong)?;
    let mut figure = Figure {
        kind: String::new(),
        qualifier: String::new(),
        number: None,
        optional: false,
        part: false,
        background: false,
        was: None,
        evidence: evidence.to_owned(),
    };
    let mut words = what.split(' ');
    while let Some(word) = words.next() {
        match word {
            "background" => figure.background = true,
            "maybe" => figure.optional = true,
            "part" => figure.part = true,
            "was" => figure.was = words.next().and_then(|word| word.parse().ok()),
            kind if KINDS.contains(&kind) => kind.clone_into(&mut figure.kind),
            other => match other.parse() {
                Ok(number) => figure.number = Some(number),
                Err(_) => other.clone_into(&mut figure.qualifier),
            },
        }
    }
    if figure.kind.is_empty() || figure.qualifier.is_empty() {
        return Err(wrong());
    }
    Ok(figure)
}

/// `[maybe] KIND | WHAT | EVIDENCE`
fn new_fact(line: &str) -> Result<NewFact, String> {
    let wrong = || format!("not a new fact: {line}");
    let (optional, rest) = match line.strip_prefix("maybe ") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let mut parts = rest.splitn(3, " | ");
    let (kind, what, evidence) = (parts.next(), parts.next(), parts.next());
    let kind = match kind {
        Some("story") => NewKind::Story,
        Some("event") => NewKind::Event,
        Some("figure") => NewKind::Figure,
        Some("statement") => NewKind::Statement,
        Some("correction") => NewKind::Correction,
        _ => return Err(wrong()),
    };
    let (what, evidence) = what.zip(evidence).ok_or_else(wrong)?;
    Ok(NewFact { kind, what: what.to_owned(), optional, evidence: evidence.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTLETS: &str = "[day]\nstart = \"2026-10-14T06:00:00Z\"\nend = \"2026-10-14T18:00:00Z\"\nmain = \"m\"\n\
        [[outlet]]\nid = \"o\"\nname = \"O\"\nlanguage = \"en\"\ncountry = \"GBR\"\nlisting = \"rss\"\n\
        content = \"full\"\npage = \"plain\"\nabout = \"-\"\n";
    const GOOD: &str = "---\nid: a\nurl: /a.html\npublished: 2026-10-14T08:00:00+02:00\ntitle: T: t\nsection: s\nstory: m\n\
        figure: killed at_least 10 | ten\n---\nAbout ten.\n\n## Head\n\n- one\n- two\n";

    fn check(article: &str, expected: Result<usize, &str>) {
        let day = day([("outlets.toml", OUTLETS), ("o/01-a.md", article)]);
        let blocks = day.as_ref().map(|day| {
            let versions = day.articles.iter().flat_map(|article| &article.versions);
            versions.map(|version| version.blocks.len()).sum::<usize>()
        });
        assert_eq!(blocks.map_err(|error| error.what.as_str()), expected);
    }

    #[test]
    fn articles_are_read_or_refused() {
        check(GOOD, Ok(3));
        let second = format!("{GOOD}\n=== version 2026-10-14T09:00:00+02:00\ntitle: U\n\nMore.\n");
        check(&second, Ok(4));
        check(
            &second.replace("09:00", "07:00"),
            Err("the version of 2026-10-14T07:00:00+02:00 is not later than the one before"),
        );
        check(&GOOD.replace("| ten", "| twelve"), Err("the text does not say: twelve"));
        check(&GOOD.replace("section", "rubric"), Err("unknown key rubric"));
        check(&GOOD.replace("killed", "hurt"), Err("not a figure: hurt at_least 10 | ten"));
        check("no header", Err("does not start with ---"));
    }
}
