//! Signatures: what a trusted key has signed is loaded, and a signature that is there must be right.

use std::fs;
use std::path::PathBuf;

use plugin_host::{ContentHash, PluginFile, PluginLoader, PluginLock, Trust};

use super::{hostile_bytes, patched};
use crate::support::{Key, Workshop, maps};

/// A library, what lies beside it as its signature, and a host that trusts some keys.
struct Case {
    workshop: Workshop,
    library: PathBuf,
    content: Vec<u8>,
    keys: Vec<Key>,
    lock: Option<PluginLock>,
}

impl Case {
    fn trusting(keys: impl Into<Vec<Key>>) -> Self {
        let workshop = Workshop::new();
        let content = hostile_bytes();
        let library = workshop.put("a.so", &content);
        Self {
            workshop,
            library,
            content,
            keys: keys.into(),
            lock: None,
        }
    }

    fn signature_is(&self, text: impl AsRef<[u8]>) {
        self.workshop.put("a.so.minisig", text.as_ref());
    }

    fn file(&self) -> PluginFile {
        PluginFile::read(&self.library).expect("a plugin")
    }

    fn loader(&self, allow_unsigned: bool) -> PluginLoader {
        let mut config = self.workshop.config();
        config.allow_unsigned = allow_unsigned;
        config.trusted_keys = self.keys.iter().map(Key::public).collect();
        config.lock = self.lock.clone();
        PluginLoader::new(config)
    }

    fn loads_as(&self, expected: Trust) {
        let loaded = self.loader(false).load(&self.file());
        assert_eq!(loaded.expect("it is trusted").trust(), expected);
    }

    /// Refused, whether or not unsigned plugins are allowed, without having run.
    fn is_refused(&self, expected: &str) {
        for allow_unsigned in [false, true] {
            let file = self.file();
            let error = self.loader(allow_unsigned).load(&file).err();
            let told = format!(
                "plugin `hostile` (`{}`): its signature (`.minisig`) {expected}",
                self.library.display()
            );
            assert_eq!(error.expect("it is refused").to_string(), told);
            assert!(
                !self.workshop.config().copies.exists(),
                "nothing is copied that is not to run"
            );
        }
    }
}

const OTHER_CONTENT: &str = "for other content: the library or the signature is not what was signed; copy both again, or, if you have built it anew, sign it again";
const MALFORMED: &str =
    "is cut off or no signature of minisign's; copy it again, or sign the library again";

#[test]
fn what_a_trusted_key_has_signed_is_loaded() {
    let case = Case::trusting([Key::new(), Key::new()]);
    let signer = &case.keys[1];
    let key = signer.public().id();
    case.signature_is(signer.sign(&case.content));
    case.loads_as(Trust::Signed { key });
    let file = case.file();
    let signature = file.signature().expect("it has one").expect("it is whole");
    assert_eq!(signature.key(), key);
    assert_eq!(signature.comment(), "timestamp:1790000000 file:a.so hashed");
    let at = signature.signed_at().expect("it says when").to_string();
    assert_eq!(at, "2026-09-21T14:13:20Z");
}

#[test]
fn a_signature_over_other_bytes_is_refused() {
    let case = Case::trusting([Key::new()]);
    let signer = &case.keys[0];
    case.signature_is(signer.sign(&patched("version=0.1.0", "version=0.1.1")));
    case.is_refused(&format!(
        "was made with the trusted key {} {OTHER_CONTENT}",
        signer.public().id()
    ));
}

#[test]
fn one_changed_letter_of_the_signed_comment_is_refused() {
    let case = Case::trusting([Key::new()]);
    let signer = &case.keys[0];
    let signature = signer.sign(&case.content);
    case.signature_is(signature.replace("timestamp:1790000000", "timestamp:1790000001"));
    case.is_refused(&format!(
        "was made with the trusted key {} {OTHER_CONTENT}",
        signer.public().id()
    ));
}

#[test]
fn a_signature_cut_off_anywhere_and_anything_else_in_its_place_is_refused() {
    let case = Case::trusting([Key::new()]);
    let signature = case.keys[0].sign(&case.content);
    let end_of_it = signature.trim_end().len();
    for length in (0..end_of_it).step_by(41).chain([end_of_it - 1]) {
        case.signature_is(&signature[..length]);
        case.is_refused(MALFORMED);
    }
    case.signature_is(vec![0xff; 1 << 20]);
    case.is_refused(MALFORMED);
    case.signature_is(hostile_bytes());
    case.is_refused(MALFORMED);
    fs::remove_file(case.workshop.path("a.so.minisig")).expect("it is ours");
    fs::create_dir(case.workshop.path("a.so.minisig")).expect("the name is free");
    case.is_refused("cannot be read (it is not a file); check its permissions, or remove it");
}

