//! Term counts: how often each word, name and number stands in an article, by field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::language::WordForms;
use super::names::{NameFinder, NameRun, Part};
use super::tokens::Token;

/// What a term is; words and names have statistics of their own though spelled alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// The stem of any word of the article, numbers included.
    Word,
    /// A word of a name, in lower case, or a number.
    Name,
}

/// How often one term stands in one article.
#[derive(Debug, Clone, PartialEq)]
pub struct TermCount {
    /// Word or name.
    pub kind: TermKind,
    /// The stem, or the name's word in lower case.
    pub term: Box<str>,
    /// The term as it first stands in the article.
    pub surface: Box<str>,
    /// Occurrences in the whole article.
    pub all: u32,
    /// Occurrences in the title and the lead.
    pub lead: u32,
}

/// Counts the terms of one article.
#[derive(Debug, Default)]
pub struct TermCounter<'t> {
    counts: BTreeMap<(TermKind, Cow<'t, str>), Count<'t>>,
}

#[derive(Debug)]
struct Count<'t> {
    surface: &'t str,
    all: u32,
    lead: u32,
}

/// Longer tokens are cut off a term: no word of any language, but a way to fill the memory.
const LONGEST_TERM: usize = 64;

impl<'t> TermCounter<'t> {
    /// Counts every token of a part as a word; those that start before byte `lead_end` as lead as well.
    pub fn count_words(&mut self, tokens: &[Token<'t>], forms: &WordForms, lead_end: usize) {
        for token in tokens.iter().filter(|token| token.text.len() <= LONGEST_TERM) {
            let lower = token.text.to_lowercase();
            let stem = Cow::Owned(forms.stem(&lower).into_owned());
            self.add(TermKind::Word, stem, token, token.start < lead_end);
        }
    }

    /// Counts the words of the names and the numbers of a part.
    pub fn count_names(&mut self, part: Part<'_, 't>, runs: &[NameRun]) {
        for run in runs {
            for token in part.tokens.get(run.first..=run.last).unwrap_or_default() {
                if token.text.len() <= LONGEST_TERM {
                    self.add(TermKind::Name, Cow::Owned(token.text.to_lowercase()), token, false);
                }
            }
        }
        for token in part.tokens.iter().filter(|token| token.number && token.text.len() <= LONGEST_TERM) {
            let digits: String = token.text.chars().filter(|c| *c != ',').collect();
            if digits.len() > 1 {
                self.add(TermKind::Name, Cow::Owned(digits), token, false);
            }
        }
    }

    fn add(&mut self, kind: TermKind, term: Cow<'t, str>, token: &Token<'t>, lead: bool) {
        let count = self.counts.entry((kind, term)).or_insert(Count { surface: token.text, all: 0, lead: 0 });
        count.all += 1;
        count.lead += u32::from(lead);
    }

    /// The counts, sorted by kind and term.
    pub fn finish(self) -> Vec<TermCount> {
        self.counts
            .into_iter()
            .map(|((kind, term), count)| TermCount {
                kind,
                term: term.into(),
                surface: count.surface.into(),
                all: count.all,
                lead: count.lead,
            })
            .collect()
    }
}

/// All term counts of a title and a text, and the name runs of each.
pub(super) fn count<'t>(
    title: &[Token<'t>],
    text: &[Token<'t>],
    forms: &WordForms,
    finder: &NameFinder,
    lead_end: usize,
) -> (Vec<TermCount>, [Vec<NameRun>; 2]) {
    let mut counter = TermCounter::default();
    counter.count_words(title, forms, usize::MAX);
    counter.count_words(text, forms, lead_end);
    let parts = [Part::title(title), Part::body(text)];
    let runs = parts.map(|part| finder.runs(part));
    for (part, runs) in parts.into_iter().zip(&runs) {
        counter.count_names(part, runs);
    }
    (counter.finish(), runs)
}
