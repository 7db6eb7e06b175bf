//! Everything that is wrong with a configuration, told at once.

use std::fmt;

/// One fault of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The key concerned, such as `engine.clustering.join_threshold`.
    pub key: String,
    /// Where the value came from, such as a file's name or a variable.
    pub origin: String,
    /// What was found and what is allowed.
    pub problem: String,
}

/// All faults of a configuration; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "the configuration has {count} {}:", if count == 1 { "error" } else { "errors" })?;
        for error in &self.0 {
            write!(f, "\n  {}: {} ({})", error.key, error.problem, error.origin)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
