//! A conversation, turn by turn: what is heard and where it stands go in; answers and where it stands then come out.

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Destination, Store};
use stories::{Story, StoryId};

use super::{Access, Heard};
use crate::card::{Button, Card, figure_words, hour};
use crate::follow::{self, Follow};
use crate::matcher::{Followed, Matcher};
use crate::outbox::add;
use crate::{Defaults, Result, Settings};

/// How far a preview looks back, days.
const PREVIEW_DAYS: i64 = 7;

/// Stories that a preview looks at, at most.
const PREVIEW_STORIES_MAX: u32 = 5_000;

/// Stories that a preview names.
const PREVIEW_SHOWN: usize = 4;

/// Follows of one reader, at most.
const FOLLOWS_MAX: usize = 100;

/// Feeds of one OPML file, at most.
const FEEDS_MAX: usize = 500;

/// Where a conversation stands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// What was proposed and waits for a button.
    proposed: Option<String>,
    /// What "Back" goes back to.
    before: Option<String>,
    /// What /undo takes back.
    last: Option<Last>,
    /// Follows of this reader that go to chats the reader administers.
    elsewhere: Vec<i64>,
}

/// The last thing that was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Last {
    Followed(i64),
    Settings(String),
    MutedStory(StoryId),
}

/// What a turn does.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) answers: Vec<Card>,
    /// Where the conversation stands; `None`: nothing is kept of it.
    pub(super) state: Option<String>,
    pub(super) feeds: Vec<String>,
    pub(super) follows_changed: bool,
}

struct Talk<'a> {
    store: &'a Store,
    heard: &'a Heard,
    to: Destination,
    state: State,
    defaults: &'a Defaults,
    now: Timestamp,
    turn: Turn,
}

/// Where a sentence wants its news to go, if not to this chat.
pub(super) fn elsewhere(heard: &Heard) -> Option<follow::Target> {
    if heard.pressed.is_some() || heard.is_forwarded || heard.feeds.is_some() {
        return None;
    }
    let text = heard.text.trim();
    let sentence = match text.split_once(char::is_whitespace) {
        Some((command, rest)) if command.starts_with('/') => {
            Some(rest).filter(|_| command.split('@').next() == Some("/follow"))?
        }
        _ => text,
    };
    let target = follow::parse(sentence).ok()?.target?;
    (target.kind != "telegram" || target.address != heard.chat.to_string()).then_some(target)
}

/// Takes a turn.
pub(super) fn turn(
    store: &Store,
    heard: &Heard,
    access: Access,
    defaults: &Defaults,
    now: Timestamp,
) -> Result<Turn> {
    let chat = heard.chat.to_string();
    let known = store.reader(&chat)?;
    let (command, rest) =
        heard.text.trim().split_once(char::is_whitespace).unwrap_or((heard.text.trim(), ""));
    let command = command.split('@').next().unwrap_or("").to_lowercase();
    if known.is_none() {
        let is_let_in = access == Access::Everybody
            || (command == "/start"
                && !rest.is_empty()
                && store.redeem(rest.trim(), &chat, now)?.is_some());
        if !is_let_in {
            let text = "Hello. This bot talks with those whom its owner sent a link. A link works once and for a week; ask for a new one.";
            return Ok(Turn { answers: vec![answer(&[text], &[])], ..Turn::default() });
        }
    }
    let state = known.and_then(|(_, state)| serde_json::from_str(&state).ok()).unwrap_or_default();
    let to = store.ensure_destination("telegram", &chat, "")?;
    let mut talk = Talk { store, heard, to, state, defaults, now, turn: Turn::default() };
    let stays = talk.take(&command, rest.trim())?;
    if stays {
        talk.turn.state = Some(serde_json::to_string(&talk.state).unwrap_or_default());
    }
    Ok(talk.turn)
}

