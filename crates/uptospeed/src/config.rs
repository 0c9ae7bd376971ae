//! The configuration: one table of settings from which the file's parser, the environment, `init` and docs/settings.md come.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::problem::{Code, Problem, of_file};

/// The file that is read where none is named.
pub(crate) const FILE: &str = "uptospeed.toml";

/// The largest answer of an identity provider that is read, bytes.
const OIDC_BODY_BYTES_MAX: u64 = 256 << 10;

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// `section.key`.
    pub(crate) name: &'static str,
    /// As it stands in TOML.
    pub(crate) default: &'static str,
    /// What it does, with its unit.
    pub(crate) about: &'static str,
    set: fn(&mut Config, &toml::Value) -> Result<(), String>,
}

impl Setting {
    /// The environment variable that overrides the file: `UPTOSPEED_TELEGRAM_TOKEN`.
    pub(crate) fn variable(&self) -> String {
        format!("UPTOSPEED_{}", self.name.replace('.', "_").to_uppercase())
    }
}

/// A secret: it prints as stars.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_set(&self) -> bool {
        !self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_set() { "***" } else { "not set" })
    }
}

/// Whether the bot talks with people, and with whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BotAccess {
    /// It only sends.
    Off,
    /// With those who have a one-time link.
    #[default]
    Invited,
    /// With everybody.
    Everybody,
}

/// Who may look at the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum WebAccess {
    /// Who has an account.
    #[default]
    Accounts,
    /// Everybody reads; more than reading wants an account.
    Public,
    /// Everybody who reaches it.
    Open,
}

/// The configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where it was read; `None` where there is no file.
    pub(crate) file: Option<PathBuf>,
    /// The line of the token in the file, for error messages.
    pub(crate) token_line: Option<usize>,
    pub(crate) store: PathBuf,
    pub(crate) log: String,
    pub(crate) web_bind: String,
    pub(crate) web_url: String,
    pub(crate) web_zone: String,
    pub(crate) web_access: WebAccess,
    pub(crate) web_proxy_header: String,
    pub(crate) web_proxy_peers: Vec<std::net::IpAddr>,
    pub(crate) oidc_issuer: String,
    pub(crate) oidc_client_id: String,
    pub(crate) oidc_client_secret: Secret,
    pub(crate) oidc_name: String,
    pub(crate) oidc_domains: Vec<String>,
    pub(crate) telegram_token: Secret,
    pub(crate) telegram_api: String,
    pub(crate) telegram_probe_chat: String,
    pub(crate) telegram_bot: BotAccess,
    pub(crate) telegram_webhook: bool,
    pub(crate) mail_host: String,
    pub(crate) mail_port: u16,
    pub(crate) mail_security: delivery::Security,
    pub(crate) mail_name: String,
    pub(crate) mail_password: Secret,
    pub(crate) mail_from: String,
    pub(crate) delivery_folders: PathBuf,
    pub(crate) ntfy_token: Secret,
    pub(crate) matrix_token: Secret,
    pub(crate) matrix_homeserver: String,
    pub(crate) intake_contact: String,
    pub(crate) intake_body_mib_max: u64,
    pub(crate) intake_allow_private: Vec<String>,
    pub(crate) intake_at_once: u32,
    pub(crate) intake_poll_secs_min: u64,
    pub(crate) intake_poll_secs_max: u64,
    pub(crate) intake_host_delay_millis: u64,
    pub(crate) reading_fast: bool,
    pub(crate) stories_languages: Vec<String>,
    pub(crate) stories_live_days: u32,
    pub(crate) stories_memory_mib: u32,
}

