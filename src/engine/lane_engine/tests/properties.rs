//! Random small streams: what must hold after every event, whatever came before.
//!
//! Ids come from a small pool, so that articles are repeated, revised and retracted; words from small
//! vocabularies, so that stories meet; times with disorder, gaps and no date at all.

use std::time::Duration;

use ndarray::Array1;
use proptest::prelude::*;

use super::script::Stage;
use super::{DAY, HOUR, MINUTE, START, params, size};
use crate::engine::Engine;
use crate::engine::admission::watermark::Admitted;
use crate::engine::analysis::sparse::{Feature, SparseVector};
use crate::engine::analysis::{PreparedEvent, prepare, weights};
use crate::engine::article::{Article, ArticleId, ArticleTime, Lane, LaneEvent, Language};
use crate::engine::clustering::candidates::{Candidate, CandidateFinder};
use crate::engine::clustering::index::Index;
use crate::engine::clustering::stories::Stories;
use crate::engine::clustering::{Member, Story, StoryId};
use crate::engine::emission::{Effect, Placement};
use crate::engine::params::{ClusteringParams, EngineParams};
use crate::engine::time::EventTime;

/// One event of a stream, its time relative to those before it.
#[derive(Debug, Clone)]
enum Step {
    /// `words` index into the vocabulary of `topic`.
    Article {
        id: u8,
        topic: usize,
        words: Vec<usize>,
        dating: Dating,
        source: u8,
    },
    Retraction {
        id: u8,
    },
    Tick,
}

/// How an article is dated: how long before its turn, and whether its record bears that out.
#[derive(Debug, Clone, Copy)]
enum Dating {
    None,
    Claimed(Duration),
    Witnessed(Duration),
}

const IN_TURN: Dating = Dating::Claimed(Duration::ZERO);

/// A lane's first date starts its event time, so the streams that look ahead begin with one.
const FIRST: Step = Step::Article { id: 99, topic: 0, words: Vec::new(), dating: IN_TURN, source: 0 };

const TOPICS: [&str; 3] = ["bal", "dor", "fim"];
const ENDINGS: [&str; 8] = ["ano", "eki", "ilu", "omet", "uras", "ybin", "arsk", "ond"];

/// A stream: each step with how much event time goes by before it.
fn streams(dating: impl Strategy<Value = Dating> + Clone) -> impl Strategy<Value = Vec<(Duration, Step)>> {
    let gap = prop_oneof![
        6 => (0_u32..30).prop_map(|n| n * MINUTE),
        3 => (0_u32..20).prop_map(|n| n * HOUR),
        1 => (0_u32..16).prop_map(|n| n * DAY),
    ];
    let words = proptest::collection::vec(0..ENDINGS.len(), 1..8);
    let article = (0_u8..12, 0..TOPICS.len(), words, dating, 0_u8..4)
        .prop_map(|(id, topic, words, dating, source)| Step::Article { id, topic, words, dating, source });
    let step = prop_oneof![
        8 => article,
        2 => (0_u8..12).prop_map(|id| Step::Retraction { id }),
        2 => Just(Step::Tick),
    ];
    proptest::collection::vec((gap, step), 1..60)
}

/// Times in order, except that some articles are late, ahead or undated.
fn disorder() -> impl Strategy<Value = Dating> + Clone {
    prop_oneof![
        5 => Just(IN_TURN),
        1 => Just(Dating::Witnessed(Duration::ZERO)),
        2 => (0_u32..12).prop_map(|n| Dating::Claimed(n * DAY)),
        1 => (0_u32..12).prop_map(|n| Dating::Witnessed(n * DAY)),
        1 => Just(Dating::None),
    ]
}

/// The lane event of a step at `now`.
fn event(step: &Step, now: EventTime) -> LaneEvent {
    let article_id = |id: u8| ArticleId::new(&format!("a{id}")).unwrap();
    match step {
        Step::Article { id, topic, words, dating, source } => {
            let topic = TOPICS[*topic];
            let text: Vec<String> = words.iter().map(|word| format!("{topic}{}", ENDINGS[*word])).collect();
            LaneEvent::Article(Article {
                id: article_id(*id),
                title: format!("report of {}", text.first().map_or("nothing", String::as_str)),
                text: format!("It was {} in {}.", text.join(" "), topic.to_uppercase()),
                time: match dating {
                    Dating::None => ArticleTime::Unknown,
                    Dating::Claimed(late) => ArticleTime::Claimed(now.minus(*late)),
                    Dating::Witnessed(late) => ArticleTime::Witnessed(now.minus(*late)),
                },
                language: Language::UNDETERMINED,
                source: (*source > 0).then(|| format!("source {source}")),
                url: None,
            })
        }
        Step::Retraction { id } => LaneEvent::Retraction { id: article_id(*id) },
        Step::Tick => LaneEvent::Tick { at: now },
    }
}

