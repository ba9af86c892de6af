//! A minisign key pair: its two files, and what can be done with the secret one. Interchangeable with the minisign program's.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign::{KeyPair, PError, PublicKey, SecretKey, SecretKeyBox};
use plugin_host::TrustedKey;
use secrecy::{ExposeSecret as _, SecretString};

use super::password;
use crate::commands::Failure;

/// What signs. Not `Debug`: minisign's would print the secret.
pub(super) struct SigningKey {
    secret: SecretKey,
    public: TrustedKey,
}

impl SigningKey {
    /// Reads a secret key, and its password if it has one.
    ///
    /// # Errors
    /// When the file holds none, or the password is another.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let fault = |problem: &dyn std::fmt::Display| {
            Failure::failed(format!("secret key `{}`: {problem}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(|error| {
            fault(&format!(
                "cannot be read ({error}); make one with `plugins new-key`"
            ))
        })?;
        let bytes = key_bytes(&text).ok_or_else(|| {
            fault(&"expected a minisign secret key; name the file that `plugins new-key` or `minisign -G` has written")
        })?;
        let boxed = SecretKeyBox::from(text);
        let secret = if !has_password(&bytes) {
            unprotected(boxed, &bytes)
        } else {
            let password = password::known()?;
            boxed.into_secret_key(Some(password.expose_secret().to_owned()))
        };
        let secret = secret.map_err(|error| fault(&error))?;
        Self::of(secret).map_err(|error| fault(&error))
    }

    fn of(secret: SecretKey) -> Result<Self, String> {
        let public = PublicKey::from_secret_key(&secret).map_err(|error| error.to_string())?;
        let public = public.to_base64().parse::<TrustedKey>();
        let public = public.map_err(|error| error.to_string())?;
        Ok(Self { secret, public })
    }

    /// The other half.
    pub(super) fn public(&self) -> &TrustedKey {
        &self.public
    }

    /// A signature in minisign's form, over these bytes and the comment.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(super) fn sign(&self, bytes: &[u8], comment: &str) -> Result<String, Failure> {
        let untrusted = format!("signature of a plugin by the key {}", self.public.id());
        let signature = minisign::sign(
            None,
            &self.secret,
            bytes,
            Some(comment),
            Some(untrusted.as_str()),
        );
        Ok(signature.map_err(Failure::failed)?.into_string())
    }
}

/// Where the public key of a new pair goes: beside the secret one, in place of its ending.
///
/// # Errors
/// When one of the two files is there already: a key that is overwritten cannot be made again.
pub(super) fn free_place_beside(secret: &Path) -> Result<PathBuf, Failure> {
    let public = secret.with_extension("pub");
    if public == secret {
        return Err(Failure::usage(format!(
            "`{}` is a public key's name; give the secret one another ending, such as .key",
            secret.display()
        )));
    }
    let taken = [secret, &public].into_iter().find(|path| path.exists());
    match taken.map(Path::to_owned) {
        None => Ok(public),
        Some(taken) => Err(Failure::usage(format!(
            "`{}` is there already, and a key that is overwritten cannot be made again; choose another name",
            taken.display()
        ))),
    }
}

/// Makes a pair of keys and writes their files. Without a password the secret key's file is all that is needed to sign.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn create(
    secret: &Path,
    public: &Path,
    password: Option<SecretString>,
) -> Result<TrustedKey, Failure> {
    let (pair, comment) = match password {
        None => (
            KeyPair::generate_unencrypted_keypair(),
            "minisign secret key without a password",
        ),
        Some(password) => (
            KeyPair::generate_encrypted_keypair(Some(password.expose_secret().to_owned())),
            "minisign encrypted secret key",
        ),
    };
    let KeyPair { pk, sk } = pair.map_err(Failure::failed)?;
    let sk = sk.to_box(Some(comment)).map_err(Failure::failed)?;
    let pk = pk.to_box().map_err(Failure::failed)?.into_string();
    write_new(secret, &sk.into_string(), 0o600)?;
    write_new(public, &pk, 0o644)?;
    pk.parse().map_err(Failure::failed)
}

/// A secret key as it stands on the second line of its file, by its size; its checksum can be judged once the password is known.
fn key_bytes(text: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text.lines().nth(1)?.trim()).ok()?;
    SecretKey::from_bytes(&bytes).is_ok().then_some(bytes)
}

/// Two letters name the way from a password to a key; noughts stand for none.
fn has_password(bytes: &[u8]) -> bool {
    bytes.get(2..4) != Some(&[0, 0])
}

/// The minisign program leaves the checksum of such a key empty, which its library takes for damage.
fn unprotected(boxed: SecretKeyBox, bytes: &[u8]) -> Result<SecretKey, PError> {
    const NO_CHECKSUM: [u8; 32] = [0; 32];
    if bytes.ends_with(&NO_CHECKSUM) {
        SecretKey::from_bytes(bytes)
    } else {
        boxed.into_unencrypted_secret_key()
    }
}

fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| {
        Failure::failed(format!("`{}` cannot be written ({error})", path.display()))
    })
}
