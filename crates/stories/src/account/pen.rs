//! The pen that writes the updates of one article: each with its line, its evidence and how much it matters.

use jiff::Timestamp;
use reading::{CasualtyKind, Qualifier};

use crate::novelty::{self, Happened, Toll};
use crate::said::Said;
use crate::share::Share;
use crate::{
    Arriving, Bounds, Correction, Evidence, FigureChange, NewStatement, Story, Update, UpdateKind,
    line,
};

/// Writes updates of one article.
pub(super) struct Pen<'a> {
    pub(super) story: &'a mut Story,
    pub(super) arriving: &'a Arriving<'a>,
    pub(super) now: Timestamp,
    pub(super) updates: Vec<Update>,
}

impl Pen<'_> {
    pub(super) fn write(
        &mut self,
        kind: UpdateKind,
        text: String,
        evidence: Vec<Evidence>,
        figure: Option<FigureChange>,
        statement: Option<NewStatement>,
        importance: f32,
    ) {
        let follows_revision = self.story.revision;
        self.story.revision += 1;
        self.updates.push(Update {
            story: self.story.id,
            revision: self.story.revision,
            follows_revision,
            at: self.now,
            article: self.arriving.id,
            outlet: self.arriving.outlet.to_owned(),
            kind,
            text,
            language: self.arriving.reading.language.clone(),
            evidence,
            figure,
            statement,
            importance: importance.clamp(0.0, 1.0),
        });
    }

    /// A figure of the story: into the ledger, and an update where it is new.
    pub(super) fn figure(&mut self, toll: &Toll) {
        let (outlet, at) = (self.arriving.outlet, self.arriving.at);
        let new = novelty::is_new_figure(self.story, toll.kind, &toll.bounds);
        let from = novelty::figure_before(self.story, toll.kind, outlet, at);
        // an old article that comes late tells what was, not what is
        let overtaken = self
            .story
            .figures
            .iter()
            .any(|f| f.kind == toll.kind && f.outlet == outlet && f.at > at);
        self.story.figures.push(novelty::ledger_figure(toll, self.arriving, at));
        if !new || overtaken {
            return;
        }
        let from = from.filter(|f| !novelty::vague(f) && !novelty::same_bounds(f, &toll.bounds));
        let text = line::figure(toll.kind, &toll.bounds, from.as_ref());
        let importance = figure_importance(toll.kind, from.as_ref(), &toll.bounds);
        let change =
            FigureChange { kind: toll.kind, from, to: toll.bounds, outlet: outlet.to_owned() };
        let evidence = vec![Evidence { article: self.arriving.id, span: toll.sentence }];
        self.write(UpdateKind::FigureChanged, text, evidence, Some(change), None, importance);
    }

    /// A part of a figure that is news of its own.
    pub(super) fn share(&mut self, share: &Share) {
        let words = share.evidence.span.of(&self.arriving.article.text);
        let text = line::share(share.kind, &share.bounds, words);
        let change = FigureChange {
            kind: share.kind,
            from: None,
            to: share.bounds,
            outlet: self.arriving.outlet.to_owned(),
        };
        self.write(UpdateKind::FigureChanged, text, vec![share.evidence], Some(change), None, 0.3);
    }

    /// A figure that replaces one that the outlet took back.
    pub(super) fn correct_figure(&mut self, toll: &Toll, before: Bounds, noted: bool) {
        let (outlet, at) = (self.arriving.outlet, self.arriving.at);
        self.story.figures.push(novelty::ledger_figure(toll, self.arriving, at));
        let words = |b: &Bounds| format!("{} {}", line::number(b), line::befell(toll.kind));
        self.story.corrections.push(Correction {
            outlet: outlet.to_owned(),
            article: self.arriving.id,
            at,
            before: words(&before),
            after: words(&toll.bounds),
            noted,
            kind: Some(toll.kind),
        });
        let text = line::corrected(toll.kind, &before, &toll.bounds);
        let change = FigureChange {
            kind: toll.kind,
            from: Some(before),
            to: toll.bounds,
            outlet: outlet.to_owned(),
        };
        let evidence = vec![Evidence { article: self.arriving.id, span: toll.sentence }];
        self.write(UpdateKind::Correction, text, evidence, Some(change), None, 0.7);
    }

    /// Whether a sentence was told as a figure.
    pub(super) fn has_told_figure(&self, sentence: article::Span) -> bool {
        self.updates
            .iter()
            .filter(|u| u.figure.as_ref().is_some_and(|f| f.kind != CasualtyKind::Arrested))
            .any(|u| u.evidence.iter().any(|e| e.span == sentence))
    }

    /// Whether a passage was told as an event: who confirms it need not be told beside it.
    pub(super) fn has_told(&self, span: article::Span) -> bool {
        self.updates.iter().filter(|u| u.kind == UpdateKind::NewEvent).any(|u| {
            u.evidence.iter().any(|e| e.span.start <= span.start && span.start < e.span.end)
        })
    }

    /// The sentence that holds a span.
    pub(super) fn evidence(&self, span: article::Span) -> Evidence {
        let span = novelty::sentence_of(self.arriving.reading, span);
        Evidence { article: self.arriving.id, span }
    }

    /// Something that no article had told.
    pub(super) fn event(&mut self, happened: &Happened) {
        let text = line::passage(happened.sentence.of(&self.arriving.article.text));
        let evidence = vec![Evidence { article: self.arriving.id, span: happened.sentence }];
        let importance = if happened.lead { 0.5 } else { 0.3 };
        self.write(UpdateKind::NewEvent, text, evidence, None, None, importance);
    }

    /// A statement that nobody had printed.
    pub(super) fn statement(&mut self, said: &Said) {
        let text = line::statement(&said.speaker, said.description.as_deref(), &said.text);
        let evidence = vec![self.evidence(said.span)];
        let statement = NewStatement {
            speaker: said.speaker.clone(),
            description: said.description.clone(),
            content: said.text.clone(),
            kind: said.kind,
        };
        let importance = if said.description.is_some() { 0.35 } else { 0.25 };
        self.write(UpdateKind::NewStatement, text, evidence, None, Some(statement), importance);
    }
}

/// How much a changed figure matters: more dead more than more injured, a jump more than a step.
fn figure_importance(kind: CasualtyKind, from: Option<&Bounds>, to: &Bounds) -> f32 {
    let number = |b: &Bounds| b.number().unwrap_or(0) as f32;
    let base = match kind {
        CasualtyKind::Killed => 0.5,
        CasualtyKind::Missing | CasualtyKind::Kidnapped => 0.4,
        _ => 0.3,
    };
    let to_number = if to.qualifier == Qualifier::None { 0.0 } else { number(to) };
    let growth = match from {
        Some(from) if number(from) > 0.0 => {
            ((to_number - number(from)).abs() / number(from)).min(1.0)
        }
        _ => 0.5,
    };
    let size = (to_number + 1.0).log10() / 4.0;
    (base + 0.3 * growth + 0.2 * size).min(1.0)
}
