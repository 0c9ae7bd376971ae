//! People as an identity provider names them, and whom an admin asked in by an address that it has verified.

use crate::sql::{Connection, Optional, params};
use jiff::Timestamp;

use super::{COLUMNS, Person, Role, end_proofs, one_person, person_of, use_up};
use crate::store::Area;
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
        self.read(|conn| of_subject(conn, subject))
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
        self.write(Area::People, |tx| {
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
                    .run(params![id, subject.issuer, subject.subject])?;
                end_proofs(tx, id)?;
                return one_person(tx, "id = ?1", [id]);
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
        self.write(Area::People, |tx| {
            tx.prepare_cached(
                "INSERT INTO guest VALUES (?1, ?2, ?3)
                 ON CONFLICT (email) DO UPDATE SET role = excluded.role, expires_at = excluded.expires_at",
            )?
            .run(params![guest.email, guest.role.as_str(), millis(guest.expires_at)])?;
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
            conn.prepare_cached(
                "SELECT email, role, expires_at FROM guest WHERE expires_at > ?1 ORDER BY email",
            )?
            .query_map([millis(now)], |r| {
                let role: String = r.get(1)?;
                Ok(Guest {
                    email: r.get(0)?,
                    role: Role::of(&role).unwrap_or(Role::Reader),
                    expires_at: timestamp(r.get(2)?),
                })
            })
        })
    }

    /// Takes an address back. `false`: it was not written down.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn remove_guest(&self, email: &str) -> Result<bool> {
        self.write(Area::People, |tx| {
            Ok(tx.prepare_cached("DELETE FROM guest WHERE email = ?1")?.execute([email])? > 0)
        })
    }
}

fn of_subject(conn: Connection<'_>, subject: &Subject) -> Result<Option<Person>> {
    one_person(conn, "issuer = ?1 AND subject = ?2", params![subject.issuer, subject.subject])
}

/// The name, or the first of "Ada 2", "Ada 3" … that nobody has.
fn free_name(conn: Connection<'_>, name: &str) -> Result<Option<String>> {
    for n in 1..=NAMES_MAX {
        let tried = if n == 1 { name.to_owned() } else { format!("{name} {n}") };
        if one_person(conn, "name = ?1", [&tried])?.is_none() {
            return Ok(Some(tried));
        }
    }
    Ok(None)
}
