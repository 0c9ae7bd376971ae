//! `uptospeed why` and `uptospeed diff`: the program explains its stories.

use std::process::ExitCode;

use anyhow::Result;
use stories::{ArticleId, StoryId};

use crate::problem::{Code, Problem, of_store};

#[derive(Debug, clap::Args)]
pub(super) struct WhyArgs {
    /// The story, as in its address: 27k2
    story: String,
    /// The article's number, as in its address
    article: i64,
}

#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// The story, as in its address: 27k2
    story: String,
    /// One JSON object a line, as the contract has it
    #[arg(long)]
    json: bool,
}

fn story_id(name: &str) -> Result<StoryId> {
    name.parse().map_err(|()| {
        Problem::new(Code::Unknown, format!("\"{name}\" is no story"))
            .help("a story's name is the last part of its address: http://127.0.0.1:7878/s/27k2")
            .into()
    })
}

pub(super) fn why(context: &super::Context, args: &WhyArgs) -> Result<ExitCode> {
    let id = story_id(&args.story)?;
    let store = context.store()?;
    let article = ArticleId(args.article);
    let Some((revision, _)) = store.article(article).map_err(|e| of_store(&e))? else {
        return Err(
            Problem::new(Code::Unknown, format!("there is no article {}", args.article)).into()
        );
    };
    let title = revision.article.title.as_deref().unwrap_or("(no headline)").to_owned();
    super::say(&format!("{}: {title}", revision.outlet))?;
    match store.story_of(article).map_err(|e| of_store(&e))? {
        Some((story, why)) => {
            let led = store.story(id).map_err(|e| of_store(&e))?.map(|s| s.id);
            let home = store.story(story).map_err(|e| of_store(&e))?.map(|s| s.id);
            let verb = if led.is_some() && led == home { "is in" } else { "is not in" };
            super::say(&format!("{verb} the story {id}; it is in {}", home.unwrap_or(story)))?;
            for reason in why {
                super::say(&format!("  {reason}"))?;
            }
        }
        None => super::say("it is in no story yet")?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn diff(context: &super::Context, args: &DiffArgs) -> Result<ExitCode> {
    let id = story_id(&args.story)?;
    let store = context.store()?;
    let Some(story) = store.story(id).map_err(|e| of_store(&e))? else {
        return Err(Problem::new(Code::Unknown, format!("there is no story {}", args.story)).into());
    };
    let updates = store.updates(story.id).map_err(|e| of_store(&e))?;
    if args.json {
        for update in updates.iter().rev() {
            super::say(&serde_json::to_string(update)?)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    super::say(&story.title)?;
    let zone = context.config.zone();
    for update in &updates {
        let at = jiff::fmt::strtime::format("%a %H:%M", &update.at.to_zoned(zone.clone()))
            .unwrap_or_default();
        super::say(&format!("  {at}  {}  ({})", update.text, update.outlet))?;
    }
    Ok(ExitCode::SUCCESS)
}