impl Talk<'_> {
    /// Returns whether the reader stays.
    fn take(&mut self, command: &str, rest: &str) -> Result<bool> {
        if let Some(feeds) = &self.heard.feeds {
            self.opml(feeds.clone());
            return Ok(true);
        }
        if let Some(pressed) = self.heard.pressed.clone() {
            self.pressed(&pressed)?;
            return Ok(true);
        }
        match command {
            "/start" => self.welcome(),
            "/help" => self.help(),
            "/follow" if rest.is_empty() => self.say(
                &["What shall I watch? For example: fires in Germany, at least two outlets"],
                &[],
            ),
            "/follow" => self.propose_anew(rest)?,
            "/list" => self.list()?,
            "/mute" => self.mute(rest)?,
            "/digest" => self.hours(rest, "digest")?,
            "/quiet" => self.hours(rest, "quiet")?,
            "/why" => self.why()?,
            "/undo" => self.undo()?,
            "/export" => self.export()?,
            "/stop" => {
                let chat = self.heard.chat.to_string();
                self.store.forget_reader(&chat, self.to.id, self.now)?;
                self.turn.follows_changed = true;
                self.say(&["Done. Your follows and what I knew of you are deleted. /start with a new link begins again."], &[]);
                return Ok(false);
            }
            _ if command.starts_with('/') => self.help(),
            _ if self.heard.is_forwarded => self.forwarded()?,
            _ if self.heard.text.trim().is_empty() => self.help(),
            _ if is_link(self.heard.text.trim()) => self.linked()?,
            _ => self.propose_anew(self.heard.text.trim())?,
        }
        Ok(true)
    }

    fn say(&mut self, lines: &[&str], buttons: &[&[(&str, &str)]]) {
        self.turn.answers.push(answer(lines, buttons));
    }

    fn welcome(&mut self) {
        let hello = format!(
            "Hello {}. I keep you up to speed on the stories you choose: one message for a story, rewritten as it grows, and a second one only when something important happens.",
            self.heard.name
        );
        self.say(
            &[&hello, "", "What shall I watch? Send me words (\"fires in Germany\"), a link to an article, or an OPML file."],
            &[&[("Show me an example", "example"), ("What do you keep about me?", "privacy")]],
        );
    }

    fn help(&mut self) {
        self.say(
            &[
                "Send me what to watch: fires in Germany, at least two outlets",
                "/list what you follow · /undo the last thing · /mute a story (as an answer to its message)",
                "/digest 8:00 · /quiet 22-7 · /why (as an answer to a message) · /export · /stop",
            ],
            &[],
        );
    }

    /// Proposes a new sentence: there is nothing to go back to.
    fn propose_anew(&mut self, sentence: &str) -> Result<()> {
        self.state.proposed = None;
        self.propose(sentence)
    }

    /// Shows what a sentence would have brought in the past week, and offers to switch it on.
    fn propose(&mut self, sentence: &str) -> Result<()> {
        let follow = match follow::parse(sentence) {
            Ok(follow) => follow,
            Err(error) => {
                self.say(
                    &[&format!("I did not understand that: {}.", plain(&error.to_string()))],
                    &[],
                );
                return Ok(());
            }
        };
        let target = match (&follow.target, &self.heard.elsewhere) {
            (Some(_), Some(Err(why))) => {
                self.say(&[&plain(why)], &[]);
                return Ok(());
            }
            // Asked about in this very turn, or kept from a turn in which it was.
            (Some(target), _) => Some(target.clone()),
            (None, _) => None,
        };
        let own = target.as_ref().is_some_and(|t| t.address == self.to.address);
        let follow = Follow { target: target.filter(|_| !own), ..follow };
        let found = self.preview(&follow)?;
        self.state.before = self.state.proposed.take();
        self.state.proposed = Some(follow.to_string());
        let words = plain(&follow.to_string());
        let words = words.strip_prefix("about ").unwrap_or(&words);
        if found.is_empty() {
            let text = format!(
                "I found no story of the past 7 days with *{words}*. I can still watch for it."
            );
            self.say(&[&text], &[&[("Watch for it", "follow"), ("Try other words", "change")]]);
            return Ok(());
        }
        let updates: u32 = found.iter().map(|s| s.revision).sum();
        let stories = plural(found.len() as u64, "story", "stories");
        let mut lines = vec![
            format!("I would follow *{words}*."),
            format!(
                "In the past 7 days that was *{stories}*, told in {}:",
                plural(u64::from(updates), "update", "updates")
            ),
        ];
        let zone = self.zone()?;
        for story in found.iter().take(PREVIEW_SHOWN) {
            let day = story.last.to_zoned(zone.clone()).strftime("%a").to_string();
            let figures = figure_words(story, self.now);
            let figures = if figures.is_empty() { String::new() } else { format!(", {figures}") };
            lines
                .push(format!("· {day}  {}{figures}", plain(&crate::html::clip(&story.title, 90))));
        }
        if found.len() > PREVIEW_SHOWN {
            lines.push(format!("· and {} more", found.len() - PREVIEW_SHOWN));
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let narrow: &[(&str, &str)] = if self.state.before.is_some() {
            &[("Follow", "follow"), ("Back", "back")]
        } else {
            &[("Follow", "follow"), ("Only with dead or injured", "casualties")]
        };
        let more: &[(&str, &str)] = &[("Only big news", "big"), ("Change the words", "change")];
        let rows = [narrow, more];
        let shown = if self.state.before.is_some() { 1 } else { 2 };
        self.say(&lines, rows.get(..shown).unwrap_or(&rows));
        Ok(())
    }

    /// The stories of the past week that a follow would have told, newest first.
    fn preview(&self, follow: &Follow) -> Result<Vec<Story>> {
        preview(self.store, follow, self.now)
    }

    fn pressed(&mut self, data: &str) -> Result<()> {
        match data {
            "follow" => self.switch_on()?,
            "casualties" => self.narrow("with dead or injured")?,
            "big" => self.narrow("only big news")?,
            "back" => match self.state.before.take() {
                Some(before) => {
                    self.state.proposed = None;
                    self.propose(&before)?;
                }
                None => self.help(),
            },
            "change" => {
                self.state.proposed = None;
                self.say(&["Send me the words as you want them."], &[]);
            }
            "example" => self.propose_anew("everything, at least two outlets")?,
            "privacy" => self.say(
                &["Your first name, this chat's number, what you follow, and where our conversation stands. /export shows it, /stop deletes it."],
                &[],
            ),
            "more" => match self.state.proposed.take() {
                Some(sentence) => self.propose_anew(&sentence)?,
                None => self.help(),
            },
            "undo" => self.undo()?,
            "noquiet" => self.hours("off", "quiet")?,
            "digest8" => self.hours("8:00", "digest")?,
            _ => match data.split_once(':') {
                Some(("mute", story)) => self.mute(story)?,
                Some(("drop", id)) => self.drop_follow(id)?,
                _ => self.help(),
            },
        }
        Ok(())
    }

    fn narrow(&mut self, by: &str) -> Result<()> {
        match self.state.proposed.clone() {
            Some(sentence) => self.propose(&format!("{sentence}, {by}")),
            None => {
                self.help();
                Ok(())
            }
        }
    }

    fn switch_on(&mut self) -> Result<()> {
        let Some(sentence) = self.state.proposed.take() else {
            self.say(&["There is nothing to switch on. What shall I watch?"], &[]);
            return Ok(());
        };
        self.state.before = None;
        let mine = self.mine()?;
        if mine.len() >= FOLLOWS_MAX {
            self.say(&[&format!("You have {FOLLOWS_MAX} follows, as many as there can be. /list shows them; drop one first.")], &[]);
            return Ok(());
        }
        let target = follow::Target {
            kind: "telegram".to_owned(),
            address: self.to.address.clone(),
            topic: String::new(),
        };
        let is_first = mine.is_empty();
        let added = match crate::add_follow(self.store, &sentence, Some(&target), self.now) {
            Ok((id, follow)) => {
                self.state.last = Some(Last::Followed(id));
                self.turn.follows_changed = true;
                follow.target.filter(|to| to.address != target.address).map(|to| (id, to))
            }
            Err(crate::AddFollowError::Store(error)) => return Err(error.into()),
            Err(error) => {
                self.say(&[&plain(&error.to_string())], &[]);
                return Ok(());
            }
        };
        if let Some((id, to)) = added {
            self.state.elsewhere.push(id);
            self.say(
                &[&format!("Done. It goes to {}.", plain(&to.to_string()))],
                &[&[("Undo", "undo")]],
            );
            return Ok(());
        }
        let mut settings = self.settings()?;
        if is_first && settings.quiet.is_none() && settings.digest_at.is_empty() {
            // A phone that rings at night is the first thing that people regret.
            settings.quiet = Some((Time::constant(22, 0, 0, 0), Time::constant(7, 0, 0, 0)));
            self.store.set_destination_settings(self.to.id, &settings.write())?;
        }
        let zone = self.zone()?;
        let zone = zone.iana_name().unwrap_or("UTC");
        match (settings.quiet, settings.digest_at.is_empty()) {
            (Some((from, to)), true) => self.say(
                &[&format!(
                    "Done. I am quiet from {} to {} ({zone}); what comes then waits for the morning.",
                    crate::schedule::hour(from),
                    crate::schedule::hour(to)
                )],
                &[&[
                    ("No quiet hours", "noquiet"),
                    ("Digest at 8 instead", "digest8"),
                    ("Undo", "undo"),
                ]],
            ),
            (_, false) => {
                let hours = settings.schedule().to_string();
                self.say(&[&format!("Done: {hours} ({zone}).")], &[&[("Undo", "undo")]]);
            }
            (None, true) => self.say(
                &["Done. I write when something happens, also at night; /quiet 22-7 makes the nights quiet."],
                &[&[("Digest at 8 instead", "digest8"), ("Undo", "undo")]],
            ),
        }
        Ok(())
    }

    fn mine(&self) -> Result<Vec<store::FollowRow>> {
        let is_mine = |f: &store::FollowRow| {
            f.destination == self.to.id || self.state.elsewhere.contains(&f.id)
        };
        Ok(self.store.follows()?.into_iter().filter(is_mine).collect())
    }

    /// A follow as its reader wrote it: that it goes to this chat need not be said.
    fn in_words(&self, sentence: &str) -> String {
        match follow::parse(sentence) {
            Ok(follow) => {
                let elsewhere = follow.target.clone().filter(|t| t.address != self.to.address);
                Follow { target: elsewhere, ..follow }.to_string()
            }
            Err(_) => sentence.to_owned(),
        }
    }

    /// The zone of this reader's hours.
    fn zone(&self) -> Result<jiff::tz::TimeZone> {
        let to = self.store.destination(self.to.id)?.unwrap_or_else(|| self.to.clone());
        Ok(self.defaults.fill(&to.kind, &to.settings).schedule().zone())
    }

    fn settings(&self) -> Result<Settings> {
        let to = self.store.destination(self.to.id)?;
        Ok(to.map(|to| Settings::read(&to.settings)).unwrap_or_default())
    }

    fn list(&mut self) -> Result<()> {
        let mine = self.mine()?;
        if mine.is_empty() {
            self.say(
                &["You follow nothing yet. Send me words, for example: fires in Germany"],
                &[],
            );
            return Ok(());
        }
        let mut lines = vec!["You follow:".to_owned()];
        let mut rows: Vec<Vec<Button>> = Vec::new();
        for (number, follow) in mine.iter().enumerate() {
            lines.push(format!("{}. {}", number + 1, plain(&self.in_words(&follow.sentence))));
            if number < 20 {
                rows.push(vec![Button {
                    label: format!("Drop {}", number + 1),
                    data: format!("drop:{}", follow.id),
                }]);
            }
        }
        let hours = self.settings()?.schedule().to_string();
        if !hours.is_empty() {
            lines.push(format!("Hours: {hours}"));
        }
        // Buttons by threes: a column of twenty would hide the list.
        let buttons = rows.concat().chunks(3).map(<[Button]>::to_vec).collect();
        self.turn.answers.push(Card { notes: lines, buttons, ..Card::default() });
        Ok(())
    }

    fn drop_follow(&mut self, id: &str) -> Result<()> {
        let mine = self.mine()?;
        let Some(follow) = mine.iter().find(|f| f.id.to_string() == id) else {
            self.say(&["That follow is gone already."], &[]);
            return Ok(());
        };
        self.store.remove_follow(follow.id)?;
        self.turn.follows_changed = true;
        self.say(&[&format!("Dropped: {}", plain(&self.in_words(&follow.sentence)))], &[]);
        Ok(())
    }

    /// The message that the reader points at.
    fn pointed_at(&self) -> Result<Option<store::SentRow>> {
        let Some(message) = self.heard.about else { return Ok(None) };
        Ok(self.store.delivery_of_message(self.to.id, &message.to_string())?)
    }

    fn mute(&mut self, name: &str) -> Result<()> {
        let story = match name.trim().parse::<StoryId>() {
            Ok(story) => Some(story),
            Err(()) => self.pointed_at()?.and_then(|row| row.what.split_once(':')?.1.parse().ok()),
        };
        let Some(story) = story else {
            self.say(&["Which story? Send /mute as an answer to its message."], &[]);
            return Ok(());
        };
        self.store.mute_story(self.to.id, story, true)?;
        self.state.last = Some(Last::MutedStory(story));
        let title = self
            .store
            .story(story)?
            .map_or_else(|| story.to_string(), |s| crate::html::clip(&s.title, 120));
        self.say(
            &[&format!("Muted: {}. You hear no more of it.", plain(&title))],
            &[&[("Undo", "undo")]],
        );
        Ok(())
    }

    fn hours(&mut self, text: &str, kind: &str) -> Result<()> {
        let settings = self.settings()?;
        let mut new = settings.clone();
        if text.is_empty() {
            let hours = settings.schedule().to_string();
            let hours = if hours.is_empty() { "none".to_owned() } else { hours };
            let example = if kind == "digest" {
                "/digest 8:00 and 18:00, /digest off"
            } else {
                "/quiet 22-7, /quiet off"
            };
            self.say(&[&format!("Your hours: {hours}. Change them: {example}.")], &[]);
            return Ok(());
        }
        if text.eq_ignore_ascii_case("off") {
            if kind == "digest" {
                new.digest_at.clear();
            } else {
                new.quiet = None;
            }
        } else {
            // The sentence's own grammar reads the hours, so that both are written the same way.
            match follow::parse(&format!("everything, {kind} {text}")) {
                Ok(follow) => new.take(&follow.schedule),
                Err(error) => {
                    self.say(
                        &[&format!("I did not understand that: {}.", plain(&error.to_string()))],
                        &[],
                    );
                    return Ok(());
                }
            }
        }
        self.store.set_destination_settings(self.to.id, &new.write())?;
        self.state.last = Some(Last::Settings(settings.write()));
        self.turn.follows_changed = true;
        let hours = new.schedule().to_string();
        let hours = if hours.is_empty() { "no digest, no quiet hours".to_owned() } else { hours };
        self.say(&[&format!("Done: {hours}.")], &[&[("Undo", "undo")]]);
        Ok(())
    }

    fn why(&mut self) -> Result<()> {
        let Some(row) = self.pointed_at()? else {
            self.say(&["Send /why as an answer to the message that you ask about."], &[]);
            return Ok(());
        };
        let card = Card::read(&row.card).unwrap_or_default();
        let zone = self.zone()?;
        let at = hour(row.at, &zone);
        let reason = match (&card.why, row.what.split_once(':').map_or("", |(kind, _)| kind)) {
            (Some(why), _) => format!("Message of {at}, a reply, because {}.", plain(why)),
            (None, "digest") => format!("The digest of {at}."),
            (None, _) => format!(
                "The story's own message, as it stood at {at}; it is rewritten as the story grows."
            ),
        };
        let matched = row.sentence.map(|s| format!("It matched *{}*.", plain(&self.in_words(&s))));
        let mut lines = vec![reason.as_str()];
        lines.extend(matched.as_deref());
        let story = row.what.split_once(':').map_or("", |(_, story)| story).to_owned();
        let data = format!("mute:{story}");
        let button = [("Mute this story", data.as_str())];
        let rows: [&[(&str, &str)]; 1] = [&button];
        self.say(&lines, if card.story.is_some() { &rows } else { &[] });
        Ok(())
    }

    fn undo(&mut self) -> Result<()> {
        match self.state.last.take() {
            Some(Last::Followed(id)) => {
                self.store.remove_follow(id)?;
                self.turn.follows_changed = true;
                self.say(&["Undone: that follow is gone."], &[]);
            }
            Some(Last::Settings(settings)) => {
                self.store.set_destination_settings(self.to.id, &settings)?;
                self.turn.follows_changed = true;
                self.say(&["Undone: your hours are as they were."], &[]);
            }
            Some(Last::MutedStory(story)) => {
                self.store.mute_story(self.to.id, story, false)?;
                self.say(&["Undone: you hear of that story again."], &[]);
            }
            None => self.say(&["There is nothing to undo."], &[]),
        }
        Ok(())
    }

    fn export(&mut self) -> Result<()> {
        let mine = self.mine()?;
        let mut lines = vec![format!(
            "What I keep of you: the name {}, this chat's number {}.",
            plain(&self.heard.name),
            self.heard.chat
        )];
        let hours = self.settings()?.schedule().to_string();
        if !hours.is_empty() {
            lines.push(format!("Hours: {hours}"));
        }
        lines.push(if mine.is_empty() {
            "No follows.".to_owned()
        } else {
            "Your follows, to be sent to me again as they stand:".to_owned()
        });
        lines.extend(mine.iter().map(|f| plain(&self.in_words(&f.sentence))));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.say(&lines, &[]);
        Ok(())
    }

    fn opml(&mut self, feeds: Vec<String>) {
        if feeds.is_empty() {
            self.say(&["I found no feeds in this file. An OPML file, please: most feed readers export one."], &[]);
            return;
        }
        let count = plural(feeds.len() as u64, "feed", "feeds");
        self.say(
            &[&format!(
                "Thank you: *{count}*. I read them from now on; what of it shall I watch for you?"
            )],
            &[&[("Everything", "example")]],
        );
        self.turn.feeds = feeds;
    }

    /// A link to an article that was read leads to its story; one that was not is no use as words.
    fn linked(&mut self) -> Result<()> {
        let story = match self.store.article_at(self.heard.text.trim())? {
            Some(article) => self.store.story_of(article)?.map(|(story, _)| story),
            None => None,
        };
        match story {
            Some(story) => self.this_is(story),
            None => {
                self.say(&["I have not read that page. Send me its headline, or words that it is about."], &[]);
                Ok(())
            }
        }
    }

    /// Names a story and offers to follow what it is about.
    fn this_is(&mut self, id: StoryId) -> Result<()> {
        let Some(story) = self.store.story(id)? else {
            self.help();
            return Ok(());
        };
        let title = plain(&crate::html::clip(&story.title, 120));
        let figures = figure_words(&story, self.now);
        let figures = if figures.is_empty() { String::new() } else { format!(", {figures}") };
        let outlets: std::collections::BTreeSet<&str> =
            story.members.iter().map(|m| m.outlet.as_str()).collect();
        let told = plural(outlets.len() as u64, "outlet", "outlets");
        let data = format!("mute:{id}");
        let mut buttons = vec![("Mute this story", data.as_str())];
        if let Some(sentence) = gist(&story.title, story.places.first().map(|p| p.name.as_str())) {
            self.state.proposed = Some(sentence);
            buttons.insert(0, ("More like this", "more"));
        }
        self.say(&[&format!("This is *{title}*{figures}, told by {told}.")], &[&buttons]);
        Ok(())
    }

    /// A post that the reader forwarded: ours leads to its story, another's to the words of its first line.
    fn forwarded(&mut self) -> Result<()> {
        let ours = self.heard.urls.iter().find_map(|url| {
            let name = url.split("/s/").nth(1)?.split(['#', '?', '/']).next()?;
            name.parse::<StoryId>().ok()
        });
        if let Some(id) = ours {
            return self.this_is(id);
        }
        match gist(self.heard.text.lines().next().unwrap_or(""), None) {
            Some(sentence) => self.propose_anew(&sentence),
            None => {
                self.help();
                Ok(())
            }
        }
    }
}

