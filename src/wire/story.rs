//! A story as it stands, as in the compacted topic. Schema: `schemas/story.v1.schema.json`.

use serde::Serialize;

use super::number::four_decimals;
use super::time::format_time;
use crate::engine::clustering::StoryState;
use crate::engine::emission::StoryView;
use crate::engine::emission::view::{MemberView, WeightedTerm};
use crate::engine::params::MODEL_VERSION;

/// The CloudEvents type of a story as it stands.
pub const TYPE: &str = "slugline.story.v1";

/// A story's fields; a change carries the same.
#[derive(Serialize)]
pub(super) struct StoryRecord<'a> {
    id: String,
    lane: &'a str,
    revision: u64,
    state: &'static str,
    label: LabelRecord<'a>,
    first_seen: String,
    last_seen: String,
    counts: CountsRecord,
    top_terms: Vec<TermRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    representative: Option<MemberRecord<'a>>,
    members: Vec<MemberRecord<'a>>,
    model: &'static str,
}

#[derive(Serialize)]
struct LabelRecord<'a> {
    text: &'a str,
    entities: &'a [String],
}

#[derive(Serialize)]
struct CountsRecord {
    articles: usize,
    unique_texts: usize,
    reprints: usize,
    publishers: usize,
}

#[derive(Serialize)]
struct TermRecord<'a> {
    term: &'a str,
    #[serde(serialize_with = "four_decimals")]
    share: f32,
}

#[derive(Serialize)]
struct MemberRecord<'a> {
    id: &'a str,
    title: &'a str,
    time: String,
    lang: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

/// Encodes a story as it stands.
pub fn encode(story: &StoryView) -> Vec<u8> {
    serde_json::to_vec(&StoryRecord::from(story)).unwrap_or_default()
}

impl<'a> From<&'a StoryView> for StoryRecord<'a> {
    fn from(story: &'a StoryView) -> Self {
        Self {
            id: story.id.to_string(),
            lane: story.lane.as_str(),
            revision: story.revision,
            state: match story.state {
                StoryState::Active => "active",
                StoryState::Dormant => "dormant",
                StoryState::Closed => "closed",
            },
            label: LabelRecord { text: &story.label.text, entities: &story.label.entities },
            first_seen: format_time(story.first_seen),
            last_seen: format_time(story.last_seen),
            counts: CountsRecord {
                articles: story.articles,
                unique_texts: story.unique_texts,
                reprints: story.reprints,
                publishers: story.publishers,
            },
            top_terms: story.top_terms.iter().map(term).collect(),
            representative: story.representative.as_ref().map(member),
            members: story.members.iter().map(member).collect(),
            model: MODEL_VERSION,
        }
    }
}

fn term(term: &WeightedTerm) -> TermRecord<'_> {
    TermRecord { term: &term.term, share: term.share }
}

fn member(member: &MemberView) -> MemberRecord<'_> {
    MemberRecord {
        id: member.id.as_str(),
        title: &member.title,
        time: format_time(member.time),
        lang: member.language.to_string(),
        source: member.source.as_deref(),
        url: member.url.as_deref(),
    }
}
