//! Changes by hand: a person renames, mutes, merges or parts stories, and takes it back.
//!
//! What a person did is not undone by the repairs that follow from the numbers: the story remembers it.

use serde::{Deserialize, Serialize};

use crate::shelf::Shelf;
use crate::{ArticleId, Story, StoryId};

/// The longest title by hand, characters.
pub const TITLE_CHARS_MAX: usize = 300;

/// What a person wants changed in a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Edit {
    /// Another headline; without one the program chooses again from the next article on.
    Rename {
        /// The headline.
        title: String,
        /// It stays, whatever headline comes.
        keep: bool,
    },
    /// Nothing of it is sent any more, or again.
    Mute {
        /// Silent.
        muted: bool,
    },
    /// It is the same as another story, into which it goes.
    Merge {
        /// The story that stays.
        into: StoryId,
    },
    /// Some of its articles, with the copies of their texts, are a story of their own.
    Split {
        /// Those that go.
        articles: Vec<ArticleId>,
        /// Under which id: that of a story that was merged before; `None`: a new one.
        back: Option<StoryId>,
    },
}

/// What an edit did.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The stories that changed, as they now are: rows to keep.
    pub changed: Vec<Story>,
    /// What takes it back, and on which story.
    pub undo: (StoryId, Edit),
}

/// What a person set in a story.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// The headline stays.
    #[serde(default, skip_serializing_if = "is_false")]
    pub title: bool,
    /// Nothing of it is sent.
    #[serde(default, skip_serializing_if = "is_false")]
    pub muted: bool,
    /// Its articles belong together: it is not parted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub whole: bool,
    /// Stories that it is not: never merged with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<StoryId>,
}

impl ByHand {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Does what needs one story alone; `None`: the edit needs the shelf. Gives what takes it back.
///
/// # Errors
///
/// Why it cannot be done, for a person.
pub fn edit_alone(story: &mut Story, edit: &Edit) -> Option<Result<Edit, &'static str>> {
    match edit {
        Edit::Rename { title, keep } => {
            let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
            if title.is_empty() || title.chars().count() > TITLE_CHARS_MAX {
                return Some(Err("a headline has 1 to 300 characters"));
            }
            let before = std::mem::replace(&mut story.title, title);
            let kept = std::mem::replace(&mut story.by_hand.title, *keep);
            Some(Ok(Edit::Rename { title: before, keep: kept }))
        }
        Edit::Mute { muted } => {
            let before = std::mem::replace(&mut story.by_hand.muted, *muted);
            Some(Ok(Edit::Mute { muted: before }))
        }
        Edit::Merge { .. } | Edit::Split { .. } => None,
    }
}