impl Default for Config {
    fn default() -> Self {
        let mut config = Self {
            file: None,
            token_line: None,
            store: PathBuf::new(),
            log: String::new(),
            web_bind: String::new(),
            web_url: String::new(),
            web_zone: String::new(),
            web_access: WebAccess::default(),
            web_proxy_header: String::new(),
            web_proxy_peers: Vec::new(),
            oidc_issuer: String::new(),
            oidc_client_id: String::new(),
            oidc_client_secret: Secret::default(),
            oidc_name: String::new(),
            oidc_domains: Vec::new(),
            telegram_token: Secret::default(),
            telegram_api: String::new(),
            telegram_probe_chat: String::new(),
            telegram_bot: BotAccess::default(),
            telegram_webhook: false,
            mail_host: String::new(),
            mail_port: 0,
            mail_security: delivery::Security::default(),
            mail_name: String::new(),
            mail_password: Secret::default(),
            mail_from: String::new(),
            delivery_folders: PathBuf::new(),
            ntfy_token: Secret::default(),
            matrix_token: Secret::default(),
            matrix_homeserver: String::new(),
            intake_contact: String::new(),
            intake_body_mib_max: 0,
            intake_allow_private: Vec::new(),
            intake_at_once: 0,
            intake_poll_secs_min: 0,
            intake_poll_secs_max: 0,
            intake_host_delay_millis: 0,
            reading_fast: false,
            stories_languages: Vec::new(),
            stories_live_days: 0,
            stories_memory_mib: 0,
        };
        for setting in SETTINGS {
            // A default that does not parse is caught by a test.
            if let Ok(value) = setting.default.parse::<toml::Value>() {
                drop((setting.set)(&mut config, &value));
            }
        }
        config
    }
}

