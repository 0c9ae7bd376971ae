//! The outbox as a pure state machine: what was heard of a send goes in, what is to be written comes out.
//!
//! ```text
//! pending -> sending -> sent
//!               |  \--> pending      the destination asked to wait, or nothing left this machine
//!               |  \--> refused      it will not have it; a person is told
//!               \-----> unknown      nobody knows whether it arrived
//! unknown -> sent                    read back: it is there, which is looked for at once
//! unknown -> pending                 read back: it is not there, and cannot be on its way any more
//! unknown -> held                    it cannot be read back: a person says what to do
//! ```
//!
//! Nothing is retried blindly and nothing is dropped. A send is blind when the destination may have it and would make a second
//! message of a second request; edits and requests with an idempotency key are not.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{Action, Claimed, DeliveryState, Verdict, chat_scope};

use crate::settings::{OnLostTopic, OnUncertain, Settings};
use crate::wire::ANSWER_MAX;

/// How long an unknown send rests before it is read back: longer than its request can still be on its way.
///
/// # Source
///
/// `reliability.md`, "Telegram: what can be promised": a request still in flight when probed would double.
pub const QUIET_BEFORE_PROBE: Duration = Duration::from_mins(1);

/// Waits between attempts after nothing left this machine or a server was out of order, seconds.
const BACKOFF_SECS: [i64; 7] = [2, 10, 30, 120, 600, 1800, 3600];

/// What a destination can do about doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// The same request twice is one message: an idempotency key, or a file of the same name.
    pub is_idempotent: bool,
    /// What it holds can be read.
    pub reads_back: bool,
    /// Waits between attempts, seconds; empty: those of everybody.
    pub retries: &'static [i64],
    /// After the last of these waits a person is told.
    pub gives_up: bool,
}

impl Traits {
    fn backoff(self, tries: u32) -> SignedDuration {
        let table = if self.retries.is_empty() { &BACKOFF_SECS } else { self.retries };
        let at = (tries as usize).min(table.len() - 1);
        SignedDuration::from_secs(table.get(at).copied().unwrap_or(3600))
    }

    fn is_spent(self, tries: u32) -> bool {
        self.gives_up && tries as usize >= self.retries.len()
    }
}

/// What was heard of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has it, under this id.
    Delivered {
        /// The destination's own id.
        message: String,
    },
    /// Not a byte left this machine.
    NotSent {
        /// Why.
        why: String,
    },
    /// It does not have it and asks to wait.
    Wait {
        /// How long.
        after: Duration,
        /// The whole bot is too fast, not this chat alone.
        everywhere: bool,
    },
    /// It does not have it now: out of order, but surely not done.
    Later {
        /// Why.
        why: String,
    },
    /// It will not have this one.
    Refused {
        /// Why.
        why: String,
    },
    /// It will have nothing: blocked, kicked, gone.
    Closed {
        /// Why.
        why: String,
    },
    /// The forum topic is gone.
    TopicGone,
    /// The chat has another number now.
    Moved {
        /// The new one.
        to: String,
    },
    /// The post that was to be edited is gone or frozen.
    PostGone {
        /// Why.
        why: String,
    },
    /// We are not who we say: the token is wrong. Nothing goes anywhere until it is right.
    Unauthorised {
        /// Why.
        why: String,
    },
    /// Nobody knows whether it has it.
    Ambiguous {
        /// Why.
        why: String,
    },
}

/// What reading back found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is there, under this id.
    Here {
        /// The destination's own id.
        message: String,
    },
    /// It is not there.
    Nowhere,
    /// It could not be looked for now.
    NotNow {
        /// Why.
        why: String,
        /// When to look again.
        after: Duration,
    },
    /// It cannot be looked for.
    Never {
        /// Why.
        why: String,
    },
}

