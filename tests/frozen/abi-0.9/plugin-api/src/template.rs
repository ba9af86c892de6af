//! A template kept at the provider, and the values to fill it with.

use abi_stable::StableAbi;
use abi_stable::std_types::{ROption, RString, RVec};

use crate::Extension;

/// Names a provider-side template and carries its model.
///
/// The host cannot see the body of such a message, so it cannot add the unsubscribe tag to it.
#[repr(C)]
#[derive(Clone, PartialEq, Eq, StableAbi)]
pub struct Template {
    pub(crate) id: ROption<u64>,
    pub(crate) alias: ROption<RString>,
    pub(crate) model: RString,
    pub(crate) inline_css: ROption<bool>,
    pub(crate) extensions: RVec<Extension>,
}

impl Template {
    /// By the provider's number for it, with the model as a JSON object.
    pub fn by_id(id: u64, model: &serde_json::Map<String, serde_json::Value>) -> Self {
        Self::new(ROption::RSome(id), ROption::RNone, model)
    }

    /// By name, with the model as a JSON object.
    pub fn by_alias(
        alias: impl Into<String>,
        model: &serde_json::Map<String, serde_json::Value>,
    ) -> Self {
        let alias: String = alias.into();
        Self::new(ROption::RNone, ROption::RSome(alias.into()), model)
    }

    fn new(
        id: ROption<u64>,
        alias: ROption<RString>,
        model: &serde_json::Map<String, serde_json::Value>,
    ) -> Self {
        let model = serde_json::to_string(model).expect("a JSON object always serialises");
        Self {
            id,
            alias,
            model: model.into(),
            inline_css: ROption::RNone,
            extensions: RVec::new(),
        }
    }

    /// Whether the provider moves style sheets into the tags; not said leaves it to the provider.
    pub fn inline_css(mut self, wanted: bool) -> Self {
        self.inline_css = ROption::RSome(wanted);
        self
    }

    /// The provider's number, when the template is named so.
    pub fn id(&self) -> Option<u64> {
        self.id.into()
    }

    /// The alias, when the template is named so.
    pub fn alias(&self) -> Option<&str> {
        self.alias.as_ref().map(RString::as_str).into()
    }

    /// The model: the text of a JSON object.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Whether style sheets are moved into the tags; `None` when not said.
    pub fn wants_inline_css(&self) -> Option<bool> {
        self.inline_css.into()
    }

    /// The JSON of an extension (a field that came after this version of the API), if it has it.
    pub fn extension(&self, key: &str) -> Option<&str> {
        Extension::find(&self.extensions, key)
    }

    /// The same with a field that came after this version of the API.
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }
}

/// The model is somebody's data: `Debug` shows its size only.
impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template")
            .field("id", &self.id())
            .field("alias", &self.alias())
            .field("model_bytes", &self.model.len())
            .finish_non_exhaustive()
    }
}
