//! People who have an account on the page, and what proves who they are.

use crate::sql::{Connection, Optional, Params, Row, params};
use jiff::Timestamp;

use crate::store::Area;
use crate::{Error, Result, Store, millis, timestamp};

mod subjects;

pub use subjects::{Guest, Subject, Ticket};

/// What somebody may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Reader,
    /// Says who is told what, mends stories.
    Editor,
    /// Says who may come in.
    Admin,
}

impl Role {
    /// As it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// Reads what is kept.
    pub fn of(text: &str) -> Option<Self> {
        [Self::Reader, Self::Editor, Self::Admin].into_iter().find(|role| role.as_str() == text)
    }
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The row.
    pub id: i64,
    /// The name, unique whatever its case.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// The password's argon2id hash; `None`: another service says who it is.
    pub password: Option<String>,
    /// Since when.
    pub added_at: Timestamp,
    /// An identity provider's name for the person is known.
    pub bound: bool,
}

/// What a one-time link gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// What the account may do.
    pub role: Role,
    /// Whose account it is; `None`: a new one.
    pub person: Option<Person>,
}

/// What a proof is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofKind {
    /// A browser's cookie.
    Session,
    /// A program's token.
    Token,
}

/// How far a proof reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that its person may do.
    All,
    /// Only reading.
    Read,
    /// Only the figures for Prometheus.
    Metrics,
}

impl Scope {
    /// As it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Read => "read",
            Self::Metrics => "metrics",
        }
    }

    /// Reads what is kept.
    pub fn of(text: &str) -> Option<Self> {
        [Self::All, Self::Read, Self::Metrics].into_iter().find(|scope| scope.as_str() == text)
    }
}

/// A proof as its owner may look at it; the secret itself is not kept.
#[derive(Clone, Debug)]
pub struct Proof {
    /// To take it back by.
    pub id: i64,
    /// Whose it is.
    pub person: i64,
    /// A cookie or a token.
    pub kind: ProofKind,
    /// As its owner calls it, or the browser's own words.
    pub name: String,
    /// How far it reaches.
    pub scope: Scope,
    /// Since when.
    pub made_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The columns of [`person_of`].
const COLUMNS: &str = "id, name, role, password, added_at, subject IS NOT NULL";

fn person_of(row: &Row<'_>) -> Result<Person> {
    let role: String = row.get(2)?;
    Ok(Person {
        id: row.get(0)?,
        name: row.get(1)?,
        // The column's check allows no other; the least is taken where it does not hold.
        role: Role::of(&role).unwrap_or(Role::Reader),
        password: row.get(3)?,
        added_at: timestamp(row.get(4)?),
        bound: row.get(5)?,
    })
}

/// One person, by a condition on the row.
fn one_person(conn: Connection<'_>, condition: &str, given: impl Params) -> Result<Option<Person>> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM person WHERE {condition}"))?
        .query_row(given, person_of)
        .optional()
}

fn proof_of(row: &Row<'_>) -> Result<Proof> {
    let (kind, scope): (String, String) = (row.get(2)?, row.get(4)?);
    Ok(Proof {
        id: row.get(0)?,
        person: row.get(1)?,
        kind: if kind == "token" { ProofKind::Token } else { ProofKind::Session },
        name: row.get(3)?,
        scope: Scope::of(&scope).unwrap_or(Scope::Metrics),
        made_at: timestamp(row.get(5)?),
        expires_at: timestamp(row.get(6)?),
    })
}

/// Ends all that proved who somebody is.
fn end_proofs(conn: Connection<'_>, person: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM proof WHERE person = ?1")?.run([person])?;
    Ok(())
}

/// Uses a link up: the role that it gives, and whose account it is where it is not a new one's.
fn use_up(
    conn: Connection<'_>,
    token: &str,
    by: &str,
    now: Timestamp,
) -> Result<Option<(String, Option<i64>)>> {
    conn.prepare_cached(
        "UPDATE invitation SET used_by = ?2 WHERE token_key = ?1 AND used_by IS NULL AND expires_at > ?3 RETURNING rights, person",
    )?
    .query_row(params![door_key(token), by, millis(now)], |r| Ok((r.get(0)?, r.get(1)?)))
    .optional()
}

/// The key of a link that asks somebody in: apart from the bot's, so that neither opens the other's door.
fn door_key(token: &str) -> [u8; 16] {
    crate::key(&["door", token])
}

impl Store {
    /// Everybody with an account, by name.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn people(&self) -> Result<Vec<Person>> {
        self.read(|conn| {
            conn.prepare_cached(&format!("SELECT {COLUMNS} FROM person ORDER BY name"))?
                .query_map([], person_of)
        })
    }

