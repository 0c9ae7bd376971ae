//! Who comes in, by which ticket, and as whom.

use jiff::Timestamp;
use store::{Guest, Role, Subject, Ticket};

use crate::both::on_both;

fn subject(name: &str) -> Subject {
    Subject { issuer: "https://id.example".to_owned(), subject: name.to_owned() }
}

fn at(hours: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(hours)
}

#[test]
fn each_ticket_lets_one_in_and_is_used_up() {
    on_both(|place| {
        let store = place.open();
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
    });
}

#[test]
fn a_link_for_an_account_binds_it_and_ends_what_was_before() {
    on_both(|place| {
        let store = place.open();
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
    });
}
