//! Why a record was not taken.

use std::fmt;

/// A record that was not taken: data for the dead-letter topic, not a failure of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The kind of fault: the `x-error-reason` header and the metric's label.
    pub reason: RejectReason,
    /// The field concerned, where it is one.
    pub field: Option<&'static str>,
    /// What was found and what was expected.
    pub detail: String,
}

/// The kinds of fault a record can have; a fixed set, so that it can label a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RejectReason {
    /// The value is larger than `intake.max_record_bytes`.
    TooLarge,
    /// The value is not UTF-8.
    InvalidUtf8,
    /// The value is not JSON.
    NotJson,
    /// The value is JSON, but not an object.
    NotAnObject,
    /// There is no id, or it is blank.
    MissingId,
    /// The id cannot be one: too long, or with control characters.
    InvalidId,
    /// Neither title nor text has a word in it.
    NoText,
    /// A field has the wrong type, or stands twice.
    InvalidField,
    /// A null value that would retract an article, but whose key is no article's id.
    InvalidKey,
    /// A record of the lane log that the service did not write.
    InvalidLaneRecord,
}

impl RejectReason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::TooLarge,
        Self::InvalidUtf8,
        Self::NotJson,
        Self::NotAnObject,
        Self::MissingId,
        Self::InvalidId,
        Self::NoText,
        Self::InvalidField,
        Self::InvalidKey,
        Self::InvalidLaneRecord,
    ];

    /// The reason as it is published.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::NotJson => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::MissingId => "missing_id",
            Self::InvalidId => "invalid_id",
            Self::NoText => "no_text",
            Self::InvalidField => "invalid_field",
            Self::InvalidKey => "invalid_key",
            Self::InvalidLaneRecord => "invalid_lane_record",
        }
    }
}

impl Reject {
    /// A fault of the record as a whole.
    pub fn record(reason: RejectReason, detail: impl Into<String>) -> Self {
        Self { reason, field: None, detail: detail.into() }
    }

    /// A fault of one field.
    pub fn field(reason: RejectReason, field: &'static str, detail: impl Into<String>) -> Self {
        Self { reason, field: Some(field), detail: detail.into() }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.reason.as_str())?;
        if let Some(field) = self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.detail)
    }
}
