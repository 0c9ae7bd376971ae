//! The JSON contract at the border: bytes become code points here and nowhere else.

use article::{Article, CharIndex, Moment, Span};
use serde_json::{Map, Value, json};

use crate::{
    Casualty, CasualtyKind, Event, EventPlace, EventTime, Medium, MediumKind, Party, Place,
    PlaceRole, Reading, Realis, Speaker, SpeakerKind, Statement, StatementKind, TimeExpression,
    TimeKind,
};

/// Prints an article as the contract has it; what the outlet does not say is absent.
pub fn article_json(article: &Article) -> Value {
    let print = Print::new(&article.text);
    let mut out = Map::new();
    put(&mut out, "id", article.id.as_deref());
    put(&mut out, "url", article.url.as_deref());
    put(&mut out, "outlet", article.outlet.as_deref());
    put(&mut out, "published", article.published.map(moment));
    put(&mut out, "modified", article.modified.map(moment));
    put(&mut out, "language", article.language.as_deref());
    put(&mut out, "title", article.title.as_deref());
    out.insert("authors".into(), json!(article.authors));
    out.insert("text".into(), json!(article.text));
    put(&mut out, "canonical", article.canonical.as_deref());
    put(&mut out, "standfirst", article.standfirst.as_deref());
    put(&mut out, "section", article.section.as_deref());
    out.insert("paywalled".into(), json!(article.paywalled));
    out.insert("truncated".into(), json!(article.truncated));
    out.insert("live".into(), json!(article.live));
    put(&mut out, "correction", article.correction.as_deref());
    let blocks = article.blocks.iter().map(|block| {
        let mut out = print.bare(block.span);
        out.insert("kind".into(), json!(block.kind.as_str()));
        put(&mut out, "at", block.at.map(moment));
        Value::Object(out)
    });
    out.insert("blocks".into(), blocks.collect());
    Value::Object(out)
}

/// Prints a reading of `article` as the contract has it: offsets in code points, absent where the text does not say.
pub fn reading_json(article: &Article, reading: &Reading) -> Value {
    let print = Print::new(&article.text);
    let mut out = Map::new();
    if !reading.language.is_empty() {
        out.insert("language".into(), json!(reading.language));
    }
    let list = |values: Vec<Value>| Value::Array(values);
    let spans = |spans: &[Span]| spans.iter().map(|s| Value::Object(print.bare(*s))).collect();
    out.insert("sentences".into(), spans(&reading.sentences));
    let entities = reading.entities.iter().map(|entity| {
        let mut out = print.shown(entity.span);
        out.insert("label".into(), json!(entity.label));
        out.insert("name".into(), json!(entity.name));
        out.insert("id".into(), json!(entity.id));
        Value::Object(out)
    });
    out.insert("entities".into(), entities.collect());
    out.insert("times".into(), list(reading.times.iter().map(|t| print.time(t)).collect()));
    let places = reading.places.iter().map(|p| Value::Object(print.place(p)));
    out.insert("places".into(), places.collect());
    out.insert("speakers".into(), list(reading.speakers.iter().map(speaker).collect()));
    let statements = reading.statements.iter().map(|s| print.statement(s));
    out.insert("statements".into(), statements.collect());
    out.insert("events".into(), list(reading.events.iter().map(|e| print.event(e)).collect()));
    out.insert("background".into(), json!(reading.background));
    if !reading.doubts.is_empty() {
        let doubts =
            reading.doubts.iter().map(|d| json!({"code": d.code, "message": d.message})).collect();
        out.insert("doubts".into(), doubts);
    }
    Value::Object(out)
}

/// The article's text with its table of code points.
struct Print<'a> {
    text: &'a str,
    index: CharIndex<'a>,
}

