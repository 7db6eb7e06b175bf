//! The inverted index: for each feature, the live stories whose sum has it, with the weight there.

use super::stories::Slot;
use crate::engine::analysis::SparseVector;
use crate::engine::analysis::sparse::Feature;

/// A story in a feature's list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posting {
    /// The story's place.
    pub slot: Slot,
    /// The feature's weight in the story's sum, in the story's units.
    pub weight: f32,
}

/// Posting lists, each in ascending order of the slots.
#[derive(Debug, Default)]
pub struct Index {
    lists: Vec<Vec<Posting>>,
    postings: usize,
}

impl Index {
    /// How many postings there are in all.
    pub fn len(&self) -> usize {
        self.postings
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.postings == 0
    }

    /// The stories that have `feature`.
    pub fn list(&self, feature: Feature) -> &[Posting] {
        self.lists.get(feature.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Adds `factor` times `vector` to the postings of a story; returns the features that are new to it.
    pub fn add(&mut self, slot: Slot, vector: &SparseVector, factor: f32) -> Vec<Feature> {
        let mut new = Vec::new();
        for (feature, weight) in vector.iter() {
            let added = weight * factor;
            let list = self.list_mut(feature);
            match list.binary_search_by_key(&slot, |posting| posting.slot) {
                Ok(at) => {
                    if let Some(posting) = list.get_mut(at) {
                        posting.weight += added;
                    }
                }
                Err(at) => {
                    list.insert(at, Posting { slot, weight: added });
                    new.push(feature);
                }
            }
        }
        self.postings += new.len();
        new
    }

    /// Sets the postings of a story for the features of `changed` to their weights in `sum`.
    pub fn copy(&mut self, slot: Slot, changed: &SparseVector, sum: &SparseVector) {
        for (feature, _) in changed.iter() {
            let list = self.list_mut(feature);
            if let Ok(at) = list.binary_search_by_key(&slot, |posting| posting.slot)
                && let Some(posting) = list.get_mut(at)
            {
                posting.weight = sum.weight(feature);
            }
        }
    }

    /// Takes a story out of the lists of `features`.
    pub fn remove(&mut self, slot: Slot, features: impl Iterator<Item = Feature>) {
        for feature in features {
            let list = self.list_mut(feature);
            if let Ok(at) = list.binary_search_by_key(&slot, |posting| posting.slot) {
                list.remove(at);
                if list.is_empty() {
                    *list = Vec::new();
                }
                self.postings -= 1;
            }
        }
    }

    fn list_mut(&mut self, feature: Feature) -> &mut Vec<Posting> {
        let at = feature.0 as usize;
        if at >= self.lists.len() {
            self.lists.resize_with(at + 1, Vec::new);
        }
        &mut self.lists[at]
    }
}
