//! Event-stream topic clustering: article events in from Kafka, named stories out.

pub mod engine;
