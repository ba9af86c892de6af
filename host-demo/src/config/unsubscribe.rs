//! `[unsubscribe]`: the ProcessUnsubscribe endpoint, and how far a flag reaches.

use plugin_host::FlagScope;

use super::{Callers, Section};

const SCOPES: [(&str, FlagScope); 2] = [
    ("account", FlagScope::Account),
    ("global", FlagScope::Global),
];

/// Who may report an unsubscribe, and what follows from it.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnsubscribeSettings {
    pub(crate) callers: Callers,
    pub(crate) scope: FlagScope,
}

pub(super) fn read(mut section: Section<'_>, is_there: bool) -> UnsubscribeSettings {
    let settings = UnsubscribeSettings {
        callers: Callers::read(&mut section),
        scope: section.word("scope", FlagScope::default(), &SCOPES),
    };
    refuse_public_url(&mut section);
    let keys = section.strings("signing_keys").unwrap_or_default();
    if !keys.is_empty() {
        section.fault(
            "signing_keys",
            "must be empty: this version has no links of its own to sign yet",
        );
    }
    if is_there && settings.callers.is_empty() && !section.is_faulty_below() {
        section.fault(
            "basic_auth",
            "must name who may report an unsubscribe: set basic_auth = [\"hook:${HOOK_PASSWORD}\"] or \
             header = [\"X-Hook-Token: ${HOOK_TOKEN}\"]; without either the endpoint refuses everybody",
        );
    }
    section.finish();
    settings
}

fn refuse_public_url(section: &mut Section<'_>) {
    if section
        .string("public_url")
        .is_some_and(|url| !url.is_empty())
    {
        section.fault(
            "public_url",
            "must be left out: this version has no unsubscribe page of its own yet; the provider's links are used",
        );
    }
}
