//! What the crowd's articles are about: invented affairs with people, places and figures of their own, each told by several
//! outlets in their own order and for a few articles. Most of their words are their own, as those of real affairs are: two fires
//! share the words for fires and no more.

use super::Drawn;
use crate::seed::{self, Chance};

/// Outlets that tell the same affairs.
const DESK: u32 = 8;

/// Articles in a row that an outlet writes about one affair, if about any that is shared.
const IN_A_ROW: u64 = 3;

const STARTS: [&str; 20] = [
    "Bel", "Kor", "Ven", "Tas", "Mor", "Lin", "Ard", "Osk", "Fel", "Gra", "Hal", "Ims", "Jor",
    "Kel", "Lud", "Nor", "Pel", "Rav", "Sel", "Ull",
];
const MIDDLES: [&str; 12] = ["a", "e", "i", "o", "u", "or", "en", "al", "im", "ur", "eska", "ani"];
const TOWNS: [&str; 16] = [
    "vik", "stad", "mar", "burg", "holm", "nitz", "ford", "dale", "grad", "nes", "berg", "sund",
    "haven", "pol", "mouth", "ton",
];
const FAMILIES: [&str; 16] = [
    "sson", "ski", "ova", "ari", "mann", "der", "quist", "escu", "idis", "son", "ez", "ini",
    "ander", "ko", "well", "rud",
];
const FIRST: [&str; 20] = [
    "Mira", "Tomas", "Ada", "Jonas", "Petra", "Ilya", "Nora", "Marek", "Lena", "Oskar", "Vera",
    "Anton", "Clara", "Emil", "Ruth", "Pavel", "Ines", "Karl", "Dora", "Felix",
];

