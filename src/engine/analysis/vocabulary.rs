//! The lane's vocabulary: numbers for terms, and in how many past articles each stands.
//!
//! Document frequencies come from the past only, blended with the background table, and its memory is
//! bounded: beyond the budget the rarest terms that no live story uses are forgotten.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::background::Background;
use super::language::WordForms;
use super::terms::{TermCount, TermKind};
use crate::engine::article::Language;

/// Number of a term; reused only after the term was forgotten and no live story refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub u32);

/// What is known of a term.
#[derive(Debug, Clone)]
struct Term {
    kind: TermKind,
    text: Box<str>,
    /// As it first stood in an article: what a person is shown.
    surface: Box<str>,
    /// Share of articles by the background table; zero for most.
    background: f64,
    /// Past articles of this lane that it stands in.
    articles: u32,
    /// The article, counted from the start of the lane, that it last stood in.
    last_article: u64,
    /// How many live stories have it in their sum.
    stories: u32,
}

/// Terms, their numbers and their document frequencies.
#[derive(Debug)]
pub struct Vocabulary {
    /// Term to number; looked up only, never iterated.
    numbers: IndexMap<(TermKind, Box<str>), TermId, FxBuildHasher>,
    terms: Vec<Option<Term>>,
    free: Vec<TermId>,
    /// Languages whose background table has been read.
    languages: Vec<Language>,
    /// Articles counted so far.
    articles: u64,
    max_terms: usize,
    background_articles: f64,
    evicted: u64,
}

impl Vocabulary {
    /// An empty vocabulary of at most `max_terms` terms, whose background table counts for
    /// `background_articles` articles.
    pub fn new(max_terms: usize, background_articles: f64) -> Self {
        Self {
            numbers: IndexMap::default(),
            terms: Vec::new(),
            free: Vec::new(),
            languages: Vec::new(),
            articles: 0,
            max_terms,
            background_articles,
            evicted: 0,
        }
    }

    /// How many terms are known.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether no term is known.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// How many terms were forgotten to stay within the budget.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The numbers of an article's terms, in the order given; terms not known yet are added.
    pub fn intern(&mut self, terms: &[TermCount], language: Language) -> Vec<TermId> {
        self.read_background(language);
        let excess = (self.numbers.len() + terms.len()).saturating_sub(self.max_terms);
        if excess > 0 {
            self.forget_rarest(excess);
        }
        terms.iter().map(|count| self.number(count)).collect()
    }

    /// Counts an article's terms as seen. Call it after the article has been weighted.
    pub fn observe(&mut self, terms: &[TermId]) {
        self.articles += 1;
        for id in terms {
            if let Some(term) = self.get_mut(*id) {
                term.articles = term.articles.saturating_add(1);
            }
        }
    }

    /// Inverse document frequency, ln((1 + N) / (1 + n)), with N the articles and n those with the term,
    /// both with the background's share added (Spärck Jones 1972, smoothed).
    pub fn idf(&self, id: TermId) -> f32 {
        let Some(term) = self.get(id) else { return 0.0 };
        let articles = self.articles as f64 + self.background_articles;
        let with_term = f64::from(term.articles) + term.background * self.background_articles;
        ((1.0 + articles) / (1.0 + with_term)).ln() as f32
    }

    /// The term as it first stood in an article.
    pub fn surface(&self, id: TermId) -> &str {
        self.get(id).map_or("", |term| &term.surface)
    }

    /// The term's stem, or its lower-cased form for a name.
    pub fn text(&self, id: TermId) -> &str {
        self.get(id).map_or("", |term| &term.text)
    }

    /// Whether the term is a word or a name.
    pub fn kind(&self, id: TermId) -> TermKind {
        self.get(id).map_or(TermKind::Word, |term| term.kind)
    }

    /// Notes that a live story now has the term in its sum.
    pub fn hold(&mut self, id: TermId) {
        if let Some(term) = self.get_mut(id) {
            term.stories += 1;
        }
    }

    /// Notes that a live story no longer has the term in its sum.
    pub fn release(&mut self, id: TermId) {
        if let Some(term) = self.get_mut(id) {
            term.stories = term.stories.saturating_sub(1);
        }
    }

    fn get(&self, id: TermId) -> Option<&Term> {
        self.terms.get(id.0 as usize)?.as_ref()
    }

