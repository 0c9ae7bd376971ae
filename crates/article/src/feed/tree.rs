//! A feed's XML as a tree: namespaces resolved, broken nesting mended, nothing refused.

use std::borrow::Cow;

use crate::markup::{Dialect, Token, Tokens, decode};

/// The most nodes of one listing; a sitemap of 50,000 entries with all its extensions has under a million.
const NODES_MAX: usize = 3_000_000;
/// The deepest nesting; what lies deeper hangs on the last level.
const DEPTH_MAX: usize = 256;

pub(super) type NodeId = u32;

/// Whose word an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS of any version, and everything without a namespace.
    Plain,
    Atom,
    Dc,
    Terms,
    Content,
    Itunes,
    Media,
    Xhtml,
    Rdf,
    Xml,
    News,
    Feedburner,
    Creative,
    Other,
}

#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) space: Space,
    /// Without its prefix, as written; empty for text.
    pub(super) name: &'a str,
    /// With its prefix, as written.
    pub(super) full: &'a str,
    pub(super) text: Cow<'a, str>,
    attributes: (u32, u32),
    first: NodeId,
    next: NodeId,
    last: NodeId,
}

impl Node<'_> {
    /// Whether this is a field of RSS that was never closed when the next field begins.
    fn ends_before(&self, next: &str) -> bool {
        const FIELDS: [&str; 9] = [
            "title",
            "link",
            "guid",
            "pubDate",
            "description",
            "item",
            "category",
            "author",
            "enclosure",
        ];
        const SHORT: [&str; 6] = ["title", "link", "guid", "pubDate", "category", "author"];
        // Atom's <link> and <author> have parts of their own, HTML in a description has links and titles
        self.space == Space::Plain && SHORT.contains(&self.full) && FIELDS.contains(&next)
    }
}

#[derive(Debug)]
pub(super) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    attributes: Vec<(&'a str, Cow<'a, str>)>,
    pub(super) unclosed: bool,
    pub(super) full: bool,
}

/// No node: the root is nobody's child.
const NONE: NodeId = 0;

impl<'a> Tree<'a> {
    /// Reads the whole text.
    pub(super) fn new(text: &'a str) -> Self {
        let mut tree =
            Self { nodes: Vec::new(), attributes: Vec::new(), unclosed: false, full: false };
        tree.nodes.push(Node {
            space: Space::Other,
            name: "",
            full: "",
            text: Cow::Borrowed(""),
            attributes: (0, 0),
            first: NONE,
            next: NONE,
            last: NONE,
        });
        let mut tokens = Tokens::new(text, Dialect::Xml);
        let mut open: Vec<NodeId> = vec![0];
        // prefixes in force, with the depth at which they were declared
        let mut spaces: Vec<(&'a str, Space, usize)> = Vec::new();
        let mut entities: Vec<(&'a str, &'a str)> = Vec::new();
        while let Some(token) = tokens.next() {
            if tree.nodes.len() >= NODES_MAX {
                tree.full = true;
                break;
            }
            if let Token::Start { name, .. } = token
                && open.last().and_then(|id| tree.node(*id)).is_some_and(|n| n.ends_before(name))
            {
                open.pop();
                tree.unclosed = true;
            }
            let parent = open.last().copied().unwrap_or(0);
            match token {
                Token::Start { name, closed } => {
                    let depth = open.len();
                    let spaces_before = spaces.len();
                    for (key, value) in &tokens.attributes {
                        if let Some(prefix) = key.strip_prefix("xmlns") {
                            let prefix = prefix.strip_prefix(':').unwrap_or("");
                            spaces.push((prefix, space_of(value), depth));
                        }
                    }
                    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
                    let space = spaces
                        .iter()
                        .rev()
                        .find(|(p, ..)| *p == prefix)
                        .map_or_else(|| space_by_prefix(prefix), |(_, s, _)| *s);
                    let from = tree.attributes.len() as u32;
                    for (key, value) in &tokens.attributes {
                        tree.attributes.push((key, decode(value)));
                    }
                    let to = tree.attributes.len() as u32;
                    let id = tree.push(
                        parent,
                        Node {
                            space,
                            name: local,
                            full: name,
                            text: Cow::Borrowed(""),
                            attributes: (from, to),
                            first: NONE,
                            next: NONE,
                            last: NONE,
                        },
                    );
                    if closed || depth >= DEPTH_MAX {
                        spaces.truncate(spaces_before);
                    } else {
                        open.push(id);
                    }
                }
                Token::End { name } => {
                    let found = open.iter().rposition(|id| {
                        *id != 0
                            && tree.node(*id).is_some_and(|n| n.full.eq_ignore_ascii_case(name))
                    });
                    if let Some(at) = found {
                        tree.unclosed |= at + 1 != open.len();
                        open.truncate(at);
                        spaces.retain(|(.., d)| *d < open.len());
                    }
                }
                Token::Text(text) => {
                    let text = own_entities(text, &entities);
                    tree.push_text(parent, text);
                }
                Token::Raw(text) => tree.push_text(parent, Cow::Borrowed(text)),
                Token::Declaration(text) => declared_entities(text, &mut entities),
                Token::Instruction(_) => {}
            }
        }
        tree.unclosed |= open.len() > 1;
        tree
    }

    fn push_text(&mut self, parent: NodeId, text: Cow<'a, str>) {
        // characters that XML does not allow
        let odd =
            |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{80}'..='\u{9f}');
        let text = if text.contains(odd) { Cow::Owned(text.replace(odd, "")) } else { text };
        if parent == 0 && text.trim().is_empty() {
            return;
        }
        self.push(
            parent,
            Node {
                space: Space::Other,
                name: "",
                full: "",
                text,
                attributes: (0, 0),
                first: NONE,
                next: NONE,
                last: NONE,
            },
        );
    }

    fn push(&mut self, parent: NodeId, node: Node<'a>) -> NodeId {
        let id = self.nodes.len() as NodeId;
        self.nodes.push(node);
        let last = self.nodes.get(parent as usize).map_or(NONE, |p| p.last);
        if last == NONE {
            if let Some(p) = self.nodes.get_mut(parent as usize) {
                p.first = id;
            }
        } else if let Some(l) = self.nodes.get_mut(last as usize) {
            l.next = id;
        }
        if let Some(p) = self.nodes.get_mut(parent as usize) {
            p.last = id;
        }
        id
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&Node<'a>> {
        self.nodes.get(id as usize)
    }

    /// Children of a node, in order.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node<'a>)> {
        let mut next = self.node(id).map_or(NONE, |n| n.first);
        std::iter::from_fn(move || {
            let id = next;
            let node = self.nodes.get(id as usize).filter(|_| id != NONE)?;
            next = node.next;
            Some((id, node))
        })
    }

