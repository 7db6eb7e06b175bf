#!/usr/bin/env bash
# Shows that the engine's purity is enforced: puts each forbidden thing into a copy of src/engine and expects
# clippy, or the tidy test, to refuse it. The tree itself is not touched. `make purity` runs it.

set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

copy=$PWD/target/purity/tree
rm -rf "$copy"
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy" 2>/dev/null || true
export CARGO_TARGET_DIR=$PWD/target

lint() { cargo clippy --quiet --manifest-path "$copy/Cargo.toml" --lib --no-default-features -- -D warnings; }
tidy() { SLUGLINE_TIDY_ROOT=$copy cargo test --quiet --test tidy; }

echo 'unchanged: accepted by both'
lint
tidy >/dev/null

# What is forbidden, who refuses it, and code that does it.
refuse() {
  local what=$1 check=$2 code=$3
  local file=$copy/src/engine/time.rs
  cp "$file" "$copy.saved"
  printf '\n/// Not pure.\npub fn impure() {\n%s\n}\n' "$code" >>"$file"
  if "$check" >"$copy.log" 2>&1; then
    echo "FAILED: $check accepts $what in src/engine" >&2
    exit 1
  fi
  if ! grep -qE 'disallowed|impure|src/engine' "$copy.log"; then
    echo "FAILED: $check fails for another reason:" >&2
    cat "$copy.log" >&2
    exit 1
  fi
  cp "$copy.saved" "$file"
  echo "refused by $check: $what"
}

refuse 'the wall clock' lint '    let _now = std::time::SystemTime::now();'
refuse 'a stop watch' lint '    let _now = std::time::Instant::now();'
refuse "a hash map's order" lint '    let map = std::collections::HashMap::from([(1, 2)]); for _ in map.keys() {}'
refuse 'a random seed' lint '    let _ = std::collections::hash_map::RandomState::new();'
refuse 'reading a file' lint '    let _text = std::fs::read_to_string("x").unwrap_or_default();'
refuse 'the environment' lint '    let _home = std::env::var("HOME");'
refuse 'printing' lint '    println!("x");'
refuse 'global state' lint '    static STATE: std::sync::Mutex<u32> = std::sync::Mutex::new(0); let _ = STATE.lock();'
refuse 'logging' tidy '    tracing::info!("x");'
refuse 'a network' tidy '    let _ = std::net::UdpSocket::bind("127.0.0.1:0");'
refuse 'the asynchronous runtime' tidy '    let _ = tokio::runtime::Handle::try_current();'
refuse 'another room' tidy '    let _ = crate::wire::cloudevents::TYPE_HEADER;'