impl<'a> Print<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, index: CharIndex::new(text) }
    }

    fn bare(&self, span: Span) -> Map<String, Value> {
        let (start, end) = self.index.span(span);
        let mut out = Map::new();
        out.insert("start".into(), json!(start));
        out.insert("end".into(), json!(end));
        out
    }

    /// A span with its own words, for readers.
    fn shown(&self, span: Span) -> Map<String, Value> {
        let mut out = self.bare(span);
        out.insert("text".into(), json!(span.of(self.text)));
        out
    }

    fn all(&self, spans: &[Span]) -> Value {
        spans.iter().map(|span| Value::Object(self.shown(*span))).collect()
    }

    fn time(&self, time: &TimeExpression) -> Value {
        let mut out = self.shown(time.span);
        let kind = match time.kind {
            TimeKind::Date => "DATE",
            TimeKind::Time => "TIME",
            TimeKind::Duration => "DURATION",
            TimeKind::Set => "SET",
        };
        out.insert("type".into(), json!(kind));
        put(&mut out, "value", time.value.as_deref());
        out.insert("inferred".into(), json!(time.inferred));
        Value::Object(out)
    }

    fn place(&self, place: &Place) -> Map<String, Value> {
        let mut out = self.shown(place.span);
        out.insert("name".into(), json!(place.name));
        put(&mut out, "latitude", place.latitude);
        put(&mut out, "longitude", place.longitude);
        put(&mut out, "country", place.country.as_deref());
        put(&mut out, "geonames", place.geonames);
        let role = match place.role {
            PlaceRole::Literal => "literal",
            PlaceRole::Metonymic => "metonymic",
            PlaceRole::Modifier => "modifier",
        };
        out.insert("role".into(), json!(role));
        out
    }

    fn statement(&self, statement: &Statement) -> Value {
        let mut out = Map::new();
        out.insert("content".into(), self.all(&statement.content));
        out.insert("cue".into(), self.all(&statement.cue));
        out.insert("source".into(), self.all(&statement.source));
        put(&mut out, "speaker", statement.speaker);
        let kind = match statement.kind {
            StatementKind::Direct => "direct",
            StatementKind::Indirect => "indirect",
            StatementKind::Mixed => "mixed",
        };
        out.insert("type".into(), json!(kind));
        put(&mut out, "medium", statement.medium.as_ref().map(|m| self.medium(m)));
        put(&mut out, "addressee", statement.addressee.map(|a| Value::Object(self.shown(a))));
        out.insert("negated".into(), json!(statement.negated));
        put(&mut out, "nested_in", statement.nested_in);
        Value::Object(out)
    }

    fn medium(&self, medium: &Medium) -> Value {
        let mut out = self.shown(medium.span);
        let kind = match medium.kind {
            MediumKind::Outlet => "outlet",
            MediumKind::Interview => "interview",
            MediumKind::Statement => "statement",
            MediumKind::Post => "post",
            MediumKind::Speech => "speech",
            MediumKind::Other => "other",
        };
        out.insert("kind".into(), json!(kind));
        put(&mut out, "outlet", medium.outlet.as_deref());
        Value::Object(out)
    }

    fn event(&self, event: &Event) -> Value {
        let mut out = Map::new();
        out.insert("id".into(), json!(event.id));
        // `type: null` is a statement of its own (PLOVER has no class for it), so it is printed.
        out.insert("type".into(), json!(event.kind_plover));
        out.insert("kind".into(), json!(event.kind_other));
        put(&mut out, "mode", event.mode.as_deref());
        out.insert("contexts".into(), json!(event.contexts));
        put(&mut out, "cameo", event.cameo.as_deref());
        out.insert("trigger".into(), Value::Object(self.shown(event.trigger)));
        if !event.mentions.is_empty() {
            out.insert("mentions".into(), self.all(&event.mentions));
        }
        out.insert("sentence".into(), json!(event.sentence));
        let parties = |parties: &[Party]| parties.iter().map(|p| self.party(p)).collect::<Value>();
        out.insert("actors".into(), parties(&event.actors));
        out.insert("recipients".into(), parties(&event.recipients));
        put(&mut out, "time", event.time.as_ref().map(|t| self.event_time(t)));
        put(&mut out, "place", event.place.as_ref().map(|p| self.event_place(p)));
        let casualties = event.casualties.iter().map(|c| self.casualty(c));
        out.insert("casualties".into(), casualties.collect());
        let realis = match event.realis {
            Realis::Actual => "actual",
            Realis::Failed => "failed",
            Realis::Future => "future",
            Realis::Hypothetical => "hypothetical",
            Realis::Negated => "negated",
        };
        out.insert("realis".into(), json!(realis));
        out.insert("background".into(), json!(event.background));
        put(&mut out, "speaker", event.speaker);
        Value::Object(out)
    }

    fn party(&self, party: &Party) -> Value {
        let mut out = self.bare(party.span);
        out.insert("name".into(), json!(party.name));
        put(&mut out, "country", party.country.as_deref());
        put(&mut out, "sector", party.sector.as_deref());
        Value::Object(out)
    }

    fn event_time(&self, time: &EventTime) -> Value {
        let mut out = time.span.map(|span| self.shown(span)).unwrap_or_default();
        out.insert("value".into(), json!(time.value));
        out.insert("inferred".into(), json!(time.inferred));
        Value::Object(out)
    }

    fn event_place(&self, place: &EventPlace) -> Value {
        let mut out = self.place(&place.place);
        out.insert("inferred".into(), json!(place.inferred));
        Value::Object(out)
    }

    fn casualty(&self, casualty: &Casualty) -> Value {
        let mut out = Map::new();
        out.insert("kind".into(), json!(CasualtyKind::as_str(casualty.kind)));
        out.append(&mut self.shown(casualty.span));
        // Numbers are printed even where the text gives none: programs read `max: null` as "no upper bound".
        out.insert("min".into(), json!(casualty.min));
        out.insert("max".into(), json!(casualty.max));
        out.insert("best".into(), json!(casualty.best));
        out.insert("qualifier".into(), json!(casualty.qualifier.as_str()));
        put(&mut out, "victims", casualty.victims.as_deref());
        out.insert("part".into(), json!(casualty.part));
        put(&mut out, "supersedes", casualty.supersedes);
        Value::Object(out)
    }
}

