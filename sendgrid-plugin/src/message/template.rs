//! A dynamic template: its id is a text, and its model JSON that travels as it came, so that no number loses digits.

use plugin_api::serde_json::{from_str, value::RawValue};
use plugin_api::{SendError, Template};

use crate::SERVICE;

/// The id: SendGrid's are texts such as `d-1a2b…`, so a number names a template of another service.
pub(super) fn id(template: &Template) -> Result<&str, SendError> {
    template.alias().ok_or_else(|| {
        SendError::unsupported(
            "Template",
            format!("{SERVICE}: `TemplateId` is a number, and SendGrid's ids are texts; give one as `TemplateAlias`"),
        )
    })
}

/// The model, if it is a JSON object.
pub(super) fn model(template: &Template) -> Result<&RawValue, SendError> {
    let model: Result<&RawValue, _> = from_str(template.model());
    match model {
        Ok(model) if model.get().starts_with('{') => Ok(model),
        _ => Err(SendError::invalid_field(
            "TemplateModel",
            "is not a JSON object; expected the values to fill the template with, or `{}`",
        )),
    }
}
