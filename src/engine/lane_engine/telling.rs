//! Telling: what of a story's changes is published, and what event time alone brings about.

use std::time::Duration;

use super::{Deadline, Engine};
use crate::engine::analysis::Vocabulary;
use crate::engine::article::{ArticleId, Lane};
use crate::engine::clustering::stories::Slot;
use crate::engine::clustering::{Member, Story, StoryId, StoryState};
use crate::engine::description::{label, representative, top_terms};
use crate::engine::emission::telling::{Quiet, Settled};
use crate::engine::emission::view::MemberView;
use crate::engine::emission::{Change, ChangeKind, CloseReason, Effect, Placement, StoryView};
use crate::engine::params::EmissionParams;
use crate::engine::time::EventTime;

impl Engine {
    /// An article has come into a story: a change is owed, and the story lives on.
    pub(super) fn note_added(&mut self, slot: Slot, article: ArticleId, placement: Placement) {
        let now = self.watermark.at();
        let dormant_after = self.params.lifecycle.dormant_after;
        let woken = self.stories.change(slot, |story| {
            story.telling.note_added(article, placement);
            // An article so late that the story stays quiet does not wake it.
            let wakes = story.state == StoryState::Dormant && story.last_seen.plus(dormant_after) > now;
            if wakes {
                story.state = StoryState::Active;
            }
            wakes
        });
        if woken == Some(true) {
            self.tell(slot, now, |_| ChangeKind::Reawakened);
        } else {
            self.owe(slot, now);
        }
        self.put_off(slot, now);
    }

    /// Sets anew when a story will fall dormant and close, if no article comes before.
    fn put_off(&mut self, slot: Slot, now: EventTime) {
        let lifecycle = &self.params.lifecycle;
        let Some((id, before, after)) = self.stories.change(slot, |story| {
            // A late article may found a story that is quiet already: told first, then dormant.
            let at = |quiet| story.last_seen.plus(quiet).max(now);
            let after = Quiet { dormant: at(lifecycle.dormant_after), close: at(lifecycle.close_after) };
            (story.id, story.telling.quiet.replace(after), after)
        }) else {
            return;
        };
        // One pair for each story, however many articles it has.
        if let Some(before) = before {
            self.deadlines.remove(&(before.dormant, Deadline::Dormant, id));
            self.deadlines.remove(&(before.close, Deadline::Close, id));
        }
        self.deadlines.insert((after.dormant, Deadline::Dormant, id));
        self.deadlines.insert((after.close, Deadline::Close, id));
    }

    /// An article has left a story.
    pub(super) fn note_removed(&mut self, slot: Slot, article: ArticleId) {
        let now = self.watermark.at();
        let owes = self.stories.change(slot, |story| {
            story.telling.note_removed(article);
            story.telling.owes()
        });
        if owes == Some(true) {
            self.owe(slot, now);
        }
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

    /// Moves everything that has happened so far later: it came without dates, and counts for the time of the
    /// first date there is.
    pub(super) fn postpone(&mut self, by: Duration) {
        let slots: Vec<Slot> = self.stories.iter().filter_map(|story| self.stories.slot_of(story.id)).collect();
        for slot in slots {
            self.stories.change(slot, |story| story.postpone(by));
        }
        let deadlines = std::mem::take(&mut self.deadlines).into_iter();
        self.deadlines = deadlines.map(|(at, deadline, id)| (at.plus(by), deadline, id)).collect();
    }

    /// Does everything that is due at the watermark, in the order of its time.
    pub(super) fn meet_deadlines(&mut self) {
        let now = self.watermark.at();
        while let Some((at, deadline, id)) = self.deadlines.first().copied() {
            if at > now {
                return;
            }
            self.deadlines.pop_first();
            match deadline {
                Deadline::Forget => self.effects.push(Effect::Forgotten(id)),
                Deadline::Release => {
                    self.closed.remove(&id);
                }
                Deadline::Tell | Deadline::Dormant | Deadline::Close => self.meet_deadline(at, deadline, id),
            }
        }
    }

    fn meet_deadline(&mut self, at: EventTime, deadline: Deadline, id: StoryId) {
        let Some(slot) = self.stories.slot_of(id) else { return };
        let Some(story) = self.stories.get(slot) else { return };
        let lifecycle = &self.params.lifecycle;
        let quiet_for = |most| story.last_seen.plus(most) <= at;
        match deadline {
            Deadline::Tell if story.telling.due == Some(at) => self.tell(slot, at, change_of_articles),
            Deadline::Dormant if story.state == StoryState::Active && quiet_for(lifecycle.dormant_after) => {
                self.stories.change(slot, |story| story.state = StoryState::Dormant);
                self.tell(slot, at, |_| ChangeKind::Dormant);
            }
            Deadline::Close if quiet_for(lifecycle.close_after) => self.close(slot, CloseReason::Quiet, at),
            _ => {}
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
        let admission = &self.params.admission;
        // Its first article was at most `max_ahead` ahead, and can come again as late as `max_lateness`.
        let release = at.plus(admission.max_ahead).plus(admission.max_lateness).plus(Duration::from_millis(1));
        self.deadlines.insert((release, Deadline::Release, story.id));
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

/// Makes the story's name again when half as many articles as it was last made of have come, were revised or
/// left since, so that a name neither flaps nor keeps what was withdrawn; returns the name before where it has
/// changed.
fn rename(story: &mut Story, vocabulary: &Vocabulary) -> Option<String> {
    if story.telling.label.is_some() && story.telling.touched < story.telling.named_at.div_ceil(2) {
        return None;
    }
    let new = label::label(story, vocabulary);
    story.telling.named_at = story.article_count();
    story.telling.touched = 0;
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
        reprints: story.reprints(),
        publishers: story.publishers(),
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
