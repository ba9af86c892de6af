//! `Debug` of types that hold somebody's address: logs must not learn it by accident.

/// Shows some fields of a struct, and of the others only that they are there.
macro_rules! debug_without_addresses {
    ($type:ident { $($shown:ident),* $(,)? } hides { $($hidden:ident),* $(,)? }) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // A field that is in neither list does not compile.
                let Self { $($shown,)* $($hidden: _,)* } = self;
                let mut shown = f.debug_struct(stringify!($type));
                $(shown.field(stringify!($shown), $shown);)*
                $(shown.field(stringify!($hidden), &format_args!("(hidden)"));)*
                shown.finish()
            }
        }
    };
}
