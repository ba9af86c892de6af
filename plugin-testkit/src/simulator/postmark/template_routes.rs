//! `/templates`: list, read, create, edit, delete, validate.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::account::State;
use super::answer::{ApiError, done};
use super::caller::{Caller, json_body};
use super::fields::Fields;
use super::params::Params;
use super::templates::{self, Template};

/// `GET /templates?count=&offset=`
pub(super) async fn list(caller: Caller, params: Params) -> Result<Response, ApiError> {
    let page = params.page(1100)?;
    let state = caller.server.state();
    let kind = params
        .get("TemplateType")
        .filter(|kind| !kind.eq_ignore_ascii_case("All"));
    let layout = params.get("LayoutTemplate");
    let fitting: Vec<&Template> = state
        .templates
        .iter()
        .filter(|it| kind.is_none_or(|kind| kind.eq_ignore_ascii_case(it.kind())))
        .filter(|it| layout.is_none() || it.layout.as_deref() == layout)
        .collect();
    let short = |it: &Template| {
        json!({
            "Active": true,
            "TemplateId": it.id,
            "Name": it.name,
            "Alias": it.alias,
            "TemplateType": it.kind(),
            "LayoutTemplate": it.layout,
        })
    };
    let listed: Vec<Value> = page.of(fitting.iter()).map(|it| short(it)).collect();
    Ok(Json(json!({ "TotalCount": fitting.len(), "Templates": listed })).into_response())
}

/// `GET /templates/{id or alias}`
pub(super) async fn get(caller: Caller, Path(key): Path<String>) -> Result<Response, ApiError> {
    let state = caller.server.state();
    let template = &state.templates[place(&state, &key)?];
    Ok(Json(template.object(caller.server.id)).into_response())
}

/// `POST /templates`
pub(super) async fn create(caller: Caller, body: Bytes) -> Result<Response, ApiError> {
    let change = Change::read(body)?;
    let mut state = caller.server.state();
    let empty = Template {
        id: 0,
        alias: None,
        name: String::new(),
        subject: String::new(),
        html: None,
        text: None,
        is_layout: change.is_layout,
        layout: None,
    };
    let template = change.applied_to(empty);
    check(&state, &template)?;
    let template = state.add_template(template);
    Ok(Json(confirmation(template)).into_response())
}

/// `PUT /templates/{id or alias}`
pub(super) async fn edit(
    caller: Caller,
    Path(key): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let change = Change::read(body)?;
    let mut state = caller.server.state();
    let place = place(&state, &key)?;
    let template = change.applied_to(state.templates[place].clone());
    check(&state, &template)?;
    let answer = confirmation(&template);
    state.templates[place] = template;
    Ok(Json(answer).into_response())
}

/// `DELETE /templates/{id or alias}`
pub(super) async fn delete(caller: Caller, Path(key): Path<String>) -> Result<Response, ApiError> {
    let mut state = caller.server.state();
    let place = place(&state, &key)?;
    let layout_of =
        |it: &Template| it.layout.is_some() && it.layout == state.templates[place].alias;
    if state.templates.iter().any(layout_of) {
        return Err(ApiError::unprocessable(
            1131,
            "The layout template is in use and cannot be deleted.",
        ));
    }
    let removed = state.templates.remove(place);
    Ok(done(format!("Template {} removed.", removed.id)))
}

/// `POST /templates/validate`
pub(super) async fn validate(_: Caller, body: Bytes) -> Result<Response, ApiError> {
    let mut fields = Fields::of(json_body(body)?)?;
    let (subject, html, text) = (
        fields.text("Subject"),
        fields.text("HtmlBody"),
        fields.text("TextBody"),
    );
    let model = fields.object("TestRenderModel").unwrap_or_default();
    fields.finish()?;
    if subject.is_none() && html.is_none() && text.is_none() {
        return Err(ApiError::unprocessable(1109, "No template data received."));
    }
    let verdict = templates::validate(subject.as_deref(), html.as_deref(), text.as_deref(), &model);
    Ok(Json(verdict).into_response())
}

/// The fields a caller may set; absent ones stay as they are.
struct Change {
    alias: Option<String>,
    name: Option<String>,
    subject: Option<String>,
    html: Option<String>,
    text: Option<String>,
    is_layout: bool,
    layout: Option<String>,
}

impl Change {
    fn read(body: Bytes) -> Result<Self, ApiError> {
        let mut fields = Fields::of(json_body(body)?)?;
        let change = Self {
            alias: fields.text("Alias"),
            name: fields.text("Name"),
            subject: fields.text("Subject"),
            html: fields.text("HtmlBody"),
            text: fields.text("TextBody"),
            is_layout: fields
                .text("TemplateType")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("Layout")),
            layout: fields.text("LayoutTemplate"),
        };
        fields.finish()?;
        Ok(change)
    }

    fn applied_to(self, mut template: Template) -> Template {
        template.alias = self
            .alias
            .or(template.alias)
            .filter(|alias| !alias.is_empty());
        template.name = self.name.unwrap_or(template.name);
        template.subject = self.subject.unwrap_or(template.subject);
        template.html = self.html.or(template.html).filter(|body| !body.is_empty());
        template.text = self.text.or(template.text).filter(|body| !body.is_empty());
        template.layout = self
            .layout
            .or(template.layout)
            .filter(|alias| !alias.is_empty());
        template
    }
}

fn place(state: &State, key: &str) -> Result<usize, ApiError> {
    let id = key.parse::<u64>().ok();
    let is_it = |it: &Template| Some(it.id) == id || it.alias.as_deref() == Some(key);
    state
        .templates
        .iter()
        .position(is_it)
        .ok_or_else(|| ApiError::no_such_template("TemplateId"))
}

fn check(state: &State, template: &Template) -> Result<(), ApiError> {
    let required = |field: &str| {
        Err(ApiError::unprocessable(
            1120,
            format!("The '{field}' field is required."),
        ))
    };
    let invalid = |what: String| Err(ApiError::unprocessable(1122, what));
    if template.name.is_empty() {
        return required("Name");
    }
    if template.subject.is_empty() && !template.is_layout {
        return required("Subject");
    }
    if template.html.is_none() && template.text.is_none() {
        return required("HtmlBody' or 'TextBody");
    }
    if let Some(alias) = &template.alias {
        let starts_well = alias.starts_with(|it: char| it.is_ascii_alphabetic());
        let reads_well = alias
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it));
        if !(starts_well && reads_well) {
            return invalid(format!(
                "The 'Alias' field is invalid: '{alias}'. Start with a letter; use letters, digits, '.', '-', '_'."
            ));
        }
        if state
            .templates
            .iter()
            .any(|it| it.id != template.id && it.alias.as_ref() == Some(alias))
        {
            return invalid(format!(
                "The 'Alias' field is invalid: '{alias}' is used by another template."
            ));
        }
    }
    if let Some(layout) = template.layout.as_deref() {
        let known = state
            .template(None, Some(layout))
            .is_some_and(|it| it.is_layout && !template.is_layout);
        if !known {
            return Err(ApiError::unprocessable(
                1130,
                format!("The layout template '{layout}' was not found."),
            ));
        }
    }
    match template.syntax_errors().first() {
        Some((field, error)) => {
            invalid(format!("The '{field}' field is invalid: {}", error.message))
        }
        None => Ok(()),
    }
}

fn confirmation(template: &Template) -> Value {
    json!({
        "TemplateId": template.id,
        "Name": template.name,
        "Active": true,
        "Alias": template.alias,
        "TemplateType": template.kind(),
        "LayoutTemplate": template.layout,
    })
}
