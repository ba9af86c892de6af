#![doc = include_str!("README.md")]

mod adapter;
mod convert;
pub mod descriptor;
mod export;
mod foreign;
mod guard;
mod layout;
mod level;
mod log;
mod pulse;
#[doc(hidden)]
pub mod record;
mod runtime;
mod settings;
mod start;
#[doc(hidden)]
pub mod table;
mod version;

pub use abi_stable::library::{AbiHeaderRef, LibHeader as Header};
pub use descriptor::{Descriptor, DescriptorError};
pub use export::{HEADER_SYMBOL, header};
pub use foreign::{ForeignModule, ForeignProvider, HostLog, LayoutReport, OpenError};
pub use layout::LAYOUT_HASH;
pub use level::LogLevel;
pub use version::AbiVersion;