/// What a headline is about, as a follow: its topics at its place; without a topic the two longest words.
fn gist(headline: &str, place: Option<&str>) -> Option<String> {
    let words: Vec<&str> = headline
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|w| w.chars().count() > 2)
        .collect();
    let topics: Vec<&str> = words.iter().copied().filter(|w| follow::is_topic(w)).take(2).collect();
    if !topics.is_empty() {
        let about = topics.join(" or ").to_lowercase();
        if let Some(place) = place {
            return Some(format!("about {about} in {}", place.replace([',', ';', '/', '"'], "")));
        }
        // The first word is capital in every headline; one further on is a name.
        let name = words
            .iter()
            .skip(1)
            .find(|w| w.chars().next().is_some_and(char::is_uppercase) && !topics.contains(*w));
        let each = topics.iter().map(|t| match name {
            Some(name) => format!("{} {name}", t.to_lowercase()),
            None => t.to_lowercase(),
        });
        return Some(format!("about {}", each.collect::<Vec<_>>().join(" or ")));
    }
    let mut longest: Vec<&str> = words.iter().copied().filter(|w| w.chars().count() > 3).collect();
    longest.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
    longest.truncate(2);
    (!longest.is_empty()).then(|| format!("about {}", longest.join(" ")))
}

/// The stories of the past week that a follow would have told, newest first.
pub(crate) fn preview(store: &Store, follow: &Follow, now: Timestamp) -> Result<Vec<Story>> {
    let since = add(now, -SignedDuration::from_hours(24 * PREVIEW_DAYS));
    let matcher = Matcher::new(
        vec![Followed { id: 0, follow: follow.clone(), destination: 0 }],
        std::collections::BTreeMap::new(),
    );
    let mut out = Vec::new();
    for story in store.stories_since(since, PREVIEW_STORIES_MAX)? {
        if story.merged_into.is_none()
            && !matcher.find(&story, &store.updates(story.id)?, &[]).is_empty()
        {
            out.push(story);
        }
    }
    Ok(out)
}

