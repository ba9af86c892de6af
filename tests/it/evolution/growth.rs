//! What the API may be tomorrow: one more method on both sides of the boundary and in the root module, one more capability, error number
//! and extension key, each at its marked place in today's sources.

use system_tests::copy::{Change, Edit};

pub(super) const EDITS: [Edit; 23] = [
    Edit {
        file: "plugin-api/src/abi/table.rs",
        anchor: "    // New methods of the provider object go here, each with a default body.",
        change: Change::After(
            "    /// Repeats a question.\n    fn grown(&self, question: RString) -> RString { RString::from(format!(\"default for {question}\")) }",
        ),
    },
    Edit {
        file: "plugin-api/src/abi/table.rs",
        anchor: "    // New methods of the host object go here, each with a default body.",
        change: Change::After("    /// A number of the host's.\n    fn grown(&self) -> u64 { 1 }"),
    },
    Edit {
        file: "plugin-api/src/abi/table.rs",
        anchor: "    // New fields of the root module go here.",
        change: Change::After(
            "    /// A number of the plugin's.\n    pub grown: extern \"C\" fn() -> u64,",
        ),
    },
    Edit {
        file: "plugin-api/src/abi/export.rs",
        anchor: "        create: create::<P>,",
        change: Change::After("        grown,"),
    },
    Edit {
        file: "plugin-api/src/abi/export.rs",
        anchor: "/// The JSON schema of a plugin's settings.",
        change: Change::Instead(
            "extern \"C\" fn grown() -> u64 { 41 }\n\n/// The JSON schema of a plugin's settings.",
        ),
    },
    Edit {
        file: "plugin-api/src/abi/adapter/mod.rs",
        anchor: "impl<P: Plugin> ProviderObject for Adapter<P> {",
        change: Change::After(
            "    fn grown(&self, question: abi_stable::std_types::RString) -> abi_stable::std_types::RString { format!(\"{question}, asked of host {}\", self.log.host_number()).into() }",
        ),
    },
    Edit {
        file: "plugin-api/src/abi/log.rs",
        anchor: "impl LogBridge {",
        change: Change::After("    pub(super) fn host_number(&self) -> u64 { self.host.grown() }"),
    },
    Edit {
        file: "plugin-api/src/abi/foreign/mod.rs",
        anchor: "impl ForeignProvider {",
        change: Change::After(
            "    /// Asks.\n    pub fn grown(&self, question: &str) -> String { self.object.grown(question.into()).into() }",
        ),
    },
    Edit {
        file: "plugin-api/src/abi/foreign/module.rs",
        anchor: "impl ForeignModule {",
        change: Change::After(
            "    /// Asks.\n    pub fn grown(&self) -> Option<u64> { self.module.grown().map(|grown| grown()) }",
        ),
    },
    Edit {
        file: "plugin-api/src/abi/convert/errors.rs",
        anchor: "// New numbers of send errors go here; older readers take them for IN_DOUBT, and those that belong to a range below for its kind.",
        change: Change::After("const GROWN: u32 = 8;"),
    },
    Edit {
        file: "plugin-api/src/abi/convert/errors.rs",
        anchor: "            SendErrorKind::InDoubt => base,",
        change: Change::After("            SendErrorKind::Grown => Self { code: GROWN, ..base },"),
    },
    Edit {
        file: "plugin-api/src/abi/convert/errors.rs",
        anchor: "            UNAVAILABLE => SendErrorKind::Unavailable,",
        change: Change::After("            GROWN => SendErrorKind::Grown,"),
    },
    Edit {
        file: "plugin-api/src/error.rs",
        anchor: "            Self::Unavailable => f.write_str(\"Unavailable\"),",
        change: Change::After("            Self::Grown => f.write_str(\"Grown\"),"),
    },
    Edit {
        file: "plugin-api/src/error.rs",
        anchor: "pub enum SendErrorKind {",
        change: Change::After("    /// Something new.\n    Grown,"),
    },
    Edit {
        file: "tests/hostile-plugin/src/echo.rs",
        anchor: "        \"unavailable\" => SendErrorKind::Unavailable,",
        change: Change::After("        \"grown\" => SendErrorKind::Grown,"),
    },
    Edit {
        file: "tests/exerciser/src/main.rs",
        anchor: "    // What only a grown host can ask goes here.",
        change: Change::After(
            "    report[\"grown\"] = json!([module.grown(), provider.grown(\"question\")]);",
        ),
    },
    Edit {
        file: "plugin-api/src/abi/foreign/log.rs",
        anchor: "impl HostObject for Logger {",
        change: Change::After("    fn grown(&self) -> u64 { 7 }"),
    },
    Edit {
        file: "plugin-api/src/abi/adapter/mod.rs",
        anchor: "        self.capabilities.clone().into()",
        change: Change::Instead(
            "        self.capabilities.clone().with_key(\"host-number\", self.log.host_number()).into()",
        ),
    },
    Edit {
        file: "plugin-api/src/capabilities.rs",
        anchor: "pub enum Capability {",
        change: Change::After("    /// Something new.\n    Grown,"),
    },
    Edit {
        file: "plugin-api/src/capabilities.rs",
        anchor: "            Self::MaxBatch => \"max_batch\",",
        change: Change::After("            Self::Grown => \"grown\","),
    },
    Edit {
        file: "tests/hostile-plugin/src/echo.rs",
        anchor: "        .with(Capability::FindSent)",
        change: Change::After("        .with(Capability::Grown)"),
    },
    Edit {
        file: "tests/hostile-plugin/src/lib.rs",
        anchor: "const EXTENSIONS: &'static [&'static str] = &[\"test.known\"];",
        change: Change::Instead(
            "const EXTENSIONS: &'static [&'static str] = &[\"test.known\", \"test.grown\"];",
        ),
    },
    Edit {
        file: "tests/exerciser/src/lib.rs",
        anchor: "const SUBJECTS: [&str; 19] = [",
        change: Change::Instead("const SUBJECTS: [&str; 20] = [\n    \"error-grown\","),
    },
];
