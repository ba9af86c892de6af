//! An API key and what it may do.

/// An API key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiKeyConfig {
    /// What stands after `Bearer `, compared exactly. Real ones are `SG.<id>.<secret>`.
    pub key: String,
    /// What it may do, e.g. `mail.send`. Default: everything the simulator knows.
    pub scopes: Vec<String>,
}

/// Everything the simulator asks for.
const ALL: [&str; 22] = [
    "mail.send",
    "messages.read",
    "email_activity.read",
    "asm.groups.create",
    "asm.groups.read",
    "asm.groups.update",
    "asm.groups.delete",
    "asm.groups.suppressions.create",
    "asm.groups.suppressions.read",
    "asm.groups.suppressions.delete",
    "asm.suppressions.global.create",
    "asm.suppressions.global.read",
    "asm.suppressions.global.delete",
    "suppression.create",
    "suppression.read",
    "suppression.delete",
    "user.username.read",
    "user.account.read",
    "user.profile.read",
    "user.webhooks.event.settings.read",
    "user.webhooks.event.settings.update",
    "templates.read",
];

impl ApiKeyConfig {
    /// A key with full access.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            scopes: ALL.map(str::to_owned).to_vec(),
        }
    }

    /// Lets it do only this.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }
}