/// Budgets so small that every one of them is met.
fn tight() -> EngineParams {
    let mut params = params();
    params.analysis.max_terms = size(30);
    params.clustering.max_stories = size(3);
    params.clustering.max_members = size(2);
    params.clustering.max_features = size(12);
    params
}

/// Plays a stream; the ledger checks every effect and, after each event, the engine's books.
fn play(params: EngineParams, stream: &[(Duration, Step)]) -> Vec<Effect> {
    let mut stage = Stage::new(params);
    let mut now = EventTime::from_millis(START);
    let mut effects = Vec::new();
    for (gap, step) in stream {
        now = now.plus(*gap);
        effects.extend(stage.apply(event(step, now)));
    }
    effects.extend(stage.flush());
    stage.ledger.check_told(&stage.engine);
    effects
}

/// What the engine will hold an article against: its vector and the time it counts for.
///
/// Event time is brought as far as the article will bring it first, so that what is due is done.
fn query(stage: &mut Stage, article: &LaneEvent) -> (SparseVector, Admitted) {
    let PreparedEvent::Article(prepared) = prepare(article.clone(), &stage.params()) else { panic!("an article") };
    let admission = stage.params().admission;
    let mut ahead = stage.engine.watermark.clone();
    ahead.admit(prepared.time, &admission);
    stage.apply(LaneEvent::Tick { at: ahead.at() });
    let admitted = stage.engine.watermark.clone().admit(prepared.time, &admission);
    let ids = stage.engine.vocabulary.intern(&prepared.terms, prepared.language);
    let vector = weights::weigh(&prepared.terms, &ids, &stage.engine.vocabulary, &stage.params().clustering);
    (vector, admitted)
}

fn candidates(engine: &mut Engine, query: &SparseVector, admitted: Admitted) -> Vec<Candidate> {
    engine.finder.find(query, admitted, &engine.index, &engine.stories, &engine.params.clustering)
}

