//! Delivery at work over a real store, with providers and a clock that the test decides.

mod calls;
mod circuit;
mod crashes;
mod doubt;
mod flags;
mod lies;
mod lives;
mod moves;
mod pauses;
mod refusals;
mod second_mails;
mod service;
mod waking;
mod world;
