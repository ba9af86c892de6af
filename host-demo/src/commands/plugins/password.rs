//! The password of a secret key: from the environment, or asked for at the terminal. Never an argument, which everybody on a machine reads.

use std::env::{self, VarError};

use secrecy::{ExposeSecret as _, SecretString};

use crate::commands::Failure;

const VARIABLE: &str = "HOST_DEMO_KEY_PASSWORD";

/// The password of a key that is there.
///
/// # Errors
/// When there is neither the variable nor a terminal.
pub(super) fn known() -> Result<SecretString, Failure> {
    match given()? {
        Some(password) => Ok(password),
        None => asked("Password of the key: "),
    }
}

/// A password for a new key; at a terminal it is asked for twice.
///
/// # Errors
/// As [`known`], and when it is empty or was not the same twice.
pub(super) fn new() -> Result<SecretString, Failure> {
    let password = match given()? {
        Some(password) => password,
        None => {
            let password = asked("Password for the new key: ")?;
            let again = asked("The same again: ")?;
            if password.expose_secret() != again.expose_secret() {
                return Err(Failure::usage("the two passwords differ; no key was made"));
            }
            password
        }
    };
    if password.expose_secret().is_empty() {
        return Err(Failure::usage(
            "the password is empty; use another, or make a key without one by --no-password",
        ));
    }
    Ok(password)
}

fn given() -> Result<Option<SecretString>, Failure> {
    match env::var(VARIABLE) {
        Ok(password) => Ok(Some(password.into())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage(format!("{VARIABLE} must be UTF-8"))),
    }
}

fn asked(question: &str) -> Result<SecretString, Failure> {
    let answer = rpassword::prompt_password(question).map_err(|fault| {
        Failure::usage(format!(
            "no terminal to ask for the key's password ({fault}); set {VARIABLE}"
        ))
    })?;
    Ok(answer.into())
}
