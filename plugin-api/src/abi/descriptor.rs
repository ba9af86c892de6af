//! What a plugin file says about itself, readable without loading it: an ELF note holding plain lines of `key=value`.
//!
//! Unknown keys are ignored, so that later versions can add lines.

use std::str::FromStr;

use super::{AbiVersion, LAYOUT_HASH};

/// The ELF section the note stands in.
pub const SECTION: &str = ".note.email_provider";
/// The owner name in the note's header.
pub const OWNER: &str = "email-provider";
/// The type number in the note's header.
pub const NOTE_TYPE: u32 = 1;

/// The compiler this crate was built by, hence the plugin's.
pub const COMPILER: &str = env!("PLUGIN_API_COMPILER");
/// The target it was built for.
pub const TARGET: &str = env!("PLUGIN_API_TARGET");

/// What the note says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Descriptor {
    /// The ABI the plugin was built for.
    pub abi: AbiVersion,
    /// Its hash of the frozen structs.
    pub layout: u64,
    /// The plugin's name.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// The compiler it was built by.
    pub compiler: String,
    /// The target it was built for.
    pub target: String,
    /// Capabilities that hold for every instance.
    pub capabilities: Vec<String>,
}

/// Why a note is not a descriptor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plugin descriptor has no readable `{key}`")]
pub struct DescriptorError {
    /// The key that is missing or cannot be read.
    pub key: &'static str,
}

impl FromStr for Descriptor {
    type Err = DescriptorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let find = |key: &'static str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(found, _)| *found == key)
                .map(|(_, value)| value)
                .ok_or(DescriptorError { key })
        };
        let layout = u64::from_str_radix(find("layout")?, 16);
        Ok(Self {
            abi: find("abi")?
                .parse()
                .map_err(|_| DescriptorError { key: "abi" })?,
            layout: layout.map_err(|_| DescriptorError { key: "layout" })?,
            name: find("name")?.to_owned(),
            version: find("version")?.to_owned(),
            compiler: find("compiler")?.to_owned(),
            target: find("target")?.to_owned(),
            capabilities: find("capabilities")?
                .split_terminator(',')
                .map(str::to_owned)
                .collect(),
        })
    }
}

/// The note's bytes, made at compile time by [`export_plugin!`](crate::export_plugin).
///
/// `N` is what [`note_size`] gives for the same arguments.
pub const fn note<const N: usize>(name: &str, version: &str, capabilities: &[&str]) -> [u8; N] {
    let text_size = text(&mut Writer::measure(), name, version, capabilities);
    let mut writer = Writer {
        bytes: [0; N],
        at: 0,
    };
    // The header of an ELF note: sizes of owner (with its NUL) and content, and the type, in the target's byte order.
    writer.push(&(OWNER.len() as u32 + 1).to_ne_bytes());
    writer.push(&(text_size as u32).to_ne_bytes());
    writer.push(&NOTE_TYPE.to_ne_bytes());
    writer.push(OWNER.as_bytes());
    writer.at = HEADER;
    text(&mut writer, name, version, capabilities);
    writer.bytes
}

/// How many bytes [`note`] needs.
pub const fn note_size(name: &str, version: &str, capabilities: &[&str]) -> usize {
    let text_size = text(&mut Writer::measure(), name, version, capabilities);
    HEADER + text_size.next_multiple_of(4)
}

const HEADER: usize = 12 + (OWNER.len() + 1).next_multiple_of(4);

/// Writes into its array, or with no array only counts.
struct Writer<const N: usize> {
    bytes: [u8; N],
    at: usize,
}

impl Writer<0> {
    const fn measure() -> Self {
        Self { bytes: [], at: 0 }
    }
}

impl<const N: usize> Writer<N> {
    const fn push(&mut self, bytes: &[u8]) {
        let mut from = 0;
        while from < bytes.len() {
            if N > 0 {
                self.bytes[self.at] = bytes[from];
            }
            self.at += 1;
            from += 1;
        }
    }

    const fn line(&mut self, key: &str, value: &str) {
        self.push(key.as_bytes());
        self.push(b"=");
        self.push(value.as_bytes());
        self.push(b"\n");
    }
}

const fn text<const N: usize>(
    writer: &mut Writer<N>,
    name: &str,
    version: &str,
    capabilities: &[&str],
) -> usize {
    check_name(name);
    let start = writer.at;
    let abi = AbiVersion::CURRENT;
    assert!(
        abi.major < 10 && abi.minor < 10,
        "one digit each; widen the two lines below"
    );
    writer.push(b"abi=");
    writer.push(&[b'0' + abi.major as u8, b'.', b'0' + abi.minor as u8, b'\n']);
    writer.push(b"layout=");
    writer.push(&hex(LAYOUT_HASH));
    writer.push(b"\n");
    writer.line("name", name);
    writer.line("version", version);
    writer.line("compiler", COMPILER);
    writer.line("target", TARGET);
    writer.push(b"capabilities=");
    let mut at = 0;
    while at < capabilities.len() {
        writer.push(capabilities[at].as_bytes());
        writer.push(b",");
        at += 1;
    }
    writer.push(b"\n");
    writer.at - start
}

const fn check_name(name: &str) {
    let bytes = name.as_bytes();
    assert!(!bytes.is_empty(), "Plugin::NAME is empty");
    let mut at = 0;
    while at < bytes.len() {
        let fits = matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'-');
        assert!(
            fits,
            "Plugin::NAME holds something else than lower-case letters, digits and hyphens"
        );
        at += 1;
    }
}

const fn hex(number: u64) -> [u8; 16] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 16];
    let mut at = 0;
    while at < text.len() {
        text[at] = DIGITS[(number >> (60 - 4 * at)) as usize & 15];
        at += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Descriptor, HEADER, note, note_size};

    #[test]
    fn what_is_written_can_be_read() {
        const SIZE: usize = note_size("acme-mail", "1.2.3", &["tags", "find_sent"]);
        let bytes = note::<SIZE>("acme-mail", "1.2.3", &["tags", "find_sent"]);
        let text = std::str::from_utf8(&bytes[HEADER..]).unwrap();
        let descriptor: Descriptor = text.trim_end_matches('\0').parse().unwrap();
        assert_eq!(descriptor.name, "acme-mail");
        assert_eq!(descriptor.version, "1.2.3");
        assert_eq!(descriptor.capabilities, ["tags", "find_sent"]);
        assert_eq!(descriptor.abi, super::AbiVersion::CURRENT);
        assert_eq!(descriptor.layout, super::LAYOUT_HASH);
    }

    #[test]
    fn a_missing_line_is_named() {
        let error = "abi=0.9\nlayout=1\nname=a\n"
            .parse::<Descriptor>()
            .unwrap_err();
        assert_eq!(error.key, "version");
    }
}
