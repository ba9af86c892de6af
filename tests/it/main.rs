//! Whole-system tests in one program: real shared libraries, real processes, real sockets.

mod delivery;
mod loading;
mod support;
