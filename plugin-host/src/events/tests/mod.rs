//! Webhooks, callbacks and flags over a real SQLite file: what is stored, what is answered, and in which order it may come.

mod callback;
mod evidence;
mod flags;
mod inbox;
mod interleavings;
mod shuffled;
mod world;