#[test]
fn a_key_the_host_does_not_know_signs_nothing_and_is_named() {
    let case = Case::trusting([Key::new()]);
    let stranger = Key::new();
    case.signature_is(stranger.sign(&case.content));
    let error = case.loader(false).load(&case.file()).err();
    assert_eq!(
        error.expect("it is refused").to_string(),
        format!(
            "plugin `hostile` (`{}`): neither pinned in `plugins.lock` nor signed by a trusted key: its signature names the key {}, which \
             `plugins.trusted_keys` does not hold; `plugins trust` the key if you know whose it is, or run `plugins lock`",
            case.library.display(),
            stranger.public().id()
        )
    );
    let loaded = case.loader(true).load(&case.file());
    assert_eq!(loaded.expect("it is allowed").trust(), Trust::Unsigned);
}

#[test]
fn a_key_that_takes_the_number_of_a_trusted_one_signs_nothing() {
    let case = Case::trusting([Key::new()]);
    let impostor = case.keys[0].impostor();
    assert_eq!(impostor.public().id(), case.keys[0].public().id());
    case.signature_is(impostor.sign(&case.content));
    case.is_refused(&format!(
        "was made with the trusted key {} {OTHER_CONTENT}",
        impostor.public().id()
    ));
}

#[test]
fn of_two_trusted_keys_with_one_number_either_may_have_signed() {
    let first = Key::new();
    let second = first.impostor();
    let case = Case::trusting([first, second]);
    for signer in &case.keys {
        case.signature_is(signer.sign(&case.content));
        let key = signer.public().id();
        case.loads_as(Trust::Signed { key });
    }
}

#[test]
fn minisigns_old_form_without_a_hash_is_refused() {
    let case = Case::trusting([Key::new()]);
    // In base64, RU is how `ED` begins, which says that what is signed is a hash, and RW how `Ed` begins, which says that it is the file.
    let signature = case.keys[0].sign(&case.content).replacen("\nRU", "\nRW", 1);
    case.signature_is(signature);
    case.is_refused(
        "is of minisign's old form, without a hash; sign the library again with `plugins sign` or a newer minisign",
    );
}

#[test]
fn a_pin_settles_it_whatever_the_signature_says() {
    let mut case = Case::trusting([Key::new()]);
    let path = case.workshop.path("plugins.lock");
    case.lock = Some(PluginLock::of(&path, [&case.file()]));
    case.loads_as(Trust::Pinned);
    case.signature_is("no signature at all");
    case.loads_as(Trust::Pinned);
    case.signature_is(case.keys[0].sign(&case.content));
    case.loads_as(Trust::Pinned);
    // An older build with a good signature is still not the one that was accepted.
    let other = patched("version=0.1.0", "version=0.0.9");
    case.workshop.put("a.so", &other);
    case.signature_is(case.keys[0].sign(&other));
    let error = case.loader(true).load(&case.file()).err();
    let told = error.expect("it is refused").to_string();
    assert!(told.contains("run `plugins lock`"), "{told}");
}

#[test]
fn what_is_loaded_is_what_was_signed_whatever_lies_there_meanwhile() {
    let case = Case::trusting([Key::new()]);
    let signer = &case.keys[0];
    case.signature_is(signer.sign(&case.content));
    let file = case.file();
    case.workshop.put("a.so", b"something else entirely");
    case.signature_is("and something else beside it");
    let loaded = case
        .loader(false)
        .load(&file)
        .expect("what was read is signed");
    let key = signer.public().id();
    assert_eq!(loaded.trust(), Trust::Signed { key });
    let copies = case.workshop.config().copies;
    let copy = copies.join(format!("{}.so", file.hash()));
    assert!(maps().contains(copy.to_str().expect("UTF-8")));
    let content = fs::read(&copy).expect("the copy");
    assert_eq!(ContentHash::of(&content), ContentHash::of(&case.content));
}

#[test]
fn a_signature_says_nothing_of_a_library_beside_it() {
    let case = Case::trusting([Key::new()]);
    case.signature_is(case.keys[0].sign(&case.content));
    let path = case.workshop.put("b.so", &case.content);
    let other = PluginFile::read(&path).expect("a plugin");
    let error = case.loader(false).load(&other).err();
    let told = error.expect("it is refused").to_string();
    assert!(
        told.contains("neither pinned in `plugins.lock` nor signed;"),
        "{told}"
    );
}
