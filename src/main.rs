//! The `slugline` binary.

fn main() {}
