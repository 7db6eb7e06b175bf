//! The name of a story, first version: its most telling names, then its most telling word.

use std::collections::BTreeSet;

use crate::engine::analysis::sparse::Feature;
use crate::engine::analysis::terms::TermKind;
use crate::engine::analysis::vocabulary::Vocabulary;
use crate::engine::analysis::weights::Field;
use crate::engine::clustering::Story;
use crate::engine::clustering::story::NameTally;

/// A story's name and what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// The name, such as "Hamas–Moscow–Iran: talks".
    pub text: String,
    /// The names in it, the most telling first.
    pub entities: Vec<String>,
}

/// The most names in a label.
const MOST_ENTITIES: usize = 3;

/// Makes the name of a story.
pub fn label(story: &Story, vocabulary: &Vocabulary) -> Label {
    let entities = entities(story);
    let taken: BTreeSet<String> =
        entities.iter().flat_map(|name| name.split([' ', '-'])).map(str::to_lowercase).collect();
    let word = telling_words(story, vocabulary).find(|word| !taken.contains(&word.to_lowercase()));
    let names = entities.join("–");
    let text = match (names.is_empty(), word) {
        (false, Some(word)) => format!("{names}: {word}"),
        (false, None) => names,
        (true, Some(word)) => word,
        (true, None) => story.members.front().map(|member| member.title.clone()).unwrap_or_default(),
    };
    Label { text, entities }
}

/// The names that most of the story's articles mention, titles first; a name within another counts for it.
fn entities(story: &Story) -> Vec<String> {
    let articles = story.article_count().max(1) as f64;
    // A publisher's own name, as in a credit line, is not what the story is about.
    let names = story.names.iter().filter(|(name, _)| !story.sources.contains_key(*name));
    let mut ranked: Vec<(f64, &str)> = names.map(|(name, tally)| (telling(tally, articles), name.as_str())).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));

    let mut chosen: Vec<String> = Vec::new();
    for (_, name) in ranked.into_iter().filter(|(score, _)| *score > 0.0) {
        if chosen.len() == MOST_ENTITIES {
            break;
        }
        if !chosen.iter().any(|other| is_part_of(name, other) || is_part_of(other, name)) {
            chosen.push(name.to_owned());
        }
    }
    chosen
}

/// Share of the articles that mention the name, more where titles do, a little more for each mention.
fn telling(tally: &NameTally, articles: f64) -> f64 {
    let mentioned = f64::from(tally.articles) / articles;
    let in_titles = f64::from(tally.titles) / articles;
    let repeated = (1.0 + f64::from(tally.mentions) / f64::from(tally.articles.max(1))).ln();
    mentioned * (1.0 + in_titles) * repeated
}

/// Whether every word of `part` stands in `whole`.
fn is_part_of(part: &str, whole: &str) -> bool {
    let words: BTreeSet<String> = whole.split([' ', '-']).map(str::to_lowercase).collect();
    part.split([' ', '-']).all(|word| words.contains(&word.to_lowercase()))
}

/// The story's words by their weight in titles and leads.
fn telling_words<'a>(story: &'a Story, vocabulary: &'a Vocabulary) -> impl Iterator<Item = String> + 'a {
    let mut words: Vec<(f32, &str, Feature)> = story
        .sum()
        .iter()
        .filter(|(feature, _)| feature.field() == Field::Lead && vocabulary.kind(feature.term()) == TermKind::Word)
        .map(|(feature, weight)| (weight, vocabulary.surface(feature.term()), feature))
        .filter(|(_, word, _)| word.chars().count() > 2 && word.chars().all(char::is_lowercase))
        .collect();
    words.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    words.into_iter().map(|(_, word, _)| word.to_owned())
}
