//! Whole-system tests in one program: real shared libraries, real processes, real sockets.

mod boundary;
mod delivery;
mod loading;
mod support;

/// Counts what the host allocates; plugins have allocators of their own.
#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;
