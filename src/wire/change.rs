//! A change of a story, with the story as it stands after it. Schema: `schemas/change.v1.schema.json`.

use serde::Serialize;

use super::story::StoryRecord;
use super::time::format_time;
use crate::engine::article::ArticleId;
use crate::engine::emission::{Change, ChangeKind, CloseReason};

#[derive(Serialize)]
struct ChangeRecord<'a> {
    change: &'static str,
    at: String,
    #[serde(flatten)]
    story: StoryRecord<'a>,
    added: Vec<&'a str>,
    removed: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// How a kind of change is published, and labels its metric.
pub const fn kind_name(kind: &ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "created",
        ChangeKind::Updated => "updated",
        ChangeKind::Renamed { .. } => "renamed",
        ChangeKind::Dormant => "dormant",
        ChangeKind::Reawakened => "reawakened",
        ChangeKind::Closed { .. } => "closed",
    }
}

/// The CloudEvents type of a change.
pub const fn type_of(kind: &ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "slugline.story.created.v1",
        ChangeKind::Updated => "slugline.story.updated.v1",
        ChangeKind::Renamed { .. } => "slugline.story.renamed.v1",
        ChangeKind::Dormant => "slugline.story.dormant.v1",
        ChangeKind::Reawakened => "slugline.story.reawakened.v1",
        ChangeKind::Closed { .. } => "slugline.story.closed.v1",
    }
}

/// Encodes a change.
pub fn encode(change: &Change) -> Vec<u8> {
    let record = ChangeRecord {
        change: kind_name(&change.kind),
        at: format_time(change.at),
        story: StoryRecord::from(&change.story),
        added: change.added.iter().map(ArticleId::as_str).collect(),
        removed: change.removed.iter().map(ArticleId::as_str).collect(),
        previous_label: match &change.kind {
            ChangeKind::Renamed { previous } => Some(previous),
            _ => None,
        },
        reason: match &change.kind {
            ChangeKind::Closed { reason } => Some(reason_name(*reason)),
            _ => None,
        },
    };
    serde_json::to_vec(&record).unwrap_or_default()
}

const fn reason_name(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Quiet => "quiet",
        CloseReason::Retracted => "retracted",
        CloseReason::Evicted => "evicted",
    }
}
