//! Configuration: the embedded defaults, a file, the environment and flags, checked as a whole.
//!
//! Unknown keys are refused, every fault is told at once, and secrets are never shown.

mod check;

mod error;

mod layers;

mod reader;

mod settings;

use std::path::Path;

pub use error::{ConfigError, ConfigErrors};
pub use layers::DEFAULT;
pub use settings::{
    Config, GroupProtocol, Groups, KafkaSettings, Role, SecurityProtocol, Start, TopicCreation, Topics,
};

use layers::Layers;
use reader::Reader;

/// Loads and checks a configuration: the defaults, then the file, then `environment` (all its variables;
/// others than the service's are ignored), then `flags` of the form `key=value`.
///
/// # Errors
/// Returns every fault found.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    flags: &[String],
) -> Result<Config, ConfigErrors> {
    let layers = merge(file, environment, flags);
    let mut reader = Reader::new(&layers);
    let config = check::config(&layers, &mut reader);
    let mut errors = layers.errors.clone();
    errors.append(&mut reader.errors);
    if errors.is_empty() { Ok(config) } else { Err(ConfigErrors(errors)) }
}

/// The settings in force as text, one `key = value` a line, with their origins; secrets masked.
pub fn describe(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>, flags: &[String]) -> String {
    let layers = merge(file, environment, flags);
    let mut text = String::new();
    for (key, value) in layers.iter() {
        let shown = if is_secret(key) && value.as_str() != Some("") { "\"***\"".to_owned() } else { value.to_string() };
        text.push_str(&format!("{key} = {shown}  # {}\n", layers.origin(key)));
    }
    text
}

fn merge(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>, flags: &[String]) -> Layers {
    let mut layers = Layers::default();
    if let Some(path) = file {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => layers.add_file(&name, &text),
            Err(error) => layers.errors.push(ConfigError {
                key: "--config".to_owned(),
                problem: format!("cannot be read: {error}"),
                origin: name,
            }),
        }
    }
    layers.add_environment(environment);
    layers.add_flags(flags);
    layers
}

/// Whether a key's value must not be shown.
fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["password", "secret", "token", "passphrase", "key.pem", "oauthbearer.config", "jaas"]
        .iter()
        .any(|part| key.contains(part))
}

#[cfg(test)]
mod tests;
