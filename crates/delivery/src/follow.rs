//! Follows: what a reader wants to hear of, as a sentence that a person can read and write.
//!
//! "about metro in Russia, at least 2 outlets, to @channel, digest at 8:00, quiet 22-7" is a [`Follow`], and so is "everything
//! to @channel". [`parse`] reads one, [`Follow`]'s `Display` writes it back, [`matches()`] decides.

mod parse;
mod words;

use std::fmt;

use regex::Regex;
use stories::{Story, Update, UpdateKind};

pub use parse::{FollowError, parse, parse_target};
pub(crate) use words::{fold, is_official, is_topic, stem, terms};

use crate::matcher::Haystack;
use crate::schedule::Schedule;

/// Where a follow's news goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// `telegram`, `webhook`, `email`, `ntfy`, `matrix`, `apprise`, `folder`, `feed`.
    pub kind: String,
    /// Chat id or @name, address, hook.
    pub address: String,
    /// Forum topic; empty for none.
    pub topic: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.as_str() {
            // A person's chat is a bare number: alone it would read as anything.
            "telegram" if self.address.parse::<i64>().is_ok_and(|id| id > 0) => {
                write!(f, "telegram:{}", self.address)?;
            }
            "telegram" | "email" | "webhook" => f.write_str(&self.address)?,
            kind => write!(f, "{kind}:{}", self.address)?,
        }
        if self.topic.is_empty() { Ok(()) } else { write!(f, "/{}", self.topic) }
    }
}

/// One way to be what a follow is about: all of its words have to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topic {
    /// As the person wrote it.
    pub words: String,
    /// What is looked for: for each word its own forms or the topic's words in other languages.
    pub(crate) needs: Vec<Need>,
}

/// A word that has to be there, in any of its forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need {
    /// Stems that are equal.
    pub(crate) stems: Vec<String>,
    /// Beginnings of words.
    pub(crate) prefixes: Vec<String>,
    /// Ends of words.
    pub(crate) suffixes: Vec<String>,
}

/// Where a follow's stories happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Where {
    /// As the person wrote it.
    pub name: String,
    /// ISO 3166-1 alpha-3, where it is a country.
    pub country: Option<String>,
}

/// What a reader wants to hear of.
#[derive(Clone, Debug, Default)]
pub struct Follow {
    /// Topics, any of them; empty: every story.
    pub about: Vec<Topic>,
    /// Topics that it must not be about.
    pub without: Vec<Topic>,
    /// Places, any of them; empty: everywhere.
    pub places: Vec<Where>,
    /// BCP 47 languages that it must be told in, any of them.
    pub languages: Vec<String>,
    /// Outlets that must tell it, any of them.
    pub outlets: Vec<String>,
    /// Outlets that do not count.
    pub not_outlets: Vec<String>,
    /// Who must have said something in it, any of them.
    pub speakers: Vec<String>,
    /// Outlets that tell it, at least.
    pub outlets_min: u32,
    /// Texts of their own, at least.
    pub texts_min: u32,
    /// Dead, at least.
    pub killed_min: u64,
    /// Injured, at least.
    pub injured_min: u64,
    /// Dead or injured at all.
    pub casualties: bool,
    /// Importance of the update, at least; 0 to 1.
    pub importance_min: f32,
    /// Kinds of updates; empty: all.
    pub kinds: Vec<UpdateKind>,
    /// What its text must match (linear time: no expression of a reader's can stop the program).
    pub pattern: Option<Regex>,
    /// Where its news goes; `None`: to the chat that it was written in.
    pub target: Option<Target>,
    /// Digest and quiet hours, where the sentence says so.
    pub schedule: Schedule,
}

