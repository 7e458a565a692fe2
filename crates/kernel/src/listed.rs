//! Enums that can be walked: the list of all cases is made with the enum, so that none can be left out of it.
//!
//! It adds nothing but the list.

/// Declares an enum without fields, with `ALL`.
macro_rules! listed {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])+ $case:ident),+ $(,)? }) => {
        $(#[$meta])*
        pub enum $name { $($(#[$doc])+ $case),+ }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$case),+];
        }
    };
}
