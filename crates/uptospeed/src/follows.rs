//! Sentences on the page: understood by delivery, shown by the web.

use std::sync::Arc;

use delivery::AddFollowError;
use jiff::Timestamp;
use store::Store;

/// What the page asks about follows.
pub(crate) struct Follows {
    store: Arc<Store>,
}

impl Follows {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl web::Follows for Follows {
    fn preview(
        &self,
        sentence: &str,
        now: Timestamp,
    ) -> Result<Result<web::Previewed, String>, store::Error> {
        let follow = match delivery::follow::parse(sentence) {
            Ok(follow) => follow,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let stories = match delivery::preview(&self.store, &follow, now) {
            Ok(stories) => stories,
            Err(delivery::Error::Store(error)) => return Err(error),
            Err(stopped @ delivery::Error::Stopped(_)) => return Ok(Err(stopped.to_string())),
        };
        let has_target = follow.target.is_some();
        Ok(Ok(web::Previewed { sentence: follow.to_string(), has_target, stories }))
    }

    fn add(&self, sentence: &str, now: Timestamp) -> Result<Result<i64, String>, store::Error> {
        Ok(match delivery::add_follow(&self.store, sentence, None, now) {
            Ok((id, _)) => Ok(id),
            Err(AddFollowError::Store(error)) => return Err(error),
            Err(AddFollowError::NoTarget) => {
                Err("The sentence does not say where to; end it with \"to @yourchannel\"."
                    .to_owned())
            }
            Err(AddFollowError::Sentence(error)) => Err(error.to_string()),
        })
    }
}
