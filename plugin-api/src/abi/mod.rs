#![doc = include_str!("README.md")]

mod adapter;
mod convert;
pub mod descriptor;
mod export;
mod foreign;
mod layout;
mod log;
mod pulse;
pub mod record;
mod runtime;
pub mod table;
mod version;

pub use abi_stable::library::{AbiHeaderRef, LibHeader as Header};
pub use adapter::Adapter;
pub use descriptor::Descriptor;
pub use export::{HEADER_SYMBOL, header};
pub use foreign::{ForeignModule, ForeignProvider, HostLog, LayoutReport, LogLevel, OpenError};
pub use layout::LAYOUT_HASH;
pub use version::AbiVersion;
