//! The pure engine of one lane: an ordered sequence of [`LaneEvent`](article::LaneEvent)s in,
//! [`Effect`](emission::Effect)s out.
//!
//! It exists apart from everything that reads or writes so that a replay of the lane log gives the
//! published bytes again. Its rooms are visited in the order of the alphabet: admission, analysis,
//! clustering, description, emission.
//!
//! Invariants: no clock, no I/O, no logging, no failure and no hash-order iteration in here. `clippy.toml`
//! bans the types and functions concerned and the attribute below makes the ban binding for every child
//! module; `tests/tidy.rs` checks the imports that clippy cannot see.
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

pub mod article;

pub mod time;

pub mod params;

pub mod admission;

pub mod analysis;

pub mod clustering;

pub mod description;

pub mod emission;

mod lane_engine;

pub use lane_engine::{Engine, EngineStats};
