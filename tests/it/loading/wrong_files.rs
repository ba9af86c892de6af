//! Files that are no plugins for this host, real ones, refused before any code of theirs runs.

use std::fs;
use std::path::Path;
use std::process::Command;

use plugin_api::abi::LAYOUT_HASH;
use plugin_api::abi::descriptor::TARGET;
use plugin_host::PluginFile;

use super::{hostile_bytes, patched};
use crate::support::{Workshop, maps, run_host, this_program};

/// Refused with this sentence, by the command line as well; neither the file nor a copy of it is mapped.
fn refused(path: &Path, sentence: &str) {
    let workshop = Workshop::new();
    let loader = workshop.loader();
    let library = path.to_str().expect("the path is UTF-8");
    let outcome = loader.find(library).and_then(|file| loader.load(&file));
    let error = outcome.err().expect("it is refused").to_string();
    assert_eq!(error, sentence.replace("{path}", library));
    if PluginFile::read(path).is_err() {
        is_told(path, &error);
    }
    assert!(!maps().contains(library), "{library} is mapped");
    assert!(!workshop.config().copies.exists(), "a copy was made");
}

fn is_told(path: &Path, error: &str) {
    let inspected = run_host(&["plugins", "inspect"], path);
    assert_eq!(inspected.code, Some(1), "{}", inspected.stdout);
    assert_eq!(inspected.stderr, format!("host-demo: {error}\n"));
}

fn refused_content(content: &[u8], sentence: &str) {
    let workshop = Workshop::new();
    let path = workshop.put("libacme.so", content);
    refused(&path, &format!("plugin file `{{path}}`: {sentence}"));
}

#[test]
fn a_missing_file() {
    refused(
        Path::new("/nowhere/libacme.so"),
        "plugin file `{path}`: no such file; check `library` and `plugins.directories`",
    );
}

#[test]
fn a_directory() {
    let workshop = Workshop::new();
    let path = workshop.path("libacme.so");
    fs::create_dir(&path).expect("a folder");
    let sentence = "expected a file, found a directory; name the library itself";
    refused(&path, &format!("plugin file `{{path}}`: {sentence}"));
}

#[test]
fn a_pipe_without_waiting_for_its_other_end() {
    let workshop = Workshop::new();
    let path = workshop.path("libacme.so");
    let made = Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo can be started").success());
    let sentence = "expected a file, found a pipe, socket or device; name the library itself";
    refused(&path, &format!("plugin file `{{path}}`: {sentence}"));
}

#[test]
fn an_empty_file() {
    refused_content(b"", "is empty; copy or build it again");
}

#[test]
fn a_file_larger_than_any_library() {
    let workshop = Workshop::new();
    let path = workshop.put("libacme.so", b"");
    let file = fs::File::options().write(true).open(&path);
    let hole = file.and_then(|file| file.set_len(1 << 40));
    hole.expect("the file system knows sparse files");
    refused(
        &path,
        "plugin file `{path}`: expected a library of at most 1073741824 bytes, found 1099511627776; \
         strip its debug information (`strip --strip-debug`)",
    );
}

#[test]
fn other_kinds_of_files() {
    for (content, found) in [
        (&b"[package]\nname = \"acme\"\n"[..], "text"),
        ("Grüße".as_bytes(), "text"),
        (b"MZ\x90\0", "a Windows library"),
        (b"\xcf\xfa\xed\xfe\x07", "a macOS library"),
        (b"!<arch>\nacme.o", "a static library (an archive)"),
        (b"\x89PNG\r\n\x1a\n\0\0", "other data"),
    ] {
        refused_content(
            content,
            &format!(
                "expected a shared library (ELF), found {found}; name the built library (`.so`)"
            ),
        );
    }
}

#[test]
fn a_truncated_library_wherever_it_ends() {
    let whole = hostile_bytes();
    let everything = whole.len();
    for (length, part) in [
        (5, "header"),
        (63, "header"),
        (64, "segment table"),
        (1024, "content"),
        (everything / 2, "section table"),
        (everything - 1024, "section table"),
        (everything - 1, "section table"),
    ] {
        let content = &whole[..length];
        let workshop = Workshop::new();
        let path = workshop.put("libacme.so", content);
        let error = workshop.loader().find(path.to_str().expect("UTF-8"));
        let error = error.expect_err("it is cut off").to_string();
        let (start, end) = (
            format!(
                "plugin file `{}`: is cut off: its {part} needs ",
                path.display()
            ),
            format!(" bytes, found {length}; copy it again"),
        );
        assert!(
            error.starts_with(&start) && error.ends_with(&end),
            "{error}"
        );
        is_told(&path, &error);
    }
}

#[test]
fn a_library_stripped_of_its_section_table_is_still_cut_off_when_its_segments_are() {
    let mut whole = hostile_bytes();
    // e_shoff, and e_shnum with e_shstrndx.
    whole[40..48].fill(0);
    whole[60..64].fill(0);
    let workshop = Workshop::new();
    let path = workshop.put("libacme.so", &whole);
    let file = workshop.loader().find(path.to_str().expect("UTF-8"));
    assert_eq!(file.expect("it is complete").descriptor().name, "hostile");

    let path = workshop.put("libacme.so", &whole[..whole.len() / 5]);
    let error = workshop.loader().find(path.to_str().expect("UTF-8"));
    let error = error.expect_err("it is cut off").to_string();
    assert!(error.contains("is cut off: its content needs"), "{error}");
}

