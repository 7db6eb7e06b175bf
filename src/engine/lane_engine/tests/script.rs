//! A small language for streams of events, and their effects as short lines of text.
//!
//! One event a line; times count from the start of the stream:
//!
//! ```text
//! a1 2h Coastwire flood-1                          an article with one of the texts of `tellings`
//! a1 2h! Coastwire flood-1                         the same, its record's timestamp bearing it out
//! a2 ? - "Flood in Port Ellery" : The river rose.  undated, without a publisher, with a text of its own
//! retract a1
//! tick 3d
//! ```
//!
//! Stories are called A, B, C in the order in which they appear. Names and scores are left out, so that
//! these tests fail when the engine behaves otherwise and not when it words or weighs otherwise.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::ledger::Ledger;
use super::{START, tellings};
use crate::engine::Engine;
use crate::engine::analysis::{PreparedEvent, prepare};
use crate::engine::article::{Article, ArticleId, ArticleTime, Lane, LaneEvent, Language};
use crate::engine::clustering::StoryId;
use crate::engine::emission::{Assignment, Change, ChangeKind, CloseReason, Effect, Placement};
use crate::engine::params::EngineParams;
use crate::engine::time::EventTime;

/// An engine, and what it has told so far.
pub(super) struct Stage {
    pub(super) engine: Engine,
    pub(super) ledger: Ledger,
    params: EngineParams,
    names: BTreeMap<StoryId, String>,
}

impl Stage {
    pub(super) fn new(params: EngineParams) -> Self {
        let engine = Engine::new(Lane::new("en").unwrap(), params.clone());
        Self { engine, ledger: Ledger::new(&params), params, names: BTreeMap::new() }
    }

    /// Plays a script and renders the effects of each line under it. Every effect goes through the ledger.
    pub(super) fn play(&mut self, script: &str) -> String {
        let mut shown = String::new();
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            writeln!(shown, "{line}").unwrap();
            for effect in self.apply(event(line)) {
                if let Some(text) = self.render(&effect) {
                    writeln!(shown, "    {text}").unwrap();
                }
            }
        }
        shown
    }

    /// Applies one event and enters its effects into the ledger.
    pub(super) fn apply(&mut self, event: LaneEvent) -> Vec<Effect> {
        self.apply_prepared(prepare(event, &self.params))
    }

    /// The engine's parameters.
    pub(super) fn params(&self) -> EngineParams {
        self.params.clone()
    }

    /// Moves event time on until every change that is owed has been told.
    pub(super) fn flush(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some(at) = self.engine.next_telling() {
            effects.extend(self.apply_prepared(PreparedEvent::Tick(at)));
        }
        effects
    }

    /// The assignments of a script.
    pub(super) fn assignments(&mut self, script: &str) -> Vec<Assignment> {
        let events = script.lines().map(str::trim).filter(|line| !line.is_empty()).map(event);
        let effects: Vec<Effect> = events.flat_map(|event| self.apply(event)).collect();
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Assigned(assigned) => Some(*assigned),
                _ => None,
            })
            .collect()
    }

    fn apply_prepared(&mut self, event: PreparedEvent) -> Vec<Effect> {
        let effects = self.engine.apply(event);
        for effect in &effects {
            self.ledger.enter(effect);
        }
        self.ledger.check_live(&self.engine);
        effects
    }

    /// One line for an effect; none for a name, which the scripts are not about.
    fn render(&mut self, effect: &Effect) -> Option<String> {
        Some(match effect {
            Effect::Assigned(assigned) => {
                let how = match assigned.placement {
                    Placement::Founded => "founded",
                    Placement::Joined => "joined",
                    Placement::Revised => "revised in",
                };
                format!("{} {how} {} @{}", assigned.article, self.name(assigned.story), offset(assigned.time))
            }
            Effect::Unassigned(article) => format!("{article} unassigned"),
            Effect::Changed(change) => return self.render_change(change),
            Effect::Forgotten(story) => format!("{} forgotten", self.name(*story)),
        })
    }

    fn render_change(&mut self, change: &Change) -> Option<String> {
        let kind = match &change.kind {
            ChangeKind::Created => "created",
            ChangeKind::Updated => "updated",
            ChangeKind::Renamed { .. } => return None,
            ChangeKind::Dormant => "dormant",
            ChangeKind::Reawakened => "reawakened",
            ChangeKind::Closed { reason: CloseReason::Quiet } => "closed, quiet",
            ChangeKind::Closed { reason: CloseReason::Retracted } => "closed, retracted",
            ChangeKind::Closed { reason: CloseReason::Evicted } => "closed, evicted",
        };
        let story = &change.story;
        let mut line = format!("{} {kind} @{}: {}", self.name(story.id), offset(change.at), story.articles);
        if story.reprints > 0 {
            write!(line, " ({} reprinted)", story.reprints).unwrap();
        }
        for article in &change.added {
            write!(line, " +{article}").unwrap();
        }
        for article in &change.removed {
            write!(line, " -{article}").unwrap();
        }
        Some(line)
    }

    /// The letter of a story.
    pub(super) fn name(&mut self, story: StoryId) -> String {
        let next = char::from(b'A' + u8::try_from(self.names.len()).unwrap());
        self.names.entry(story).or_insert_with(|| next.to_string()).clone()
    }
}

/// The event of a line.
pub(super) fn event(line: &str) -> LaneEvent {
    let (first, rest) = line.split_once(' ').unwrap();
    match first {
        "retract" => LaneEvent::Retraction { id: ArticleId::new(rest).unwrap() },
        "tick" => LaneEvent::Tick { at: time(rest) },
        id => {
            let (at, rest) = rest.split_once(' ').unwrap();
            let (source, telling) = rest.split_once(' ').unwrap();
            let (title, text) = match telling.strip_prefix('"') {
                Some(own) => own.split_once("\" : ").unwrap(),
                None => tellings::telling(telling),
            };
            LaneEvent::Article(Article {
                id: ArticleId::new(id).unwrap(),
                title: title.to_owned(),
                text: text.to_owned(),
                time: article_time(at),
                language: Language::new("en").unwrap(),
                source: (source != "-").then(|| source.to_owned()),
                url: None,
            })
        }
    }
}

/// What a script knows of an article's time: `?` nothing, `2h` its claim, `2h!` one that its record bears out.
fn article_time(text: &str) -> ArticleTime {
    match (text, text.strip_suffix('!')) {
        ("?", _) => ArticleTime::Unknown,
        (_, Some(witnessed)) => ArticleTime::Witnessed(time(witnessed)),
        _ => ArticleTime::Claimed(time(text)),
    }
}

/// A time such as `2h`, `90m`, `3d` or `1d12h` after the start of the stream.
fn time(text: &str) -> EventTime {
    let mut minutes = 0;
    let mut number = 0;
    for c in text.chars() {
        match c {
            'd' => minutes += std::mem::take(&mut number) * 1440,
            'h' => minutes += std::mem::take(&mut number) * 60,
            'm' => minutes += std::mem::take(&mut number),
            digit => number = number * 10 + i64::from(digit.to_digit(10).unwrap()),
        }
    }
    EventTime::from_millis(START + minutes * 60_000)
}

/// A time as it is written in a script.
fn offset(time: EventTime) -> String {
    let minutes = (time.as_millis() - START) / 60_000;
    let parts = [(minutes / 1440, 'd'), (minutes / 60 % 24, 'h'), (minutes % 60, 'm')];
    let text: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if text.is_empty() { "0m".to_owned() } else { text }
}
