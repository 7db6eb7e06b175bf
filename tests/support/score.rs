//! B-cubed F1 of a clustering against gold stories (Bagga and Baldwin 1998).

use std::collections::BTreeMap;

/// B-cubed F1 of `found` against `gold`, both article id to story.
pub(crate) fn b_cubed_f1(gold: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> f64 {
    assert_eq!(gold.len(), found.len(), "every article has one story");
    let sizes = |stories: &BTreeMap<String, String>| {
        let mut sizes: BTreeMap<String, f64> = BTreeMap::new();
        for story in stories.values() {
            *sizes.entry(story.clone()).or_default() += 1.0;
        }
        sizes
    };
    let (gold_sizes, found_sizes) = (sizes(gold), sizes(found));
    let mut both: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for (article, story) in gold {
        *both.entry((story, &found[article])).or_default() += 1.0;
    }
    let articles = gold.len() as f64;
    let precision: f64 = both.iter().map(|((_, f), n)| n * n / found_sizes[*f]).sum::<f64>() / articles;
    let recall: f64 = both.iter().map(|((g, _), n)| n * n / gold_sizes[*g]).sum::<f64>() / articles;
    2.0 * precision * recall / (precision + recall)
}

#[test]
fn b_cubed_of_known_clusterings() {
    let stories = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, s)| ((*a).to_owned(), (*s).to_owned())).collect();
    let gold = stories(&[("a", "1"), ("b", "1"), ("c", "2")]);
    assert!((b_cubed_f1(&gold, &gold) - 1.0).abs() < 1e-9);
    // Every article alone: precision 1, recall (1/2 + 1/2 + 1) / 3.
    let alone = stories(&[("a", "x"), ("b", "y"), ("c", "z")]);
    assert!((b_cubed_f1(&gold, &alone) - 0.8).abs() < 1e-9);
}
