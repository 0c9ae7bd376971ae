//! A page as an arena of nodes: broken nesting mended the way browsers mend it, as far as reading needs it.
//!
//! Absent on purpose: foster parenting, active formatting elements, scripts. Nodes are numbered in the order in which they
//! stand in the page, so a subtree is a range of numbers.

use crate::markup::{Dialect, Token, Tokens};

/// The most nodes of one page; the largest news page seen has 70,000.
pub(super) const NODES_MAX: usize = 400_000;
/// The deepest nesting; what lies deeper hangs on the last level.
pub(super) const DEPTH_MAX: usize = 400;

pub(super) type NodeId = u32;

/// The root of every page.
pub(super) const ROOT: NodeId = 0;

macro_rules! tags {
    ($($tag:ident $name:literal),* $(,)?) => {
        /// The elements that reading a page tells apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) enum Tag { $($tag,)* Text, Other }

        fn tag_of(name: &str) -> Tag {
            // most names in pages are lower-case already
            let mut buffer = [0u8; 12];
            let name = if name.bytes().any(|b| b.is_ascii_uppercase()) {
                let Some(place) = buffer.get_mut(..name.len()) else { return Tag::Other };
                place.copy_from_slice(name.as_bytes());
                place.make_ascii_lowercase();
                std::str::from_utf8(place).unwrap_or("")
            } else {
                name
            };
            match name { $($name => Tag::$tag,)* _ => Tag::Other }
        }
    };
}

tags! {
    Html "html", Head "head", Body "body", Title "title", Meta "meta", Link "link", Script "script",
    Style "style", Base "base", Noscript "noscript", Template "template",
    Main "main", Article "article", Section "section", Div "div", Header "header", Footer "footer",
    Nav "nav", Aside "aside", P "p", H1 "h1", H2 "h2", H3 "h3", H4 "h4", H5 "h5", H6 "h6", Ul "ul",
    Ol "ol", Li "li", Dl "dl", Dt "dt", Dd "dd", Blockquote "blockquote", Pre "pre", Figure "figure",
    Figcaption "figcaption", Table "table", Caption "caption", Thead "thead", Tbody "tbody",
    Tfoot "tfoot", Tr "tr", Td "td", Th "th", A "a", B "b", Strong "strong", I "i", Em "em",
    Span "span", Font "font", U "u", Small "small", Sup "sup", Sub "sub", Br "br", Hr "hr", Img "img",
    Picture "picture", Source "source", Video "video", Audio "audio", Iframe "iframe", Object "object",
    Embed "embed", Svg "svg", Math "math", Canvas "canvas", Form "form", Input "input",
    Button "button", Select "select", Option "option", Textarea "textarea", Label "label",
    Fieldset "fieldset", Time "time", Address "address", Details "details", Summary "summary",
    Cite "cite", Q "q", Center "center", Menu "menu", Dialog "dialog", Wbr "wbr", Col "col",
    Area "area", Track "track", Param "param", Hgroup "hgroup", Search "search",
}

impl Tag {
    /// Ends a paragraph and begins a block of its own.
    pub(super) fn is_block(self) -> bool {
        use Tag::{
            Address, Article, Aside, Blockquote, Body, Caption, Center, Dd, Details, Dialog, Div,
            Dl, Dt, Fieldset, Figcaption, Figure, Footer, Form, H1, H2, H3, H4, H5, H6, Header,
            Hgroup, Hr, Li, Main, Menu, Nav, Ol, P, Pre, Search, Section, Summary, Table, Tbody,
            Td, Tfoot, Th, Thead, Tr, Ul,
        };
        matches!(
            self,
            Address
                | Article
                | Aside
                | Blockquote
                | Body
                | Caption
                | Center
                | Dd
                | Details
                | Dialog
                | Div
                | Dl
                | Dt
                | Fieldset
                | Figcaption
                | Figure
                | Footer
                | Form
                | H1
                | H2
                | H3
                | H4
                | H5
                | H6
                | Header
                | Hgroup
                | Hr
                | Li
                | Main
                | Menu
                | Nav
                | Ol
                | P
                | Pre
                | Search
                | Section
                | Summary
                | Table
                | Tbody
                | Td
                | Tfoot
                | Th
                | Thead
                | Tr
                | Ul
        )
    }

