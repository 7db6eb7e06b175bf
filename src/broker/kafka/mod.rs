//! Apache Kafka by way of librdkafka: the adapters of the ports, and topic administration.
//!
//! Nothing outside of this folder and `embedded.rs` names rdkafka.

mod client;

pub mod source;

pub mod sink;

pub mod admin;

mod context;

mod error;

pub use sink::KafkaSink;
pub use source::KafkaSource;
