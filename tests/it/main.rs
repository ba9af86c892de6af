//! Whole-system tests in one program: real shared libraries, real processes, real sockets.

mod clients;
mod delivery;
mod loading;
mod secrets;
mod support;
