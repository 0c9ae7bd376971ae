//! People as an identity provider names them, and whom an admin asked in by an address that it has verified.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{COLUMNS, Person, Role, end_proofs, one_person, person_of, use_up};
use crate::{Result, Store, millis, timestamp};

/// Names that are tried for somebody whose own is taken.
const NAMES_MAX: u32 = 1_000;

/// Somebody as an identity provider names them: unique and never given to another (OpenID Connect Core 1.0, section 2, `sub`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which provider.
    pub issuer: String,
    /// Its name for the person.
    pub subject: String,
}

/// What lets somebody in who has no account yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticket<'a> {
    /// A one-time link; one for an account that exists binds that account.
    Link(&'a str),
    /// An e-mail address that the provider has verified and an admin wrote down.
    Email(&'a str),
    /// Nothing more: everybody of the provider's may, in that role.
    Anybody(Role),
}

/// Somebody whom an admin asked in by e-mail address, and who has not come yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The address.
    pub email: String,
    /// What the account will be able to do.
    pub role: Role,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Store {
    /// The person to whom a provider's name is bound.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn bound(&self, subject: &Subject) -> Result<Option<Person>> {
        self.read(|conn| Ok(of_subject(conn, subject)?))
    }

    /// Binds a provider's name to a person: to a new one, or to the one whom a link is for. The ticket's use and the account
    /// are one step. Whose name is bound already stays who they are, and the ticket unused. `None`: the ticket is no good.
    ///
    /// A name that is taken is never somebody else's account: the newcomer gets "Ada 2".
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn bind(
        &self,
        subject: &Subject,
        ticket: Ticket<'_>,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<Person>> {
        self.write(|tx| {
            if let Some(person) = of_subject(tx, subject)? {
                return Ok(Some(person));
            }
            let used = match ticket {
                Ticket::Link(token) => use_up(tx, token, &subject.subject, now)?,
                Ticket::Email(email) => tx
                    .prepare_cached(
                        "DELETE FROM guest WHERE email = ?1 AND expires_at > ?2 RETURNING role",
                    )?
                    .query_row(params![email, millis(now)], |r| Ok((r.get(0)?, None)))
                    .optional()?,
                Ticket::Anybody(role) => Some((role.as_str().to_owned(), None)),
            };
            let Some((role, known)) = used else { return Ok(None) };
            if let Some(id) = known {
                tx.prepare_cached("UPDATE person SET issuer = ?2, subject = ?3 WHERE id = ?1")?
                    .execute(params![id, subject.issuer, subject.subject])?;
                end_proofs(tx, id)?;
                return Ok(one_person(tx, "id = ?1", [id])?);
            }
            let Some(name) = free_name(tx, name)? else { return Ok(None) };
            let added = tx
                .prepare_cached(&format!(
                    "INSERT INTO person (name, role, added_at, issuer, subject) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING {COLUMNS}"
                ))?
                .query_row(
                    params![name, role, millis(now), subject.issuer, subject.subject],
                    person_of,
                )?;
            Ok(Some(added))
        })
    }

    /// Writes down whom to let in by an e-mail address; once more for the same address changes role and time.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn ask_guest(&self, guest: &Guest) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO guest VALUES (?1, ?2, ?3)
                 ON CONFLICT (email) DO UPDATE SET role = excluded.role, expires_at = excluded.expires_at",
            )?
            .execute(params![guest.email, guest.role.as_str(), millis(guest.expires_at)])?;
            Ok(())
        })
    }

    /// Who was asked in by e-mail address and may still come, by address.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn guests(&self, now: Timestamp) -> Result<Vec<Guest>> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached(
                    "SELECT email, role, expires_at FROM guest WHERE expires_at > ?1 ORDER BY email",
                )?
                .query_map([millis(now)], |r| {
                    let role: String = r.get(1)?;
                    Ok(Guest {
                        email: r.get(0)?,
                        role: Role::of(&role).unwrap_or(Role::Reader),
                        expires_at: timestamp(r.get(2)?),
                    })
                })?
                .collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Takes an address back. `false`: it was not written down.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn remove_guest(&self, email: &str) -> Result<bool> {
        self.write(|tx| {
            Ok(tx.prepare_cached("DELETE FROM guest WHERE email = ?1")?.execute([email])? > 0)
        })
    }
}

