//! A template a server starts with.

/// A template. Its id is given by its place, from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateConfig {
    /// Its alias.
    pub alias: Option<String>,
    /// Its name.
    pub name: String,
    /// Subject template.
    pub subject: String,
    /// HTML template.
    pub html_body: Option<String>,
    /// Text template.
    pub text_body: Option<String>,
}

impl TemplateConfig {
    /// A template with an alias, which is its name as well.
    #[must_use]
    pub fn new(alias: impl Into<String>, subject: impl Into<String>) -> Self {
        let alias = alias.into();
        Self {
            name: alias.clone(),
            alias: Some(alias),
            subject: subject.into(),
            ..Self::default()
        }
    }

    /// Its HTML.
    #[must_use]
    pub fn html(mut self, body: impl Into<String>) -> Self {
        self.html_body = Some(body.into());
        self
    }

    /// Its text.
    #[must_use]
    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.text_body = Some(body.into());
        self
    }
}