    /// Somebody by name, whatever its case.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn person(&self, name: &str) -> Result<Option<Person>> {
        self.read(|conn| one_person(conn, "name = ?1", [name]))
    }

    /// Keeps a link that asks somebody in, by the hash of its token.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn ask_in(&self, token: &str, role: Role, expires_at: Timestamp) -> Result<()> {
        self.keep_link(token, role, None, expires_at)
    }

    /// Keeps a link by which somebody who has an account gets a new password or another way to log in.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn ask_again(&self, token: &str, person: &Person, expires_at: Timestamp) -> Result<()> {
        self.keep_link(token, person.role, Some(person.id), expires_at)
    }

    fn keep_link(
        &self,
        token: &str,
        role: Role,
        person: Option<i64>,
        expires_at: Timestamp,
    ) -> Result<()> {
        self.write(Area::People, |tx| {
            tx.prepare_cached(
                "INSERT INTO invitation (token_key, rights, expires_at, person) VALUES (?1, ?2, ?3, ?4)",
            )?
            .run(params![door_key(token), role.as_str(), millis(expires_at), person])?;
            Ok(())
        })
    }

    /// What a link gives; `None` where it does not exist, is used or is too old.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn asked_in(&self, token: &str, now: Timestamp) -> Result<Option<Invitation>> {
        self.read(|conn| {
            let found: Option<(String, Option<i64>)> = conn
                .prepare_cached(
                    "SELECT rights, person FROM invitation WHERE token_key = ?1 AND used_by IS NULL AND expires_at > ?2",
                )?
                .query_row(params![door_key(token), millis(now)], |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()?;
            let Some((role, person)) = found else { return Ok(None) };
            let person = match person {
                Some(id) => one_person(conn, "id = ?1", [id])?,
                None => None,
            };
            Ok(Role::of(&role).map(|role| Invitation { role, person }))
        })
    }

    /// Lets somebody in by a link: its use and the account, or the account's new password, are one step. `None`: the link is
    /// no good, or the name is taken.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn come_in(
        &self,
        token: &str,
        name: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<Option<Person>> {
        self.write(Area::People, |tx| {
            let taken: bool = tx
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM person WHERE name = ?1) AND NOT EXISTS
                     (SELECT 1 FROM invitation WHERE token_key = ?2 AND person IS NOT NULL)",
                )?
                .query_row(params![name, door_key(token)], |r| r.get(0))?;
            if taken {
                return Ok(None);
            }
            let Some((role, known)) = use_up(tx, token, name, now)? else { return Ok(None) };
            if let Some(id) = known {
                tx.prepare_cached("UPDATE person SET password = ?2 WHERE id = ?1")?
                    .run(params![id, password])?;
                end_proofs(tx, id)?;
                return one_person(tx, "id = ?1", [id]);
            }
            Ok(Some(tx
                .prepare_cached(&format!(
                    "INSERT INTO person (name, role, password, added_at) VALUES (?1, ?2, ?3, ?4) RETURNING {COLUMNS}",
                ))?
                .query_row(params![name, role, password, millis(now)], person_of)?))
        })
    }

    /// Somebody for whom another service speaks; makes the account where there is none.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn vouched(&self, name: &str, role: Role, now: Timestamp) -> Result<Person> {
        self.write(Area::People, |tx| {
            tx.prepare_cached(
                "INSERT INTO person (name, role, added_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING",
            )?
            .run(params![name, role.as_str(), millis(now)])?;
            one_person(tx, "name = ?1", [name])?
                .ok_or(Error::NoRow)
        })
    }

    /// Sets a password; all that proved who the person is ends with it.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_password(&self, person: i64, password: &str) -> Result<()> {
        self.write(Area::People, |tx| {
            tx.prepare_cached("UPDATE person SET password = ?2 WHERE id = ?1")?
                .run(params![person, password])?;
            end_proofs(tx, person)
        })
    }

    /// Changes what somebody may do. `false`: there is nobody of that row, or it is the last admin.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_role(&self, person: i64, role: Role) -> Result<bool> {
        self.write(Area::People, |tx| {
            let done = tx
                .prepare_cached(
                    "UPDATE person SET role = ?2 WHERE id = ?1 AND (role <> 'admin' OR ?2 = 'admin' OR (SELECT count(*) FROM person WHERE role = 'admin') > 1)",
                )?
                .execute(params![person, role.as_str()])?;
            Ok(done > 0)
        })
    }

    /// Takes an account away, with all that proves it. `false`: there is none, or it is the last admin's.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn remove_person(&self, person: i64) -> Result<bool> {
        self.write(Area::People, |tx| {
            let done = tx
                .prepare_cached(
                    "DELETE FROM person WHERE id = ?1 AND (role <> 'admin' OR (SELECT count(*) FROM person WHERE role = 'admin') > 1)",
                )?
                .execute([person])?;
            Ok(done > 0)
        })
    }

    /// Keeps a proof by the hash of its secret; those that are too old go on the way.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn add_proof(&self, secret: &str, proof: &Proof, now: Timestamp) -> Result<()> {
        self.write(Area::People, |tx| {
            tx.prepare_cached("DELETE FROM proof WHERE expires_at <= ?1")?.run([millis(now)])?;
            let kind = if proof.kind == ProofKind::Token { "token" } else { "session" };
            tx.prepare_cached(
                "INSERT INTO proof (token_key, id, person, kind, name, scope, made_at, expires_at)
                 VALUES (?1, (SELECT coalesce(max(id), 0) + 1 FROM proof), ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .run(params![
                crate::key(&["proof", secret]),
                proof.person,
                kind,
                proof.name,
                proof.scope.as_str(),
                millis(proof.made_at),
                millis(proof.expires_at)
            ])?;
            Ok(())
        })
    }

    /// Who has this secret; `None` where nobody has, or it is too old.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn proven(&self, secret: &str, now: Timestamp) -> Result<Option<(Person, Proof)>> {
        self.read(|conn| {
            let proof = conn
                .prepare_cached(
                    "SELECT id, person, kind, name, scope, made_at, expires_at FROM proof WHERE token_key = ?1 AND expires_at > ?2",
                )?
                .query_row(params![crate::key(&["proof", secret]), millis(now)], proof_of)
                .optional()?;
            let Some(proof) = proof else { return Ok(None) };
            let person = one_person(conn, "id = ?1", [proof.person])?;
            Ok(person.map(|person| (person, proof)))
        })
    }

    /// A person's proofs, newest first.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn proofs(&self, person: i64) -> Result<Vec<Proof>> {
        self.read(|conn| {
            conn
                .prepare_cached(
                    "SELECT id, person, kind, name, scope, made_at, expires_at FROM proof WHERE person = ?1 ORDER BY made_at DESC, id DESC",
                )?
                .query_map([person], proof_of)
        })
    }

    /// Takes a proof back: only its owner's.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn remove_proof(&self, person: i64, id: i64) -> Result<bool> {
        self.write(Area::People, |tx| {
            Ok(tx
                .prepare_cached("DELETE FROM proof WHERE person = ?1 AND id = ?2")?
                .execute([person, id])?
                > 0)
        })
    }
}
