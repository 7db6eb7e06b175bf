//! Placing an article: into a story it joins, founds or is in already; and taking it out again.

use super::Engine;
use crate::engine::admission::watermark::Admitted;
use crate::engine::analysis::vocabulary::TermId;
use crate::engine::analysis::{Prepared, SparseVector, weights};
use crate::engine::article::ArticleId;
use crate::engine::clustering::candidates::Candidate;
use crate::engine::clustering::decision::{Decision, decide};
use crate::engine::clustering::stories::{Placed, Slot};
use crate::engine::clustering::{Member, Story, StoryId};
use crate::engine::emission::explanation::{self, Explanation};
use crate::engine::emission::{Assignment, CloseReason, Effect, Placement};

impl Engine {
    pub(super) fn take_article(&mut self, article: Prepared) {
        let known = self.stories.placed(&article.id);
        if known.is_some_and(|placed| placed.version == article.version) {
            self.counts.repeated += 1;
            return;
        }
        if let Some(by) = self.watermark.gap_before(article.time, &self.params.admission) {
            self.postpone(by);
        }
        let admitted = self.watermark.admit(article.time, &self.params.admission);
        self.meet_deadlines();

        let ids = self.vocabulary.intern(&article.terms, article.language);
        let vector = weights::weigh(&article.terms, &ids, &self.vocabulary, &self.params.clustering);
        // The story may have closed when time moved on, so look again.
        match self.stories.placed(&article.id) {
            Some(placed) => self.revise(article, vector, admitted, placed.slot),
            None => self.cluster(article, &ids, vector, admitted),
        }
        self.meet_deadlines();
    }

    fn cluster(&mut self, article: Prepared, ids: &[TermId], vector: SparseVector, admitted: Admitted) {
        let params = &self.params.clustering;
        let candidates = self.finder.find(&vector, admitted, &self.index, &self.stories, params);
        let decision = decide(&candidates, params);
        let explanation = self.explain(&vector, &decision, &candidates);
        self.vocabulary.observe(ids);
        match decision {
            Decision::Join(best) => self.put(article, vector, admitted, best.slot, Placement::Joined, explanation),
            Decision::Found(_) => {
                self.make_room();
                let story = Story::new(self.fresh_id(&article.id, admitted), admitted.time);
                let slot = self.stories.insert(story);
                self.put(article, vector, admitted, slot, Placement::Founded, explanation);
            }
        }
    }

    /// A new version takes the place of the one before: an article stays in its story.
    fn revise(&mut self, article: Prepared, vector: SparseVector, admitted: Admitted, slot: Slot) {
        // The story without the version before is what the new one is held against.
        self.take_out(&article.id, slot);
        let candidates = self.finder.find(&vector, admitted, &self.index, &self.stories, &self.params.clustering);
        let own = candidates.iter().find(|candidate| candidate.slot == slot).copied();
        let explanation = match own {
            Some(own) => self.explain(&vector, &Decision::Join(own), &candidates),
            None => explanation::of_founding(candidates.first()),
        };
        self.put(article, vector, admitted, slot, Placement::Revised, explanation);
    }

    fn explain(&self, vector: &SparseVector, decision: &Decision, candidates: &[Candidate]) -> Explanation {
        match decision {
            Decision::Found(nearest) => explanation::of_founding(nearest.as_ref()),
            Decision::Join(best) => match self.stories.get(best.slot) {
                Some(story) => {
                    let most = self.params.emission.explained_terms;
                    explanation::of_join(vector, story, best, candidates, &self.vocabulary, most)
                }
                None => Explanation::default(),
            },
        }
    }

    /// Puts an article into the story of `slot` and tells so.
    fn put(
        &mut self,
        article: Prepared,
        vector: SparseVector,
        admitted: Admitted,
        slot: Slot,
        placement: Placement,
        explanation: Explanation,
    ) {
        let placed = Placed { slot, version: article.version };
        self.stories.place(article.id.clone(), placed);
        let id = article.id.clone();
        let member = Member::new(article, admitted.time, vector.clone());
        self.add_to_sum(slot, member, &vector);
        let Some(story) = self.stories.get(slot).map(|story| story.id) else { return };
        self.effects.push(Effect::Assigned(Box::new(Assignment {
            article: id.clone(),
            story,
            lane: self.lane.clone(),
            placement,
            time: admitted.time,
            explanation,
        })));
        self.note_added(slot, id, placement);
    }

    fn add_to_sum(&mut self, slot: Slot, member: Member, vector: &SparseVector) {
        let params = &self.params.clustering;
        let Some((factor, dropped, renewed)) = self.stories.change(slot, |story| {
            let (factor, renewed) = story.add(member, params.decay);
            story.trim_members(params.max_members.get());
            (factor, story.trim_features(params.max_features.get()), renewed)
        }) else {
            return;
        };
        for feature in self.index.add(slot, vector, factor) {
            self.vocabulary.hold(feature.term());
        }
        for feature in &dropped {
            self.vocabulary.release(feature.term());
        }
        self.index.remove(slot, dropped.into_iter());
        if renewed && let Some(story) = self.stories.get(slot) {
            self.index.copy(slot, story.sum(), story.sum());
        }
    }

    /// Takes an article out of the story of `slot`.
    fn take_out(&mut self, article: &ArticleId, slot: Slot) {
        self.stories.displace(article);
        let decay = self.params.clustering.decay;
        let lost = self.stories.change(slot, |story| story.remove(article, decay)).unwrap_or_default();
        for feature in &lost {
            self.vocabulary.release(feature.term());
        }
        self.index.remove(slot, lost.into_iter());
        if let Some(story) = self.stories.get(slot) {
            self.index.copy(slot, story.sum(), story.sum());
        }
    }

    pub(super) fn retract(&mut self, article: &ArticleId) {
        let Some(placed) = self.stories.placed(article) else { return };
        self.take_out(article, placed.slot);
        self.effects.push(Effect::Unassigned(article.clone()));
        let empty = self.stories.get(placed.slot).is_some_and(|story| story.article_ids.is_empty());
        self.note_removed(placed.slot, article.clone());
        if empty {
            self.close(placed.slot, CloseReason::Retracted, self.watermark.at());
        } else {
            self.meet_deadlines();
        }
    }

    /// Closes the longest quiet stories until there is room for one more.
    fn make_room(&mut self) {
        while self.stories.len() >= self.params.clustering.max_stories.get() {
            let Some(slot) = self.stories.longest_quiet() else { return };
            self.counts.evicted_stories += 1;
            self.close(slot, CloseReason::Evicted, self.watermark.at());
        }
    }

    /// An id for a new story that no live or lately closed one has.
    fn fresh_id(&self, article: &ArticleId, admitted: Admitted) -> StoryId {
        let mut attempt = 0;
        loop {
            let id = StoryId::derive(&self.lane, article, admitted.time, attempt);
            if self.stories.slot_of(id).is_none() && !self.closed.contains(&id) {
                return id;
            }
            attempt += 1;
        }
    }
}