    fn is_void(self) -> bool {
        use Tag::{
            Area, Base, Br, Col, Embed, Hr, Img, Input, Link, Meta, Param, Source, Track, Wbr,
        };
        matches!(
            self,
            Area | Base
                | Br
                | Col
                | Embed
                | Hr
                | Img
                | Input
                | Link
                | Meta
                | Param
                | Source
                | Track
                | Wbr
        )
    }

    pub(super) fn heading(self) -> Option<u8> {
        Some(match self {
            Self::H1 => 1,
            Self::H2 => 2,
            Self::H3 => 3,
            Self::H4 => 4,
            Self::H5 => 5,
            Self::H6 => 6,
            _ => return None,
        })
    }

    /// An end tag inside does not close what is open outside of it.
    fn is_wall(self) -> bool {
        use Tag::{Body, Caption, Html, Table, Td, Template, Th};
        matches!(self, Body | Caption | Html | Table | Td | Template | Th)
    }
}

/// A node: an element, or a text whose entities are not decoded yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    pub(super) tag: Tag,
    pub(super) parent: NodeId,
    /// The node after the last one below this.
    pub(super) end: NodeId,
    /// Text: the text. Element: nothing.
    pub(super) text: &'a str,
    /// `&` in the text means itself.
    pub(super) raw: bool,
    attributes: (u32, u16),
}

#[derive(Debug)]
pub(super) struct Dom<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    attributes: Vec<(&'a str, &'a str)>,
    /// The page has more nodes than are kept.
    pub(super) full: bool,
}

