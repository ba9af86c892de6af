//! Do Not Contact: who is flagged, what follows from it, and the ways a flag comes in.
//!
//! `do_not_contact`, `gate`, `contact` and `notice` are arithmetic: which word about a contact holds, whether a message may go,
//! and whom a callback concerns. `flags` is what people and programs see of it, `unsubscribe` takes callbacks in. What follows is written by the store, in the transaction that saw it.

mod contact;
mod do_not_contact;
mod flags;
mod gate;
mod key;
mod notice;
mod unsubscribe;

pub use contact::{Addressees, Contact, FlagScope};
pub use do_not_contact::{FlagReason, Standing, UnknownReason, Word};
pub use flags::{
    ContactState, Flag, FlagChange, FlagChangeFault, FlagFilter, FlagOrigin, FlagOutcome,
    FlagSource,
};
pub use gate::{
    ActiveFlag, GateRecipient, GateVerdict, Masked, RecipientKind, StopCause, Waived, gate,
};
pub use key::{AccountKey, ContactAddress, LeadKey};
pub use notice::{Notice, notices};
pub use unsubscribe::{UnsubscribeAnswer, UnsubscribeError};