#[test]
fn a_library_for_another_machine() {
    let mut content = hostile_bytes();
    let (other, name) = if cfg!(target_arch = "aarch64") {
        (62_u16, "x86_64")
    } else {
        (183, "aarch64")
    };
    content[18..20].copy_from_slice(&other.to_ne_bytes());
    let here = std::env::consts::ARCH;
    refused_content(
        &content,
        &format!(
            "expected a library for {here}, found one for {name}; build it for this host's target"
        ),
    );
}

#[test]
fn a_32_bit_library_and_one_of_the_other_byte_order() {
    let mut content = hostile_bytes();
    content[4] = 1;
    refused_content(
        &content,
        &format!(
            "expected a 64-bit library, found a 32-bit one; build it for this host's target ({TARGET})"
        ),
    );
    content[4] = 2;
    content[5] = 3 - content[5];
    refused_content(
        &content,
        "is of the other byte order; build it for this host's target",
    );
}

#[test]
fn programs_and_object_files() {
    let sentence = |found: &str| {
        format!(
            "expected a shared library, found {found}; build the crate with `crate-type = [\"cdylib\"]`"
        )
    };
    // A program that can be loaded anywhere has the type of a library.
    let program = fs::read(this_program()).expect("this program");
    refused_content(&program, &sentence("a program"));
    for (number, found) in [(1, "an object file"), (2, "a program"), (4, "a core dump")] {
        let mut content = hostile_bytes();
        content[16] = number;
        refused_content(&content, &sentence(found));
    }
}

#[test]
fn a_library_that_is_no_plugin() {
    let maps = maps();
    let c_library = maps
        .lines()
        .filter_map(|line| line.split_once('/'))
        .find(|(_, path)| path.contains("libc.so"))
        .map(|(_, path)| format!("/{path}"))
        .expect("this program is linked with the C library");
    let content = fs::read(c_library).expect("the C library");
    refused_content(
        &content,
        "is a shared library but not a plugin: it has no `.note.email_provider` note; \
         a plugin is made with `plugin_api::export_plugin!`",
    );
}

#[test]
fn headers_that_contradict_each_other() {
    let nowhere = u64::MAX.to_ne_bytes();
    for place in [32, 40] {
        let mut content = hostile_bytes();
        content[place..place + 8].copy_from_slice(&nowhere);
        let workshop = Workshop::new();
        let path = workshop.put("libacme.so", &content);
        let error = workshop.loader().find(path.to_str().expect("UTF-8"));
        let error = error.expect_err("it is damaged").to_string();
        assert!(error.ends_with("build it again"), "{error}");
    }
}

#[test]
fn a_descriptor_that_cannot_be_read() {
    for (from, to, problem) in [
        (
            "layout=",
            "layou_=",
            "the plugin descriptor has no readable `layout`",
        ),
        (
            "abi=0.9",
            "abi=x.9",
            "the plugin descriptor has no readable `abi`",
        ),
        (
            "name=hostile",
            "name=hos\ttle",
            "it holds control characters",
        ),
        (
            "name=hostile",
            "name=../../x",
            "the plugin descriptor has no readable `name`",
        ),
    ] {
        refused_content(
            &patched(from, to),
            &format!("its plugin descriptor cannot be read: {problem}; build it again"),
        );
    }
}

fn refused_plugin(content: &[u8], sentence: &str) {
    let workshop = Workshop::new();
    let path = workshop.put("libacme.so", content);
    refused(&path, &format!("plugin `hostile` (`{{path}}`): {sentence}"));
}

#[test]
fn an_older_abi_and_newer_ones() {
    refused_plugin(
        &patched("abi=0.9", "abi=0.8"),
        "built for ABI 0.8, this host speaks ABI 0.9; rebuild the plugin against this host's plugin-api",
    );
    for newer in ["1.0", "9.9"] {
        refused_plugin(
            &patched("abi=0.9", &format!("abi={newer}")),
            &format!(
                "built for ABI {newer}, this host speaks ABI 0.9; update the host, or take a build of the plugin for this ABI"
            ),
        );
    }
}

#[test]
fn another_layout_hash() {
    let own = format!("layout={LAYOUT_HASH:016x}");
    let other = format!("layout={:016x}", LAYOUT_HASH ^ 1);
    refused_plugin(
        &patched(&own, &other),
        &format!(
            "its layout hash is {:016x}, this host's is {LAYOUT_HASH:016x}, although both speak ABI 0.9; \
             rebuild it against this host's plugin-api",
            LAYOUT_HASH ^ 1
        ),
    );
}

#[test]
fn another_c_library() {
    let (start, library) = TARGET.rsplit_once('-').expect("a target has parts");
    let other = format!("{start}-{}", "x".repeat(library.len()));
    refused_plugin(
        &patched(&format!("target={TARGET}"), &format!("target={other}")),
        &format!("built for {other}, this host for {TARGET}; build it for this host's target"),
    );
}

#[test]
fn a_library_whose_symbol_is_not_what_its_note_promises() {
    let workshop = Workshop::new();
    let symbol = plugin_api::abi::HEADER_SYMBOL;
    let renamed = symbol.replace("bmodule", "bm0dule");
    let path = workshop.put("libacme.so", &patched(symbol, &renamed));
    let file = workshop.loader().find(path.to_str().expect("UTF-8"));
    let error = workshop.loader().load(&file.expect("the note is good"));
    let error = error.err().expect("it is refused").to_string();
    let path = path.display();
    assert_eq!(
        error,
        format!(
            "plugin `hostile` (`{path}`): the system cannot load it (it exports no `{symbol}`); \
             install what it needs, or build it for this system"
        )
    );
}