/// What follows from what was heard.
pub fn decide(row: &Claimed, outcome: Outcome, traits: Traits, now: Timestamp) -> Verdict {
    let settings = Settings::read(&row.destination.settings);
    let mut verdict =
        Verdict { delivery: row.id, state: DeliveryState::Pending, ..Verdict::default() };
    let scope = || chat_scope(&row.destination.kind, &row.destination.address);
    match outcome {
        Outcome::Delivered { message } => {
            verdict.state = DeliveryState::Sent;
            verdict.message = Some(message);
        }
        Outcome::Later { why } | Outcome::Ambiguous { why } | Outcome::NotSent { why }
            if traits.is_spent(row.tries) =>
        {
            verdict.state = DeliveryState::Refused;
            verdict.error = Some(format!("given up after {} attempts: {why}", row.tries + 1));
        }
        Outcome::NotSent { why } => {
            verdict.due_at = Some(add(now, traits.backoff(row.tries)));
            verdict.error = Some(why);
        }
        Outcome::Later { why } => {
            let until = add(now, traits.backoff(row.tries));
            verdict.due_at = Some(until);
            verdict.wait.push((scope(), until, Some(why.clone())));
            verdict.error = Some(why);
        }
        Outcome::Wait { after, everywhere } => {
            let until = add(now, signed(after));
            let why = format!("asked to wait {} s", after.as_secs());
            verdict.wait.push((scope(), until, Some(why.clone())));
            if everywhere {
                verdict.wait.push((row.destination.kind.clone(), until, Some(why.clone())));
            }
            verdict.due_at = Some(until);
            verdict.error = Some(why);
        }
        Outcome::Refused { why } => {
            verdict.state = DeliveryState::Refused;
            verdict.error = Some(why);
        }
        // The row stays pending: nothing is lost, it goes on when the destination opens again.
        Outcome::Closed { why } => {
            verdict.pause = Some(why.clone());
            verdict.error = Some(why);
        }
        Outcome::TopicGone => match settings.on_lost_topic {
            OnLostTopic::Pause => {
                let why =
                    "the topic was deleted; choose another one, or let it go to the General topic"
                        .to_owned();
                verdict.pause = Some(why.clone());
                verdict.error = Some(why);
            }
            OnLostTopic::General => {
                verdict.error = Some("the topic was deleted; goes to the General topic".to_owned());
            }
        },
        Outcome::Moved { to } => {
            verdict.due_at = Some(now);
            verdict.error = Some(format!("the group became the supergroup {to}"));
            verdict.moved_to = Some(to);
        }
        Outcome::PostGone { why } => {
            verdict.state = DeliveryState::Folded;
            verdict.error = Some(why.clone());
            verdict.gone = Some(why);
        }
        Outcome::Unauthorised { why } => {
            let until = add(now, SignedDuration::from_mins(10));
            verdict.wait.push((row.destination.kind.clone(), until, Some(why.clone())));
            verdict.due_at = Some(until);
            verdict.error = Some(why);
        }
        Outcome::Ambiguous { why } => {
            // A request with a key has its effect once, however often it is made.
            if traits.is_idempotent {
                verdict.due_at = Some(add(now, traits.backoff(row.tries)));
                verdict.error = Some(format!("{why}; asking again is harmless"));
            } else {
                // So has an edit, but one that is late would undo a newer one: that waits until no answer can come.
                verdict.state = DeliveryState::Unknown;
                verdict.due_at = Some(add(now, signed(QUIET_BEFORE_PROBE)));
                verdict.error = Some(why);
                verdict.uncertain = row.edits.is_none().then_some("open");
            }
        }
    }
    verdict
}

/// When rows that were on their way when the program stopped may be read back.
pub fn probe_after_restart(now: Timestamp) -> Timestamp {
    add(now, signed(QUIET_BEFORE_PROBE + ANSWER_MAX))
}

