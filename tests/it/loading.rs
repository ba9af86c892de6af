//! Loading: whatever is wrong, one sentence says what was expected, what was found and what to do, and nothing stays behind.

mod finding;
mod providers;
mod signatures;
mod trust;
mod wrong_files;

use std::fs;

/// The content of the hostile plugin's library.
fn hostile_bytes() -> Vec<u8> {
    fs::read(system_tests::plugin("hostile")).expect("the built library")
}

/// The same with a text in it replaced by another of the same length.
fn patched(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = hostile_bytes();
    let place = bytes
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .expect("the text is in the library");
    bytes[place..place + to.len()].copy_from_slice(to.as_bytes());
    bytes
}
