//! What is set for a destination, as the store keeps it: JSON.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use crate::schedule::Schedule;
use crate::wire::Secret;

/// What is done with a send whose answer never came and that cannot be read back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUncertain {
    /// A person is asked.
    #[default]
    Hold,
    /// It is sent again, and counted: it may arrive twice.
    Resend,
}

/// What is done when a forum topic is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnLostTopic {
    /// The destination is paused and a person is asked.
    #[default]
    Pause,
    /// It goes to the General topic.
    General,
}

/// What is set for a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Hours of digests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub digest_at: Vec<Time>,
    /// From when to when nothing makes a sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<(Time, Time)>,
    /// IANA name of the zone of these hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// A digest with nothing new is sent too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_digest: bool,
    /// When nobody knows whether it arrived.
    pub on_uncertain: OnUncertain,
    /// When the forum topic is gone.
    pub on_lost_topic: OnLostTopic,
    /// Every step is a message of its own (webhooks).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub every_step: bool,
    /// Posts are Rich Messages (Telegram's, since Bot API 10.1).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rich: bool,
    /// Languages of headlines and quotes, in the order of preference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// A chat of the operator's, where messages are read back (Telegram's own forward).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_chat: Option<String>,
    /// Where a Matrix room is reached, where it is not the server in the room's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub homeserver: Option<String>,
    /// The destination's own secrets, newest first: a webhook's signing secrets (`whsec_…`), a Matrix or ntfy access token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
}

impl Settings {
    /// Reads what the store has; what cannot be read is as if not set.
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// Writes them for the store.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Takes over what a follow's sentence says about hours.
    pub fn take(&mut self, schedule: &Schedule) {
        if !schedule.digest_at.is_empty() {
            self.digest_at.clone_from(&schedule.digest_at);
        }
        if schedule.quiet.is_some() || schedule.never_quiet {
            self.quiet = schedule.quiet;
        }
        if schedule.zone.is_some() {
            self.zone.clone_from(&schedule.zone);
        }
        self.empty_digest |= schedule.empty_digest;
    }

    /// When this destination is spoken to.
    pub fn schedule(&self) -> Schedule {
        Schedule {
            digest_at: self.digest_at.clone(),
            quiet: self.quiet,
            never_quiet: false,
            zone: self.zone.clone(),
            empty_digest: self.empty_digest,
        }
    }
}

/// What the operator set for every destination that says nothing of its own.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// IANA name of the zone of hours; `None`: UTC.
    pub zone: Option<String>,
    /// The access token of ntfy topics; empty: none.
    pub ntfy_token: Secret,
    /// The access token of Matrix rooms; empty: none.
    pub matrix_token: Secret,
    /// Where Matrix rooms are reached, where it is not the server in the room's name.
    pub matrix_homeserver: Option<String>,
}

impl Defaults {
    /// The settings of a destination of this kind, with what it does not say filled in.
    pub fn fill(&self, kind: &str, json: &str) -> Settings {
        let mut settings = Settings::read(json);
        settings.zone = settings.zone.or_else(|| self.zone.clone());
        let token = match kind {
            "ntfy" => self.ntfy_token.reveal(),
            "matrix" => self.matrix_token.reveal(),
            _ => "",
        };
        if settings.secrets.is_empty() && !token.is_empty() {
            settings.secrets.push(token.to_owned());
        }
        if kind == "matrix" {
            settings.homeserver = settings.homeserver.or_else(|| self.matrix_homeserver.clone());
        }
        settings
    }

    /// Fills in a destination as it came from the store; what is kept there stays as it is.
    pub(crate) fn fill_in(&self, to: &mut store::Destination) {
        to.settings = self.fill(&to.kind, &to.settings).write();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &str, json: &str, expected: (&str, &[&str], Option<&str>)) {
        let defaults = Defaults {
            zone: Some("Europe/Berlin".to_owned()),
            ntfy_token: Secret::new("tk_n"),
            matrix_token: Secret::new("syt_m"),
            matrix_homeserver: Some("https://m.example".to_owned()),
        };
        let filled = defaults.fill(kind, json);
        let seen = (
            filled.zone.as_deref().unwrap_or(""),
            filled.secrets.iter().map(String::as_str).collect::<Vec<_>>(),
            filled.homeserver.as_deref(),
        );
        assert_eq!((seen.0, seen.1.as_slice(), seen.2), expected, "{kind} {json}");
    }

    #[test]
    fn a_destination_keeps_its_own_and_takes_the_rest_from_the_operator() {
        check("telegram", "{}", ("Europe/Berlin", &[], None));
        check("telegram", r#"{"zone":"Asia/Tokyo"}"#, ("Asia/Tokyo", &[], None));
        check("ntfy", "{}", ("Europe/Berlin", &["tk_n"], None));
        check("matrix", "{}", ("Europe/Berlin", &["syt_m"], Some("https://m.example")));
        check(
            "matrix",
            r#"{"secrets":["own"]}"#,
            ("Europe/Berlin", &["own"], Some("https://m.example")),
        );
        check("webhook", "not JSON", ("Europe/Berlin", &[], None));
    }
}