    /// Child elements only.
    pub(super) fn elements(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node<'a>)> {
        self.children(id).filter(|(_, n)| !n.name.is_empty())
    }

    /// The attribute of that name, without regard to case or prefix.
    pub(super) fn attribute(&self, id: NodeId, name: &str) -> Option<&str> {
        self.attributes_of(id)
            .iter()
            .find(|(k, _)| k.eq_ignore_ascii_case(name))
            .or_else(|| {
                self.attributes_of(id).iter().find(|(k, _)| {
                    k.rsplit_once(':')
                        .is_some_and(|(p, l)| p != "xmlns" && l.eq_ignore_ascii_case(name))
                })
            })
            .map(|(_, v)| v.trim())
    }

    pub(super) fn attributes_of(&self, id: NodeId) -> &[(&'a str, Cow<'a, str>)] {
        let Some(node) = self.node(id) else { return &[] };
        self.attributes
            .get(node.attributes.0 as usize..node.attributes.1 as usize)
            .unwrap_or_default()
    }

    /// All text below a node, tags left out.
    pub(super) fn text(&self, id: NodeId) -> String {
        let mut out = String::new();
        self.gather(id, &mut out, 0);
        out
    }

    fn gather(&self, id: NodeId, out: &mut String, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        for (child, node) in self.children(id) {
            if node.name.is_empty() {
                out.push_str(&node.text);
            } else {
                self.gather(child, out, depth + 1);
            }
        }
    }

    /// What stands inside a node as mark-up; `escape` where the texts are XHTML's and not already HTML source.
    pub(super) fn markup(&self, id: NodeId, escape: bool) -> String {
        let mut out = String::new();
        self.write(id, escape, &mut out, 0);
        out
    }

    fn write(&self, id: NodeId, escape: bool, out: &mut String, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        for (child, node) in self.children(id) {
            if node.name.is_empty() {
                if escape {
                    escaped(&node.text, false, out);
                } else {
                    out.push_str(&node.text);
                }
                continue;
            }
            let name = if matches!(node.space, Space::Xhtml | Space::Plain | Space::Atom) {
                node.name
            } else {
                node.full
            };
            out.push('<');
            out.push_str(name);
            let mut attributes: Vec<_> = self.attributes_of(child).iter().collect();
            attributes.sort_by_key(|(k, _)| *k);
            for (key, value) in attributes {
                // pictures and formulas keep their namespace, HTML needs none
                if key.starts_with("xmlns") && node.space != Space::Other {
                    continue;
                }
                out.push(' ');
                out.push_str(key);
                out.push_str("=\"");
                escaped(value, true, out);
                out.push('"');
            }
            if self.children(child).next().is_none() && is_void(name) {
                out.push_str(" />");
                continue;
            }
            out.push('>');
            self.write(child, escape, out, depth + 1);
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        }
    }
}

fn is_void(name: &str) -> bool {
    const VOID: [&str; 14] = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    ];
    VOID.iter().any(|v| name.eq_ignore_ascii_case(v))
}

