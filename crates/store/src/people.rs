//! People who have an account on the page, and what proves who they are.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::{Result, Store, millis, timestamp};

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

const PERSON: &str = "SELECT id, name, role, password, added_at FROM person";

fn person_of(row: &Row<'_>) -> rusqlite::Result<Person> {
    let role: String = row.get(2)?;
    Ok(Person {
        id: row.get(0)?,
        name: row.get(1)?,
        // The column's check allows no other; the least is taken where it does not hold.
        role: Role::of(&role).unwrap_or(Role::Reader),
        password: row.get(3)?,
        added_at: timestamp(row.get(4)?),
    })
}

fn proof_of(row: &Row<'_>) -> rusqlite::Result<Proof> {
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
            Ok(conn
                .prepare_cached(&format!("{PERSON} ORDER BY name"))?
                .query_map([], person_of)?
                .collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Somebody by name, whatever its case.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn person(&self, name: &str) -> Result<Option<Person>> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached(&format!("{PERSON} WHERE name = ?1"))?
                .query_row([name], person_of)
                .optional()?)
        })
    }

    /// Keeps a link that asks somebody in, or lets somebody set a new password, by the hash of its token.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn ask_in(&self, token: &str, role: Role, expires_at: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO invitation (token_key, rights, expires_at) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![door_key(token), role.as_str(), millis(expires_at)])?;
            Ok(())
        })
    }

    /// The role that a link gives; `None` where it does not exist, is used or is too old.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn asked_in(&self, token: &str, now: Timestamp) -> Result<Option<Role>> {
        self.read(|conn| {
            let role: Option<String> = conn
                .prepare_cached(
                    "SELECT rights FROM invitation WHERE token_key = ?1 AND used_by IS NULL AND expires_at > ?2",
                )?
                .query_row(params![door_key(token), millis(now)], |r| r.get(0))
                .optional()?;
            Ok(role.and_then(|role| Role::of(&role)))
        })
    }

    /// Lets somebody in by a link: its use and the account are one step. `None`: the link is no good, or the name is taken.
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
        self.write(|tx| {
            let taken: bool = tx
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM person WHERE name = ?1)")?
                .query_row([name], |r| r.get(0))?;
            if taken {
                return Ok(None);
            }
            let role: Option<String> = tx
                .prepare_cached(
                    "UPDATE invitation SET used_by = ?2 WHERE token_key = ?1 AND used_by IS NULL AND expires_at > ?3 RETURNING rights",
                )?
                .query_row(params![door_key(token), name, millis(now)], |r| r.get(0))
                .optional()?;
            let Some(role) = role else { return Ok(None) };
            Ok(Some(
                tx.prepare_cached(
                    "INSERT INTO person (name, role, password, added_at) VALUES (?1, ?2, ?3, ?4) RETURNING id, name, role, password, added_at",
                )?
                .query_row(params![name, role, password, millis(now)], person_of)?,
            ))
        })
    }

    /// Somebody for whom another service speaks; makes the account where there is none.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn vouched(&self, name: &str, role: Role, now: Timestamp) -> Result<Person> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO person (name, role, added_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING",
            )?
            .execute(params![name, role.as_str(), millis(now)])?;
            Ok(tx
                .prepare_cached(&format!("{PERSON} WHERE name = ?1"))?
                .query_row([name], person_of)?)
        })
    }

    /// Sets a password; all that proved who the person is ends with it.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_password(&self, person: i64, password: &str) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached("UPDATE person SET password = ?2 WHERE id = ?1")?
                .execute(params![person, password])?;
            tx.prepare_cached("DELETE FROM proof WHERE person = ?1")?.execute([person])?;
            Ok(())
        })
    }

    /// Changes what somebody may do. `false`: there is nobody of that row, or it is the last admin.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn set_role(&self, person: i64, role: Role) -> Result<bool> {
        self.write(|tx| {
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
        self.write(|tx| {
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
        self.write(|tx| {
            tx.prepare_cached("DELETE FROM proof WHERE expires_at <= ?1")?
                .execute([millis(now)])?;
            let kind = if proof.kind == ProofKind::Token { "token" } else { "session" };
            tx.prepare_cached(
                "INSERT INTO proof (token_key, id, person, kind, name, scope, made_at, expires_at)
                 VALUES (?1, (SELECT coalesce(max(id), 0) + 1 FROM proof), ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
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
            let person = conn
                .prepare_cached(&format!("{PERSON} WHERE id = ?1"))?
                .query_row([proof.person], person_of)
                .optional()?;
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
            Ok(conn
                .prepare_cached(
                    "SELECT id, person, kind, name, scope, made_at, expires_at FROM proof WHERE person = ?1 ORDER BY made_at DESC, id DESC",
                )?
                .query_map([person], proof_of)?
                .collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Takes a proof back: only its owner's.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn remove_proof(&self, person: i64, id: i64) -> Result<bool> {
        self.write(|tx| {
            Ok(tx
                .prepare_cached("DELETE FROM proof WHERE person = ?1 AND id = ?2")?
                .execute([person, id])?
                > 0)
        })
    }
}
