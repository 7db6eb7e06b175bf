//! From term counts to the weighted vector of an article.
//!
//! One vector holds three unit blocks, each scaled by the square root of its field's weight: all words,
//! names and numbers, title and lead. The dot product of two such vectors is then the plain rule's
//! weighted mean of three cosines.

use super::sparse::{Feature, SparseVector};
use super::terms::{TermCount, TermKind};
use super::vocabulary::{TermId, Vocabulary};
use crate::engine::params::ClusteringParams;

/// The field a feature belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// All words, or names and numbers, by the kind of the term.
    Whole,
    /// Title and lead.
    Lead,
}

impl Feature {
    /// The feature of a term in a field.
    pub fn new(term: TermId, field: Field) -> Self {
        Self(term.0 * 2 + u32::from(field == Field::Lead))
    }

    /// The term of a feature.
    pub fn term(self) -> TermId {
        TermId(self.0 / 2)
    }

    /// The field of a feature.
    pub fn field(self) -> Field {
        if self.0 % 2 == 1 { Field::Lead } else { Field::Whole }
    }
}

/// The vector of an article: (1 + ln tf) · idf in each field, every field to unit length times the square
/// root of its weight among the fields that are there, so that the whole has unit length. `ids` are the numbers of `terms` in the same order.
pub fn weigh(terms: &[TermCount], ids: &[TermId], vocabulary: &Vocabulary, params: &ClusteringParams) -> SparseVector {
    let mut words = Block::default();
    let mut names = Block::default();
    let mut lead = Block::default();
    for (count, id) in terms.iter().zip(ids) {
        let idf = vocabulary.idf(*id);
        match count.kind {
            TermKind::Word => {
                words.push(Feature::new(*id, Field::Whole), count.all, idf);
                lead.push(Feature::new(*id, Field::Lead), count.lead, idf);
            }
            TermKind::Name => names.push(Feature::new(*id, Field::Whole), count.all, idf),
        }
    }
    let blocks = [(words, params.weight_words), (names, params.weight_names), (lead, params.weight_lead)];
    // A headline without names has its whole weight in its words.
    let present: f32 = blocks.iter().filter(|(block, _)| !block.pairs.is_empty()).map(|(_, weight)| weight).sum();
    let mut pairs = Vec::with_capacity(blocks.iter().map(|(block, _)| block.pairs.len()).sum());
    for (block, weight) in blocks {
        block.finish(weight / present.max(f32::MIN_POSITIVE), &mut pairs);
    }
    SparseVector::from_pairs(pairs)
}

#[derive(Default)]
struct Block {
    pairs: Vec<(Feature, f32)>,
    squares: f32,
}

impl Block {
    fn push(&mut self, feature: Feature, count: u32, idf: f32) {
        if count == 0 || idf <= 0.0 {
            return;
        }
        let weight = (1.0 + (count as f32).ln()) * idf;
        self.squares += weight * weight;
        self.pairs.push((feature, weight));
    }

    fn finish(self, field_weight: f32, into: &mut Vec<(Feature, f32)>) {
        if self.squares > 0.0 {
            let scale = (field_weight / self.squares).sqrt();
            into.extend(self.pairs.into_iter().map(|(feature, weight)| (feature, weight * scale)));
        }
    }
}
