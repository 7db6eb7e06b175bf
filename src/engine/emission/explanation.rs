//! Why an article is where it is: the parts of its score, the terms it shares, and the next best story.

use crate::engine::analysis::sparse::SparseVector;
use crate::engine::analysis::terms::TermKind;
use crate::engine::analysis::vocabulary::Vocabulary;
use crate::engine::analysis::weights::Field;
use crate::engine::clustering::candidates::Candidate;
use crate::engine::clustering::{Story, StoryId};

/// The reasons of one assignment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explanation {
    /// The score of the story joined; of a founded story none.
    pub score: Option<ScoreParts>,
    /// Terms shared with the story joined, those with the largest part of the score first.
    pub shared: Vec<SharedTerm>,
    /// The next best story; for a founded one the nearest refused.
    pub runner_up: Option<RunnerUp>,
}

/// The score and its summands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreParts {
    /// The score, 0 to 1: the sum of the three parts.
    pub total: f32,
    /// The part that all words have in it.
    pub words: f32,
    /// The part of names and numbers.
    pub names: f32,
    /// The part of title and lead.
    pub lead: f32,
    /// The mean decay over the members, already in the parts.
    pub decay: f32,
}

/// A term that article and story share.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedTerm {
    /// The term as it first stood in an article.
    pub term: String,
    /// Its share of the score, 0 to 1.
    pub share: f32,
}

/// The next best story.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunnerUp {
    /// The story.
    pub story: StoryId,
    /// Its score.
    pub score: f32,
}

/// Explains why an article with the terms `query` joined `story`.
pub fn of_join(
    query: &SparseVector,
    story: &Story,
    joined: &Candidate,
    candidates: &[Candidate],
    vocabulary: &Vocabulary,
    most_terms: usize,
) -> Explanation {
    let mut parts = ScoreParts { total: 0.0, words: 0.0, names: 0.0, lead: 0.0, decay: joined.decay };
    let mut shared: Vec<(f32, &str)> = Vec::new();
    for (feature, product) in query.products(story.sum()) {
        let part = product * joined.factor;
        match (feature.field(), vocabulary.kind(feature.term())) {
            (Field::Lead, _) => parts.lead += part,
            (Field::Whole, TermKind::Name) => parts.names += part,
            (Field::Whole, TermKind::Word) => parts.words += part,
        }
        shared.push((part, vocabulary.surface(feature.term())));
    }
    parts.total = parts.words + parts.names + parts.lead;
    Explanation {
        score: Some(parts),
        shared: strongest(shared, parts.total, most_terms),
        runner_up: candidates.iter().find(|candidate| candidate.story != joined.story).map(runner_up),
    }
}

/// Explains why an article founded a story: nothing was near enough, `nearest` was nearest.
pub fn of_founding(nearest: Option<&Candidate>) -> Explanation {
    Explanation { runner_up: nearest.map(runner_up), ..Explanation::default() }
}

fn runner_up(candidate: &Candidate) -> RunnerUp {
    RunnerUp { story: candidate.story, score: candidate.score }
}

/// The strongest terms with their shares; a term in several fields or kinds is told once.
fn strongest(mut parts: Vec<(f32, &str)>, total: f32, most: usize) -> Vec<SharedTerm> {
    parts.sort_by(|a, b| a.1.cmp(b.1));
    let mut merged: Vec<(f32, &str)> = Vec::new();
    for (part, term) in parts {
        match merged.last_mut() {
            Some(last) if last.1 == term => last.0 += part,
            _ => merged.push((part, term)),
        }
    }
    merged.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    merged
        .into_iter()
        .take(most)
        .map(|(part, term)| SharedTerm { term: term.to_owned(), share: part / total.max(f32::MIN_POSITIVE) })
        .collect()
}
