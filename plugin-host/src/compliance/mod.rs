//! Do Not Contact: who is flagged, what follows from it, and the ways a flag comes in.
//!
//! `do_not_contact` and `gate` are arithmetic: which word about a contact holds, and whether a message may go. `unsubscribe`
//! turns callbacks into flags. What is stored is written by the store, in the transaction that saw it.

mod do_not_contact;
mod gate;
mod key;

pub use do_not_contact::{FlagReason, Standing, UnknownReason, Word};
pub use gate::{
    ActiveFlag, GateRecipient, GateVerdict, Masked, RecipientKind, StopCause, Waived, gate,
};
pub use key::{AccountKey, ContactAddress, LeadKey};