/// Every setting, in the order of the file that `init` writes.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "store.file",
        default: "\"uptospeed.db\"",
        about: "where everything is kept: one SQLite file, or a PostgreSQL database: \"postgres://user:password@host/name\"",
        set: |c, v| put_path(&mut c.store, v),
    },
    Setting {
        name: "log.level",
        default: "\"info\"",
        about: "error, warn, info, debug, or a filter such as \"info,intake=debug\"",
        set: |c, v| put(&mut c.log, v),
    },
    Setting {
        name: "web.bind",
        default: "\"127.0.0.1:7878\"",
        about: "address of the page; keep it on loopback unless a proxy with TLS stands before it",
        set: |c, v| put(&mut c.web_bind, v),
    },
    Setting {
        name: "web.url",
        default: "\"http://127.0.0.1:7878\"",
        about: "how readers reach the page: links in messages begin with it",
        set: |c, v| put(&mut c.web_url, v),
    },
    Setting {
        name: "web.zone",
        default: "\"UTC\"",
        about: "time zone of the page and of cards, as in the IANA list: Europe/Berlin",
        set: |c, v| put_zone(&mut c.web_zone, v),
    },
    Setting {
        name: "web.access",
        default: "\"accounts\"",
        about: "\"accounts\": who reads logs in (`uptospeed account link` asks somebody in); \"public\": everybody reads, more wants an account; \"open\": no accounts, the machine itself operates",
        set: |c, v| {
            use WebAccess::{Accounts, Open, Public};
            c.web_access =
                one_of(v, &[("accounts", Accounts), ("public", Public), ("open", Open)])?;
            Ok(())
        },
    },
    Setting {
        name: "web.proxy_header",
        default: "\"\"",
        about: "the header in which a proxy of yours says who is logged in, such as \"Remote-User\"; empty: none is believed",
        set: |c, v| put(&mut c.web_proxy_header, v),
    },
    Setting {
        name: "web.proxy_peers",
        default: "[\"127.0.0.1\"]",
        about: "addresses from which that header is believed",
        set: |c, v| put_addresses(&mut c.web_proxy_peers, v),
    },
    Setting {
        name: "oidc.issuer",
        default: "\"\"",
        about: "an identity provider (OpenID Connect) at which people may log in, as it calls itself: \"https://id.example.org\"; empty: none",
        set: |c, v| put(&mut c.oidc_issuer, v),
    },
    Setting {
        name: "oidc.client_id",
        default: "\"\"",
        about: "what the provider calls this program; register web.url + \"/login/oidc/back\" there",
        set: |c, v| put(&mut c.oidc_client_id, v),
    },
    Setting {
        name: "oidc.client_secret",
        default: "\"\"",
        about: "its secret there, if it has one; better given as UPTOSPEED_OIDC_CLIENT_SECRET",
        set: |c, v| put_secret(&mut c.oidc_client_secret, v),
    },
    Setting {
        name: "oidc.name",
        default: "\"single sign-on\"",
        about: "what people call the provider: \"Log in with …\"",
        set: |c, v| put(&mut c.oidc_name, v),
    },
    Setting {
        name: "oidc.domains",
        default: "[]",
        about: "whose verified e-mail address is in one of these domains reads unasked: [\"paper.example\"]; others come in by a link or when an admin wrote their address down",
        set: |c, v| put_list(&mut c.oidc_domains, v),
    },
    Setting {
        name: "telegram.token",
        default: "\"\"",
        about: "the bot's token, from @BotFather; better given as UPTOSPEED_TELEGRAM_TOKEN",
        set: |c, v| put_secret(&mut c.telegram_token, v),
    },
    Setting {
        name: "telegram.api",
        default: "\"https://api.telegram.org\"",
        about: "a Bot API server of your own, where you run one",
        set: |c, v| put(&mut c.telegram_api, v),
    },
    Setting {
        name: "telegram.probe_chat",
        default: "\"\"",
        about: "a silent chat of yours into which the bot forwards a message to see whether an uncertain one arrived",
        set: |c, v| put(&mut c.telegram_probe_chat, v),
    },
    Setting {
        name: "telegram.bot",
        default: "\"invited\"",
        about: "who may talk with the bot: \"invited\" (`uptospeed follow invite` makes a one-time link), \"everybody\", \"off\"",
        set: |c, v| {
            c.telegram_bot = one_of(
                v,
                &[
                    ("invited", BotAccess::Invited),
                    ("everybody", BotAccess::Everybody),
                    ("off", BotAccess::Off),
                ],
            )?;
            Ok(())
        },
    },
    Setting {
        name: "telegram.webhook",
        default: "false",
        about: "true: Telegram calls web.url (https, port 443, 80, 88 or 8443) instead of being asked",
        set: |c, v| {
            c.telegram_webhook = v.as_bool().ok_or("must be true or false")?;
            Ok(())
        },
    },
    Setting {
        name: "mail.host",
        default: "\"\"",
        about: "the mail server that letters go out by; empty: follows to mail addresses wait",
        set: |c, v| put(&mut c.mail_host, v),
    },
    Setting {
        name: "mail.port",
        default: "587",
        about: "its port: 587 with \"starttls\", 465 with \"tls\"",
        set: |c, v| {
            let mut port = 0;
            put_small(&mut port, v, 1, 65_535)?;
            c.mail_port = port as u16;
            Ok(())
        },
    },
    Setting {
        name: "mail.security",
        default: "\"starttls\"",
        about: "\"starttls\", \"tls\", or \"none\" for a server on this machine",
        set: |c, v| {
            use delivery::Security::{None, StartTls, Tls};
            c.mail_security = one_of(v, &[("starttls", StartTls), ("tls", Tls), ("none", None)])?;
            Ok(())
        },
    },
    Setting {
        name: "mail.name",
        default: "\"\"",
        about: "the name to log in with; empty: without",
        set: |c, v| put(&mut c.mail_name, v),
    },
    Setting {
        name: "mail.password",
        default: "\"\"",
        about: "its password; better given as UPTOSPEED_MAIL_PASSWORD",
        set: |c, v| put_secret(&mut c.mail_password, v),
    },
    Setting {
        name: "mail.from",
        default: "\"\"",
        about: "who letters are from: \"Up to speed <news@example.org>\"",
        set: |c, v| put(&mut c.mail_from, v),
    },
    Setting {
        name: "ntfy.token",
        default: "\"\"",
        about: "access token of ntfy topics that ask for one",
        set: |c, v| put_secret(&mut c.ntfy_token, v),
    },
    Setting {
        name: "matrix.token",
        default: "\"\"",
        about: "access token of the account that writes into Matrix rooms",
        set: |c, v| put_secret(&mut c.matrix_token, v),
    },
    Setting {
        name: "matrix.homeserver",
        default: "\"\"",
        about: "where that account lives, https://…; empty: the server in the room's name",
        set: |c, v| put(&mut c.matrix_homeserver, v),
    },
    Setting {
        name: "delivery.folders",
        default: "\"news\"",
        about: "where folders of Markdown files are, for follows to folder:NAME",
        set: |c, v| put_path(&mut c.delivery_folders, v),
    },
    Setting {
        name: "intake.contact",
        default: "\"\"",
        about: "an address in the User-Agent where outlets can reach you",
        set: |c, v| put(&mut c.intake_contact, v),
    },
    Setting {
        name: "intake.body_mib_max",
        default: "10",
        about: "largest feed or page, in MiB after decoding",
        set: |c, v| put_number(&mut c.intake_body_mib_max, v, 1, 256),
    },
    Setting {
        name: "intake.at_once",
        default: "16",
        about: "pages fetched at the same time, over all hosts",
        set: |c, v| put_small(&mut c.intake_at_once, v, 1, 256),
    },
    Setting {
        name: "intake.poll_secs_max",
        default: "21600",
        about: "seconds between two polls of one feed, at most, however slow its rhythm",
        set: |c, v| put_number(&mut c.intake_poll_secs_max, v, 1, 604_800),
    },
    Setting {
        name: "intake.poll_secs_min",
        default: "180",
        about: "seconds between two polls of one feed, at least; each feed's own rhythm decides above that",
        set: |c, v| put_number(&mut c.intake_poll_secs_min, v, 1, 86_400),
    },
    Setting {
        name: "intake.host_delay_millis",
        default: "1000",
        about: "milliseconds between two requests to one host",
        set: |c, v| put_number(&mut c.intake_host_delay_millis, v, 0, 600_000),
    },
    Setting {
        name: "intake.allow_private",
        default: "[]",
        about: "hosts in private networks that may be read all the same: [\"intranet.example:8080\"]",
        set: |c, v| put_list(&mut c.intake_allow_private, v),
    },
    Setting {
        name: "reading.fast",
        default: "false",
        about: "true: language packs in 16-bit numbers (faster, a few labels in ten thousand differ); only with AVX-512 VNNI",
        set: |c, v| {
            c.reading_fast = v.as_bool().ok_or("must be true or false")?;
            Ok(())
        },
    },
    Setting {
        name: "stories.languages",
        default: "[\"en\", \"de\", \"fr\", \"ru\"]",
        about: "your languages in order: a story's headline is the first printed in them",
        set: |c, v| put_list(&mut c.stories_languages, v),
    },
    Setting {
        name: "stories.live_days",
        default: "7",
        about: "days without news after which a story takes no more articles",
        set: |c, v| put_small(&mut c.stories_live_days, v, 1, 90),
    },
    Setting {
        name: "stories.memory_mib",
        default: "96",
        about: "MiB of memory for stories that may take articles; past it those asked for longest ago are read back from the store when an article may be theirs (about 15,000 articles in 96)",
        set: |c, v| put_small(&mut c.stories_memory_mib, v, 16, 65_536),
    },
];

