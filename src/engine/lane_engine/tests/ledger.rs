//! What a careful consumer keeps of the effects, and what it may rely on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::engine::Engine;
use crate::engine::admission::watermark::Admitted;
use crate::engine::analysis::sparse::Feature;
use crate::engine::analysis::vocabulary::TermId;
use crate::engine::article::ArticleId;
use crate::engine::clustering::{Story, StoryId, StoryState};
use crate::engine::emission::{Assignment, Change, ChangeKind, Effect, Placement};
use crate::engine::params::EngineParams;
use crate::engine::time::EventTime;

/// Sums of a few f32 may differ by this much.
const ROUNDING: f32 = 1e-4;

/// Stories and assignments as the effects tell them, each effect checked on its way in.
pub(super) struct Ledger {
    join_threshold: f32,
    coalesce: Duration,
    stories: BTreeMap<StoryId, Told>,
    assigned: BTreeMap<ArticleId, StoryId>,
    /// Terms of the live stories when last looked at: a number must not come to mean another term.
    terms: BTreeMap<(StoryId, TermId), String>,
}

/// A story as its changes tell it.
#[derive(Debug)]
struct Told {
    revision: u64,
    state: StoryState,
    at: EventTime,
    label: String,
    members: BTreeSet<ArticleId>,
    forgotten: bool,
}

impl Ledger {
    pub(super) fn new(params: &EngineParams) -> Self {
        Self {
            join_threshold: params.clustering.join_threshold,
            coalesce: params.emission.coalesce,
            stories: BTreeMap::new(),
            assigned: BTreeMap::new(),
            terms: BTreeMap::new(),
        }
    }

    /// The story an article was last assigned to, if it was not retracted since.
    pub(super) fn story_of(&self, article: &str) -> Option<StoryId> {
        self.assigned.get(&ArticleId::new(article)?).copied()
    }

    /// Every story that was ever told.
    pub(super) fn story_count(&self) -> usize {
        self.stories.len()
    }

    /// Takes an effect and checks it against those before.
    pub(super) fn enter(&mut self, effect: &Effect) {
        match effect {
            Effect::Assigned(assigned) => self.enter_assignment(assigned),
            Effect::Unassigned(article) => {
                assert!(self.assigned.remove(article).is_some(), "{article} was withdrawn but never assigned");
            }
            Effect::Changed(change) => self.enter_change(change),
            Effect::Forgotten(story) => {
                let told = self.stories.get_mut(story).expect("only a story that was told can be forgotten");
                assert_eq!(told.state, StoryState::Closed, "{story} was forgotten before it was closed");
                assert!(!told.forgotten, "{story} was forgotten twice");
                told.forgotten = true;
            }
        }
    }

    fn enter_assignment(&mut self, assigned: &Assignment) {
        check_explanation(assigned, self.join_threshold);
        let Assignment { article, story, .. } = assigned;
        let live = |story: &StoryId| self.stories.get(story).is_none_or(|told| told.state != StoryState::Closed);
        assert!(live(story), "{article} was assigned to {story}, which is closed");
        let before = self.assigned.insert(article.clone(), *story).filter(live);
        match assigned.placement {
            Placement::Founded => {
                assert_eq!(before, None, "{article} founded a story while it was in another");
                assert!(!self.stories.contains_key(story), "the id {story} was given before");
            }
            Placement::Joined => {
                assert_eq!(before, None, "{article} joined a story while it was in another");
                assert!(self.stories.contains_key(story), "{article} joined {story}, which was never told");
            }
            Placement::Revised => assert_eq!(before, Some(*story), "{article} left its story by a revision"),
        }
    }

    fn enter_change(&mut self, change: &Change) {
        let story = &change.story;
        let told = self.stories.entry(story.id).or_insert_with(|| Told {
            revision: 0,
            state: StoryState::Active,
            at: change.at,
            label: String::new(),
            members: BTreeSet::new(),
            forgotten: false,
        });
        assert_eq!(story.revision, told.revision + 1, "{}: a revision is missing or told twice", story.id);
        assert_ne!(told.state, StoryState::Closed, "{}: changed after it was closed", story.id);
        assert!(change.at >= told.at, "{}: told at an earlier time than the change before", story.id);
        check_kind(change, told);
        if change.kind == ChangeKind::Updated {
            assert!(change.at >= told.at.plus(self.coalesce), "{}: updated again too soon", story.id);
        }

        for (list, name) in [(&change.added, "added"), (&change.removed, "removed")] {
            let distinct: BTreeSet<&ArticleId> = list.iter().collect();
            assert_eq!(distinct.len(), list.len(), "an article stands twice in {name}: {list:?}");
        }
        for article in &change.removed {
            assert!(told.members.remove(article), "{article} was removed from {} but never added", story.id);
        }
        told.members.extend(change.added.iter().cloned());
        check_view(change, &told.members);

        told.revision = story.revision;
        told.state = story.state;
        told.at = change.at;
        told.label.clone_from(&story.label.text);
    }

