//! Who may call back: the credentials of `[unsubscribe]` and `[webhooks.NAME]`.

use secrecy::SecretString;

use super::Section;

/// More than two at once are not rotation but sharing.
const MOST: usize = 2;

/// The credentials any one of which lets a caller in. None: nobody is let in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Callers {
    pub(crate) basic: Vec<BasicAuth>,
    pub(crate) headers: Vec<HeaderAuth>,
}

/// `user:password`.
#[derive(Debug, Clone)]
pub(crate) struct BasicAuth {
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

/// `Header-Name: value`.
#[derive(Debug, Clone)]
pub(crate) struct HeaderAuth {
    pub(crate) name: String,
    pub(crate) value: SecretString,
}

impl Callers {
    pub(crate) fn is_empty(&self) -> bool {
        self.basic.is_empty() && self.headers.is_empty()
    }

    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            basic: pairs(section, "basic_auth", ':', "user:password")
                .into_iter()
                .map(|(user, password)| BasicAuth { user, password })
                .collect(),
            headers: pairs(section, "header", ':', "Header-Name: value")
                .into_iter()
                .map(|(name, value)| HeaderAuth { name, value })
                .collect(),
        }
    }
}

fn pairs(
    section: &mut Section<'_>,
    key: &'static str,
    mark: char,
    form: &str,
) -> Vec<(String, SecretString)> {
    let texts = section.strings(key).unwrap_or_default();
    if texts.len() > MOST {
        let problem = format!("must hold at most {MOST}: the current one and the one it replaces");
        section.fault(key, problem);
    }
    let mut pairs = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let place = format!("{key}[{index}]");
        match text.split_once(mark) {
            _ if section.is_faulty(&place) => {}
            Some((name, secret)) if secret.trim().is_empty() => {
                let name = name.trim();
                section.fault(
                    &place,
                    format!("must not have an empty secret behind `{name}{mark}`"),
                );
            }
            Some((name, secret)) if !name.trim().is_empty() => {
                pairs.push((name.trim().to_owned(), secret.trim().into()));
            }
            _ => section.fault(&place, format!("must have the form \"{form}\"")),
        }
    }
    pairs
}