fn put(to: &mut String, value: &toml::Value) -> Result<(), String> {
    value.as_str().ok_or("must be a text in quotation marks")?.clone_into(to);
    Ok(())
}

fn put_path(to: &mut PathBuf, value: &toml::Value) -> Result<(), String> {
    *to = PathBuf::from(
        value.as_str().filter(|s| !s.is_empty()).ok_or("must be a file name in quotation marks")?,
    );
    Ok(())
}

fn put_secret(to: &mut Secret, value: &toml::Value) -> Result<(), String> {
    let mut text = String::new();
    put(&mut text, value)?;
    *to = Secret(text);
    Ok(())
}

/// One of a few words.
fn one_of<T: Copy>(value: &toml::Value, words: &[(&str, T)]) -> Result<T, String> {
    let said = value.as_str().unwrap_or("");
    words.iter().find(|(word, _)| *word == said).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let all: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        format!("must be one of {}", all.join(", "))
    })
}

fn put_zone(to: &mut String, value: &toml::Value) -> Result<(), String> {
    let mut name = String::new();
    put(&mut name, value)?;
    if jiff::tz::TimeZone::get(&name).is_err() {
        return Err(format!("\"{name}\" is no time zone of the IANA list, such as Europe/Berlin"));
    }
    *to = name;
    Ok(())
}

fn put_number(to: &mut u64, value: &toml::Value, low: u64, high: u64) -> Result<(), String> {
    let number =
        value.as_integer().and_then(|n| u64::try_from(n).ok()).filter(|n| (low..=high).contains(n));
    *to = number.ok_or_else(|| format!("must be a number from {low} to {high}"))?;
    Ok(())
}

