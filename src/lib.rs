//! Event-stream topic clustering: article events in from Kafka, named stories out.
//!
//! An article goes through the modules in the order in which they stand here; `docs/ARCHITECTURE.md` tells
//! the whole way and what must hold on it.
//!
//! The engine is a pure function of the events of a lane:
//!
//! ```
//! use slugline::config;
//! use slugline::engine::analysis::prepare;
//! use slugline::engine::article::{Article, ArticleId, ArticleTime, Lane, LaneEvent, Language};
//! use slugline::engine::emission::{Effect, Placement};
//! use slugline::engine::Engine;
//!
//! let params = config::load(None, std::iter::empty(), &[])?.engine;
//! let mut engine = Engine::new(Lane::new("en").unwrap(), params.clone());
//! let article = |id: &str, title: &str| {
//!     LaneEvent::Article(Article {
//!         id: ArticleId::new(id).unwrap(),
//!         title: title.to_owned(),
//!         text: String::new(),
//!         time: ArticleTime::Unknown,
//!         language: Language::new("en").unwrap(),
//!         source: None,
//!         url: None,
//!     })
//! };
//! let mut placements = Vec::new();
//! for (id, title) in [("a", "Storm shuts Merrow harbour"), ("b", "Merrow harbour shut by storm"), ("c", "Bank cuts rates")] {
//!     for effect in engine.apply(prepare(article(id, title), &params)) {
//!         if let Effect::Assigned(assigned) = effect {
//!             placements.push(assigned.placement);
//!         }
//!     }
//! }
//! assert_eq!(placements, [Placement::Founded, Placement::Joined, Placement::Founded]);
//! # Ok::<(), config::ConfigErrors>(())
//! ```

pub mod config;

pub mod broker;

pub mod wire;

pub mod intake;

pub mod engine;

pub mod lane;

pub mod stage;

pub mod serve;

pub mod telemetry;

#[cfg(feature = "kafka")]
pub mod app;

pub mod cli;