impl<'a> Dom<'a> {
    /// Reads a page.
    pub(super) fn new(html: &'a str) -> Self {
        let mut dom = Self {
            nodes: Vec::with_capacity(html.len() / 48),
            attributes: Vec::with_capacity(html.len() / 64),
            full: false,
        };
        let root =
            Node { tag: Tag::Html, parent: ROOT, end: 0, text: "", raw: false, attributes: (0, 0) };
        dom.nodes.push(root);
        let mut open: Vec<(NodeId, Tag, &'a str)> = vec![(ROOT, Tag::Html, "html")];
        let mut tokens = Tokens::new(html, Dialect::Html);
        let mut keep_raw = true;
        while let Some(token) = tokens.next() {
            if dom.nodes.len() >= NODES_MAX {
                dom.full = true;
                break;
            }
            match token {
                Token::Start { name, closed } => {
                    let tag = tag_of(name);
                    if tag == Tag::Html {
                        dom.adopt_root(&tokens.attributes);
                        continue;
                    }
                    dom.make_room(tag, &mut open);
                    let id = dom.push(&open, tag, "", false, &tokens.attributes);
                    keep_raw = tag != Tag::Style
                        && (tag != Tag::Script || is_data_script(&tokens.attributes));
                    let foreign = closed && matches!(tag, Tag::Other | Tag::Svg);
                    if !tag.is_void() && !foreign && open.len() < DEPTH_MAX {
                        open.push((id, tag, name));
                    } else {
                        dom.finish(id);
                    }
                }
                Token::End { name } => dom.close(tag_of(name), name, &mut open),
                Token::Text(text) => {
                    dom.push(&open, Tag::Text, text, false, &[]);
                }
                Token::Raw(text) => {
                    let raw = open.last().is_some_and(|(_, t, _)| *t == Tag::Script);
                    if keep_raw {
                        dom.push(&open, Tag::Text, text, raw, &[]);
                    }
                }
                Token::Declaration(_) | Token::Instruction(_) => {}
            }
        }
        while let Some((id, ..)) = open.pop() {
            dom.finish(id);
        }
        dom
    }

    fn adopt_root(&mut self, attributes: &[(&'a str, &'a str)]) {
        let from = self.attributes.len() as u32;
        if self.nodes.first().is_some_and(|n| n.attributes.1 == 0) {
            self.attributes.extend_from_slice(attributes);
            if let Some(root) = self.nodes.first_mut() {
                root.attributes = (from, attributes.len() as u16);
            }
        }
    }

    fn push(
        &mut self,
        open: &[(NodeId, Tag, &'a str)],
        tag: Tag,
        text: &'a str,
        raw: bool,
        attributes: &[(&'a str, &'a str)],
    ) -> NodeId {
        let id = self.nodes.len() as NodeId;
        let parent = open.last().map_or(ROOT, |(id, ..)| *id);
        let from = self.attributes.len() as u32;
        self.attributes.extend_from_slice(attributes);
        let attributes = (from, attributes.len() as u16);
        self.nodes.push(Node { tag, parent, end: id + 1, text, raw, attributes });
        id
    }

    /// Notes where the subtree of a closed element ends.
    fn finish(&mut self, id: NodeId) {
        let end = self.nodes.len() as NodeId;
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.end = end;
        }
    }

    fn pop_to(&mut self, at: usize, open: &mut Vec<(NodeId, Tag, &'a str)>) {
        while open.len() > at.max(1) {
            if let Some((id, ..)) = open.pop() {
                self.finish(id);
            }
        }
    }

    /// Closes what the start of `tag` ends by itself.
    fn make_room(&mut self, tag: Tag, open: &mut Vec<(NodeId, Tag, &'a str)>) {
        use Tag::{
            Body, Button, Dd, Dl, Dt, Head, Li, Menu, Ol, Option, P, Select, Table, Tbody, Td,
            Tfoot, Th, Thead, Tr, Ul,
        };
        let (ends, walls): (&[Tag], &[Tag]) = match tag {
            Li => (&[Li], &[Ul, Ol, Menu, Td, Th]),
            Dt | Dd => (&[Dt, Dd], &[Dl, Td, Th]),
            Option => (&[Option], &[Select]),
            Td | Th => (&[Td, Th], &[Tr, Table]),
            Tr => (&[Tr], &[Thead, Tbody, Tfoot, Table]),
            Thead | Tbody | Tfoot => (&[Thead, Tbody, Tfoot], &[Table]),
            Body => (&[Head], &[]),
            Tag::A => (&[Tag::A], &[Tag::Div, P, Td, Li, Tag::Section, Tag::Article]),
            _ => (&[], &[]),
        };
        if !ends.is_empty() {
            let found = open.iter().rposition(|(_, t, _)| ends.contains(t) || walls.contains(t));
            if let Some(at) = found
                && open.get(at).is_some_and(|(_, t, _)| ends.contains(t))
            {
                self.pop_to(at, open);
            }
        }
        if tag.is_block() {
            let found = open.iter().rposition(|(_, t, _)| *t == P || *t == Button || t.is_wall());
            if let Some(at) = found
                && open.get(at).is_some_and(|(_, t, _)| *t == P)
            {
                self.pop_to(at, open);
            }
            // a heading ends the heading before it
            if tag.heading().is_some() && open.last().is_some_and(|(_, t, _)| t.heading().is_some())
            {
                self.pop_to(open.len() - 1, open);
            }
            // a block ends the head that was never closed
            if open.get(1).is_some_and(|(_, t, _)| *t == Head) && open.len() == 2 {
                self.pop_to(1, open);
            }
        }
    }

    fn close(&mut self, tag: Tag, name: &'a str, open: &mut Vec<(NodeId, Tag, &'a str)>) {
        if matches!(tag, Tag::Html | Tag::Body) {
            return;
        }
        let heading = tag.heading().is_some();
        for at in (1..open.len()).rev() {
            let Some((_, other, other_name)) = open.get(at) else { return };
            let same = match tag {
                Tag::Other => *other == Tag::Other && other_name.eq_ignore_ascii_case(name),
                _ => *other == tag || (heading && other.heading().is_some()),
            };
            if same {
                self.pop_to(at, open);
                return;
            }
            // inline ends do not reach through blocks; block ends do not reach through cells
            let table = matches!(
                tag,
                Tag::Table | Tag::Tr | Tag::Tbody | Tag::Thead | Tag::Tfoot | Tag::Td | Tag::Th
            );
            if (!tag.is_block() && tag != Tag::Other && tag != Tag::Head && other.is_block())
                || (other.is_wall() && !table)
                || (table && *other == Tag::Table)
            {
                return;
            }
        }
    }

    pub(super) fn len(&self) -> NodeId {
        self.nodes.len() as NodeId
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&Node<'a>> {
        self.nodes.get(id as usize)
    }

    pub(super) fn tag(&self, id: NodeId) -> Tag {
        self.nodes.get(id as usize).map_or(Tag::Other, |n| n.tag)
    }

    pub(super) fn parent(&self, id: NodeId) -> NodeId {
        self.nodes.get(id as usize).map_or(ROOT, |n| n.parent)
    }

    /// The numbers of the nodes below an element.
    pub(super) fn below(&self, id: NodeId) -> std::ops::Range<NodeId> {
        id + 1..self.nodes.get(id as usize).map_or(id + 1, |n| n.end)
    }

    pub(super) fn attributes(&self, id: NodeId) -> &[(&'a str, &'a str)] {
        let Some(node) = self.node(id) else { return &[] };
        let from = node.attributes.0 as usize;
        self.attributes.get(from..from + node.attributes.1 as usize).unwrap_or_default()
    }

    /// An attribute as written, entities not decoded.
    pub(super) fn attribute(&self, id: NodeId, name: &str) -> Option<&'a str> {
        self.attributes(id).iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
    }

    /// The folded text below an element whose parts are set apart by style sheets: a kicker before the headline.
    pub(super) fn spaced_text(&self, id: NodeId) -> String {
        let mut out = String::new();
        for node in
            self.below(id).filter_map(|i| self.node(i)).filter(|n| n.tag == Tag::Text && !n.raw)
        {
            let part = crate::markup::decode(node.text);
            let joins = out.chars().next_back().is_some_and(char::is_lowercase)
                && part.starts_with(char::is_uppercase);
            if joins {
                out.push(' ');
            }
            crate::markup::push_folded(&part, &mut out);
        }
        out.truncate(out.trim_end().len());
        out
    }

    /// The folded text below an element.
    pub(super) fn text(&self, id: NodeId) -> String {
        let mut out = String::new();
        let mut at = id;
        let end = self.below(id).end;
        while at < end {
            let Some(node) = self.node(at) else { break };
            match node.tag {
                Tag::Text if !node.raw => {
                    crate::markup::push_folded(&crate::markup::decode(node.text), &mut out);
                }
                Tag::Script | Tag::Style => {
                    at = node.end;
                    continue;
                }
                Tag::Br => crate::markup::push_folded(" ", &mut out),
                tag if tag.is_block() => crate::markup::push_folded(" ", &mut out),
                _ => {}
            }
            at += 1;
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// A script that holds data and no program.
fn is_data_script(attributes: &[(&str, &str)]) -> bool {
    attributes
        .iter()
        .any(|(k, v)| k.eq_ignore_ascii_case("type") && v.to_ascii_lowercase().contains("ld+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(dom: &Dom<'_>, id: NodeId, out: &mut String) {
        let mut at = id + 1;
        while at < dom.below(id).end {
            let Some(node) = dom.node(at) else { return };
            if node.tag == Tag::Text {
                out.push_str(node.text.trim());
            } else {
                out.push_str(&format!("{:?}(", node.tag).to_lowercase());
                outline(dom, at, out);
                out.push(')');
            }
            at = node.end;
        }
    }

    fn check(given: &str, wanted: &str) {
        let dom = Dom::new(given);
        let mut out = String::new();
        outline(&dom, ROOT, &mut out);
        assert_eq!(out, wanted, "{given}");
    }

    #[test]
    fn broken_nesting_is_mended() {
        check("<p>a<p>b<div>c</div>d", "p(a)p(b)div(c)d");
        check("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e", "ul(li(a)li(bul(li(c)))li(d))e");
        check("<div><b>a</div>b</b>c", "div(b(a))bc");
        check("<table><tr><td>a</div><td>b</table>c", "table(tr(td(a)td(b)))c");
        check("<h2>a</h3>b", "h2(a)b");
        check("<head><title>a<b></title><p>c", "head(title(a<b>))p(c)");
        check("<a href=x>a<a href=y>b</a>c", "a(a)a(b)c");
        check("<br/><img src=x>a</p>", "br()img()a");
        check("</div></p></b>", "");
    }

    #[test]
    fn a_hostile_page_is_cut_off_at_the_limits() {
        let deep = "<div>".repeat(5000);
        let dom = Dom::new(&deep);
        let mut depth = vec![0_usize; dom.nodes.len()];
        for (id, node) in dom.nodes.iter().enumerate().skip(1) {
            depth[id] = depth[node.parent as usize] + 1;
        }
        assert!(depth.iter().all(|d| *d <= DEPTH_MAX));
        let many = "<b>x".repeat(NODES_MAX);
        assert!(Dom::new(&many).full);
    }
}
