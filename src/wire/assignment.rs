//! The assignment of an article to a story, with its reasons. Schema: `schemas/assignment.v1.schema.json`.

use serde::Serialize;

use super::number::four_decimals;
use super::time::format_time;
use crate::engine::emission::explanation::{RunnerUp, ScoreParts, SharedTerm};
use crate::engine::emission::{Assignment, Placement};
use crate::engine::params::MODEL_VERSION;

/// The CloudEvents type of an assignment.
pub const TYPE: &str = "slugline.assignment.v1";

#[derive(Serialize)]
struct AssignmentRecord<'a> {
    id: &'a str,
    story: String,
    lane: &'a str,
    placement: &'static str,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<ScoreRecord>,
    shared: Vec<SharedRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runner_up: Option<RunnerUpRecord>,
    model: &'static str,
}

#[derive(Serialize)]
struct ScoreRecord {
    #[serde(serialize_with = "four_decimals")]
    total: f32,
    #[serde(serialize_with = "four_decimals")]
    words: f32,
    #[serde(serialize_with = "four_decimals")]
    names: f32,
    #[serde(serialize_with = "four_decimals")]
    lead: f32,
    #[serde(serialize_with = "four_decimals")]
    decay: f32,
}

#[derive(Serialize)]
struct SharedRecord<'a> {
    term: &'a str,
    #[serde(serialize_with = "four_decimals")]
    share: f32,
}

#[derive(Serialize)]
struct RunnerUpRecord {
    story: String,
    #[serde(serialize_with = "four_decimals")]
    score: f32,
}

/// How a placement is published, and labels its metric.
pub const fn placement_name(placement: Placement) -> &'static str {
    match placement {
        Placement::Founded => "founded",
        Placement::Joined => "joined",
        Placement::Revised => "revised",
    }
}

/// Encodes an assignment.
pub fn encode(assignment: &Assignment) -> Vec<u8> {
    let explanation = &assignment.explanation;
    let record = AssignmentRecord {
        id: assignment.article.as_str(),
        story: assignment.story.to_string(),
        lane: assignment.lane.as_str(),
        placement: placement_name(assignment.placement),
        time: format_time(assignment.time),
        score: explanation.score.map(score),
        shared: explanation.shared.iter().map(shared).collect(),
        runner_up: explanation.runner_up.map(runner_up),
        model: MODEL_VERSION,
    };
    serde_json::to_vec(&record).unwrap_or_default()
}

fn score(parts: ScoreParts) -> ScoreRecord {
    ScoreRecord { total: parts.total, words: parts.words, names: parts.names, lead: parts.lead, decay: parts.decay }
}

fn shared(term: &SharedTerm) -> SharedRecord<'_> {
    SharedRecord { term: &term.term, share: term.share }
}

fn runner_up(runner_up: RunnerUp) -> RunnerUpRecord {
    RunnerUpRecord { story: runner_up.story.to_string(), score: runner_up.score }
}
