//! Checked parameters of the engine.
//!
//! Only `config::check` makes them from a configuration; the engine takes them as valid.

use std::num::NonZeroUsize;
use std::time::Duration;

/// The version of everything that decides where an article goes: segmentation, stemmers, background
/// tables, weights, the decision and the label.
///
/// It is in each change, assignment and snapshot. A change to any of those parts changes it, because the
/// same log would then give other stories.
pub const MODEL_VERSION: &str = "plain-1";

/// All parameters of one lane's engine.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineParams {
    /// Admission and event time.
    pub admission: AdmissionParams,
    /// Term statistics.
    pub analysis: AnalysisParams,
    /// Join or found.
    pub clustering: ClusteringParams,
    /// When a story falls dormant, closes and is forgotten.
    pub lifecycle: LifecycleParams,
    /// When changes are told.
    pub emission: EmissionParams,
}

/// Parameters of admission.
#[derive(Debug, Clone, PartialEq)]
pub struct AdmissionParams {
    /// An article that claims to be further ahead of the watermark than this, its record not bearing it out,
    /// moves it only when a second one agrees.
    pub max_ahead: Duration,
    /// An article further behind the watermark than this is taken as if it were just this late.
    pub max_lateness: Duration,
}

/// Parameters of the term statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisParams {
    /// The most distinct terms whose statistics are kept.
    pub max_terms: NonZeroUsize,
    /// How many articles the background table counts for when document frequencies are blended.
    pub background_articles: f64,
    /// The most characters of a text that are analysed.
    pub max_text_chars: NonZeroUsize,
}

/// Parameters of the plain rule (see `docs/ALGORITHM.md`).
#[derive(Debug, Clone, PartialEq)]
pub struct ClusteringParams {
    /// Join the best story when its score reaches this, 0 to 1.
    pub join_threshold: f32,
    /// The time over which a member's weight falls to 1/e.
    pub decay: Duration,
    /// Weight of the cosine over all words.
    pub weight_words: f32,
    /// Weight of the cosine over names and numbers.
    pub weight_names: f32,
    /// Weight of the cosine over the title and the first characters of the text.
    pub weight_lead: f32,
    /// How many characters of the text count as the lead.
    pub lead_chars: usize,
    /// The most live stories; the longest quiet are closed beyond it.
    pub max_stories: NonZeroUsize,
    /// The most members of a story that are kept with their terms; older ones stay in its sum.
    pub max_members: NonZeroUsize,
    /// The most features a story's sum keeps; the weakest are dropped beyond it.
    pub max_features: NonZeroUsize,
}

/// Parameters of a story's life.
#[derive(Debug, Clone, PartialEq)]
pub struct LifecycleParams {
    /// Quiet for this long: dormant.
    pub dormant_after: Duration,
    /// Quiet for this long: closed; nothing can join it any more.
    pub close_after: Duration,
    /// Closed for this long: forgotten; its record in the compacted topic is deleted.
    pub forget_after: Duration,
}

/// Parameters of emission.
#[derive(Debug, Clone, PartialEq)]
pub struct EmissionParams {
    /// A story's next change is told at the earliest this long after the one before, in event time.
    pub coalesce: Duration,
    /// The most members listed in a story as published.
    pub member_sample: usize,
    /// The most top terms listed in a story as published.
    pub top_terms: usize,
    /// The most shared terms listed in an assignment's explanation.
    pub explained_terms: usize,
}
