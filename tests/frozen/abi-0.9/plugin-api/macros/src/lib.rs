//! The `settings` attribute of `plugin-api`.
//!
//! It exists so that a plugin needs no dependency but `plugin-api`: the derives it adds find serde and schemars through
//! `plugin-api`'s re-exports. It only adds attributes, so it needs no parser and costs an author next to nothing to build.

use proc_macro::TokenStream;

/// Makes a struct a plugin's settings: deserialisable, described by a JSON schema, and strict about unknown keys.
///
/// Use it as `#[plugin_api::settings]`. Further `#[serde(…)]` attributes (defaults, renames) may follow.
#[proc_macro_attribute]
pub fn settings(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut output: TokenStream = DERIVES
        .parse()
        .expect("the attribute text is valid Rust, see the constant");
    output.extend(item);
    output
}

const DERIVES: &str = r#"
#[derive(::plugin_api::serde::Deserialize, ::plugin_api::schemars::JsonSchema)]
#[serde(crate = "::plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "::plugin_api::schemars")]
"#;