/// One kind of news: a lead with slots, and what its sentences are made of.
struct Kind {
    lead: &'static str,
    office: &'static str,
    who: [&'static str; 6],
    did: [&'static str; 6],
    what: [&'static str; 6],
    said: [&'static str; 4],
}

/// Slots: T town, U another town, P person, Q another, N and M figures, D a day.
const KINDS: [Kind; 8] = [
    Kind {
        lead: "At least {N} people were killed and {M} injured when a fire broke out in a warehouse in {T} on {D}, the fire service said.",
        office: "chief of the {T} fire brigade",
        who: [
            "Firefighters from {U}",
            "Two night guards",
            "The owner of the building",
            "Neighbours",
            "The gas company",
            "Rescue dogs",
        ],
        did: ["searched", "had reported", "secured", "could not reach", "left", "inspected"],
        what: [
            "the upper floor",
            "the loading ramp",
            "a locked staircase",
            "the chemicals store",
            "the roof",
            "the rear exit",
        ],
        said: [
            "We have found no survivors since {D}",
            "The cause is not known",
            "{M} people are still in hospital",
            "Nobody had tested the alarms",
        ],
    },
    Kind {
        lead: "Tram drivers in {T} walked out on {D} after talks about a pay rise of {N} per cent broke down, leaving {M} commuters stranded.",
        office: "head of the transport union in {T}",
        who: [
            "The union",
            "The employers' federation",
            "Commuters",
            "A mediator from {U}",
            "School classes",
            "The night shift",
        ],
        did: ["rejected", "waited for", "demanded", "published", "criticised", "postponed"],
        what: [
            "the latest offer",
            "longer breaks",
            "a timetable for replacement buses",
            "a ballot of members",
            "the pension plan",
            "a court order",
        ],
        said: [
            "We will not return before {D}",
            "The offer insults our members",
            "Talks can resume at any hour",
            "{M} colleagues stand behind us",
        ],
    },
    Kind {
        lead: "{P} won the mayoral election in {T} with {N} per cent of the vote, ahead of the incumbent {Q}, according to the electoral board.",
        office: "spokeswoman for the electoral board of {T}",
        who: [
            "The electoral board",
            "Observers from {U}",
            "Young voters",
            "The losing campaign",
            "Two small parties",
            "The governor",
        ],
        did: ["counted", "challenged", "confirmed", "welcomed", "questioned", "recounted"],
        what: [
            "postal ballots",
            "the turnout",
            "the result in the harbour ward",
            "a coalition agreement",
            "the campaign's accounts",
            "a complaint",
        ],
        said: [
            "The turnout was {M} in the first hours",
            "I will serve everyone in {T}",
            "We accept the result",
            "A recount would change nothing",
        ],
    },
    Kind {
        lead: "A court in {T} sentenced the former banker {P} to {N} years in prison on {D} for defrauding {M} customers.",
        office: "presiding judge in {T}",
        who: [
            "The prosecution",
            "Defence lawyers",
            "Former customers",
            "An auditor from {U}",
            "The jury",
            "The regulator",
        ],
        did: ["presented", "disputed", "examined", "withdrew", "read out", "appealed against"],
        what: [
            "the forged contracts",
            "bank statements",
            "a letter of regret",
            "the witness list",
            "the length of the sentence",
            "the confiscation order",
        ],
        said: [
            "The defendant betrayed {M} families",
            "We shall appeal by {D}",
            "This verdict is a warning",
            "Justice took too long",
        ],
    },
    Kind {
        lead: "The river burst its banks at {T} on {D}, forcing {M} people to leave their homes; {N} people are missing, the district said.",
        office: "district administrator of {T}",
        who: [
            "Soldiers",
            "Volunteers from {U}",
            "The weather service",
            "Farmers",
            "The power company",
            "Helicopter crews",
        ],
        did: ["filled", "evacuated", "expected", "lost", "repaired", "measured"],
        what: [
            "sandbags along the dyke",
            "a retirement home",
            "more rain in the hills",
            "cattle and machinery",
            "the pumping station",
            "the water level",
        ],
        said: [
            "The dyke will hold until {D}",
            "We have never seen such water",
            "{N} people are still missing",
            "Please stay away from the bridges",
        ],
    },
    Kind {
        lead: "The shipyard in {T} is to be sold to an investor from {U} for {N} million crowns, its chairman {P} announced on {D}.",
        office: "chairman of the {T} shipyard",
        who: [
            "Shareholders",
            "The works council",
            "The investor",
            "Suppliers",
            "The competition authority",
            "Analysts",
        ],
        did: ["approved", "doubted", "guaranteed", "examined", "priced", "opposed"],
        what: [
            "the purchase price",
            "{M} jobs",
            "orders for two ferries",
            "the dry dock",
            "a loan from the state",
            "the pension fund",
        ],
        said: [
            "All {M} jobs are safe",
            "The price is fair",
            "We learnt of it from the newspaper",
            "The yard needs fresh capital",
        ],
    },
    Kind {
        lead: "{T} won the cup on {D} with a victory over {U} in front of {M} spectators; {P} scored the decisive goal.",
        office: "coach of {T}",
        who: [
            "The home side",
            "The goalkeeper",
            "Supporters",
            "The referee",
            "A substitute",
            "The captain",
        ],
        did: ["controlled", "missed", "celebrated", "stopped", "outran", "shaped"],
        what: [
            "the second half",
            "a penalty",
            "the early goal",
            "a counter-attack",
            "the corner kicks",
            "the closing minutes",
        ],
        said: [
            "We deserved it",
            "The boys ran until the last second",
            "{P} was outstanding",
            "Next season will be harder",
        ],
    },
    Kind {
        lead: "Researchers at the university of {T} have described {N} new species of moth after an expedition to {U} led by {P}.",
        office: "biologist at the university of {T}",
        who: [
            "The expedition",
            "Students",
            "A museum in {U}",
            "Local guides",
            "The laboratory",
            "Reviewers",
        ],
        did: ["collected", "photographed", "compared", "catalogued", "sequenced", "praised"],
        what: [
            "caterpillars at night",
            "wing patterns",
            "{M} specimens",
            "light traps",
            "the genome",
            "the field notes",
        ],
        said: [
            "Half of the valley is unexplored",
            "{M} samples await study",
            "Logging threatens them all",
            "We return in spring",
        ],
    },
];

const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// An affair: a kind with its names and figures.
pub(super) struct Affair {
    kind: &'static Kind,
    slots: [(&'static str, String); 7],
    topic: Vec<u32>,
    headline: String,
}

impl Affair {
    /// What an outlet's article of a number is about: two in three are of its desk's affairs, the others of its own.
    pub(super) fn of(outlet: u32, n: i64) -> Self {
        let n = n.unsigned_abs();
        let (desk, turn) = (u64::from(outlet / DESK), n / IN_A_ROW);
        let own = (n + u64::from(outlet)).is_multiple_of(3);
        let seed = if own { u64::from(outlet) << 40 ^ n } else { 1 << 63 | desk << 40 ^ turn };
        let mut drawn = Drawn(Chance(seed));
        let kind = usize::try_from(drawn.below(KINDS.len() as u64)).unwrap_or_default();
        let killed = 2 + drawn.below(60);
        let slots = [
            ("{T}", town(&mut drawn)),
            ("{U}", town(&mut drawn)),
            ("{P}", person(&mut drawn)),
            ("{Q}", person(&mut drawn)),
            ("{N}", killed.to_string()),
            ("{M}", (killed + 10 + drawn.below(4_000)).to_string()),
            ("{D}", drawn.one(&DAYS).to_owned()),
        ];
        let topic = seed::topic(&mut drawn.0);
        let mut own = |share, count| seed::words(&mut drawn.0, &topic, share, count);
        let headline = format!("{} {{T}} {}", own(1.0, 2), own(0.6, 4));
        let affair = Self { kind: KINDS.get(kind).unwrap_or(&KINDS[0]), slots, topic, headline };
        Self { headline: affair.filled(&affair.headline), ..affair }
    }

    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (slot, value) in &self.slots {
            text = text.replace(slot, value);
        }
        text
    }

    pub(super) fn headline(&self) -> String {
        self.headline.clone()
    }

    pub(super) fn lead(&self) -> String {
        self.filled(self.kind.lead)
    }

    /// A sentence of the article; `drawn` is the article's own.
    pub(super) fn sentence(&self, drawn: &mut Drawn) -> String {
        let Kind { who, did, what, said, office, .. } = self.kind;
        let (who, did, what, said) =
            (drawn.one(who), drawn.one(did), drawn.one(what), drawn.one(said));
        let day = drawn.one(&DAYS);
        let mut own = |count| seed::words(&mut drawn.0, &self.topic, 0.4, count);
        let (few, many) = (own(5), own(14));
        self.filled(&match drawn.below(9) {
            0 => format!("\"{said},\" said {{P}}, the {office}, of {few}."),
            1 => format!("{who} {did} {what} on {day}, {} hours after {few}.", 2 + drawn.below(40)),
            2 => format!(
                "{{Q}} of {} told reporters that {} {did} {what} and {few}.",
                town(drawn),
                self.filled(who).to_lowercase()
            ),
            3 => format!(
                "In {}, {} kilometres away, people heard of {few} on {day}.",
                town(drawn),
                3 + drawn.below(300)
            ),
            4 => format!(
                "{who} {did} {what} and {few}, a report of {} pages says.",
                10 + drawn.below(90)
            ),
            _ => format!("On {day} {many}."),
        })
    }
}

fn town(drawn: &mut Drawn) -> String {
    format!("{}{}{}", drawn.one(&STARTS), drawn.one(&MIDDLES), drawn.one(&TOWNS))
}

fn person(drawn: &mut Drawn) -> String {
    let (first, start, middle, end) =
        (drawn.one(&FIRST), drawn.one(&STARTS), drawn.one(&MIDDLES), drawn.one(&FAMILIES));
    format!("{first} {start}{middle}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_tells_one_affair_and_others_tell_others() {
        let headline = |outlet, n| Affair::of(outlet, n).headline();
        assert!((0..DESK).filter(|o| headline(*o, 300) == headline(1, 300)).count() >= 4);
        let all: std::collections::BTreeSet<String> = (0..1000).map(|o| headline(o, 300)).collect();
        assert!(all.len() > 350, "{} affairs of a thousand outlets", all.len());
        let lead = Affair::of(1, 300).lead();
        assert!(!lead.contains(['{', '}']), "{lead}");
        let mut drawn = Drawn(Chance(7));
        for n in 0..400 {
            let sentence = Affair::of(n, 17).sentence(&mut drawn);
            assert!(!sentence.contains(['{', '}']), "{sentence}");
        }
    }
}
