//! Subject and bodies of one personalization: a dynamic template filled in, or legacy substitutions made.
//!
//! Templates are Handlebars as the crate `handlebars` has it (values, `{{{raw}}}`, `if`, `unless`, `each`, `with`); SendGrid's own helpers
//! (`insert`, `equals`, `formatDate`, …) are not there. A value that is missing is empty.

use std::sync::Arc;

use handlebars::{Handlebars, no_escape};
use serde_json::json;

use super::config::DynamicTemplate;
use super::message::{Body, Letter, Personalization};
use crate::simulator::StartError;

/// Every template of the account, read once.
pub(super) struct Templates {
    plain: Handlebars<'static>,
    html: Handlebars<'static>,
    all: Vec<DynamicTemplate>,
}

/// Why a personalization has no content.
pub(super) enum Unfilled {
    NoSuchTemplate,
    NoSubject,
    Failed(String),
}

impl Templates {
    pub(super) fn read(all: Vec<DynamicTemplate>) -> Result<Self, StartError> {
        let (mut plain, mut html) = (Handlebars::new(), Handlebars::new());
        plain.register_escape_fn(no_escape);
        for template in &all {
            let wrong = |error: handlebars::TemplateError| {
                let problem = format!("`{}` cannot be read: {error}", template.id);
                StartError::setting("templates", problem)
            };
            let texts = [
                ("subject", Some(&template.subject)),
                ("text", template.text.as_ref()),
            ];
            for (part, source) in texts {
                let name = name(&template.id, part);
                let source = source.map(String::as_str).unwrap_or_default();
                plain
                    .register_template_string(&name, source)
                    .map_err(wrong)?;
            }
            let source = template.html.as_deref().unwrap_or_default();
            html.register_template_string(&name(&template.id, "html"), source)
                .map_err(wrong)?;
        }
        Ok(Self { plain, html, all })
    }

    pub(super) fn all(&self) -> &[DynamicTemplate] {
        &self.all
    }

    /// The subject and the bodies that one personalization's people get.
    pub(super) fn fill_in(
        &self,
        letter: &Letter,
        shared: &Arc<[Body]>,
        own: &Personalization,
    ) -> Result<(String, Arc<[Body]>), Unfilled> {
        let subject = own.subject.as_ref().or(letter.subject.as_ref());
        let (subject, content) = match &letter.template {
            Some(id) => self.fill_template(id, subject, shared, own)?,
            None if own.substitutions.is_empty() => {
                (subject.cloned().unwrap_or_default(), Arc::clone(shared))
            }
            None => substituted(subject.cloned().unwrap_or_default(), shared, own),
        };
        match subject.is_empty() {
            true => Err(Unfilled::NoSubject),
            false => Ok((subject, content)),
        }
    }

    fn fill_template(
        &self,
        id: &str,
        subject: Option<&String>,
        shared: &Arc<[Body]>,
        own: &Personalization,
    ) -> Result<(String, Arc<[Body]>), Unfilled> {
        let template = self.all.iter().find(|it| it.id == id);
        let template = template.ok_or(Unfilled::NoSuchTemplate)?;
        let empty = json!({});
        let data = own.template_data.as_ref().unwrap_or(&empty);
        let render = |with: &Handlebars<'_>, part: &str| {
            with.render(&name(id, part), data)
                .map_err(|error| Unfilled::Failed(error.to_string()))
        };
        let subject = match template.subject.is_empty() {
            true => subject.cloned().unwrap_or_default(),
            false => render(&self.plain, "subject")?,
        };
        let mut content = Vec::new();
        for (kind, part, with, there) in [
            ("text/plain", "text", &self.plain, template.text.is_some()),
            ("text/html", "html", &self.html, template.html.is_some()),
        ] {
            if there {
                let (kind, value) = (kind.to_owned(), render(with, part)?);
                content.push(Body { kind, value });
            }
        }
        match content.is_empty() {
            true => Ok((subject, Arc::clone(shared))),
            false => Ok((subject, content.into())),
        }
    }
}

/// Puts each value in the place of its key, everywhere.
fn substituted(
    subject: String,
    shared: &Arc<[Body]>,
    own: &Personalization,
) -> (String, Arc<[Body]>) {
    let replace = |text: &str| {
        own.substitutions
            .iter()
            .filter(|(key, _)| !key.is_empty())
            .fold(text.to_owned(), |text, (key, value)| {
                text.replace(key, value)
            })
    };
    let body = |body: &Body| Body {
        kind: body.kind.clone(),
        value: replace(&body.value),
    };
    (replace(&subject), shared.iter().map(body).collect())
}

fn name(id: &str, part: &str) -> String {
    format!("{id}/{part}")
}
