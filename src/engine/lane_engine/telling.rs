//! Telling: what of a story's changes is published, and what event time alone brings about.

use super::{Deadline, Engine};
use crate::engine::analysis::Vocabulary;
use crate::engine::article::{ArticleId, Lane};
use crate::engine::clustering::stories::Slot;
use crate::engine::clustering::{Member, Story, StoryState};
use crate::engine::description::{label, representative, top_terms};
use crate::engine::emission::telling::Settled;
use crate::engine::emission::view::MemberView;
use crate::engine::emission::{Change, ChangeKind, CloseReason, Effect, StoryView};
use crate::engine::params::EmissionParams;
use crate::engine::time::EventTime;

impl Engine {
    /// An article has come into a story: a change is owed, and the story lives on.
    pub(super) fn note_added(&mut self, slot: Slot, article: ArticleId) {
        let now = self.watermark.at();
        let woken = self.stories.change(slot, |story| {
            story.telling.note_added(article);
            std::mem::replace(&mut story.state, StoryState::Active) == StoryState::Dormant
        });
        if woken == Some(true) {
            self.tell(slot, now, |_| ChangeKind::Reawakened);
        } else {
            self.owe(slot, now);
        }
        if let Some(story) = self.stories.get(slot) {
            let lifecycle = &self.params.lifecycle;
            // A late article may found a story that is quiet already: told first, then dormant.
            let after = |quiet| story.last_seen.plus(quiet).max(now);
            self.deadlines.insert((after(lifecycle.dormant_after), Deadline::Dormant, story.id));
            self.deadlines.insert((after(lifecycle.close_after), Deadline::Close, story.id));
        }
    }

    /// An article has left a story.
    pub(super) fn note_removed(&mut self, slot: Slot, article: ArticleId) {
        let now = self.watermark.at();
        self.stories.change(slot, |story| story.telling.note_removed(article));
        self.owe(slot, now);
    }

    fn owe(&mut self, slot: Slot, now: EventTime) {
        let coalesce = self.params.emission.coalesce;
        let due = self.stories.change(slot, |story| {
            let telling = &mut story.telling;
            let newly = telling.due.is_none();
            let due = telling.earliest(now, coalesce);
            telling.due.get_or_insert(due);
            newly.then_some((due, story.id))
        });
        if let Some(Some((due, id))) = due {
            self.deadlines.insert((due, Deadline::Tell, id));
        }
    }

    /// Does everything that is due at the watermark, in the order of its time.
    pub(super) fn meet_deadlines(&mut self) {
        let now = self.watermark.at();
        while let Some((at, deadline, id)) = self.deadlines.first().copied() {
            if at > now {
                return;
            }
            self.deadlines.pop_first();
            if deadline == Deadline::Forget {
                self.closed.remove(&id);
                self.effects.push(Effect::Forgotten(id));
                continue;
            }
            let Some(slot) = self.stories.slot_of(id) else { continue };
            let Some(story) = self.stories.get(slot) else { continue };
            let quiet_since = story.last_seen;
            match deadline {
                Deadline::Tell if story.telling.due == Some(at) => self.tell(slot, at, change_of_articles),
                Deadline::Dormant
                    if story.state == StoryState::Active
                        && quiet_since.plus(self.params.lifecycle.dormant_after) <= at =>
                {
                    self.stories.change(slot, |story| story.state = StoryState::Dormant);
                    self.tell(slot, at, |_| ChangeKind::Dormant);
                }
                Deadline::Close if quiet_since.plus(self.params.lifecycle.close_after) <= at => {
                    self.close(slot, CloseReason::Quiet, at);
                }
                _ => {}
            }
        }
    }

    /// Closes a story: tells so, and takes it out of the index.
    pub(super) fn close(&mut self, slot: Slot, reason: CloseReason, at: EventTime) {
        self.stories.change(slot, |story| story.state = StoryState::Closed);
        self.tell(slot, at, |_| ChangeKind::Closed { reason });
        let Some(story) = self.stories.remove(slot) else { return };
        for (feature, _) in story.sum().iter() {
            self.vocabulary.release(feature.term());
        }
        self.index.remove(slot, story.sum().iter().map(|(feature, _)| feature));
        self.closed.insert(story.id);
        self.deadlines.insert((at.plus(self.params.lifecycle.forget_after), Deadline::Forget, story.id));
    }

    /// Tells a change of a story, and its new name where it has one.
    fn tell(&mut self, slot: Slot, at: EventTime, kind: impl FnOnce(&Story) -> ChangeKind) {
        let (lane, vocabulary, params) = (&self.lane, &self.vocabulary, &self.params.emission);
        let effects = &mut self.effects;
        self.stories.change(slot, |story| {
            let kind = kind(story);
            // What is over keeps the name it had.
            let over = story.state == StoryState::Closed && story.telling.label.is_some();
            let previous = if over { None } else { rename(story, vocabulary) };
            let settled = story.telling.settle(at);
            effects.push(change(story, lane, vocabulary, params, kind, at, settled));
            if let Some(previous) = previous {
                let settled = story.telling.settle(at);
                effects.push(change(story, lane, vocabulary, params, ChangeKind::Renamed { previous }, at, settled));
            }
        });
    }
}

fn change_of_articles(story: &Story) -> ChangeKind {
    if story.telling.revision == 0 { ChangeKind::Created } else { ChangeKind::Updated }
}

/// Makes the story's name again when it has grown by half since it was last made, so that a name cannot
/// flap; returns the name before where it has changed.
fn rename(story: &mut Story, vocabulary: &Vocabulary) -> Option<String> {
    let articles = story.article_count();
    let named_at = story.telling.named_at;
    if story.telling.label.is_some() && articles < named_at + named_at.div_ceil(2) {
        return None;
    }
    let new = label::label(story, vocabulary);
    story.telling.named_at = articles;
    let before = story.telling.label.replace(new.clone())?;
    (before.text != new.text).then_some(before.text)
}

fn change(
    story: &Story,
    lane: &Lane,
    vocabulary: &Vocabulary,
    params: &EmissionParams,
    kind: ChangeKind,
    at: EventTime,
    settled: Settled,
) -> Effect {
    let story = view(story, lane, vocabulary, params);
    Effect::Changed(Box::new(Change { kind, at, story, added: settled.added, removed: settled.removed }))
}

fn view(story: &Story, lane: &Lane, vocabulary: &Vocabulary, params: &EmissionParams) -> StoryView {
    StoryView {
        id: story.id,
        lane: lane.clone(),
        revision: story.telling.revision,
        state: story.state,
        label: story.telling.label.clone().unwrap_or_default(),
        first_seen: story.first_seen,
        last_seen: story.last_seen,
        articles: story.article_count(),
        unique_texts: story.unique_texts(),
        reprints: story.reprints as usize,
        publishers: story.sources.len(),
        top_terms: top_terms::top_terms(story, vocabulary, params.top_terms),
        representative: representative::representative(story).map(member_view),
        members: story.members.iter().rev().take(params.member_sample).map(member_view).collect(),
    }
}

fn member_view(member: &Member) -> MemberView {
    MemberView {
        id: member.id.clone(),
        title: member.title.clone(),
        time: member.time,
        language: member.language,
        source: member.source.clone(),
        url: member.url.clone(),
    }
}
