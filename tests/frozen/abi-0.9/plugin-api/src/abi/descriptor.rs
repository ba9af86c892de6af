//! What a plugin file says about itself, readable without loading it: an ELF note holding plain lines of `key=value`.
//!
//! Unknown keys are ignored, so that later versions can add lines.

use std::str::FromStr;

use super::{AbiVersion, LAYOUT_HASH};
use crate::Capability;

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
#[non_exhaustive]
pub enum DescriptorError {
    /// A line is missing, or is not of its form.
    #[error("the plugin descriptor has no readable `{key}`")]
    Line {
        /// The line's key.
        key: &'static str,
    },
    /// The plugin is of an ABI this side does not load, and the rest of its note is of another form.
    #[error("the plugin is of ABI {found}, this host of {}", AbiVersion::CURRENT)]
    Abi {
        /// The plugin's ABI.
        found: AbiVersion,
    },
}

/// Bytes of a value; a longer one is no descriptor's. Capabilities may be many.
const LONGEST_VALUE: usize = 256;
const LONGEST_LIST: usize = 16 * 1024;

impl FromStr for Descriptor {
    type Err = DescriptorError;

    /// Reads a note, which may be a stranger's: values are short and printable, the name is one that configurations can hold.
    fn from_str(note: &str) -> Result<Self, Self::Err> {
        let abi = value(note, "abi")?.parse();
        let abi = abi.map_err(|_| DescriptorError::Line { key: "abi" })?;
        Self::read(note, abi).map_err(|error| match AbiVersion::CURRENT.accepts(abi) {
            true => error,
            false => DescriptorError::Abi { found: abi },
        })
    }
}

impl Descriptor {
    fn read(note: &str, abi: AbiVersion) -> Result<Self, DescriptorError> {
        let layout = u64::from_str_radix(value(note, "layout")?, 16);
        let name = value(note, "name")?;
        if !is_name(name) {
            return Err(DescriptorError::Line { key: "name" });
        }
        Ok(Self {
            abi,
            layout: layout.map_err(|_| DescriptorError::Line { key: "layout" })?,
            name: name.to_owned(),
            version: value(note, "version")?.to_owned(),
            compiler: value(note, "compiler")?.to_owned(),
            target: value(note, "target")?.to_owned(),
            capabilities: line(note, "capabilities", LONGEST_LIST)?
                .split_terminator(',')
                .map(str::to_owned)
                .collect(),
        })
    }
}

fn value<'a>(note: &'a str, key: &'static str) -> Result<&'a str, DescriptorError> {
    line(note, key, LONGEST_VALUE)
}

fn line<'a>(note: &'a str, key: &'static str, longest: usize) -> Result<&'a str, DescriptorError> {
    let printable = |value: &str| !value.chars().any(char::is_control);
    note.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(found, _)| *found == key)
        .map(|(_, value)| value)
        .filter(|value| value.len() <= longest && printable(value))
        .ok_or(DescriptorError::Line { key })
}

/// The note's bytes, made at compile time by [`export_plugin!`](crate::export_plugin).
///
/// `N` is what [`note_size`] gives for the same arguments.
pub const fn note<const N: usize>(
    name: &str,
    version: &str,
    capabilities: &[Capability],
) -> [u8; N] {
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
pub const fn note_size(name: &str, version: &str, capabilities: &[Capability]) -> usize {
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
    capabilities: &[Capability],
) -> usize {
    assert!(
        is_name(name),
        "Plugin::NAME must be 1 to 64 lower-case letters, digits and hyphens"
    );
    assert!(
        version.len() <= LONGEST_VALUE,
        "the crate's version has more than 256 characters"
    );
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
        writer.push(capabilities[at].key().as_bytes());
        writer.push(b",");
        at += 1;
    }
    writer.push(b"\n");
    writer.at - start
}

const fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() && matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
        at += 1;
    }
    at == bytes.len() && 0 < at && at <= 64
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
    use super::{Descriptor, DescriptorError, HEADER, note, note_size};
    use crate::Capability;

    const CAPABILITIES: &[Capability] = &[Capability::Tags, Capability::FindSent];

    fn written() -> String {
        const SIZE: usize = note_size("acme-mail", "1.2.3", CAPABILITIES);
        let bytes = note::<SIZE>("acme-mail", "1.2.3", CAPABILITIES);
        let text = std::str::from_utf8(&bytes[HEADER..]).expect("it is text");
        text.trim_end_matches('\0').to_owned()
    }

    #[test]
    fn what_is_written_can_be_read() {
        let descriptor: Descriptor = written().parse().unwrap();
        assert_eq!(descriptor.name, "acme-mail");
        assert_eq!(descriptor.version, "1.2.3");
        assert_eq!(descriptor.capabilities, ["tags", "find_sent"]);
        assert_eq!(descriptor.abi, super::AbiVersion::CURRENT);
        assert_eq!(descriptor.layout, super::LAYOUT_HASH);
    }

    #[test]
    fn a_line_that_is_missing_or_not_of_its_form_is_named() {
        let refused = |note: &str| note.parse::<Descriptor>().unwrap_err();
        let line = |key| DescriptorError::Line { key };
        assert_eq!(refused(""), line("abi"));
        assert_eq!(refused("abi=0.9\nlayout=1\nname=a\n"), line("version"));
        let name = written().replace("acme-mail", "../acme");
        assert_eq!(refused(&name), line("name"));
        let version = written().replace("1.2.3", "\u{1b}[31m");
        assert_eq!(refused(&version), line("version"));
        let version = written().replace("1.2.3", &"9".repeat(300));
        assert_eq!(refused(&version), line("version"));
    }

    #[test]
    fn of_another_abi_the_rest_may_be_of_another_form() {
        let found = "7.1".parse().unwrap();
        let error = "abi=7.1\nall else has changed".parse::<Descriptor>();
        assert_eq!(error.unwrap_err(), DescriptorError::Abi { found });
    }
}
