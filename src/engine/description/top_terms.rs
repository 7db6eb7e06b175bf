//! The strongest terms of a story.

use std::collections::BTreeMap;

use crate::engine::analysis::terms::TermKind;
use crate::engine::analysis::vocabulary::{TermId, Vocabulary};
use crate::engine::clustering::Story;
use crate::engine::emission::view::WeightedTerm;

/// The `most` strongest words with their share of the weight of all words, both fields together.
pub fn top_terms(story: &Story, vocabulary: &Vocabulary, most: usize) -> Vec<WeightedTerm> {
    let mut weights: BTreeMap<TermId, f32> = BTreeMap::new();
    for (feature, weight) in story.sum().iter() {
        if vocabulary.kind(feature.term()) == TermKind::Word && weight > 0.0 {
            *weights.entry(feature.term()).or_default() += weight;
        }
    }
    let total: f32 = weights.values().sum();
    let mut ranked: Vec<(TermId, f32)> = weights.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| vocabulary.text(a.0).cmp(vocabulary.text(b.0))));
    ranked
        .into_iter()
        .take(most)
        .map(|(term, weight)| WeightedTerm {
            term: vocabulary.surface(term).to_owned(),
            share: weight / total.max(f32::MIN_POSITIVE),
        })
        .collect()
}
