//! From effects to records: changes, stories as they stand, assignments.

use std::sync::Arc;

use crate::broker::Outgoing;
use crate::engine::article::Lane;
use crate::engine::emission::{Assignment, Change, Effect};
use crate::stage::Outputs;
use crate::telemetry::Metrics;
use crate::wire::cloudevents::{self, Attributes};
use crate::wire::{assignment, change, story};

/// Where the lanes write.
#[derive(Debug, Clone)]
pub struct LaneTopics {
    /// The lane log, for ticks.
    pub lanes: Arc<str>,
    /// Every change of a story.
    pub changes: Arc<str>,
    /// Each story as it stands.
    pub latest: Arc<str>,
    /// Each article's story.
    pub assignments: Arc<str>,
    /// Records of the lane log that are none.
    pub dead_letters: Arc<str>,
    /// Longer values cannot be written to the dead-letter topic, in bytes.
    pub max_dead_letter_bytes: usize,
}

/// Writes the effects of one lane event, in their order. `event_id` names the lane record they came of.
pub(super) fn publish(
    effects: Vec<Effect>,
    lane: &Lane,
    event_id: &str,
    topics: &LaneTopics,
    metrics: &Metrics,
    outputs: &mut Outputs,
) {
    let source = format!("/slugline/lanes/{lane}");
    for effect in effects {
        match effect {
            Effect::Assigned(assigned) => {
                metrics.assignment(assignment::placement_name(assigned.placement));
                outputs.push(assignment_record(&assigned, &source, event_id, topics));
            }
            Effect::Unassigned(article) => outputs.push(tombstone(&topics.assignments, article.as_str())),
            Effect::Changed(changed) => {
                metrics.story_change(change::kind_name(&changed.kind));
                for record in change_records(&changed, &source, topics) {
                    outputs.push(record);
                }
            }
            Effect::Forgotten(story) => outputs.push(tombstone(&topics.latest, &story.to_string())),
        }
    }
}

fn assignment_record(assigned: &Assignment, source: &str, event_id: &str, topics: &LaneTopics) -> Outgoing {
    let article = assigned.article.as_str();
    let attributes =
        Attributes { id: event_id, source, kind: assignment::TYPE, subject: article, time: Some(assigned.time) };
    Outgoing {
        topic: topics.assignments.clone(),
        partition: None,
        key: Some(article.as_bytes().to_vec()),
        value: Some(assignment::encode(assigned)),
        headers: cloudevents::headers(&attributes),
    }
}

/// The change, and the story as it stands after it.
fn change_records(changed: &Change, source: &str, topics: &LaneTopics) -> [Outgoing; 2] {
    let subject = changed.story.id.to_string();
    let revision = changed.story.revision;
    let record = |topic: &Arc<str>, kind: &str, id: &str, value: Vec<u8>| Outgoing {
        topic: topic.clone(),
        partition: None,
        key: Some(subject.as_bytes().to_vec()),
        value: Some(value),
        headers: cloudevents::headers(&Attributes { id, source, kind, subject: &subject, time: Some(changed.at) }),
    };
    [
        record(
            &topics.changes,
            change::type_of(&changed.kind),
            &format!("{subject}/{revision}"),
            change::encode(changed),
        ),
        record(&topics.latest, story::TYPE, &format!("{subject}/{revision}/latest"), story::encode(&changed.story)),
    ]
}

fn tombstone(topic: &Arc<str>, key: &str) -> Outgoing {
    Outgoing {
        topic: topic.clone(),
        partition: None,
        key: Some(key.as_bytes().to_vec()),
        value: None,
        headers: Vec::new(),
    }
}
