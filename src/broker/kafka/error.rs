//! rdkafka's errors in the terms of the port.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::broker::{BrokerError, Severity};

/// Sorts an error of a transactional producer or of a consumer.
pub(super) fn classify(context: &'static str, error: &KafkaError) -> BrokerError {
    let severity = match error {
        KafkaError::Transaction(e) if e.is_fatal() => Severity::Fatal,
        KafkaError::Transaction(e) if e.txn_requires_abort() => Severity::Abortable,
        KafkaError::Transaction(e) if e.is_retriable() => Severity::Retriable,
        KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) => Severity::Retriable,
        KafkaError::MessageProduction(_) => Severity::Abortable,
        _ => Severity::Fatal,
    };
    BrokerError { context, detail: describe(error), severity }
}

/// A fatal error that did not come from the client itself.
pub(super) fn fatal(context: &'static str, detail: impl Into<String>) -> BrokerError {
    BrokerError { context, detail: detail.into(), severity: Severity::Fatal }
}

/// The error with what to do about it, where that is known.
fn describe(error: &KafkaError) -> String {
    let advice = match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch) => {
            " (another process runs under the same kafka.instance_id, or took over after this one was silent for too long)"
        }
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
            " (create the topics with `slugline topics --create`)"
        }
        Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
            " (raise max.message.bytes of the topic to kafka.max_message_bytes; `slugline topics --check` tells)"
        }
        Some(
            RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed,
        ) => " (grant the service's user this operation)",
        _ => "",
    };
    format!("{error}{advice}")
}
