//! A lane event with its article analysed: everything that can be said without knowing the lane's past.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use super::background::Background;
use super::language::WordForms;
use super::names::{NameFinder, NameRun, Part};
use super::terms::{self, TermCount};
use super::tokens::{Token, tokens};
use crate::engine::admission::furniture;
use crate::engine::article::{Article, ArticleId, ArticleTime, LaneEvent, Language};
use crate::engine::params::EngineParams;
use crate::engine::time::EventTime;

/// A lane event, ready for [`crate::engine::Engine::apply`].
#[derive(Debug, Clone)]
pub enum PreparedEvent {
    /// An analysed article.
    Article(Box<Prepared>),
    /// As [`LaneEvent::Retraction`].
    Retraction(ArticleId),
    /// As [`LaneEvent::Tick`].
    Tick(EventTime),
}

/// An article's term counts and names.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The publisher's id.
    pub id: ArticleId,
    /// The headline, or the start of the text where there is none.
    pub title: String,
    /// The event time, as far as it is known.
    pub time: ArticleTime,
    /// The language it is written in.
    pub language: Language,
    /// Who published it.
    pub source: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
    /// Term counts, sorted by kind and term.
    pub terms: Vec<TermCount>,
    /// Names as they stand in the article.
    pub mentions: Vec<Mention>,
    /// Hash of the title and text as given: the same version of an article again has the same.
    pub version: u64,
    /// Hash of the analysed text without white space and furniture: equal for word-for-word copies.
    pub text_hash: u64,
}

/// A name and how often it stands in the article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name as it first stands in the text.
    pub surface: String,
    /// How often it stands in the article.
    pub count: u32,
    /// Whether it stands in the title.
    pub in_title: bool,
}

/// Analyses a lane event. Pure and independent of any other event, so it may run on any thread.
pub fn prepare(event: LaneEvent, params: &EngineParams) -> PreparedEvent {
    match event {
        LaneEvent::Article(article) => PreparedEvent::Article(Box::new(prepare_article(article, params))),
        LaneEvent::Retraction { id } => PreparedEvent::Retraction(id),
        LaneEvent::Tick { at } => PreparedEvent::Tick(at),
    }
}

fn prepare_article(article: Article, params: &EngineParams) -> Prepared {
    let version = xxh3_64(format!("{}\u{0}{}", article.title, article.text).as_bytes());
    let body = furniture::strip(first_chars(&article.text, params.analysis.max_text_chars.get()));
    let (title_tokens, body_tokens) = (tokens(&article.title), tokens(&body));

    let background = Background::of(article.language);
    let forms = WordForms::of(article.language);
    let finder = NameFinder::learn(&[Part::title(&title_tokens), Part::body(&body_tokens)], background);
    let lead_end = first_chars(&body, params.clustering.lead_chars).len();
    let (terms, [title_runs, body_runs]) = terms::count(&title_tokens, &body_tokens, &forms, &finder, lead_end);

    let mut mentions = Mentions::default();
    mentions.add(&article.title, &title_tokens, &title_runs, true);
    mentions.add(&body, &body_tokens, &body_runs, false);
    let title = if article.title.is_empty() { first_chars(&body, 120).trim().to_owned() } else { article.title };
    Prepared {
        text_hash: text_hash(&title, &body_tokens),
        id: article.id,
        title,
        time: article.time,
        language: article.language,
        source: article.source,
        url: article.url,
        terms,
        mentions: mentions.finish(),
        version,
    }
}

/// The hash of a text's words; of the title where there is no text, since headlines alone are no copies.
fn text_hash(title: &str, body: &[Token<'_>]) -> u64 {
    if body.is_empty() {
        return xxh3_64(title.as_bytes());
    }
    let mut words = String::new();
    for token in body {
        words.push_str(token.text);
        words.push(' ');
    }
    xxh3_64(words.as_bytes())
}

/// The first `count` characters of `text`.
fn first_chars(text: &str, count: usize) -> &str {
    match text.char_indices().nth(count) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

/// Mentions by surface, in the order of their first occurrence.
#[derive(Default)]
struct Mentions {
    found: Vec<Mention>,
    by_surface: BTreeMap<String, usize>,
}

/// The longest run that is taken for a name, in tokens: beyond it stands a headline or a list.
const LONGEST_NAME: usize = 5;

impl Mentions {
    fn add(&mut self, text: &str, tokens: &[Token<'_>], runs: &[NameRun], in_title: bool) {
        for run in runs.iter().filter(|run| run.last - run.first < LONGEST_NAME) {
            let surface = surface(text, tokens, *run);
            if surface.is_empty() {
                continue;
            }
            let at = *self.by_surface.entry(surface.clone()).or_insert(self.found.len());
            if at == self.found.len() {
                self.found.push(Mention { surface, count: 0, in_title: false });
            }
            if let Some(mention) = self.found.get_mut(at) {
                mention.count += 1;
                mention.in_title |= in_title;
            }
        }
    }

    fn finish(self) -> Vec<Mention> {
        self.found
    }
}

/// A run as it stands in the text, without the possessive ending of its last word.
fn surface(text: &str, tokens: &[Token<'_>], run: NameRun) -> String {
    let (Some(first), Some(last)) = (tokens.get(run.first), tokens.get(run.last)) else { return String::new() };
    text.get(first.start..last.start + last.text.len()).unwrap_or_default().to_owned()
}