fn of_subject(conn: &Connection, subject: &Subject) -> rusqlite::Result<Option<Person>> {
    one_person(conn, "issuer = ?1 AND subject = ?2", params![subject.issuer, subject.subject])
}

/// The name, or the first of "Ada 2", "Ada 3" … that nobody has.
fn free_name(conn: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    for n in 1..=NAMES_MAX {
        let tried = if n == 1 { name.to_owned() } else { format!("{name} {n}") };
        if one_person(conn, "name = ?1", [&tried])?.is_none() {
            return Ok(Some(tried));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(name: &str) -> Subject {
        Subject { issuer: "https://id.example".to_owned(), subject: name.to_owned() }
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(hours)
    }

    #[test]
    fn each_ticket_lets_one_in_and_is_used_up() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("s.db")).unwrap();
        let check = |who: &str, ticket: Ticket<'_>, name: &str, expected: Option<(&str, Role)>| {
            let person = store.bind(&subject(who), ticket, name, at(1)).unwrap();
            let got = person.as_ref().map(|p| (p.name.as_str(), p.role));
            assert_eq!(got, expected, "{who} {ticket:?}");
        };
        store.ask_in("link", Role::Editor, at(9)).unwrap();
        check("1", Ticket::Link("other"), "Ada", None);
        check("1", Ticket::Link("link"), "Ada", Some(("Ada", Role::Editor)));
        check("2", Ticket::Link("link"), "Bea", None);
        // Who is known stays the same, whatever name and ticket come along.
        check("1", Ticket::Anybody(Role::Admin), "Eve", Some(("Ada", Role::Editor)));
        // The same name is somebody else.
        check("3", Ticket::Anybody(Role::Reader), "ada", Some(("ada 2", Role::Reader)));
        let guest = |hours| Guest {
            email: "oda@paper.example".to_owned(),
            role: Role::Admin,
            expires_at: at(hours),
        };
        store.ask_guest(&guest(1)).unwrap();
        check("4", Ticket::Email("oda@paper.example"), "Oda", None);
        store.ask_guest(&guest(9)).unwrap();
        check("4", Ticket::Email("Oda@Paper.example"), "Oda", Some(("Oda", Role::Admin)));
        check("5", Ticket::Email("oda@paper.example"), "Oda", None);
    }

    #[test]
    fn a_link_for_an_account_binds_it_and_ends_what_was_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("s.db")).unwrap();
        store.ask_in("first", Role::Admin, at(9)).unwrap();
        let ada = store.come_in("first", "Ada", "hash", at(1)).unwrap().unwrap();
        store.ask_again("again", &ada, at(9)).unwrap();
        assert_eq!(store.asked_in("again", at(1)).unwrap().unwrap().person, Some(ada.clone()));
        let bound =
            store.bind(&subject("1"), Ticket::Link("again"), "Eve", at(1)).unwrap().unwrap();
        assert_eq!((bound.id, bound.name.as_str(), bound.bound), (ada.id, "Ada", true));
        assert_eq!(store.bound(&subject("1")).unwrap().map(|p| p.id), Some(ada.id));
        // The same for a new password; a name that is taken is no hindrance, as no account is made.
        store.ask_again("password", &ada, at(9)).unwrap();
        let again = store.come_in("password", "Ada", "other", at(1)).unwrap().unwrap();
        assert_eq!((again.id, again.password.as_deref()), (ada.id, Some("other")));
        assert!(store.asked_in("password", at(1)).unwrap().is_none());
        assert_eq!(store.people().unwrap().len(), 1);
    }
}
