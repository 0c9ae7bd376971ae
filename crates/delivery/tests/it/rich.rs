//! Rich Messages: sent where they are asked for, edited as what they are, read back; any refusal falls back to HTML.

use delivery::Settings;
use testkit::fakebot::{Fault, Faults};

use crate::hand::{CHANNEL, Hand};

/// A hand whose channel asks for Rich Messages, at a server that knows them or does not.
fn hand(faults: Faults, knows: bool) -> Hand {
    let hand = Hand::new(faults);
    hand.line.with(|c| c.set_knows_rich(knows));
    hand.follow("fires in Germany, to @ruhrdesk");
    let to = hand.store.destinations().unwrap().remove(0);
    let settings = Settings { rich: true, ..Settings::read(&to.settings) };
    hand.store.set_destination_settings(to.id, &settings.write()).unwrap();
    hand
}

/// Number, whether it is rich, edits and text of what stands in the channel.
fn seen(hand: &Hand) -> Vec<(i64, bool, u32, String)> {
    let messages = hand.line.with(|c| c.messages(CHANNEL));
    messages.into_iter().map(|m| (m.id, m.is_rich, m.edits, m.text)).collect()
}

#[tokio::test]
async fn a_rich_post_stays_rich_and_says_what_html_says() {
    let mut rich = hand(Faults::none(), true);
    let mut plain = hand(Faults::none(), false);
    for hand in [&mut rich, &mut plain] {
        hand.toll("Ruhrpegel", 3, false);
        hand.run_out().await;
        hand.later(60);
        hand.toll("Ruhrpegel", 9, true);
        let report = hand.run_out().await;
        assert_eq!((report.edited, report.replied), (1, 1));
    }
    let (rich, plain) = (seen(&rich), seen(&plain));
    // The reply carries no address here, so it could not be read back as a rich message: it goes as HTML.
    assert_eq!(rich.iter().map(|m| m.1).collect::<Vec<_>>(), [true, false], "{rich:?}");
    assert!(plain.iter().all(|m| !m.1), "{plain:?}");
    let words = |all: &[(i64, bool, u32, String)]| -> Vec<String> {
        all.iter().map(|m| m.3.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(words(&rich), words(&plain), "the same words");
    assert_eq!((rich[0].2, rich.len()), (1, 2));
}

#[tokio::test]
async fn what_was_sent_as_html_is_edited_as_html_and_what_was_rich_as_rich() {
    let mut hand = hand(Faults::none(), false);
    hand.toll("Ruhrpegel", 3, false);
    hand.run_out().await;
    // The server learns it later, and the switch goes off later still: a post stays what it was sent as.
    hand.line.with(|c| c.set_knows_rich(true));
    hand.later(60);
    hand.toll("Ruhrpegel", 5, false);
    hand.run_out().await;
    assert_eq!(seen(&hand).len(), 1);
    assert_eq!((seen(&hand)[0].1, seen(&hand)[0].2), (false, 1));
}

#[tokio::test]
async fn a_rich_post_in_doubt_is_read_back_and_edited_as_rich() {
    let mut hand = hand(Faults::none(), true);
    hand.toll("Ruhrpegel", 3, false);
    hand.run_out().await;
    // The second story's answer is lost after it arrived.
    hand.line.with(|c| c.set_faults(Faults::none().at("sendRichMessage", 1, Fault::CutAfter)));
    hand.begin(77, "Fire in a bakery in Duisburg", "Duisburg", "DEU", "Ruhrpegel");
    hand.run_out().await;
    let after = seen(&hand);
    assert_eq!(after.len(), 2, "{after:?}");
    assert_eq!(hand.line.with(|c| c.doubled()), Vec::<String>::new());
    let of_second = hand.store.deliveries(1).unwrap().remove(0);
    assert_eq!(of_second.message.as_deref(), Some(format!("rich:{}", after[1].0).as_str()));
}