fn speaker(speaker: &Speaker) -> Value {
    let mut out = Map::new();
    out.insert("id".into(), json!(speaker.id));
    out.insert("name".into(), json!(speaker.name));
    let kind = match speaker.kind {
        SpeakerKind::Person => "person",
        SpeakerKind::Organization => "organization",
        SpeakerKind::Group => "group",
        SpeakerKind::Anonymous => "anonymous",
        SpeakerKind::Other => "other",
    };
    out.insert("kind".into(), json!(kind));
    put(&mut out, "description", speaker.description.as_deref());
    out.insert("conflicts_with".into(), json!(speaker.conflicts_with));
    Value::Object(out)
}

fn moment(moment: Moment) -> Value {
    serde_json::to_value(moment).unwrap_or(Value::Null)
}

fn put(out: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        out.insert(name.into(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_code_points_and_spans_carry_their_words() {
        let text = "Пётр сказал: «да».".to_owned();
        let start = text.find('«').unwrap_or(0);
        let content = Span::new(start, start + "«да»".len());
        let article = article::plain::article(text);
        let statement = Statement {
            content: vec![content],
            cue: vec![],
            source: vec![],
            speaker: None,
            kind: StatementKind::Direct,
            medium: None,
            addressee: None,
            negated: false,
            nested_in: None,
        };
        let reading = Reading { statements: vec![statement], ..Reading::default() };
        let printed = reading_json(&article, &reading);
        assert_eq!(
            printed["statements"][0]["content"][0],
            json!({"start": 13, "end": 17, "text": "«да»"})
        );
        assert!(printed["statements"][0].get("speaker").is_none());
        assert_eq!(article_json(&article)["blocks"][0]["end"], json!(18));
    }
}
