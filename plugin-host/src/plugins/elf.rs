//! What must hold of a library's bytes before the system's loader may touch them, and the note inside.
//!
//! The loader maps what the headers promise without comparing it with the file's length: a truncated library ends the process with
//! SIGBUS, one for another machine is reported as missing. So everything is compared here first, on bytes in memory.

use object::NativeEndian;
use object::elf::{self, FileHeader64, Machine, ProgramHeader64, SectionHeader64};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, SectionHeader};
use plugin_api::abi::descriptor::{NOTE_TYPE, OWNER};

use super::FileFault;
use super::machine::{HOST_MACHINE, machine_name};

type Header = FileHeader64<NativeEndian>;
type Segment = ProgramHeader64<NativeEndian>;
type Section = SectionHeader64<NativeEndian>;

const ENDIAN: NativeEndian = NativeEndian;

/// The descriptor note of a plugin library for this machine whose every part lies within `bytes`.
pub(super) fn plugin_note(bytes: &[u8]) -> Result<&[u8], FileFault> {
    check_identification(bytes)?;
    let header = Header::parse(bytes).map_err(damaged)?;
    check_machine(header.e_machine(ENDIAN))?;
    check_type(header.e_type(ENDIAN))?;
    let segments = segments(header, bytes)?;
    check_sections(header, bytes)?;
    refuse_program(segments, bytes)?;
    find_note(segments, bytes)
}

fn check_identification(bytes: &[u8]) -> Result<(), FileFault> {
    if bytes.is_empty() {
        return Err(FileFault::Empty);
    }
    if !bytes.starts_with(&elf::ELFMAG) {
        return Err(FileFault::NotElf(guess(bytes)));
    }
    let (class, order) = (bytes.get(4).copied(), bytes.get(5).copied());
    if class.is_some_and(|class| class != elf::ELFCLASS64.0) {
        let word_size = if class == Some(elf::ELFCLASS32.0) {
            "32-bit"
        } else {
            "word size unknown"
        };
        return Err(FileFault::WordSize(word_size));
    }
    if order.is_some_and(|order| order != NATIVE_ORDER) {
        return Err(FileFault::ByteOrder);
    }
    within("header", size_of::<Header>() as u64, bytes)
}

const NATIVE_ORDER: u8 = if cfg!(target_endian = "little") {
    elf::ELFDATA2LSB.0
} else {
    elf::ELFDATA2MSB.0
};

/// What a file that is no library most likely is.
fn guess(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(512)];
    match head {
        [b'M', b'Z', ..] => "a Windows library",
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => "a macOS library",
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => "a static library (an archive)",
        _ if is_text(head) => "text",
        _ => "other data",
    }
}

fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end in the middle of a character.
        Err(error) if error.error_len().is_none() => "",
        Err(_) => return false,
    };
    text.chars()
        .all(|character| !character.is_control() || character.is_whitespace())
}

fn check_machine(found: Machine) -> Result<(), FileFault> {
    if found == HOST_MACHINE {
        return Ok(());
    }
    Err(FileFault::Machine {
        expected: machine_name(HOST_MACHINE),
        found: machine_name(found),
    })
}

fn check_type(found: elf::FileType) -> Result<(), FileFault> {
    match found {
        elf::ET_DYN => Ok(()),
        elf::ET_EXEC => Err(FileFault::NotALibrary(PROGRAM)),
        elf::ET_REL => Err(FileFault::NotALibrary("an object file")),
        elf::ET_CORE => Err(FileFault::NotALibrary("a core dump")),
        _ => Err(FileFault::NotALibrary("an ELF file of another type")),
    }
}

const PROGRAM: &str = "a program";

