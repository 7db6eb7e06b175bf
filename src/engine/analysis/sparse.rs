//! Sparse vectors over features, sorted by feature.

/// Number of a feature: a term in one of the weighted fields.
///
/// Even numbers are a term's first field (all words, or names), odd ones a word's lead field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feature(pub u32);

/// A vector as (feature, weight) pairs in strictly ascending order of the features.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SparseVector(Vec<(Feature, f32)>);

impl SparseVector {
    /// Takes pairs in any order; every feature may stand once.
    pub fn from_pairs(mut pairs: Vec<(Feature, f32)>) -> Self {
        pairs.sort_unstable_by_key(|(feature, _)| *feature);
        debug_assert!(pairs.windows(2).all(|pair| matches!(pair, [a, b] if a.0 < b.0)), "a feature stands twice");
        Self(pairs)
    }

    /// The pairs in ascending order of the features.
    pub fn iter(&self) -> impl Iterator<Item = (Feature, f32)> + '_ {
        self.0.iter().copied()
    }

    /// How many features have a weight.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no feature has a weight.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The weight of `feature`, zero where it has none.
    pub fn weight(&self, feature: Feature) -> f32 {
        self.0.binary_search_by_key(&feature, |(f, _)| *f).ok().and_then(|at| self.0.get(at)).map_or(0.0, |p| p.1)
    }

    /// The dot product, summed in ascending order of the features.
    pub fn dot(&self, other: &Self) -> f32 {
        self.products(other).map(|(_, product)| product).sum()
    }

    /// The summands of the dot product, in ascending order of the features.
    pub fn products<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (Feature, f32)> + 'a {
        let mut rest = other.0.as_slice();
        self.0.iter().filter_map(move |(feature, weight)| {
            // Both sides are sorted, so what lies before this feature can be left behind.
            let skip = gallop(rest, *feature);
            rest = rest.get(skip..).unwrap_or_default();
            let (found, other_weight) = rest.first()?;
            (found == feature).then_some((*feature, weight * other_weight))
        })
    }

    /// Multiplies every weight by `factor`.
    pub fn scale(&mut self, factor: f32) {
        for (_, weight) in &mut self.0 {
            *weight *= factor;
        }
    }

    /// Adds `factor` times `other`.
    pub fn add_scaled(&mut self, other: &Self, factor: f32) {
        let mut sum = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut a, mut b) = (self.0.iter().copied().peekable(), other.0.iter().copied().peekable());
        loop {
            match (a.peek().copied(), b.peek().copied()) {
                (Some(left), Some(right)) if left.0 == right.0 => {
                    sum.push((left.0, right.1.mul_add(factor, left.1)));
                    a.next();
                    b.next();
                }
                (Some(left), Some(right)) if left.0 < right.0 => {
                    sum.push(left);
                    a.next();
                }
                (_, Some(right)) => {
                    sum.push((right.0, right.1 * factor));
                    b.next();
                }
                (Some(left), None) => {
                    sum.push(left);
                    a.next();
                }
                (None, None) => break,
            }
        }
        self.0 = sum;
    }

    /// Takes `factor` times `other` off the features that both have, down to zero. Returns those of which no
    /// more than `rest` of what was taken is left.
    pub fn take_off(&mut self, other: &Self, factor: f32, rest: f32) -> Vec<Feature> {
        let mut others = other.0.iter().copied().peekable();
        let mut spent = Vec::new();
        for (feature, weight) in &mut self.0 {
            while others.next_if(|(other, _)| other < feature).is_some() {}
            let Some((_, taken)) = others.next_if(|(other, _)| other == feature) else { continue };
            let taken = taken * factor;
            *weight = (*weight - taken).max(0.0);
            if *weight <= taken * rest {
                spent.push(*feature);
            }
        }
        spent
    }

    /// Takes out `features`, which stand in ascending order.
    pub fn forget(&mut self, features: &[Feature]) {
        let mut features = features.iter().peekable();
        self.0.retain(|(feature, _)| {
            while features.next_if(|other| *other < feature).is_some() {}
            features.next_if(|other| *other == feature).is_none()
        });
    }

    /// Keeps the features for which `keep` holds and returns the others.
    pub fn split_off(&mut self, mut keep: impl FnMut(Feature, f32) -> bool) -> Vec<Feature> {
        let mut dropped = Vec::new();
        self.0.retain(|(feature, weight)| {
            let kept = keep(*feature, *weight);
            if !kept {
                dropped.push(*feature);
            }
            kept
        });
        dropped
    }
}

/// How many pairs at the start of `pairs` lie before `feature`, found by doubling steps.
fn gallop(pairs: &[(Feature, f32)], feature: Feature) -> usize {
    let mut bound = 1;
    while pairs.get(bound - 1).is_some_and(|pair| pair.0 < feature) {
        bound *= 2;
    }
    let (low, high) = (bound / 2, bound.min(pairs.len()));
    low + pairs.get(low..high).unwrap_or_default().partition_point(|pair| pair.0 < feature)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIMENSIONS: usize = 40;

    fn vectors() -> impl Strategy<Value = SparseVector> {
        proptest::collection::btree_map(0..DIMENSIONS as u32, -1.0_f32..1.0, 0..DIMENSIONS)
            .prop_map(|map| SparseVector::from_pairs(map.into_iter().map(|(f, w)| (Feature(f), w)).collect()))
    }

    /// The dense oracle.
    fn dense(vector: &SparseVector) -> ndarray::Array1<f32> {
        let mut dense = ndarray::Array1::zeros(DIMENSIONS);
        for (feature, weight) in vector.iter() {
            dense[feature.0 as usize] = weight;
        }
        dense
    }

    proptest! {
        #[test]
        fn dot_and_sum_agree_with_dense_vectors(a in vectors(), b in vectors(), factor in -2.0_f32..2.0) {
            prop_assert!((a.dot(&b) - dense(&a).dot(&dense(&b))).abs() < 1e-4);
            prop_assert!((a.dot(&b) - b.dot(&a)).abs() < 1e-4);
            let mut sum = a.clone();
            sum.add_scaled(&b, factor);
            let expected = dense(&a) + dense(&b) * factor;
            prop_assert!((dense(&sum) - expected).iter().all(|d| d.abs() < 1e-5));
            prop_assert!(sum.iter().zip(sum.iter().skip(1)).all(|(x, y)| x.0 < y.0));
        }

        #[test]
        fn what_was_added_can_be_taken_off_again(a in vectors(), b in vectors(), factor in 0.1_f32..2.0) {
            let positive = |vector: &SparseVector| {
                SparseVector::from_pairs(vector.iter().map(|(f, w)| (f, w.abs() + 0.01)).collect())
            };
            let (a, b) = (positive(&a), positive(&b));
            let mut sum = a.clone();
            sum.add_scaled(&b, factor);
            let spent = sum.take_off(&b, factor, 1e-5);
            prop_assert!((dense(&sum) - dense(&a)).iter().all(|d| d.abs() < 1e-5));
            let alone: Vec<Feature> =
                b.iter().map(|(f, _)| f).filter(|f| a.iter().all(|(other, _)| other != *f)).collect();
            prop_assert_eq!(&spent, &alone);
            sum.forget(&spent);
            prop_assert!(sum.iter().map(|(f, _)| f).eq(a.iter().map(|(f, _)| f)));
        }
    }
}