fn put_small(to: &mut u32, value: &toml::Value, low: u64, high: u64) -> Result<(), String> {
    let mut wide = 0;
    put_number(&mut wide, value, low, high)?;
    *to = wide as u32;
    Ok(())
}

fn put_addresses(to: &mut Vec<std::net::IpAddr>, value: &toml::Value) -> Result<(), String> {
    let mut texts = Vec::new();
    put_list(&mut texts, value)?;
    *to = texts
        .iter()
        .map(|text| {
            text.parse().map_err(|_no_address| format!("{text} is no address such as 127.0.0.1"))
        })
        .collect::<Result<_, String>>()?;
    Ok(())
}

fn put_list(to: &mut Vec<String>, value: &toml::Value) -> Result<(), String> {
    let list = value.as_array().ok_or("must be a list: [\"one\", \"two\"]")?;
    *to = list
        .iter()
        .map(|v| v.as_str().map(str::to_owned).ok_or("must be a list of texts: [\"one\", \"two\"]"))
        .collect::<Result<_, _>>()?;
    Ok(())
}

impl Config {
    /// Reads the file (where there is one, or where it is named) and then the environment.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self> {
        let mut config = Self::default();
        let path = named.unwrap_or(Path::new(FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => config.read(path, &text)?,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(of_file(&path.display().to_string(), &error).into()),
        }
        for setting in SETTINGS {
            let variable = setting.variable();
            let Some(value) = std::env::var_os(&variable) else { continue };
            let value = value.to_string_lossy().into_owned();
            // A number or a list is written as in TOML; anything else is a text and needs no quotation marks.
            let parsed = value.parse::<toml::Value>().ok().filter(|v| !v.is_str());
            let done = match parsed.map(|v| (setting.set)(&mut config, &v)) {
                Some(Ok(())) => Ok(()),
                _ => (setting.set)(&mut config, &toml::Value::String(value)),
            };
            done.map_err(|why| Problem::new(Code::BadConfig, format!("{variable} {why}")))?;
        }
        Ok(config)
    }

