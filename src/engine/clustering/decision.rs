//! The decision: join the best candidate or found a new story. The one door through which every article
//! goes; another rule replaces what is behind it.

use super::candidates::Candidate;
use crate::engine::params::ClusteringParams;

/// What to do with an article.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// It joins this story.
    Join(Candidate),
    /// It founds a story of its own; the nearest one refused, if any was near.
    Found(Option<Candidate>),
}

/// Decides by the plain rule: join the best story if its score reaches the threshold.
///
/// `candidates` come in descending order of the score.
pub fn decide(candidates: &[Candidate], params: &ClusteringParams) -> Decision {
    match candidates.first() {
        Some(best) if best.score >= params.join_threshold => Decision::Join(*best),
        nearest => Decision::Found(nearest.copied()),
    }
}
