//! RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, CDF: one mapping for all, because feeds mix their words.

use base64::Engine;

use super::sitemap::ENTRIES_MAX;
use super::tree::{NodeId, Space, Tree};
use super::{About, Author, Enclosure, Entry, Feed, FeedHint, opml, people, sitemap};
use crate::{Moment, date, markup, url};

/// Reads a listing in XML; leaves the format empty where it is none.
pub(super) fn read(text: &str, hint: &FeedHint, feed: &mut Feed) {
    let tree = Tree::new(text);
    if tree.full {
        feed.doubt("feed.too-many-nodes", "only the first 3,000,000 nodes were read");
    }
    if tree.unclosed {
        feed.doubt(
            "feed.not-well-formed",
            "elements are not closed in order; read as they seem meant",
        );
    }
    let Some(root) = find_root(&tree, 0, 0) else { return };
    let name = tree.node(root).map_or(String::new(), |n| n.name.to_ascii_lowercase());
    match name.as_str() {
        "urlset" | "sitemapindex" => return sitemap::read(&tree, root, feed),
        "opml" => return opml::read(&tree, root, feed),
        _ => {}
    }
    feed.format = format_of(&tree, root, &name);
    let context =
        Context { base: hint.url.clone(), language: None, base_known: hint.url.is_some() }
            .below(&tree, root);
    let mut reader = Reader { tree: &tree, feed, items: Vec::new() };
    let channel = if matches!(name.as_str(), "rss" | "rdf") {
        tree.elements(root).find(|(_, n)| n.name.eq_ignore_ascii_case("channel")).map(|(id, _)| id)
    } else {
        Some(root)
    };
    if channel != Some(root) {
        reader.collect(root, &context);
    }
    if let Some(channel) = channel {
        let inner = if channel == root { context } else { context.below(&tree, channel) };
        reader.about(channel, &inner);
    }
    // RDF lists its items beside the channel, and they may stand before it
    reader.items.sort_by_key(|(id, _)| *id);
    for (id, context) in std::mem::take(&mut reader.items) {
        if reader.feed.entries.len() == ENTRIES_MAX {
            reader.feed.doubt("feed.too-many-entries", "only the first 100,000 entries were read");
            break;
        }
        let entry = reader.entry(id, &context);
        reader.feed.entries.push(entry);
    }
}

/// The element that is a listing, at the top or a little below it.
fn find_root(tree: &Tree<'_>, id: NodeId, depth: usize) -> Option<NodeId> {
    const ROOTS: [&str; 7] = ["rss", "rdf", "feed", "channel", "urlset", "sitemapindex", "opml"];
    for (child, node) in tree.elements(id) {
        if ROOTS.iter().any(|r| node.name.eq_ignore_ascii_case(r)) {
            return Some(child);
        }
    }
    if depth == 2 {
        return None;
    }
    tree.elements(id).find_map(|(child, _)| find_root(tree, child, depth + 1))
}

fn format_of(tree: &Tree<'_>, root: NodeId, name: &str) -> String {
    let uri = tree.attributes_of(root).iter().find(|(k, _)| k.starts_with("xmlns")).map(|(_, v)| v);
    let format = match name {
        "rss" => match tree.attribute(root, "version") {
            Some(version) if version.starts_with("0.") => "rss09",
            _ => "rss20",
        },
        "rdf" => {
            let old = tree.attributes_of(root).iter().any(|(_, v)| v.contains("rdf/simple/0.9"));
            if old { "rss09" } else { "rss10" }
        }
        "feed" => {
            let version = tree.attribute(root, "version").unwrap_or("");
            let old = uri.is_some_and(|u| u.contains("purl.org/atom")) || version.starts_with("0.");
            if old { "atom03" } else { "atom10" }
        }
        _ => "rss09",
    };
    format.to_owned()
}

/// The inside of a `<div>` that is wrapped around all of it.
fn inside_div(text: &str) -> &str {
    text.strip_prefix("<div>")
        .and_then(|t| t.strip_suffix("</div>"))
        .filter(|t| !t.contains("<div") && !t.contains("</div"))
        .map_or(text, str::trim)
}

/// What an element inherits.
#[derive(Clone, Debug)]
struct Context {
    base: Option<String>,
    base_known: bool,
    language: Option<String>,
}

