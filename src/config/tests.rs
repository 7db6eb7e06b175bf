//! The layers, the faults and the secrets of a configuration.

use std::io::Write;

use super::*;

fn load_text(text: &str, environment: &[(&str, &str)], flags: &[&str]) -> Result<Config, ConfigErrors> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    load(Some(file.path()), environment, &flags)
}

fn faults(text: &str, environment: &[(&str, &str)], flags: &[&str]) -> Vec<String> {
    let errors = load_text(text, environment, flags).unwrap_err();
    errors.0.into_iter().map(|error| format!("{}: {}", error.key, error.problem)).collect()
}

#[test]
fn the_defaults_are_sound() {
    let config = load(None, std::iter::empty(), &[]).unwrap();
    assert_eq!(config.roles, Role::ALL);
    assert!(!config.kafka.instance_id.is_empty(), "the host's name stands in");
}

#[test]
fn later_layers_count() {
    let file = "[engine.clustering]\njoin_threshold = 0.3\n[kafka]\nbootstrap_servers = \"file:1\"";
    let environment =
        [("SLUGLINE__KAFKA__BOOTSTRAP_SERVERS", "env:1"), ("SLUGLINE__RUN__ROLES", "lane"), ("PATH", "/")];
    let config = load_text(file, &environment, &["engine.clustering.join_threshold=1", "time.mode=backfill"]).unwrap();
    assert_eq!(config.kafka.bootstrap_servers, "env:1");
    assert_eq!(config.roles, [Role::Lane]);
    assert!((config.engine.clustering.join_threshold - 1.0).abs() < 1e-6, "a whole number is a number");
}

#[test]
fn all_faults_are_told_at_once_with_key_and_what_is_allowed() {
    let file = "[engine.clustering]\njoin_treshold = 0.3\ndecay = \"soon\"\nlead_chars = \"many\"\n\
        [engine.lifecycle]\nclose_after = \"1d\"\n[time]\nmode = \"past\"";
    let environment = [("SLUGLINE__STAGE__MAX_RECORDS", "0"), ("SLUGLINE__HTTP__PORT", "80")];
    let found = faults(file, &environment, &["http.listen=nowhere"]);
    let expected = [
        "engine.clustering.join_treshold: unknown key",
        "engine.clustering.lead_chars: expected an integer, got string",
        "http.port: unknown key",
        "time.mode: expected one of \"live\", \"backfill\", got \"past\"",
        "engine.clustering.decay: expected a number with ms, s, m, h or d",
        "engine.lifecycle.close_after: must be more than engine.lifecycle.dormant_after",
        "engine.admission.max_ahead: must be less than engine.lifecycle.close_after",
        "engine.admission.max_lateness: must be less than engine.lifecycle.close_after",
        "stage.max_records: expected 1 to 100000, got 0",
        "http.listen: expected an address and a port",
    ];
    for start in expected {
        assert!(found.iter().any(|fault| fault.starts_with(start)), "{start:?} is not among {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn a_broken_file_and_a_missing_one_are_named() {
    assert!(faults("[kafka\n", &[], &[])[0].starts_with("file: TOML parse error"));
    let errors = load(Some(Path::new("/nonexistent/slugline.toml")), std::iter::empty(), &[]).unwrap_err();
    assert!(errors.to_string().contains("/nonexistent/slugline.toml"), "{errors}");
}

#[test]
fn lane_rules_are_checked() {
    let config = load_text("[[lanes.rules]]\nurls = [\"*/sport/*\"]\nlane = \"sport.{lang}\"", &[], &[]);
    assert!(config.is_ok(), "{config:?}");
    let found = faults("[[lanes.rules]]\nsources = \"x\"\nlane = \"a\"\n[[lanes.rules]]\nlane = \"Sport!\"", &[], &[]);
    assert!(found[0].contains("rule 1: sources: expected an array of strings"), "{found:?}");
    assert!(found[1].contains("rule 2: lane: expected 1 to 64"), "{found:?}");
}

#[test]
fn secrets_are_never_shown() {
    let environment = [
        ("SLUGLINE__KAFKA__SECURITY__PASSWORD".to_owned(), "hunter2".to_owned()),
        ("SLUGLINE__KAFKA__PROPERTIES__SSL_KEY_PASSWORD".to_owned(), "hunter2".to_owned()),
        ("SLUGLINE__KAFKA__PROPERTIES__FETCH_MIN_BYTES".to_owned(), "7".to_owned()),
    ];
    let shown = describe(None, environment.clone().into_iter(), &[]);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("kafka.security.password = \"***\""), "{shown}");
    assert!(shown.contains("kafka.properties.fetch.min.bytes = \"7\""), "{shown}");
    let config = load(None, environment.into_iter(), &[]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}
