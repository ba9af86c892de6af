//! A template's model: JSON that travels as it came, so that no number loses digits.

use plugin_api::serde_json::{from_str, value::RawValue};
use plugin_api::{SendError, Template};

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