    fn get_mut(&mut self, id: TermId) -> Option<&mut Term> {
        self.terms.get_mut(id.0 as usize)?.as_mut()
    }

    fn number(&mut self, count: &TermCount) -> TermId {
        let id = match self.numbers.get(&(count.kind, count.term.clone())) {
            Some(id) => *id,
            None => self.add(count.kind, &count.term, &count.surface, 0.0),
        };
        let now = self.articles;
        if let Some(term) = self.get_mut(id) {
            term.last_article = now;
        }
        id
    }

    fn add(&mut self, kind: TermKind, text: &str, surface: &str, background: f64) -> TermId {
        let term = Term {
            kind,
            text: text.into(),
            surface: surface.into(),
            background,
            articles: 0,
            last_article: self.articles,
            stories: 0,
        };
        let id = self.free.pop().unwrap_or(TermId(u32::try_from(self.terms.len()).unwrap_or(u32::MAX)));
        match self.terms.get_mut(id.0 as usize) {
            Some(place) => *place = Some(term),
            None => self.terms.push(Some(term)),
        }
        self.numbers.insert((kind, text.into()), id);
        id
    }

    /// Enters the background table of a language when its first article comes.
    fn read_background(&mut self, language: Language) {
        if self.languages.contains(&language) {
            return;
        }
        self.languages.push(language);
        let forms = WordForms::of(language);
        for (word, share) in Background::of(language).words() {
            let stem = forms.stem(word);
            let key = (TermKind::Word, Box::from(stem.as_ref()));
            let id = match self.numbers.get(&key) {
                Some(id) => *id,
                None => self.add(TermKind::Word, &stem, word, 0.0),
            };
            if let Some(term) = self.get_mut(id) {
                // Inflections that share a stem: the article holds the stem if it holds any of them.
                term.background = 1.0 - (1.0 - term.background) * (1.0 - share);
            }
        }
    }

    /// Forgets `excess` terms and at least a tenth of the budget: of the terms that no live story uses and no
    /// background table names, those that stand in the fewest articles, the longest unseen first.
    fn forget_rarest(&mut self, excess: usize) {
        let mut idle: Vec<(u32, u64, TermId)> = (0_u32..)
            .zip(&self.terms)
            .filter_map(|(number, term)| term.as_ref().map(|term| (TermId(number), term)))
            .filter(|(_, term)| term.stories == 0 && term.background == 0.0)
            .map(|(id, term)| (term.articles, term.last_article, id))
            .collect();
        idle.sort_unstable();
        let count = self.max_terms.div_ceil(10).max(excess);
        for (_, _, id) in idle.into_iter().take(count) {
            if let Some(term) = self.terms.get_mut(id.0 as usize).and_then(Option::take) {
                self.numbers.swap_remove(&(term.kind, term.text));
                self.free.push(id);
                self.evicted += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<TermCount> {
        words
            .iter()
            .map(|word| TermCount {
                kind: TermKind::Word,
                term: (*word).into(),
                surface: (*word).into(),
                all: 1,
                lead: 0,
            })
            .collect()
    }

    #[test]
    fn idf_knows_the_past_only_and_falls_with_each_article() {
        let mut vocabulary = Vocabulary::new(10_000, 1000.0);
        let english = Language::new("en").unwrap();
        let rare = vocabulary.intern(&words(&["bogdanov"]), english);
        let first = vocabulary.idf(rare[0]);
        vocabulary.observe(&rare);
        assert!(vocabulary.idf(rare[0]) < first);
        let common = vocabulary.intern(&words(&["the"]), english);
        assert!(vocabulary.idf(common[0]) < 0.01, "the background table knows function words from the start");
    }

    #[test]
    fn the_budget_holds_and_terms_of_live_stories_stay() {
        let mut vocabulary = Vocabulary::new(100, 0.0);
        let none = Language::UNDETERMINED;
        let held = vocabulary.intern(&words(&["held"]), none);
        vocabulary.hold(held[0]);
        for n in 0..1000 {
            let word = format!("w{n}");
            let ids = vocabulary.intern(&words(&[&word]), none);
            vocabulary.observe(&ids);
            assert!(vocabulary.len() <= 100);
        }
        assert_eq!(vocabulary.text(held[0]), "held");
        assert_eq!(vocabulary.intern(&words(&["held"]), none), held);
        assert!(vocabulary.evicted() >= 900);
    }
}