impl Shelf {
    /// Does what a person wants.
    ///
    /// # Errors
    ///
    /// Why it cannot be done, for a person; nothing was then changed.
    pub fn edit(&mut self, story: StoryId, edit: &Edit) -> Result<Edited, &'static str> {
        let id = self.leads_to(story);
        self.warm(&[id]);
        let quiet =
            "this story is no longer live: nothing joins it any more, so it is left as it is";
        if !self.live.contains_key(&id) {
            return Err(quiet);
        }
        match edit {
            Edit::Rename { .. } | Edit::Mute { .. } => {
                let story = self.stories.get_mut(&id).ok_or(quiet)?;
                let undo = edit_alone(story, edit).ok_or("this needs more than one story")??;
                Ok(Edited { changed: vec![story.clone()], undo: (id, undo) })
            }
            Edit::Merge { into } => {
                let into = self.leads_to(*into);
                self.warm(&[into]);
                if into == id {
                    return Err("a story cannot go into itself");
                }
                if !self.live.contains_key(&into) {
                    return Err("there is no live story of that name");
                }
                self.merge_by_hand(id, into)
            }
            Edit::Split { articles, back } => self.split_by_hand(id, articles, *back),
        }
    }

    fn merge_by_hand(&mut self, goes: StoryId, into: StoryId) -> Result<Edited, &'static str> {
        let moved: Vec<ArticleId> = self
            .stories
            .get(&goes)
            .map(|s| s.members.iter().map(|m| m.article).collect())
            .unwrap_or_default();
        let gone = self.pour(goes, into).ok_or("the two could not be merged")?;
        let stays = self.stories.get_mut(&into).ok_or("the two could not be merged")?;
        stays.by_hand.whole = true;
        stays.by_hand.apart.retain(|id| *id != goes);
        let changed = vec![stays.clone(), gone];
        Ok(Edited { changed, undo: (into, Edit::Split { articles: moved, back: Some(goes) }) })
    }

    fn split_by_hand(
        &mut self,
        id: StoryId,
        articles: &[ArticleId],
        back: Option<StoryId>,
    ) -> Result<Edited, &'static str> {
        let members = self.stories.get(&id).map(|s| s.members.clone()).unwrap_or_default();
        let goes = |m: &crate::Member| {
            articles.contains(&m.article) || m.copy_of.is_some_and(|c| articles.contains(&c))
        };
        let going = members.iter().filter(|m| goes(m)).count();
        if going == 0 {
            return Err("none of these articles is in the story");
        }
        if going == members.len() {
            return Err("one article at least has to stay");
        }
        // An id that was merged away into this story comes back to life; else the first article's, as for every story.
        let new = match back {
            Some(old) if self.leads_to(old) == id && old != id => old,
            _ => members
                .iter()
                .filter(|m| goes(m))
                .map(|m| StoryId(m.article.0))
                .find(|new| !self.is_taken(*new))
                .or_else(|| self.free_id(articles))
                .ok_or("there is no id left for it")?,
        };
        let before = self.stories.get(&new).map_or(0, |s| s.revision);
        self.move_apart(id, articles, new).ok_or("the story could not be parted")?;
        for (one, other) in [(id, new), (new, id)] {
            if let Some(story) = self.stories.get_mut(&one) {
                story.by_hand.whole = false;
                story.by_hand.apart.retain(|known| *known != other);
                story.by_hand.apart.push(other);
                // Its counter goes on: a message of before is never mistaken for one of now.
                story.revision = story.revision.max(before + 1);
            }
        }
        let changed = [id, new].iter().filter_map(|id| self.stories.get(id).cloned()).collect();
        Ok(Edited { changed, undo: (new, Edit::Merge { into: id }) })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{Arriving, Options};

    /// Two quite different events, two articles each.
    fn shelf() -> (Shelf, StoryId, StoryId) {
        let mut shelf = Shelf::new(Options::default());
        let fire = "Fire destroys the harbour hall in Alden. Flames rose over the harbour hall of Alden on Monday. Two people were killed, the fire chief Ida Moor said.";
        let vote = "Parliament votes for the railway law in Corvania. The railway law passed with ninety votes in Corvania. Minister Jonas Field called it overdue.";
        let mut ids = Vec::new();
        for (n, text) in [fire, fire, vote, vote].into_iter().enumerate() {
            let text = format!("{text} Our reporter number {n} was there and saw it with others.");
            let article = article::Article {
                title: Some(text.split(". ").next().unwrap_or("").to_owned()),
                language: Some("en".into()),
                text,
                ..article::Article::default()
            };
            let doc = language::segment(&article.text, language::Lang::EN);
            let reading = reading::read(&article, &doc, reading::Knowledge::default());
            let at = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(480_000 + n as i64);
            let arriving = Arriving {
                id: ArticleId(n as i64 + 1),
                outlet: if n % 2 == 0 { "Ledger" } else { "Gazette" },
                article: &article,
                reading: &reading,
                at,
                vector: None,
            };
            ids.push(shelf.arrive(arriving, at).story);
        }
        assert_eq!((ids[0] == ids[1], ids[2] == ids[3], ids[0] == ids[2]), (true, true, false));
        (shelf, ids[0], ids[2])
    }

    fn members(shelf: &Shelf, id: StoryId) -> Vec<i64> {
        let mut all: Vec<i64> = shelf
            .story(id)
            .map(|s| s.members.iter().map(|m| m.article.0).collect())
            .unwrap_or_default();
        all.sort_unstable();
        all
    }

    #[test]
    fn what_was_merged_by_hand_can_be_taken_back() {
        let (mut shelf, fire, vote) = shelf();
        let (old_fire, old_vote) = (members(&shelf, fire), members(&shelf, vote));
        let done = shelf.edit(vote, &Edit::Merge { into: fire }).unwrap();
        assert_eq!(members(&shelf, vote), members(&shelf, fire), "the old id leads to the story");
        assert_eq!(members(&shelf, fire).len(), 4);
        let (on, undo) = done.undo;
        shelf.edit(on, &undo).unwrap();
        assert_eq!((members(&shelf, fire), members(&shelf, vote)), (old_fire, old_vote));
        assert_eq!(shelf.story(vote).map(|s| s.id), Some(vote), "under its old id");
    }

    #[test]
    fn a_story_is_parted_and_stays_so() {
        let (mut shelf, fire, vote) = shelf();
        shelf.edit(vote, &Edit::Merge { into: fire }).unwrap();
        let articles = vec![ArticleId(3), ArticleId(4)];
        let done = shelf.edit(fire, &Edit::Split { articles, back: None }).unwrap();
        let new = done.changed.iter().find(|s| s.id != fire).unwrap();
        assert!(new.by_hand.apart.contains(&fire), "{:?}", new.by_hand);
        assert_eq!(members(&shelf, new.id), [3, 4]);
        assert!(!new.title.is_empty());
        for (articles, words) in [
            (vec![ArticleId(9)], "none of these articles is in the story"),
            (vec![ArticleId(1), ArticleId(2)], "one article at least has to stay"),
        ] {
            let error = shelf.edit(fire, &Edit::Split { articles, back: None });
            assert_eq!(error.err(), Some(words));
        }
        assert_eq!(
            shelf.edit(fire, &Edit::Merge { into: fire }).err(),
            Some("a story cannot go into itself")
        );
    }

    #[test]
    fn a_headline_by_hand_stays() {
        let (mut shelf, fire, _) = shelf();
        let before = shelf.story(fire).unwrap().title.clone();
        let rename = Edit::Rename { title: "  Harbour \n hall lost ".into(), keep: true };
        let done = shelf.edit(fire, &rename).unwrap();
        assert_eq!(shelf.story(fire).unwrap().title, "Harbour hall lost");
        let (on, undo) = done.undo;
        shelf.edit(on, &undo).unwrap();
        let story = shelf.story(fire).unwrap();
        assert_eq!((story.title.clone(), story.by_hand.is_empty()), (before, true));
        let error = shelf.edit(fire, &Edit::Rename { title: " ".into(), keep: true });
        assert_eq!(error.err(), Some("a headline has 1 to 300 characters"));
    }
}
