//! The ABI's own version. It is not a crate version.

use std::fmt;
use std::str::FromStr;

/// A version of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AbiVersion {
    /// Changes when a plugin must be rebuilt.
    pub major: u32,
    /// Below 1.0 changes when a plugin must be rebuilt; from 1.0 on counts additions that need no rebuild.
    pub minor: u32,
}

impl AbiVersion {
    /// The version this crate speaks.
    pub const CURRENT: Self = Self { major: 0, minor: 9 };

    /// Whether a plugin of that version can be loaded by a host of this one.
    pub fn accepts(self, plugin: Self) -> bool {
        self.major == plugin.major && (self.major > 0 || self.minor == plugin.minor)
    }
}

impl fmt::Display for AbiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for AbiVersion {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (major, minor) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self {
            major: major.parse()?,
            minor: minor.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::AbiVersion;

    /// abi_stable compares the versions of the crates that define the types; the build script puts the ABI's in place of the crate's. From
    /// 1.0 on every minor is compatible, and the number there stays at 1.0.0.
    #[test]
    fn types_carry_the_version_of_the_abi_and_not_of_the_crate() {
        let AbiVersion { major, minor } = AbiVersion::CURRENT;
        let breaking = if major == 0 { minor } else { 0 };
        assert_eq!(env!("CARGO_PKG_VERSION"), format!("{major}.{breaking}.0"));
    }

    #[test]
    fn before_one_only_the_same_minor_is_accepted_and_after_it_every_minor() {
        let version = |text: &str| text.parse::<AbiVersion>().unwrap();
        assert!(version("0.9").accepts(version("0.9")));
        assert!(!version("0.9").accepts(version("0.8")));
        assert!(!version("0.9").accepts(version("1.0")));
        assert!(version("1.4").accepts(version("1.0")));
        assert!(version("1.0").accepts(version("1.4")));
        assert!(!version("1.0").accepts(version("2.0")));
    }
}
