//! A dynamic template an account starts with.

/// A dynamic template, with its active version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DynamicTemplate {
    /// Its id; real ones begin with `d-`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Subject template; empty to leave the subject to the request.
    pub subject: String,
    /// HTML template.
    pub html: Option<String>,
    /// Text template.
    pub text: Option<String>,
}

impl DynamicTemplate {
    /// A template, named like its id.
    #[must_use]
    pub fn new(id: impl Into<String>, subject: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            subject: subject.into(),
            html: None,
            text: None,
        }
    }

    /// Its HTML.
    #[must_use]
    pub fn html(mut self, body: impl Into<String>) -> Self {
        self.html = Some(body.into());
        self
    }

    /// Its text.
    #[must_use]
    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.text = Some(body.into());
        self
    }
}