impl Context {
    fn below(&self, tree: &Tree<'_>, id: NodeId) -> Self {
        let mut out = self.clone();
        for (key, value) in tree.attributes_of(id) {
            if key.eq_ignore_ascii_case("xml:base") {
                let joined = self
                    .base
                    .as_deref()
                    .filter(|_| self.base_known)
                    .and_then(|b| ::url::Url::parse(b).ok()?.join(value.trim()).ok())
                    .map(String::from);
                out.base = joined.or_else(|| Some(value.trim().to_owned()));
                out.base_known = true;
            } else if key.eq_ignore_ascii_case("xml:lang") {
                out.language = Some(value.trim().to_owned()).filter(|l| !l.is_empty());
            }
        }
        out
    }

    fn link(&self, link: &str) -> String {
        let link = link.trim();
        if link.contains(char::is_whitespace) && !link.contains("://") {
            return link.to_owned();
        }
        match &self.base {
            Some(base) if !link.contains("://") => {
                url::join(Some(base), link).unwrap_or_else(|| link.to_owned())
            }
            _ => link.to_owned(),
        }
    }
}

struct Reader<'t, 'a, 'f> {
    tree: &'t Tree<'a>,
    feed: &'f mut Feed,
    items: Vec<(NodeId, Context)>,
}

/// Sets a field once: the first word counts.
fn once<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