    fn read(&mut self, path: &Path, text: &str) -> Result<()> {
        let place = |line: Option<usize>| match line {
            Some(line) => format!("{}:{line}", path.display()),
            None => path.display().to_string(),
        };
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map(|s| line_at(text, s.start));
            Problem::new(Code::BadConfig, error.message().to_owned()).at(place(line))
        })?;
        self.file = Some(path.to_owned());
        for (section, keys) in &table {
            let Some(keys) = keys.as_table() else {
                return Err(unknown(section).at(place(line_of(text, section, None))).into());
            };
            for (key, value) in keys {
                let name = format!("{section}.{key}");
                let line = line_of(text, key, Some(section));
                let Some(setting) = SETTINGS.iter().find(|s| s.name == name) else {
                    return Err(unknown(&name).at(place(line)).into());
                };
                (setting.set)(self, value).map_err(|why| {
                    Problem::new(Code::BadConfig, format!("{name} {why}")).at(place(line))
                })?;
                if name == "telegram.token" {
                    self.token_line = line;
                }
            }
        }
        Ok(())
    }

    /// The one door to the network, as the operator allows it.
    pub(crate) fn door(&self) -> Result<net::Door> {
        let mut policy = net::Policy::default();
        if !self.intake_contact.is_empty() {
            policy.user_agent = format!("{} (+{})", policy.user_agent, self.intake_contact.trim());
        }
        policy.limits.body_bytes_max = self.intake_body_mib_max << 20;
        policy.requests_max = self.intake_at_once as usize;
        for host in &self.intake_allow_private {
            let allow = net::Allow::parse(host).map_err(|why| {
                Problem::new(Code::BadConfig, format!("intake.allow_private: {why}"))
            })?;
            policy.allow.push(allow);
        }
        Ok(net::Door::new(policy))
    }

    /// How readers are reached.
    pub(crate) fn courier(&self) -> delivery::CourierSettings {
        let telegram = self.telegram_token.is_set().then(|| delivery::Telegram {
            api_url: self.telegram_api.clone(),
            log_chat: Some(self.telegram_probe_chat.clone()).filter(|chat| !chat.is_empty()),
            ..delivery::Telegram::new(self.telegram_token.reveal())
        });
        delivery::CourierSettings {
            telegram,
            mail: self.mail(),
            base_url: Some(self.web_url.clone()),
            folders: Some(self.delivery_folders.clone()),
            defaults: self.delivery_defaults(),
            ..Default::default()
        }
    }

    /// The mail server, where one is set.
    fn mail(&self) -> Option<delivery::Mail> {
        (!self.mail_host.is_empty()).then(|| delivery::Mail {
            host: self.mail_host.clone(),
            port: self.mail_port,
            security: self.mail_security,
            login: (!self.mail_name.is_empty()).then(|| {
                (self.mail_name.clone(), delivery::Secret::new(self.mail_password.reveal()))
            }),
            from: self.mail_from.clone(),
            secret: delivery::Secret::default(),
        })
    }

    /// What holds for every destination that says nothing of its own.
    pub(crate) fn delivery_defaults(&self) -> delivery::Defaults {
        delivery::Defaults {
            zone: Some(self.web_zone.clone()),
            ntfy_token: delivery::Secret::new(self.ntfy_token.reveal()),
            matrix_token: delivery::Secret::new(self.matrix_token.reveal()),
            matrix_homeserver: Some(self.matrix_homeserver.clone()).filter(|url| !url.is_empty()),
        }
    }

    /// How eagerly the world is asked.
    pub(crate) fn intake(&self) -> intake::Settings {
        intake::Settings {
            poll_min: std::time::Duration::from_secs(self.intake_poll_secs_min),
            poll_max: std::time::Duration::from_secs(
                self.intake_poll_secs_max.max(self.intake_poll_secs_min),
            ),
            host_delay: std::time::Duration::from_millis(self.intake_host_delay_millis),
            under_way_max: self.intake_at_once,
            ..intake::Settings::default()
        }
    }

    /// Who may look at the pages; a replay of invented news is open.
    fn access(&self, replay: bool) -> Result<web::Access> {
        if replay || self.web_access == WebAccess::Open {
            return Ok(web::Access::Open);
        }
        let proxy = (!self.web_proxy_header.is_empty()).then(|| web::Proxy {
            header: self.web_proxy_header.clone(),
            peers: self.web_proxy_peers.clone(),
        });
        let public = self.web_access == WebAccess::Public;
        let mut desk = web::Desk::new(public, proxy);
        if let Some(oidc) = self.oidc()? {
            desk = desk.with_oidc(oidc);
        }
        Ok(web::Access::Accounts(std::sync::Arc::new(desk)))
    }

    /// The identity provider, where one is set, with a door of its own: small answers, and the issuer's own host let through, for
    /// it may stand in a private network.
    pub(crate) fn oidc(&self) -> Result<Option<web::Oidc>> {
        if self.oidc_issuer.is_empty() {
            return Ok(None);
        }
        let mut policy = net::Policy::default();
        policy.limits.body_bytes_max = OIDC_BODY_BYTES_MAX;
        policy.limits.wire_bytes_max = OIDC_BODY_BYTES_MAX;
        if let Ok(url) = url::Url::parse(&self.oidc_issuer)
            && let Some(host) = url.host_str()
        {
            let host = host.to_owned();
            policy.allow.push(net::Allow::Host { host, port: url.port_or_known_default() });
        }
        let oidc = web::Oidc {
            issuer: self.oidc_issuer.clone(),
            client_id: self.oidc_client_id.clone(),
            client_secret: self.oidc_client_secret.reveal().to_owned(),
            name: self.oidc_name.clone(),
            domains: self.oidc_domains.clone(),
            door: net::Door::new(policy),
        };
        let wrong = if self.web_proxy_header.is_empty() {
            oidc.wrong()
        } else {
            // Both give names; a person of the one could take the name of somebody of the other.
            Some(
                "oidc.issuer and web.proxy_header are both set; one of them says who is logged in"
                    .to_owned(),
            )
        };
        match wrong {
            Some(wrong) => Err(Problem::new(Code::BadConfig, wrong).into()),
            None => Ok(Some(oidc)),
        }
    }

    /// What the pages are made from.
    pub(crate) fn web(
        &self,
        store: std::sync::Arc<store::Store>,
        clock: crate::clock::Clock,
        land: Option<std::sync::Arc<web::Land>>,
        preview: Option<std::sync::Arc<dyn web::Preview>>,
    ) -> Result<web::Site> {
        Ok(web::Site {
            store: store.clone(),
            zone: self.zone(),
            languages: self.stories_languages.clone(),
            base_url: self.web_url.clone(),
            now: std::sync::Arc::new(move || clock.now()),
            access: self.access(preview.is_some())?,
            follows: Some(std::sync::Arc::new(crate::follows::Follows::new(store))),
            land,
            preview,
        })
    }

    /// The reader's time zone.
    pub(crate) fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.web_zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }

    /// The file that `init` writes: every setting with its meaning and its default.
    pub(crate) fn template() -> String {
        let mut out = String::from(
            "# uptospeed: every setting with its default. Lines that begin with # do nothing.\n",
        );
        let mut section = "";
        for setting in SETTINGS {
            let (head, key) = setting.name.split_once('.').unwrap_or(("", setting.name));
            if head != section {
                section = head;
                out.push_str(&format!("\n[{section}]\n"));
            }
            out.push_str(&format!("# {}\n# {key} = {}\n", setting.about, setting.default));
        }
        out
    }
}