impl PartialEq for Follow {
    /// Two follows are the same when they read the same.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

/// Decides whether a story with this update is what the reader follows.
///
/// It sees the headline, places, figures, statements, outlets and the update's own words; [`crate::Matcher`] sees the article's
/// text as well, where the caller hands it over.
pub fn matches(follow: &Follow, story: &Story, update: &Update) -> bool {
    follow.wants(&Haystack::new(story, std::slice::from_ref(update), &[]))
}

impl Follow {
    /// Decides for a haystack that was built once for all follows.
    pub(crate) fn wants(&self, hay: &Haystack<'_>) -> bool {
        let story = hay.story;
        let outlets = hay.outlets();
        let counted = if self.not_outlets.is_empty() {
            outlets.len()
        } else {
            outlets.iter().filter(|o| !named(&self.not_outlets, o)).count()
        };
        counted >= self.outlets_min.max(1) as usize
            && story.independent_texts >= self.texts_min
            && (self.about.is_empty() || self.about.iter().any(|t| hay.has_topic(t)))
            && !self.without.iter().any(|t| hay.has_topic(t))
            && (self.places.is_empty() || self.places.iter().any(|p| hay.has_place(p)))
            && (self.languages.is_empty() || self.languages.iter().any(|l| hay.has_language(l)))
            && (self.outlets.is_empty() || outlets.iter().any(|o| named(&self.outlets, o)))
            && (self.speakers.is_empty() || self.speakers.iter().any(|s| hay.has_speaker(s)))
            && hay.killed >= self.killed_min
            && hay.injured >= self.injured_min
            && (!self.casualties || hay.killed + hay.injured > 0)
            && hay.importance >= self.importance_min
            && (self.kinds.is_empty() || hay.updates.iter().any(|u| self.kinds.contains(&u.kind)))
            && self.pattern.as_ref().is_none_or(|p| hay.matches(p))
    }
}

fn named(names: &[String], outlet: &str) -> bool {
    let outlet = fold(outlet);
    names.iter().any(|name| outlet.contains(&fold(name)))
}

impl fmt::Display for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |names: Vec<&str>| names.join(" or ");
        let mut parts: Vec<String> = Vec::new();
        let places = join(self.places.iter().map(|p| p.name.as_str()).collect());
        let about = join(self.about.iter().map(|t| t.words.as_str()).collect());
        parts.push(match (about.is_empty(), places.is_empty()) {
            (true, true) => "everything".to_owned(),
            (true, false) => format!("everything in {places}"),
            (false, true) => format!("about {about}"),
            (false, false) => format!("about {about} in {places}"),
        });
        if !self.without.is_empty() {
            parts.push(format!(
                "without {}",
                join(self.without.iter().map(|t| t.words.as_str()).collect())
            ));
        }
        if !self.speakers.is_empty() {
            parts.push(format!(
                "said by {}",
                join(self.speakers.iter().map(String::as_str).collect())
            ));
        }
        if !self.outlets.is_empty() {
            parts.push(format!("from {}", join(self.outlets.iter().map(String::as_str).collect())));
        }
        if !self.not_outlets.is_empty() {
            parts.push(format!(
                "not from {}",
                join(self.not_outlets.iter().map(String::as_str).collect())
            ));
        }
        if !self.languages.is_empty() {
            let names = self.languages.iter().map(|code| parse::language_name(code)).collect();
            parts.push(format!("told in {}", join(names)));
        }
        if self.outlets_min > 1 {
            parts.push(format!("at least {} outlets", self.outlets_min));
        }
        if self.texts_min > 1 {
            parts.push(format!("at least {} independent texts", self.texts_min));
        }
        if self.killed_min > 0 {
            parts.push(format!("at least {} dead", self.killed_min));
        }
        if self.injured_min > 0 {
            parts.push(format!("at least {} injured", self.injured_min));
        }
        if self.casualties {
            parts.push("with dead or injured".to_owned());
        }
        if self.importance_min > 0.0 {
            if (self.importance_min - parse::BIG_NEWS).abs() < 0.001 {
                parts.push("only big news".to_owned());
            } else {
                parts.push(format!("importance {} or more", self.importance_min));
            }
        }
        for kind in &self.kinds {
            parts.push(format!("only {}", parse::kind_name(*kind)));
        }
        if let Some(pattern) = &self.pattern {
            parts.push(format!("matching /{}/", pattern.as_str()));
        }
        if let Some(target) = &self.target {
            parts.push(format!("to {target}"));
        }
        let schedule = self.schedule.to_string();
        if !schedule.is_empty() {
            parts.push(schedule);
        }
        f.write_str(&parts.join(", "))
    }
}
