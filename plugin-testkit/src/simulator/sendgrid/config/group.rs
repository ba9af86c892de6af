//! An unsubscribe group.

/// An unsubscribe group an account starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnsubscribeGroup {
    /// Its id, as in `asm.group_id`.
    pub id: u64,
    /// Its name, shown on the unsubscribe page.
    pub name: String,
}

impl UnsubscribeGroup {
    /// A group nobody has left yet.
    #[must_use]
    pub fn new(id: u64, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
        }
    }
}
