//! Event-stream topic clustering: article events in from Kafka, named stories out.
//!
//! An article goes through the modules in the order in which they stand here; `docs/ARCHITECTURE.md` tells
//! the whole way and what must hold on it.

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
