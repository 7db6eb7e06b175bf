//! Candidates: the live stories an article could join, found without looking at the others.
//!
//! Prefix filtering (as in Anastasiu and Karypis 2014, L2AP): the article's most widespread features are
//! left out as long as their length stays under half the threshold. A story's members have at most unit
//! length, so by Cauchy and Schwarz a story that shares only those scores less than that and can be
//! passed over. Nothing that could be joined is missed.

use super::index::Index;
use super::stories::{Slot, Stories};
use super::story::StoryId;
use crate::engine::admission::watermark::Admitted;
use crate::engine::analysis::SparseVector;
use crate::engine::analysis::sparse::Feature;
use crate::engine::params::ClusteringParams;

/// A story with its exact score for an article.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The story's place.
    pub slot: Slot,
    /// The story's id.
    pub story: StoryId,
    /// The score of the plain rule.
    pub score: f32,
    /// What turns a dot product with the story's sum into the score.
    pub factor: f32,
    /// The mean decay over the members.
    pub decay: f32,
}

/// Finds candidates; keeps its buffers from one article to the next.
#[derive(Debug, Default)]
pub struct CandidateFinder {
    /// Partial dot product by slot; zero but for the slots in `touched`.
    partial: Vec<f32>,
    touched: Vec<Slot>,
}

/// How many stories are scored exactly though they cannot reach the threshold, so that an article that
/// founds a story can name the nearest one refused.
const NEAREST_REFUSED: usize = 2;

impl CandidateFinder {
    /// The stories worth deciding on, the highest score first, ties by id: all that can reach the
    /// threshold, and the nearest of the others.
    pub fn find(
        &mut self,
        query: &SparseVector,
        admitted: Admitted,
        index: &Index,
        stories: &Stories,
        params: &ClusteringParams,
    ) -> Vec<Candidate> {
        let (probed, left_out) = split(query, index, params.join_threshold / 2.0);
        self.accumulate(&probed, index, stories);

        let mut bounded: Vec<(f32, Candidate)> = Vec::new();
        for slot in self.touched.drain(..) {
            let Some(partial) = self.partial.get_mut(slot.0 as usize) else { continue };
            let partial = std::mem::take(partial);
            let Some(story) = stories.get(slot).filter(|story| story.article_count() > 0) else { continue };
            let decay = story.mean_decay(admitted, params.decay);
            let factor = story.factor_for(admitted, params.decay);
            let candidate = Candidate { slot, story: story.id, score: partial * factor, factor, decay };
            bounded.push((partial.mul_add(factor, left_out * decay), candidate));
        }
        bounded.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.story.cmp(&b.1.story)));

        let reach = bounded.iter().take_while(|(bound, _)| *bound >= params.join_threshold).count();
        let mut candidates: Vec<Candidate> =
            bounded.into_iter().take(reach.max(NEAREST_REFUSED)).map(|(_, candidate)| candidate).collect();
        for candidate in &mut candidates {
            let dot = stories.get(candidate.slot).map_or(0.0, |story| query.dot(story.sum()));
            candidate.score = dot * candidate.factor;
        }
        candidates.retain(|candidate| candidate.score > 0.0);
        candidates.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.story.cmp(&b.story)));
        candidates
    }

    fn accumulate(&mut self, probed: &[(Feature, f32)], index: &Index, stories: &Stories) {
        if self.partial.len() < stories.slot_count() {
            self.partial.resize(stories.slot_count(), 0.0);
        }
        for (feature, weight) in probed {
            for posting in index.list(*feature) {
                let Some(partial) = self.partial.get_mut(posting.slot.0 as usize) else { continue };
                if *partial == 0.0 {
                    self.touched.push(posting.slot);
                }
                // A product of positive weights is positive, so that a touched slot stays marked.
                *partial += (weight * posting.weight).max(f32::MIN_POSITIVE);
            }
        }
    }
}

/// The features to probe, and the length of those left out: the longest lists while it stays within `most`.
fn split(query: &SparseVector, index: &Index, most: f32) -> (Vec<(Feature, f32)>, f32) {
    let mut features: Vec<(Feature, f32)> = query.iter().collect();
    features.sort_unstable_by_key(|(feature, _)| (std::cmp::Reverse(index.list(*feature).len()), *feature));
    let mut squares = 0.0_f32;
    let mut skipped = 0;
    for (feature, weight) in &features {
        // A list of one costs nothing to probe and is the best evidence there is.
        let with_this = weight.mul_add(*weight, squares);
        if with_this > most * most || index.list(*feature).len() <= 1 {
            break;
        }
        squares = with_this;
        skipped += 1;
    }
    features.drain(..skipped);
    (features, squares.sqrt())
}
