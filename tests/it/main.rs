//! Whole-system tests in one program: real shared libraries, real processes, real sockets.

mod boundary;
mod cli;
mod clients;
mod crash;
mod dashboard;
mod delivery;
mod demo;
mod do_not_contact;
mod envelope;
mod evolution;
mod failover;
mod family;
mod flag_reach;
mod loading;
mod metrics;
mod pauses;
mod probes;
mod refusals;
mod resolve;
mod secrets;
mod sending;
mod simulate;
mod smtp;
mod support;
mod trusting;
mod twins;
mod verify;

/// Counts what the host allocates; plugins have allocators of their own.
#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;
