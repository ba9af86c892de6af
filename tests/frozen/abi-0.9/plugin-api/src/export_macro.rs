//! The one line that makes a crate a plugin.

/// Makes a crate a plugin: `export_plugin!(Acme);`, once, in a crate whose type is `cdylib`.
///
/// The library then exports one symbol and carries a note with its name, version and ABI, which hosts read before they load it.
/// Needs no dependency but `plugin-api`. `panic = "abort"` is refused at compile time: it would let a plugin end its host.
#[macro_export]
macro_rules! export_plugin {
    ($plugin:ty $(,)?) => {
        const _: () = {
            #[cfg(not(panic = "unwind"))]
            ::core::compile_error!(
                "a plugin must be built with `panic = \"unwind\"` (the default): with `panic = \"abort\"` its first panic would end the host; \
                 remove `panic = \"abort\"` from the profile"
            );

            use $crate::abi::descriptor::{note, note_size};

            const NAME: &str = <$plugin as $crate::Plugin>::NAME;
            const VERSION: &str = ::core::env!("CARGO_PKG_VERSION");
            const CAPABILITIES: &[$crate::Capability] = <$plugin as $crate::Plugin>::CAPABILITIES;
            const SIZE: usize = note_size(NAME, VERSION, CAPABILITIES);

            #[repr(C, align(4))]
            struct Note([u8; SIZE]);

            // Elsewhere sections have other names, and no host looks for them yet.
            #[used]
            #[cfg_attr(target_os = "linux", unsafe(link_section = ".note.email_provider"))]
            static NOTE: Note = Note(note::<SIZE>(NAME, VERSION, CAPABILITIES));

            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            static HEADER: $crate::abi::Header = $crate::abi::header::<$plugin>();
        };
    };
}