    /// Checks the engine's own books against each other and against the assignments.
    pub(super) fn check_live(&mut self, engine: &Engine) {
        let mut placed = BTreeMap::new();
        let mut terms = BTreeMap::new();
        let mut postings = 0;
        for story in engine.stories.iter() {
            assert!(!story.article_ids.is_empty(), "{} is live without an article", story.id);
            for article in &story.article_ids {
                let twice = placed.insert(article.clone(), story.id);
                assert_eq!(twice, None, "{article} is in two stories, or twice in one");
                let slot = engine.stories.placed(article).map(|placed| placed.slot);
                assert_eq!(slot, engine.stories.slot_of(story.id), "{article} is not found where it is");
            }
            for member in &story.members {
                assert!(story.article_ids.contains(&member.id), "{} is a member and no article", member.id);
            }
            check_sum(story, engine.params.clustering.decay);
            let slot = engine.stories.slot_of(story.id).unwrap();
            for (feature, weight) in story.sum().iter() {
                let listed = engine.index.list(feature).iter().find(|posting| posting.slot == slot);
                let listed = listed.unwrap_or_else(|| panic!("{}: {feature:?} is not indexed", story.id)).weight;
                let error = (listed - weight).abs();
                assert!(error <= ROUNDING * weight.abs().max(ROUNDING), "{}: {listed} for {weight}", story.id);
                assert!(weight >= 0.0, "{}: {feature:?} weighs {weight}", story.id);
                let text = engine.vocabulary.text(feature.term()).to_owned();
                assert_ne!(text, "", "a term of a live story was forgotten");
                terms.insert((story.id, feature.term()), text);
            }
            postings += story.sum().len();
        }
        for (key, text) in &self.terms {
            assert!(terms.get(key).is_none_or(|now| now == text), "{key:?} was {text:?}: its number was given away");
        }
        self.terms = terms;
        assert_eq!(engine.stats().postings, postings, "the index lists what no story has");

        let closed = |story: &StoryId| self.stories.get(story).is_some_and(|told| told.state == StoryState::Closed);
        let live: BTreeMap<ArticleId, StoryId> =
            self.assigned.iter().filter(|(_, story)| !closed(story)).map(|(id, story)| (id.clone(), *story)).collect();
        assert_eq!(live, placed, "the assignments tell of other stories than the engine has");
        assert_eq!(engine.stats().live_articles, placed.len());
    }

    /// Checks that nothing is owed any more: the changes told give the stories as they are.
    pub(super) fn check_told(&self, engine: &Engine) {
        let live: BTreeMap<StoryId, BTreeSet<ArticleId>> =
            engine.stories.iter().map(|story| (story.id, story.article_ids.iter().cloned().collect())).collect();
        let told: BTreeMap<StoryId, BTreeSet<ArticleId>> = self
            .stories
            .iter()
            .filter(|(_, told)| told.state != StoryState::Closed)
            .map(|(id, told)| (*id, told.members.clone()))
            .collect();
        assert_eq!(told, live, "the changes do not add up to the stories");
    }
}

/// Checks that the sum of a story is that of its members, where all are kept, and of nothing else.
fn check_sum(story: &Story, decay: Duration) {
    if story.members.len() < story.article_count() {
        return;
    }
    let mut expected: BTreeMap<Feature, f32> = BTreeMap::new();
    for member in &story.members {
        let apart = story.last_seen.since(member.time).as_secs_f32() / decay.as_secs_f32();
        for (feature, weight) in member.vector.iter() {
            *expected.entry(feature).or_default() += weight * (-apart).exp();
        }
    }
    let units = story.factor_for(Admitted { time: story.last_seen, dated: true }, decay) * story.members.len() as f32;
    for (feature, weight) in story.sum().iter() {
        let (sum, members) = (weight * units, expected.remove(&feature).unwrap_or_default());
        assert!((sum - members).abs() < ROUNDING, "{}: {feature:?} is {sum} in the sum, {members} in all", story.id);
    }
    assert!(expected.values().all(|weight| *weight < ROUNDING), "{}: the sum lacks {expected:?}", story.id);
}