/// An unknown key, with the one that was probably meant.
fn unknown(name: &str) -> Problem {
    // A key without its section first, then a slip of the finger.
    let alone =
        SETTINGS.iter().find(|s| s.name.ends_with(&format!(".{name}"))).map(|s| (0, s.name));
    let nearest = alone.or_else(|| SETTINGS.iter().map(|s| (distance(name, s.name), s.name)).min());
    let problem = Problem::new(Code::BadConfig, format!("there is no setting {name}"));
    match nearest {
        Some((steps, meant)) if steps <= 3 => problem.help(format!("{meant} was probably meant")),
        _ => {
            problem.help("docs/settings.md lists all settings; `uptospeed init --print` shows them")
        }
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, y) in b.iter().enumerate() {
            let (left, above) =
                (row.get(j).copied().unwrap_or(0), row.get(j + 1).copied().unwrap_or(0));
            let cost = (before + usize::from(x != *y)).min(left + 1).min(above + 1);
            before = above;
            if let Some(slot) = row.get_mut(j + 1) {
                *slot = cost;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}

fn line_at(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

/// The line on which a key stands in its section.
fn line_of(text: &str, key: &str, section: Option<&str>) -> Option<usize> {
    let mut here = section.is_none();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.split(']').next()) {
            if section.is_none() && name.trim() == key {
                return Some(n + 1);
            }
            here = section.is_none_or(|s| s == name.trim());
        } else if here && line.split('=').next().is_some_and(|k| k.trim().trim_matches('"') == key)
        {
            return Some(n + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<Config, String> {
        let mut config = Config::default();
        config.read(Path::new("u.toml"), text).map_err(|e| e.to_string())?;
        Ok(config)
    }

    #[test]
    fn every_default_is_what_its_setting_takes() {
        for setting in SETTINGS {
            let value = setting.default.parse::<toml::Value>();
            let done = value
                .map_err(|e| e.to_string())
                .and_then(|v| (setting.set)(&mut Config::default(), &v));
            assert_eq!(done, Ok(()), "{}", setting.name);
        }
        assert_eq!(Config::default().web_bind, "127.0.0.1:7878");
    }

    #[test]
    fn the_written_file_says_the_same_as_no_file() {
        let uncommented = Config::template().replace("\n# ", "\n");
        // What were sentences is no TOML: only the settings' lines are kept.
        let keys: String = uncommented
            .lines()
            .filter(|l| l.starts_with('[') || l.split(" = ").count() == 2 && !l.contains(": keep"))
            .map(|l| format!("{l}\n"))
            .collect();
        assert!(read(&keys).is_ok(), "{keys}");
    }

    #[test]
    fn a_provider_is_set_up_safely_or_not_at_all() {
        let check = |lines: &str, expected: Option<&str>| {
            let config = read(lines).unwrap();
            let wrong = config.oidc().err().map(|e| e.to_string());
            match (&wrong, expected) {
                (None, None) => {}
                (Some(wrong), Some(words)) => assert!(wrong.contains(words), "{lines}: {wrong}"),
                _ => panic!("{lines}: {wrong:?}"),
            }
        };
        let issuer = "[oidc]\nissuer = \"https://id.example\"\n";
        check("", None);
        check(&format!("{issuer}client_id = \"news\"\n"), None);
        check(issuer, Some("oidc.client_id is missing"));
        check("[oidc]\nissuer = \"http://id.example\"\nclient_id = \"x\"\n", Some("https://"));
        check(
            &format!("[web]\nproxy_header = \"Remote-User\"\n{issuer}client_id = \"x\"\n"),
            Some("both set"),
        );
        let secret = read("[oidc]\nclient_secret = \"not to be seen\"\n").unwrap();
        assert!(!format!("{secret:?}").contains("not to be seen"));
    }

    #[test]
    fn errors_say_where_and_what_was_meant() {
        for (text, words) in [
            ("[telegram]\ntokn = \"x\"\n", "u.toml:2\n  help: telegram.token was probably meant"),
            ("[web]\nbind = 5\n", "web.bind must be a text in quotation marks\n  where: u.toml:2"),
            ("[web]\n\nzone = \"Mars/Olympus\"\n", "is no time zone"),
            ("[intake]\nat_once = 0\n", "must be a number from 1 to 256"),
            (
                "[telegram]\nbot = \"friends\"\n",
                "must be one of \"invited\", \"everybody\", \"off\"",
            ),
            ("[telegram]\nwebhook = \"yes\"\n", "must be true or false"),
            ("[reading]\nfast = 1\n", "reading.fast must be true or false"),
            ("[mail]\nport = 70000\n", "must be a number from 1 to 65535"),
            ("[mail]\nsecurity = \"ssl\"\n", "must be one of \"starttls\", \"tls\", \"none\""),
            ("[web\n", "u.toml:1"),
            ("token = \"x\"\n", "telegram.token was probably meant"),
        ] {
            let error = read(text).err().unwrap_or_default();
            assert!(error.contains(words), "{text:?} gave {error}");
        }
    }

    #[test]
    fn reading_is_exact_unless_it_is_told_to_be_fast() {
        let fast = |text: &str| read(text).map(|config| config.reading_fast);
        assert_eq!(fast(""), Ok(false));
        assert_eq!(fast("[reading]\nfast = true\n"), Ok(true));
        assert_eq!(fast("[reading]\nfast = false\n"), Ok(false));
    }

    #[test]
    fn what_is_set_reaches_the_courier() {
        let config = read(
            "[web]\nzone = \"Asia/Tokyo\"\n[mail]\nhost = \"m.example\"\nport = 465\nsecurity = \"tls\"\nname = \"news\"\npassword = \"s3cret\"\nfrom = \"news@m.example\"\n\
             [ntfy]\ntoken = \"tk_1\"\n[matrix]\ntoken = \"syt_1\"\nhomeserver = \"https://hs.example\"\n[delivery]\nfolders = \"/srv/news\"\n",
        )
        .unwrap_or_default();
        let courier = config.courier();
        assert!(Config::default().courier().mail.is_none(), "without a host there is no mail");
        let mail = courier.mail.as_ref();
        assert_eq!(
            mail.map(|m| (m.host.as_str(), m.port, m.security)),
            Some(("m.example", 465, delivery::Security::Tls))
        );
        assert_eq!(
            mail.and_then(|m| m.login.clone()).map(|(n, s)| (n, s.is("s3cret"))),
            Some(("news".to_owned(), true))
        );
        assert_eq!(courier.folders.as_deref(), Some(Path::new("/srv/news")));
        let room = courier.defaults.fill("matrix", "{}");
        assert_eq!(
            (room.secrets, room.homeserver.as_deref()),
            (vec!["syt_1".to_owned()], Some("https://hs.example"))
        );
        assert_eq!(courier.defaults.fill("ntfy", "{}").secrets, ["tk_1"]);
        assert_eq!(courier.defaults.fill("telegram", "{}").zone.as_deref(), Some("Asia/Tokyo"));
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn a_secret_never_prints() {
        let config = read("[telegram]\ntoken = \"12:abc\"\n").unwrap_or_default();
        assert!(config.telegram_token.is_set());
        assert!(!format!("{config:?}").contains("abc"));
    }
}
