//! Passwords and names: what is taken, how it is hashed.

use argon2::password_hash::{PasswordHash, SaltString};
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};

/// The shortest password, characters (NIST SP 800-63B asks for at least 8).
pub(crate) const CHARS_MIN: usize = 10;

/// The longest password, bytes: all of them count.
pub(crate) const BYTES_MAX: usize = 1_024;

/// The longest name, characters.
const NAME_CHARS_MAX: usize = 40;

/// What a password is compared with where there is none: so that an unknown name takes as long as a known one.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whether a name may be one: letters of any script, digits and a few signs, on one line.
pub(crate) fn name_is_good(name: &str) -> bool {
    let count = name.chars().count();
    (1..=NAME_CHARS_MAX).contains(&count) && name.trim() == name && name.chars().all(is_in_name)
}

/// Whether a character may stand in a name.
pub(crate) fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '@')
}

/// What is wrong with a new password; `None`: nothing.
pub(crate) fn wrong(password: &str) -> Option<&'static str> {
    if password.chars().count() < CHARS_MIN {
        Some("A password has at least 10 characters; several words are good.")
    } else if password.len() > BYTES_MAX {
        Some("A password has at most 1,024 bytes.")
    } else {
        None
    }
}

/// Hashes a password with a salt of its own: argon2id, 19 MiB, 2 rounds. `None` where the system has no randomness to give.
pub(crate) fn hash(password: &str) -> Option<String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).ok()?;
    let salt = SaltString::encode_b64(&salt).ok()?;
    Some(Argon2::default().hash_password(password.as_bytes(), &salt).ok()?.to_string())
}

/// Whether it is the password; takes the same time where there is none.
pub(crate) fn is_right(password: &str, kept: Option<&str>) -> bool {
    if password.len() > BYTES_MAX {
        return false;
    }
    let Ok(hash) = PasswordHash::new(kept.unwrap_or(NOBODYS)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FreshRSS CVE-2025-68402: what stands beyond 72 bytes was not looked at.
    #[test]
    fn password_beyond_72_bytes_matters() {
        let long = "correct horse battery staple ".repeat(4);
        let kept = hash(&long).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_right(&long, Some(&kept)));
        assert!(!is_right(&format!("{long}x"), Some(&kept)));
        assert!(!is_right(long.trim_end(), Some(&kept)));
        assert!(!is_right("", Some(&kept)));
    }

    #[test]
    fn nobodys_password_is_never_right() {
        for password in ["", "nobody", "nobodynobody"] {
            assert!(!is_right(password, None));
        }
        assert!(PasswordHash::new(NOBODYS).is_ok(), "it is worked on as long as another");
    }

    #[test]
    fn names_are_names() {
        for good in ["Ada", "Jörn W.", "дежурный", "a@b.example"] {
            assert!(name_is_good(good), "{good}");
        }
        for bad in ["", " Ada", "a\nb", "<b>", "x\u{202e}y", &"n".repeat(41)] {
            assert!(!name_is_good(bad), "{bad}");
        }
    }
}