fn check_kind(change: &Change, before: &Told) {
    let (kind, state) = (&change.kind, change.story.state);
    assert_eq!(*kind == ChangeKind::Created, before.revision == 0, "{kind:?} as revision {}", before.revision + 1);
    match kind {
        ChangeKind::Created | ChangeKind::Reawakened => assert_eq!(state, StoryState::Active),
        ChangeKind::Updated => assert_eq!(state, before.state),
        ChangeKind::Dormant => assert_eq!((before.state, state), (StoryState::Active, StoryState::Dormant)),
        ChangeKind::Closed { .. } => assert_eq!(state, StoryState::Closed),
        ChangeKind::Renamed { previous } => {
            assert!(change.added.is_empty() && change.removed.is_empty(), "a name comes after what brought it about");
            assert_ne!(*previous, change.story.label.text);
            assert_eq!(change.at, before.at);
            assert_eq!(before.label, change.story.label.text, "the change before has the new name already");
        }
    }
    if *kind == ChangeKind::Reawakened {
        assert_eq!(before.state, StoryState::Dormant, "only what sleeps can wake");
    }
}

fn check_view(change: &Change, members: &BTreeSet<ArticleId>) {
    let story = &change.story;
    assert_eq!(story.articles, members.len(), "{}: the count is not that of the members told", story.id);
    assert_eq!(story.unique_texts + story.reprints, story.articles);
    assert!(story.articles == 0 || story.unique_texts > 0, "{}: every text repeats another", story.id);
    assert!(story.publishers <= story.articles);
    assert!(story.first_seen <= story.last_seen);
    let sample: BTreeSet<&ArticleId> = story.members.iter().map(|member| &member.id).collect();
    assert_eq!(sample.len(), story.members.len(), "an article stands twice in the sample");
    for member in story.members.iter().chain(&story.representative) {
        assert!(members.contains(&member.id), "{} is shown and not in the story", member.id);
        assert!((story.first_seen..=story.last_seen).contains(&member.time), "{} lies outside", member.id);
    }
    let shares: f32 = story.top_terms.iter().map(|term| term.share).sum();
    assert!((0.0..=1.0 + ROUNDING).contains(&shares));
    assert!(story.top_terms.is_sorted_by(|a, b| a.share >= b.share));
}

fn check_explanation(assigned: &Assignment, threshold: f32) {
    let explanation = &assigned.explanation;
    match (assigned.placement, explanation.score) {
        (Placement::Founded, score) => {
            assert_eq!(score, None);
            assert!(explanation.shared.is_empty());
            let refused = explanation.runner_up.map_or(0.0, |refused| refused.score);
            assert!(refused < threshold, "{}: refused a story of score {refused}", assigned.article);
        }
        (Placement::Joined, None) => panic!("{}: joined without a score", assigned.article),
        (Placement::Revised, None) => {}
        (placement, Some(score)) => {
            let parts = score.words + score.names + score.lead;
            assert!((parts - score.total).abs() < ROUNDING, "{parts} is not {}", score.total);
            for part in [score.total, score.words, score.names, score.lead, score.decay] {
                assert!((0.0..=1.0 + ROUNDING).contains(&part), "{}: {score:?}", assigned.article);
            }
            if placement == Placement::Joined {
                assert!(score.total >= threshold - ROUNDING, "{}: joined at {}", assigned.article, score.total);
                let other = explanation.runner_up.map_or(0.0, |runner_up| runner_up.score);
                assert!(other <= score.total + ROUNDING, "{}: the runner-up is nearer", assigned.article);
            }
        }
    }
    assert!(explanation.runner_up.is_none_or(|runner_up| runner_up.story != assigned.story));
    let shares: f32 = explanation.shared.iter().map(|term| term.share).sum();
    assert!((0.0..=1.0 + ROUNDING).contains(&shares), "{}: {:?}", assigned.article, explanation.shared);
    assert!(explanation.shared.iter().all(|term| term.share >= 0.0));
}