/// The best story by looking at all of them.
fn best_of_all(engine: &Engine, query: &SparseVector, admitted: Admitted) -> Option<(f32, StoryId)> {
    let decay = engine.params.clustering.decay;
    let score = |story: &Story| query.dot(story.sum()) * story.factor_for(admitted, decay);
    engine.stories.iter().map(|story| (score(story), story.id)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
}

/// The plain rule word for word: the mean over the members of the cosine times exp(-|dt| / tau).
fn plain_rule(story: &Story, query: &SparseVector, admitted: Admitted, decay: Duration, size: usize) -> f64 {
    let query = dense(query, size);
    let of_member = |member: &Member| {
        let apart = member.time.distance(admitted.time).as_secs_f64() / decay.as_secs_f64();
        query.dot(&dense(&member.vector, size)) * if admitted.dated { (-apart).exp() } else { 1.0 }
    };
    story.members.iter().map(of_member).sum::<f64>() / story.members.len() as f64
}

fn dense(vector: &SparseVector, size: usize) -> Array1<f64> {
    let mut dense = Array1::zeros(size);
    for (feature, weight) in vector.iter() {
        dense[feature.0 as usize] = f64::from(weight);
    }
    dense
}

/// Vectors of unit length over a few features, some of which nearly all have.
fn vectors() -> impl Strategy<Value = SparseVector> {
    let few = proptest::collection::btree_map(0_u32..12, 0.05_f32..1.0, 1..8);
    (few, 0.05_f32..1.0, 0.05_f32..1.0).prop_map(|(mut weights, first, second)| {
        weights.extend([(0, first), (1, second)]);
        let length = weights.values().map(|weight| weight * weight).sum::<f32>().sqrt();
        SparseVector::from_pairs(weights.into_iter().map(|(f, weight)| (Feature(f), weight / length)).collect())
    })
}

/// Stories whose members have these vectors and came on these days.
fn live_stories(members: &[Vec<(SparseVector, u32)>], params: &ClusteringParams) -> (Stories, Index) {
    let (mut stories, mut index) = (Stories::default(), Index::default());
    let PreparedEvent::Article(article) = prepare(event(&FIRST, EventTime::default()), &super::params()) else {
        panic!("an article")
    };
    for (number, members) in (0_i64..).zip(members) {
        let id = StoryId::derive(&Lane::new("en").unwrap(), &article.id, EventTime::from_millis(number), 0);
        let slot = stories.insert(Story::new(id, EventTime::from_millis(START)));
        for (vector, day) in members {
            let time = EventTime::from_millis(START).plus(*day * DAY);
            let member = Member::new((*article).clone(), time, vector.clone());
            let (factor, _) = stories.change(slot, |story| story.add(member, params.decay)).unwrap();
            index.add(slot, vector, factor);
        }
    }
    (stories, index)
}

/// The score with which an article joined, if it did.
fn joined_with(effects: &[Effect]) -> Option<f32> {
    effects.iter().find_map(|effect| match effect {
        Effect::Assigned(assigned) if assigned.placement == Placement::Joined => {
            assigned.explanation.score.map(|score| score.total)
        }
        _ => None,
    })
}

proptest! {
    #[test]
    fn the_books_are_in_order_after_every_event(stream in streams(disorder())) {
        play(params(), &stream);
    }

    #[test]
    fn the_books_are_in_order_where_every_budget_is_full(stream in streams(disorder())) {
        play(tight(), &stream);
    }

    #[test]
    fn the_books_are_in_order_where_stories_die_young(stream in streams(disorder()), hours in 1_u32..200) {
        let mut params = params();
        params.clustering.decay = HOUR;
        params.admission.max_lateness = hours * HOUR;
        params.lifecycle.dormant_after = hours * HOUR;
        params.lifecycle.close_after = 2 * hours * HOUR;
        params.lifecycle.forget_after = Duration::ZERO;
        play(params, &stream);
    }

    #[test]
    fn the_same_stream_gives_the_same_effects(stream in streams(disorder())) {
        prop_assert_eq!(play(tight(), &stream), play(tight(), &stream));
    }

    #[test]
    fn no_story_that_could_be_joined_is_passed_over(stream in streams(disorder()), threshold in 0.1_f32..0.9) {
        let mut params = params();
        params.clustering.max_members = size(3);
        params.clustering.max_features = size(40);
        // A higher threshold leaves out more of the article when candidates are looked for.
        params.clustering.join_threshold = threshold;
        let mut stage = Stage::new(params);
        let mut now = EventTime::from_millis(START);
        stage.apply(event(&FIRST, now));
        for (gap, step) in &stream {
            now = now.plus(*gap);
            let event = event(step, now);
            if let LaneEvent::Article(article) = &event && stage.engine.stories.placed(&article.id).is_none() {
                let (query, admitted) = query(&mut stage, &event);
                let found = candidates(&mut stage.engine, &query, admitted);
                if let Some((best, story)) = best_of_all(&stage.engine, &query, admitted)
                    && best > threshold + 1e-5
                {
                    prop_assert_eq!(found.first().map(|candidate| candidate.story), Some(story), "{}", best);
                    prop_assert!((found[0].score - best).abs() < 1e-5);
                }
                prop_assert!(found.is_sorted_by(|a, b| a.score >= b.score));
                let joined = joined_with(&stage.apply(event));
                prop_assert_eq!(joined.is_some(), found.first().is_some_and(|best| best.score >= threshold));
            } else {
                stage.apply(event);
            }
        }
    }

    #[test]
    fn no_vector_that_could_be_joined_is_passed_over(
        stories in proptest::collection::vec(proptest::collection::vec((vectors(), 0_u32..20), 1..4), 1..16),
        query in vectors(),
        threshold in 0.1_f32..0.9,
    ) {
        let mut params = params().clustering;
        params.join_threshold = threshold;
        // Each with a twin, so that scores are equal.
        let (stories, index) = live_stories(&[stories.clone(), stories].concat(), &params);
        let admitted = Admitted { time: EventTime::from_millis(START).plus(20 * DAY), dated: true };
        let found = CandidateFinder::default().find(&query, admitted, &index, &stories, &params);
        for story in stories.iter() {
            let score = query.dot(story.sum()) * story.factor_for(admitted, params.decay);
            if score > threshold + 1e-5 {
                let candidate = found.iter().find(|candidate| candidate.story == story.id);
                prop_assert!(candidate.is_some_and(|found| (found.score - score).abs() < 1e-5), "{score}: {found:?}");
            }
        }
        let in_order = |a: &Candidate, b: &Candidate| b.score.total_cmp(&a.score).then(a.story.cmp(&b.story)).is_lt();
        prop_assert!(found.is_sorted_by(in_order), "{found:?}");
    }

    #[test]
    fn the_score_is_the_plain_rule_where_articles_come_in_the_order_of_time(stream in streams(Just(IN_TURN))) {
        let mut stage = Stage::new(params());
        let decay = stage.params().clustering.decay;
        let mut now = EventTime::from_millis(START);
        for (gap, step) in &stream {
            now = now.plus(*gap);
            // In the order of time event time is where the article is.
            stage.apply(LaneEvent::Tick { at: now });
            let event = event(step, now);
            let mut scored = None;
            if let LaneEvent::Article(article) = &event && stage.engine.stories.placed(&article.id).is_none() {
                let (query, admitted) = query(&mut stage, &event);
                let dimensions = 2 * stage.engine.vocabulary.len();
                for candidate in candidates(&mut stage.engine, &query, admitted) {
                    let story = stage.engine.stories.get(candidate.slot).unwrap();
                    let expected = plain_rule(story, &query, admitted, decay, dimensions);
                    prop_assert!((f64::from(candidate.score) - expected).abs() < 1e-4, "{candidate:?}, not {expected}");
                    scored.get_or_insert(candidate.score);
                }
            }
            if let Some(score) = joined_with(&stage.apply(event)) {
                prop_assert!(scored.is_some_and(|scored| (scored - score).abs() < 1e-5), "{scored:?} and {score}");
            }
        }
    }
}