impl Reader<'_, '_, '_> {
    fn collect(&mut self, parent: NodeId, context: &Context) {
        for (id, node) in self.tree.elements(parent) {
            let item =
                node.name.eq_ignore_ascii_case("item") || node.name.eq_ignore_ascii_case("entry");
            if item && matches!(node.space, Space::Plain | Space::Atom) {
                self.items.push((id, context.below(self.tree, id)));
            } else if node.name.eq_ignore_ascii_case("items") {
                // RSS 1.0's table of contents; some feeds put the items themselves into it
                self.collect(id, context);
            }
        }
    }

    fn about(&mut self, channel: NodeId, context: &Context) {
        let mut about = About { language: context.language.clone(), ..About::default() };
        let mut item_words = (None, None);
        if let Some(href) = self.tree.attribute(channel, "href") {
            about.link = Some(context.link(href));
        }
        self.collect(channel, context);
        for (id, node) in self.tree.elements(channel) {
            let name = node.name.to_ascii_lowercase();
            let core = matches!(node.space, Space::Plain | Space::Atom);
            let text = || self.plain(id);
            match (node.space, name.as_str()) {
                (Space::Plain | Space::Atom, "title") => about.title = self.construct(id, context),
                (Space::Dc, "title") => once(&mut about.title, self.construct(id, context)),
                (Space::Plain | Space::Atom, "id" | "guid") => about.id = text(),
                (Space::Plain | Space::Atom, "link") => self.channel_link(id, context, &mut about),
                (Space::Plain | Space::Atom, "subtitle" | "tagline") => {
                    about.subtitle = self.construct(id, context);
                }
                (Space::Plain | Space::Atom, "description" | "abstract") => {
                    about.description = self.construct(id, context);
                }
                (Space::Dc, "description") => {
                    once(&mut about.description, self.construct(id, context));
                }
                (Space::Plain | Space::Atom, "info") => about.info = self.construct(id, context),
                (Space::Feedburner, "browserfriendly") => {
                    once(&mut about.info, self.construct(id, context));
                }
                (Space::Itunes, "subtitle") => item_words.0 = self.construct(id, context),
                (Space::Itunes, "summary") => item_words.1 = self.construct(id, context),
                (Space::Plain | Space::Dc, "language") => once(&mut about.language, text()),
                (Space::Plain | Space::Atom | Space::Dc, "rights" | "copyright") => {
                    about.rights = self.construct(id, context);
                }
                (Space::Plain | Space::Atom, "pubdate" | "published" | "issued") => {
                    once(&mut about.published, self.moment(id));
                }
                (Space::Terms, "issued" | "created") => once(&mut about.published, self.moment(id)),
                (_, "lastbuilddate" | "updated" | "modified")
                    if core || node.space == Space::Terms =>
                {
                    once(&mut about.updated, self.moment(id));
                }
                (Space::Dc, "date") => once(&mut about.updated, self.moment(id)),
                (Space::Plain | Space::Atom | Space::Dc | Space::Itunes, "author" | "creator")
                | (Space::Plain, "managingeditor" | "webmaster") => {
                    self.author(id, &name, context, &mut about.authors);
                }
                (Space::Itunes, "owner") if about.authors.is_empty() => {
                    self.author(id, &name, context, &mut about.authors);
                }
                (
                    Space::Plain | Space::Atom | Space::Dc | Space::Itunes | Space::Media,
                    "category" | "subject" | "keywords",
                ) => self.categories(id, &name, &mut about.categories),
                _ => {}
            }
        }
        once(&mut about.subtitle, item_words.0);
        once(&mut about.description, item_words.1);
        if about.description.is_none() {
            about.description.clone_from(&about.subtitle);
        }
        self.feed.feed = about;
    }

    /// A `<link>` of the listing: Atom's with its relation, RSS's as text.
    fn channel_link(&self, id: NodeId, context: &Context, about: &mut About) {
        let context = context.below(self.tree, id);
        let Some(href) = self.tree.attribute(id, "href") else {
            // several links in RSS: the last one is the page, the others are feeds' own inventions
            about.link = self.plain(id).map(|l| context.link(&l)).or(about.link.take());
            return;
        };
        let link = Some(context.link(href));
        match self.tree.attribute(id, "rel").unwrap_or("alternate") {
            _ if self.is_rss_link(id) => about.link = link,
            "alternate" | "" => once(&mut about.link, link),
            "self" => once(&mut about.self_link, link),
            "hub" => once(&mut about.hub, link),
            "next" => once(&mut about.next, link),
            _ => {}
        }
    }

    fn entry(&self, id: NodeId, context: &Context) -> Entry {
        let mut entry = Entry::default();
        let mut guid_is_link = true;
        let mut body = None;
        let mut itunes_summary = None;
        let mut media = (None, None, Vec::new());
        let mut dc_title = None;
        let mut authors = Vec::new();
        let mut itunes_authors = Vec::new();
        if let Some(href) = self.tree.attribute(id, "href") {
            entry.link = Some(context.link(href));
        }
        for (child, node) in self.tree.elements(id) {
            let name = node.name.to_ascii_lowercase();
            let text = || self.plain(child);
            match (node.space, name.as_str()) {
                (Space::Plain | Space::Atom, "title") => {
                    once(&mut entry.title, self.construct(child, context));
                }
                (Space::Dc, "title") => once(&mut dc_title, self.construct(child, context)),
                (Space::Media, "title") => once(&mut media.0, self.construct(child, context)),
                (Space::Media, "description") => once(&mut media.1, self.construct(child, context)),
                (Space::Plain | Space::Atom, "id" | "guid") => {
                    guid_is_link = name == "guid"
                        && !self
                            .tree
                            .attribute(child, "isPermaLink")
                            .is_some_and(|v| v.eq_ignore_ascii_case("false"));
                    once(&mut entry.id, text());
                }
                (Space::Dc, "identifier") => once(&mut entry.id, text()),
                (Space::Plain | Space::Atom, "link") => self.entry_link(child, context, &mut entry),
                (Space::Plain | Space::Atom, "description" | "abstract")
                | (Space::Dc, "description") => {
                    once(&mut entry.summary, self.construct(child, context));
                }
                (Space::Plain | Space::Atom, "summary") => {
                    // RSS items have a description and now and then a summary too: then the latter is the longer text
                    let value = self.construct(child, context);
                    if entry.summary.is_none() {
                        entry.summary = value;
                    } else {
                        once(&mut entry.content, value);
                    }
                }
                (Space::Itunes, "summary") => itunes_summary = self.construct(child, context),
                (Space::Itunes, "subtitle") => entry.subtitle = self.construct(child, context),
                (Space::Plain | Space::Atom, "content" | "fullitem" | "prodlink")
                | (Space::Content, "encoded")
                | (Space::Xhtml, "body" | "div") => {
                    let inner = context.below(self.tree, child);
                    let value = if node.space == Space::Xhtml {
                        Some(self.tree.markup(child, true).trim().to_owned())
                    } else {
                        self.construct(child, context)
                    };
                    if entry.content.is_none() && value.is_some() {
                        entry.content_language = inner.language;
                        entry.content = value;
                    }
                }
                (Space::Plain, "body") => body = self.construct(child, context),
                (Space::Plain | Space::Atom, "pubdate" | "published" | "issued")
                | (Space::Terms, "issued") => {
                    once(&mut entry.published, self.moment(child));
                }
                (Space::Plain | Space::Atom | Space::Terms, "created") => {
                    entry.created = self.moment(child).or(entry.created);
                }
                (
                    Space::Plain | Space::Atom | Space::Terms,
                    "updated" | "modified" | "lastbuilddate",
                )
                | (Space::Plain | Space::Dc, "date") => {
                    once(&mut entry.updated, self.moment(child));
                }
                (Space::Plain | Space::Atom | Space::Dc, "author" | "creator") => {
                    self.author(child, &name, context, &mut authors);
                }
                (Space::Itunes, "author") => {
                    self.author(child, &name, context, &mut itunes_authors);
                }
                (
                    Space::Plain | Space::Atom | Space::Dc | Space::Itunes,
                    "category" | "subject" | "keywords",
                ) => self.categories(child, &name, &mut entry.categories),
                (Space::Media, "category" | "keywords") => {
                    self.categories(child, &name, &mut media.2);
                }
                (Space::Plain, "enclosure") => {
                    entry.enclosures.extend(self.enclosure(child, "url", context));
                }
                (Space::Plain | Space::Atom | Space::Dc, "rights" | "copyright") => {
                    entry.rights = self.construct(child, context);
                }
                (Space::Plain | Space::Dc, "language") => entry.language = text(),
                (Space::Plain | Space::Atom, "source") => {
                    let title = self
                        .tree
                        .elements(child)
                        .find(|(_, n)| n.name.eq_ignore_ascii_case("title"));
                    entry.outlet = title.map_or_else(text, |(t, _)| self.plain(t));
                    if authors.is_empty() {
                        for (inner, _) in
                            self.tree.elements(child).filter(|(_, n)| n.name == "author")
                        {
                            self.author(inner, "author", context, &mut itunes_authors);
                        }
                    }
                }
                _ => {}
            }
        }
        once(&mut entry.title, dc_title);
        once(&mut entry.title, media.0);
        once(&mut entry.content, body);
        if entry.summary.is_none() && entry.content.is_none() {
            entry.summary = media.1;
        }
        match itunes_summary {
            Some(text) if entry.summary.is_none() => entry.summary = Some(text),
            Some(text) if entry.content.is_none() && entry.summary.as_ref() != Some(&text) => {
                entry.content = Some(text);
            }
            _ => {}
        }
        if entry.categories.is_empty() {
            entry.categories = media.2;
        }
        entry.authors = if authors.is_empty() { itunes_authors } else { authors };
        once(&mut entry.language, context.language.clone());
        if let Some(about) = self.tree.attribute(id, "rdf:about") {
            once(&mut entry.id, Some(about.to_owned()));
            once(&mut entry.link, Some(context.link(about)));
        }
        if guid_is_link && let Some(guid) = &entry.id {
            let link = context.link(guid);
            if link.contains("://") {
                once(&mut entry.link, Some(link));
            }
        }
        entry
    }

    fn entry_link(&self, id: NodeId, context: &Context, entry: &mut Entry) {
        let context = context.below(self.tree, id);
        let Some(href) = self.tree.attribute(id, "href") else {
            entry.link = self.plain(id).map(|l| context.link(&l)).or(entry.link.take());
            return;
        };
        match self.tree.attribute(id, "rel").unwrap_or("alternate") {
            _ if self.is_rss_link(id) => entry.link = Some(context.link(href)),
            "alternate" | "" => once(&mut entry.link, Some(context.link(href))),
            "enclosure" => entry.enclosures.extend(self.enclosure(id, "href", &context)),
            _ => {}
        }
    }

    /// RSS's own `<link>` written as Atom's, without a relation.
    fn is_rss_link(&self, id: NodeId) -> bool {
        self.tree.node(id).is_some_and(|n| n.space == Space::Plain)
            && self.tree.attribute(id, "rel").is_none()
    }

    fn enclosure(&self, id: NodeId, key: &str, context: &Context) -> Option<Enclosure> {
        let address = self.tree.attribute(id, key).filter(|a| !a.is_empty())?;
        Some(Enclosure {
            url: Some(context.link(address)),
            media_type: self
                .tree
                .attribute(id, "type")
                .map(str::to_owned)
                .filter(|t| !t.is_empty()),
            length: self.tree.attribute(id, "length").and_then(|l| l.parse().ok()),
        })
    }

    fn author(&self, id: NodeId, name: &str, context: &Context, out: &mut Vec<Author>) {
        let context = &context.below(self.tree, id);
        let mut author = Author::default();
        let mut parts = false;
        for (child, node) in self.tree.elements(id) {
            match node.name.to_ascii_lowercase().as_str() {
                "name" => author.name = self.plain(child),
                "email" => author.email = self.plain(child),
                "uri" | "url" | "homepage" => {
                    author.url =
                        self.plain(child).map(|u| context.below(self.tree, child).link(&u));
                }
                _ => continue,
            }
            parts = true;
        }
        if parts {
            if author.email.is_none()
                && let Some(name) = &author.name
            {
                author = Author { url: author.url, ..people::split(name) };
            }
        } else {
            let Some(text) = self.plain(id) else { return };
            // dc:creator now and then holds a list; RSS's author is one mailbox
            if name == "creator" {
                for one in people::list(&text) {
                    let author = people::split(&one);
                    if !out.contains(&author) {
                        out.push(author);
                    }
                }
                return;
            }
            author = people::split(&text);
        }
        if author != Author::default() && !out.contains(&author) {
            out.push(author);
        }
    }

    fn categories(&self, id: NodeId, name: &str, out: &mut Vec<String>) {
        let mut push = |term: &str| {
            let term = term.trim();
            if !term.is_empty() && !out.iter().any(|t| t == term) {
                out.push(term.to_owned());
            }
        };
        let given = ["term", "text", "label"].iter().find_map(|key| self.tree.attribute(id, key));
        let text = self.plain(id);
        match (given, text) {
            (_, Some(text)) if name == "keywords" => text.split(',').for_each(push),
            (Some(term), _) => push(term),
            (None, Some(text)) => push(&text),
            _ => {}
        }
        for (child, node) in self.tree.elements(id) {
            if node.name.eq_ignore_ascii_case("category") {
                self.categories(child, "category", out);
            }
        }
    }

    fn moment(&self, id: NodeId) -> Option<Moment> {
        date::parse(&self.plain(id)?)
    }

    /// Text without tags, cut off at both ends; `None` where empty.
    fn plain(&self, id: NodeId) -> Option<String> {
        let text = self.tree.text(id);
        let text = text.trim();
        if text.is_empty() { None } else { Some(text.to_owned()) }
    }

    /// A title or a text: plain, HTML source, XHTML or base64, as its attributes say.
    fn construct(&self, id: NodeId, context: &Context) -> Option<String> {
        let kind = self.tree.attribute(id, "type").unwrap_or("").to_ascii_lowercase();
        let mode = self.tree.attribute(id, "mode").unwrap_or("").to_ascii_lowercase();
        let binary = kind.contains('/')
            && !kind.starts_with("text/")
            && !kind.ends_with("xml")
            && !kind.starts_with("application/xhtml");
        let has_elements = self.tree.elements(id).next().is_some();
        let text = if mode == "base64" || (binary && !has_elements) {
            let source: String = self.tree.text(id).split_whitespace().collect();
            let decoded = base64::engine::general_purpose::STANDARD.decode(&source).ok();
            // a type nobody knows may be text all the same
            decoded.and_then(|b| String::from_utf8(b).ok()).unwrap_or_else(|| self.tree.text(id))
        } else if kind == "xhtml" || kind.ends_with("xml") || (mode == "xml" && has_elements) {
            let mut elements = self.tree.elements(id);
            let first = elements.next();
            let only_div = elements.next().is_none();
            match first {
                Some((div, node)) if only_div && node.name.eq_ignore_ascii_case("div") => {
                    self.tree.markup(div, true)
                }
                _ => self.tree.markup(id, true),
            }
        } else if has_elements {
            self.tree.markup(id, false)
        } else {
            self.tree.text(id)
        };
        let text = if kind == "html" { inside_div(text.trim()) } else { text.trim() };
        if text.is_empty() {
            return None;
        }
        let inner = context.below(self.tree, id);
        match &inner.base {
            Some(base) if text.contains('<') => Some(markup::resolve(text, base)),
            _ => Some(text.to_owned()),
        }
    }
}