fn escaped(text: &str, quotes: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if quotes => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

/// Entities that the document declares itself: only short plain texts, never expanded twice.
fn declared_entities<'a>(text: &'a str, entities: &mut Vec<(&'a str, &'a str)>) {
    const DECLARED_MAX: usize = 64;
    const VALUE_BYTES_MAX: usize = 1024;
    let mut rest = text;
    while let Some(at) = rest.find("<!ENTITY") {
        rest = rest.get(at + 8..).unwrap_or("");
        let mut words = rest.splitn(3, ['"', '\'']);
        let (Some(name), Some(value)) = (words.next(), words.next()) else { return };
        let name = name.trim();
        if entities.len() < DECLARED_MAX
            && value.len() <= VALUE_BYTES_MAX
            && !name.is_empty()
            && !name.contains(char::is_whitespace)
        {
            entities.push((name, value));
        }
    }
}

fn own_entities<'a>(text: &'a str, entities: &[(&'a str, &'a str)]) -> Cow<'a, str> {
    if entities.is_empty() || !text.contains('&') {
        return decode(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or(""));
        rest = rest.get(at + 1..).unwrap_or("");
        let end = rest.find(';').unwrap_or(0);
        let name = rest.get(..end).unwrap_or("");
        if let Some((_, value)) = entities.iter().find(|(n, _)| *n == name && end > 0) {
            // the value's own references stay as they are: nothing grows twice
            out.push_str(&decode(value).replace('&', "&amp;"));
            rest = rest.get(end + 1..).unwrap_or("");
        } else {
            out.push('&');
        }
    }
    out.push_str(rest);
    Cow::Owned(decode(&out).into_owned())
}

fn space_of(uri: &str) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let uri = uri.trim_end_matches(['/', '#']);
    let known: [(&str, Space); 30] = [
        ("", Space::Plain),
        ("http://backend.userland.com/rss", Space::Plain),
        ("http://blogs.law.harvard.edu/tech/rss", Space::Plain),
        ("http://purl.org/rss/1.0", Space::Plain),
        ("http://my.netscape.com/rdf/simple/0.9", Space::Plain),
        ("http://example.com/newformat", Space::Plain),
        ("http://example.com/necho", Space::Plain),
        ("http://purl.org/echo", Space::Plain),
        ("uri/of/echo/namespace#", Space::Plain),
        ("http://purl.org/pie", Space::Plain),
        ("http://purl.org/atom/ns", Space::Atom),
        ("http://www.w3.org/2005/atom", Space::Atom),
        ("http://purl.org/rss/1.0/modules/rss091", Space::Plain),
        ("http://www.bloglines.com/about/specs/fac-1.0", Space::Other),
        ("http://purl.org/dc/elements/1.1", Space::Dc),
        ("http://purl.org/dc/elements/1.0", Space::Dc),
        ("http://purl.org/dc/terms", Space::Terms),
        ("http://purl.org/rss/1.0/modules/content", Space::Content),
        ("http://www.itunes.com/dtds/podcast-1.0.dtd", Space::Itunes),
        ("http://example.com/dtds/podcast-1.0.dtd", Space::Itunes),
        ("http://search.yahoo.com/mrss", Space::Media),
        ("http://www.w3.org/1999/xhtml", Space::Xhtml),
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns", Space::Rdf),
        ("http://www.w3.org/xml/1998/namespace", Space::Xml),
        ("http://www.google.com/schemas/sitemap-news/0.9", Space::News),
        ("http://www.sitemaps.org/schemas/sitemap/0.9", Space::Plain),
        ("http://www.google.com/schemas/sitemap/0.84", Space::Plain),
        ("http://rssnamespace.org/feedburner/ext/1.0", Space::Feedburner),
        ("http://backend.userland.com/creativecommonsrssmodule", Space::Creative),
        ("http://www.rssboard.org/media-rss", Space::Media),
    ];
    if let Some((_, space)) = known.iter().find(|(u, _)| *u == uri) {
        return *space;
    }
    if uri.starts_with("http://backend.userland.com/rss")
        || uri.contains("//cyber.law.harvard.edu/rss")
    {
        return Space::Plain;
    }
    if uri.contains("podcast-1.0") {
        return Space::Itunes;
    }
    if uri.contains("sitemap-news") {
        return Space::News;
    }
    if uri.contains("sitemaps.org/schemas/sitemap") {
        return Space::Plain;
    }
    Space::Other
}

/// Prefixes that feeds use without declaring them.
fn space_by_prefix(prefix: &str) -> Space {
    match prefix.to_ascii_lowercase().as_str() {
        "" => Space::Plain,
        "atom" | "a10" => Space::Atom,
        "dc" => Space::Dc,
        "dcterms" => Space::Terms,
        "content" => Space::Content,
        "itunes" => Space::Itunes,
        "media" => Space::Media,
        "xhtml" => Space::Xhtml,
        "rdf" => Space::Rdf,
        "xml" => Space::Xml,
        "news" => Space::News,
        "feedburner" => Space::Feedburner,
        "creativecommons" => Space::Creative,
        _ => Space::Other,
    }
}
