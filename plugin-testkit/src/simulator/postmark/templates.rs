//! Templates as a server keeps them, and what becomes of a message that names one.

use serde_json::{Map, Value, json};

use super::account::State;
use super::answer::ApiError;
use super::config::TemplateConfig;
use super::message::{Draft, TemplateRequest};
use super::mustachio::{self, SyntaxError};

/// A template, or the layout of others.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) id: u64,
    pub(super) alias: Option<String>,
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) html: Option<String>,
    pub(super) text: Option<String>,
    pub(super) is_layout: bool,
    /// Alias of the layout around it.
    pub(super) layout: Option<String>,
}

/// A message with its template filled in.
pub(super) struct Rendered {
    pub(super) draft: Draft,
    /// The model did not fit: such a message is accepted and bounces later.
    pub(super) failed: bool,
}

impl Template {
    pub(super) fn configured(config: TemplateConfig) -> Self {
        let TemplateConfig {
            alias,
            name,
            subject,
            html_body: html,
            text_body: text,
        } = config;
        Self {
            id: 0,
            alias,
            name,
            subject,
            html,
            text,
            is_layout: false,
            layout: None,
        }
    }

    pub(super) fn object(&self, server: u64) -> Value {
        json!({
            "TemplateId": self.id,
            "Alias": self.alias,
            "Name": self.name,
            "Subject": self.subject,
            "HtmlBody": self.html,
            "TextBody": self.text,
            "Active": true,
            "AssociatedServerId": server,
            "TemplateType": self.kind(),
            "LayoutTemplate": self.layout,
        })
    }

    pub(super) fn kind(&self) -> &'static str {
        if self.is_layout { "Layout" } else { "Standard" }
    }

    /// What is wrong with its parts, as (field, error).
    pub(super) fn syntax_errors(&self) -> Vec<(&'static str, SyntaxError)> {
        let parts = [
            ("Subject", Some(self.subject.as_str())),
            ("HtmlBody", self.html.as_deref()),
            ("TextBody", self.text.as_deref()),
        ];
        let errors = parts
            .into_iter()
            .filter_map(|(field, part)| Some((field, mustachio::parse(part?).err()?)));
        errors.collect()
    }
}

impl State {
    /// The template of a number or, failing that, an alias.
    pub(super) fn template(&self, id: Option<u64>, alias: Option<&str>) -> Option<&Template> {
        match (id, alias) {
            (Some(id), _) => self.templates.iter().find(|it| it.id == id),
            (None, Some(alias)) => self
                .templates
                .iter()
                .find(|it| it.alias.as_deref() == Some(alias)),
            (None, None) => None,
        }
    }
}

/// Fills the template of a message into it.
pub(super) fn fill_in(state: &State, mut draft: Draft) -> Result<Rendered, ApiError> {
    let Some(request) = draft.template.take() else {
        return Ok(Rendered {
            draft,
            failed: false,
        });
    };
    let TemplateRequest { id, alias, model } = request;
    let field = if id.is_some() { "TemplateId" } else { "Alias" };
    let template = state
        .template(id, alias.as_deref())
        .filter(|template| !template.is_layout);
    let template = template.ok_or_else(|| ApiError::no_such_template(field))?;
    let missing = || {
        ApiError::unprocessable(
            1120,
            "The 'TemplateModel' field is required; it may be an empty object.",
        )
    };
    let model = Value::Object(model.ok_or_else(missing)?);
    let filled = fill(state, template, &model);
    let failed = filled.is_err();
    let (subject, html, text) = filled.unwrap_or_default();
    draft.subject = subject;
    draft.html = html;
    draft.text = text;
    Ok(Rendered { draft, failed })
}

type Filled = (String, Option<String>, Option<String>);

fn fill(state: &State, template: &Template, model: &Value) -> Result<Filled, String> {
    let layout = state.template(None, template.layout.as_deref());
    let body = |part: Option<&String>, around: Option<&String>, escape| {
        part.map(|part| render(&wrapped(part, around.map(String::as_str)), model, escape))
            .transpose()
    };
    let html = body(
        template.html.as_ref(),
        layout.and_then(|it| it.html.as_ref()),
        true,
    )?;
    let text = body(
        template.text.as_ref(),
        layout.and_then(|it| it.text.as_ref()),
        false,
    )?;
    Ok((render(&template.subject, model, false)?, html, text))
}

pub(super) fn render(source: &str, model: &Value, escape: bool) -> Result<String, String> {
    mustachio::parse(source)
        .map_err(|error| error.message)?
        .render(model, escape)
}

/// A layout has `{{{ @content }}}` where the template goes.
fn wrapped(part: &str, layout: Option<&str>) -> String {
    let Some(layout) = layout else {
        return part.to_owned();
    };
    let mut rest = layout;
    while let Some(start) = rest.find("{{{") {
        let Some(length) = rest[start..].find("}}}") else {
            break;
        };
        if rest[start + 3..start + length].trim() == "@content" {
            let at = layout.len() - rest.len() + start;
            return [&layout[..at], part, &layout[at + length + 3..]].concat();
        }
        rest = &rest[start + length + 3..];
    }
    layout.to_owned()
}

/// The answer of `POST /templates/validate`.
pub(super) fn validate(
    subject: Option<&str>,
    html: Option<&str>,
    text: Option<&str>,
    model: &Map<String, Value>,
) -> Value {
    let mut suggested = Map::new();
    let given = Value::Object(model.clone());
    let mut part = |source: Option<&str>, escape: bool| {
        let source = source?;
        Some(match mustachio::parse(source) {
            Ok(parsed) => {
                parsed.suggest_model(&mut suggested);
                match parsed.render(&given, escape) {
                    Ok(rendered) => {
                        json!({ "ContentIsValid": true, "ValidationErrors": [], "RenderedContent": rendered })
                    }
                    Err(message) => invalid(&message, 1, 1),
                }
            }
            Err(error) => invalid(&error.message, error.line, error.column),
        })
    };
    let (html, text, subject) = (part(html, true), part(text, false), part(subject, false));
    let valid = [&html, &text, &subject]
        .into_iter()
        .flatten()
        .all(|part| part["ContentIsValid"] == true);
    suggested.extend(model.clone());
    json!({
        "AllContentIsValid": valid,
        "HtmlBody": html,
        "TextBody": text,
        "Subject": subject,
        "SuggestedTemplateModel": suggested,
    })
}

fn invalid(message: &str, line: usize, column: usize) -> Value {
    let error = json!({ "Message": message, "Line": line, "CharacterPosition": column });
    json!({ "ContentIsValid": false, "ValidationErrors": [error], "RenderedContent": null })
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_layout_takes_the_template_in_at_its_place() {
        assert_eq!(
            wrapped("x", Some("<b>{{{ other }}}{{{ @content }}}</b>")),
            "<b>{{{ other }}}x</b>"
        );
        assert_eq!(wrapped("x", Some("no place {{{")), "no place {{{");
        assert_eq!(wrapped("x", None), "x");
    }
}