/// The program headers, with every segment inside the file.
fn segments<'a>(header: &Header, bytes: &'a [u8]) -> Result<&'a [Segment], FileFault> {
    let count = header.phnum(ENDIAN, bytes).map_err(damaged)?;
    let table = u64::from(count) * size_of::<Segment>() as u64;
    within_at("segment table", header.e_phoff(ENDIAN), table, bytes)?;
    let segments = header.program_headers(ENDIAN, bytes).map_err(damaged)?;
    if !segments
        .iter()
        .any(|segment| segment.p_type(ENDIAN) == elf::PT_LOAD)
    {
        return Err(FileFault::Damaged("it has nothing to load".to_owned()));
    }
    for segment in segments {
        let (offset, size) = (segment.p_offset(ENDIAN), segment.p_filesz(ENDIAN));
        within_at("content", offset, size, bytes)?;
        if segment.p_type(ENDIAN) == elf::PT_LOAD && size > segment.p_memsz(ENDIAN) {
            let detail = "a segment is larger in the file than in memory";
            return Err(FileFault::Damaged(detail.to_owned()));
        }
    }
    Ok(segments)
}

/// A library may have no section table; one that it has, with every section, is inside the file.
fn check_sections(header: &Header, bytes: &[u8]) -> Result<(), FileFault> {
    let offset = header.e_shoff(ENDIAN);
    if offset == 0 {
        return Ok(());
    }
    within_at("section table", offset, size_of::<Section>() as u64, bytes)?;
    let count = u64::from(header.shnum(ENDIAN, bytes).map_err(damaged)?);
    within_at(
        "section table",
        offset,
        count * size_of::<Section>() as u64,
        bytes,
    )?;
    let sections = header.section_headers(ENDIAN, bytes).map_err(damaged)?;
    sections
        .iter()
        .filter(|section| {
            let kind = section.sh_type(ENDIAN);
            kind != elf::SHT_NOBITS && kind != elf::SHT_NULL
        })
        .try_for_each(|section| {
            let (offset, size) = (section.sh_offset(ENDIAN), section.sh_size(ENDIAN));
            within_at("sections", offset, size, bytes)
        })
}

/// A program that may be loaded at any address has the type of a library; a flag tells it apart.
fn refuse_program(segments: &[Segment], bytes: &[u8]) -> Result<(), FileFault> {
    for segment in segments {
        let entries = segment.dynamic(ENDIAN, bytes).map_err(damaged)?;
        let flags = entries
            .into_iter()
            .flatten()
            .find(|entry| entry.tag(ENDIAN) == elf::DT_FLAGS_1)
            .map_or(0, |entry| entry.val(ENDIAN));
        if flags & elf::DF_1_PIE.0 != 0 {
            return Err(FileFault::NotALibrary(PROGRAM));
        }
    }
    Ok(())
}

/// Looked for by segment, not by section: section tables can be stripped.
fn find_note<'a>(segments: &[Segment], bytes: &'a [u8]) -> Result<&'a [u8], FileFault> {
    for segment in segments {
        let Some(mut notes) = segment.notes(ENDIAN, bytes).map_err(damaged)? else {
            continue;
        };
        while let Some(note) = notes.next().map_err(damaged)? {
            if note.name() == OWNER.as_bytes() && note.n_type(ENDIAN).0 == NOTE_TYPE {
                return Ok(note.desc());
            }
        }
    }
    Err(FileFault::NotAPlugin)
}

fn within_at(part: &'static str, offset: u64, size: u64, bytes: &[u8]) -> Result<(), FileFault> {
    let end = offset
        .checked_add(size)
        .ok_or_else(|| FileFault::Damaged(format!("its {part} has no possible place")))?;
    within(part, end, bytes)
}

fn within(part: &'static str, expected: u64, bytes: &[u8]) -> Result<(), FileFault> {
    let found = bytes.len() as u64;
    if expected <= found {
        return Ok(());
    }
    Err(FileFault::Truncated {
        part,
        expected,
        found,
    })
}

fn damaged(error: object::read::Error) -> FileFault {
    FileFault::Damaged(error.to_string())
}
