//! Versions of the API meet: plugins and hosts built against older, newer and other builds of it work together, or are refused in one
//! sentence.

mod compilers;
mod copies;
mod frozen;
mod grown;
mod growth;
mod pairs;
mod refused;