/// What follows for a row of which nobody knows, from what reading back found.
pub fn read_back(row: &Claimed, found: Found, traits: Traits, now: Timestamp) -> Verdict {
    let settings = Settings::read(&row.destination.settings);
    let mut verdict = Verdict { delivery: row.id, ..Verdict::default() };
    // Edits that are not seen are simply made again; so are keyed requests that were on their way at a restart.
    let is_harmless = row.edits.is_some() || traits.is_idempotent;
    if is_harmless && matches!(found, Found::Nowhere | Found::Never { .. }) {
        verdict.state = DeliveryState::Pending;
        verdict.due_at = Some(now);
        verdict.uncertain = Some("arrived");
        return verdict;
    }
    match found {
        Found::Here { message } => {
            verdict.state = DeliveryState::Sent;
            verdict.message = Some(message);
            verdict.uncertain = Some("arrived");
            verdict.error = Some("arrival read back".to_owned());
        }
        Found::Nowhere => {
            verdict.state = DeliveryState::Pending;
            verdict.due_at = Some(now);
            verdict.uncertain = Some("lost");
            verdict.error = Some("it had not arrived; read back".to_owned());
        }
        Found::NotNow { why, after } => {
            verdict.state = DeliveryState::Unknown;
            verdict.due_at = Some(add(now, signed(after)));
            verdict.error = Some(why);
        }
        Found::Never { why } => match settings.on_uncertain {
            // The reader sees that no answer came and asks again: nobody has to be asked in between.
            _ if row.action == Action::Answer => {
                verdict.state = DeliveryState::Refused;
                verdict.uncertain = Some("held");
                verdict.error = Some(format!("the reader can ask again: {why}"));
            }
            OnUncertain::Hold => {
                verdict.state = DeliveryState::Held;
                verdict.uncertain = Some("held");
                verdict.error = Some(format!("not certain whether it arrived: {why}"));
            }
            OnUncertain::Resend => {
                verdict.state = DeliveryState::Pending;
                verdict.due_at = Some(now);
                verdict.uncertain = Some("resent");
                verdict.error = Some(format!("sent again as chosen, it may arrive twice: {why}"));
            }
        },
    }
    verdict
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Later by a time that a destination may have named: as far as the calendar goes at most.
pub(crate) fn add(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use DeliveryState::{Folded, Held, Pending, Refused, Sent, Unknown};

    fn row(edits: bool, settings: &str) -> Claimed {
        Claimed {
            id: 7,
            destination: store::Destination {
                id: 1,
                kind: "telegram".to_owned(),
                address: "@desk".to_owned(),
                settings: settings.to_owned(),
                ..store::Destination::default()
            },
            what: "story:27k2".to_owned(),
            step: 3,
            action: store::Action::Post,
            card: String::new(),
            content_key: [0; 16],
            tries: 0,
            created_at: Timestamp::UNIX_EPOCH,
            claimed_at: Timestamp::UNIX_EPOCH,
            edits: edits.then(|| "41".to_owned()),
            answers: None,
            mark: Some(40),
        }
    }

    fn check(
        edits: bool,
        traits: Traits,
        outcome: &Outcome,
        expected: DeliveryState,
        due_secs: Option<i64>,
    ) {
        let verdict = decide(&row(edits, "{}"), outcome.clone(), traits, Timestamp::UNIX_EPOCH);
        assert_eq!(verdict.state, expected, "{outcome:?}");
        assert_eq!(verdict.due_at.map(Timestamp::as_second), due_secs, "{outcome:?}");
        assert_eq!(verdict.delivery, 7);
    }

    #[test]
    fn every_outcome_has_one_next_state() {
        let plain = Traits::default();
        let keyed = Traits { is_idempotent: true, ..plain };
        let why = || "x".to_owned();
        check(false, plain, &Outcome::Delivered { message: "41".to_owned() }, Sent, None);
        check(false, plain, &Outcome::NotSent { why: why() }, Pending, Some(2));
        check(false, plain, &Outcome::Later { why: why() }, Pending, Some(2));
        check(
            false,
            plain,
            &Outcome::Wait { after: Duration::from_secs(43_837), everywhere: false },
            Pending,
            Some(43_837),
        );
        check(false, plain, &Outcome::Refused { why: why() }, Refused, None);
        check(false, plain, &Outcome::Closed { why: why() }, Pending, None);
        check(false, plain, &Outcome::TopicGone, Pending, None);
        check(false, plain, &Outcome::Moved { to: "-100".to_owned() }, Pending, Some(0));
        check(true, plain, &Outcome::PostGone { why: why() }, Folded, None);
        check(false, plain, &Outcome::Unauthorised { why: why() }, Pending, Some(600));
        check(false, plain, &Outcome::Ambiguous { why: why() }, Unknown, Some(60));
        check(true, plain, &Outcome::Ambiguous { why: why() }, Unknown, Some(60));
        check(false, keyed, &Outcome::Ambiguous { why: why() }, Pending, Some(2));
        // A wait that overflows the calendar is for ever, not a panic.
        let verdict = decide(
            &row(false, "{}"),
            Outcome::Wait { after: Duration::MAX, everywhere: true },
            plain,
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(verdict.wait.len(), 2);
        assert_eq!(verdict.due_at, Some(Timestamp::MAX));
    }

    #[test]
    fn doubt_is_read_back_or_held_never_sent_blindly() {
        let found = |settings: &str, edits: bool, found: Found| {
            let verdict =
                read_back(&row(edits, settings), found, Traits::default(), Timestamp::UNIX_EPOCH);
            (verdict.state, verdict.uncertain.unwrap_or("still"))
        };
        let never = || Found::Never { why: "a private chat".to_owned() };
        assert_eq!(found("{}", false, Found::Here { message: "41".to_owned() }), (Sent, "arrived"));
        assert_eq!(found("{}", false, Found::Nowhere), (Pending, "lost"));
        assert_eq!(found("{}", false, never()), (Held, "held"));
        assert_eq!(found(r#"{"on_uncertain":"resend"}"#, false, never()), (Pending, "resent"));
        assert_eq!(found("{}", true, never()), (Pending, "arrived"));
        assert_eq!(found("{}", true, Found::Here { message: "41".to_owned() }), (Sent, "arrived"));
        let not_now = Found::NotNow { why: String::new(), after: Duration::from_secs(5) };
        assert_eq!(found("{}", false, not_now.clone()), (Unknown, "still"));
        assert_eq!(found("{}", true, not_now), (Unknown, "still"));
        let restart: Timestamp = "2026-11-05T12:00:00Z".parse().unwrap();
        assert!(
            probe_after_restart(restart).duration_since(restart) > SignedDuration::from_secs(60)
        );
    }
}