/// Whether a text is an address and nothing else.
fn is_link(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && !text.contains(char::is_whitespace)
}

fn answer(lines: &[&str], buttons: &[&[(&str, &str)]]) -> Card {
    Card {
        notes: lines.iter().map(|l| (*l).to_owned()).collect(),
        buttons: buttons
            .iter()
            .map(|row| {
                row.iter()
                    .map(|(label, data)| Button {
                        label: (*label).to_owned(),
                        data: (*data).to_owned(),
                    })
                    .collect()
            })
            .collect(),
        ..Card::default()
    }
}

/// Words of others in a line of ours: without the mark of bold.
fn plain(text: &str) -> String {
    text.replace('*', "")
}

fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The addresses of an OPML file's feeds, each once.
pub(super) fn feeds_of_opml(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in text.split("xmlUrl=").skip(1) {
        let Some(quote) = part.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let Some(url) = part.get(1..).and_then(|rest| rest.split(quote).next()) else { continue };
        let url = url.replace("&amp;", "&").replace("&quot;", "\"");
        if (url.starts_with("https://") || url.starts_with("http://"))
            && url.len() <= 2_000
            && !out.contains(&url)
        {
            out.push(url);
        }
        if out.len() == FEEDS_MAX {
            break;
        }
    }
    out
}

/// A token for a link: 128 random bits as letters and digits that Telegram lets through.
///
/// # Source
///
/// Bot API, deep linking: `[A-Za-z0-9_-]{1,64}`.
pub(super) fn token(random: &[u8; 32]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random.get(..16).unwrap_or(random))
}
