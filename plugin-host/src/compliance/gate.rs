//! The gate: may this message go, and to whom? Asked at accept and again in every claim; arithmetic only.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::FlagReason;

/// A flag that stands: what the gate needs to know of it, and where its evidence lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveFlag {
    /// Why.
    pub reason: FlagReason,
    /// Since when, by the time it happened.
    pub since: Timestamp,
    /// The row of the flags' history that set it.
    pub evidence: i64,
}

/// Which list of the message a recipient stands in. Stored as `to`, `cc` and `bcc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecipientKind {
    /// In To.
    To,
    /// In Cc.
    Cc,
    /// In Bcc.
    Bcc,
}

/// One recipient before the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateRecipient {
    /// Counted from 0 over To, Cc and Bcc, in this order.
    pub position: u32,
    /// The list it stands in.
    pub kind: RecipientKind,
    /// The flags that stand for its address.
    pub flags: Vec<ActiveFlag>,
}

/// A recipient who is left out, or who would be were the message not essential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masked {
    /// Counted from 0 over To, Cc and Bcc, in this order.
    pub position: u32,
    /// The gravest of its flags.
    pub flag: ActiveFlag,
}

/// What the gate says. Stored with `verdict` = `pass` or `stop`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum GateVerdict {
    /// The message may go to everybody who is not masked.
    Pass {
        /// Who is left out.
        masked: Vec<Masked>,
        /// Which unsubscribes it passed because its route is essential; empty otherwise.
        waived: Vec<Waived>,
    },
    /// The message must not go.
    Stop {
        /// What stopped it.
        cause: StopCause,
        /// Every recipient who is flagged.
        masked: Vec<Masked>,
    },
}

/// An unsubscribe that an essential message passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// The recipient; `None`: the lead.
    pub position: Option<u32>,
    /// The unsubscribe.
    pub flag: ActiveFlag,
}

/// What stopped a message. Stored with `kind` = `lead-flagged` or `nobody-left`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum StopCause {
    /// The lead it is for is flagged.
    LeadFlagged {
        /// The gravest of the lead's flags.
        flag: ActiveFlag,
    },
    /// Every address in To is flagged (or every address, where there is no To).
    NobodyLeft {
        /// The gravest flag of the first of them.
        flag: ActiveFlag,
    },
}

/// Whether a message may go, given every flag that stands for its lead and for its recipients.
///
/// A flagged lead stops the message. A flagged address is left out; when nobody in To is left (or, in a message without To,
/// nobody at all), the message stops. `essential` lets an *unsubscribe* pass and records it, never any other reason.
pub fn gate(lead: &[ActiveFlag], recipients: &[GateRecipient], essential: bool) -> GateVerdict {
    let stops = |flags: &[ActiveFlag]| {
        gravest(flags, |reason| !(essential && reason.yields_to_essential()))
    };
    let masked: Vec<Masked> = recipients
        .iter()
        .filter_map(|recipient| {
            let flag = stops(&recipient.flags)?;
            Some(Masked {
                position: recipient.position,
                flag,
            })
        })
        .collect();
    if let Some(flag) = stops(lead) {
        let cause = StopCause::LeadFlagged { flag };
        return GateVerdict::Stop { cause, masked };
    }
    if let Some(flag) = nobody_left(recipients, &masked) {
        let cause = StopCause::NobodyLeft { flag };
        return GateVerdict::Stop { cause, masked };
    }
    let waived = waived(lead, recipients, &masked);
    GateVerdict::Pass { masked, waived }
}

impl GateVerdict {
    /// The positions of those who are left out, rising.
    pub fn masked_positions(&self) -> impl Iterator<Item = u32> + '_ {
        let (Self::Pass { masked, .. } | Self::Stop { masked, .. }) = self;
        masked.iter().map(|masked| masked.position)
    }

    /// The flag that stopped the message, if one did.
    pub fn stopped_by(&self) -> Option<ActiveFlag> {
        match self {
            Self::Pass { .. } => None,
            Self::Stop {
                cause: StopCause::LeadFlagged { flag } | StopCause::NobodyLeft { flag },
                ..
            } => Some(*flag),
        }
    }
}

/// One sentence for the audit trail, without addresses; for a plain pass it is empty.
impl fmt::Display for GateVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop { cause, .. } => match cause {
                StopCause::LeadFlagged { flag } => {
                    write!(f, "the lead is flagged Do Not Contact ({flag})")
                }
                StopCause::NobodyLeft { flag } => {
                    write!(f, "no recipient is left that may be contacted ({flag})")
                }
            },
            Self::Pass { masked, waived } => {
                let mut notes = Vec::new();
                if !masked.is_empty() {
                    notes.push(format!("{} left out (Do Not Contact)", count(masked.len())));
                }
                if let Some(first) = waived.first() {
                    notes.push(format!("essential: passes an unsubscribe ({})", first.flag));
                }
                f.write_str(&notes.join("; "))
            }
        }
    }
}

impl fmt::Display for ActiveFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} since {}", self.reason, self.since)
    }
}

fn count(recipients: usize) -> String {
    match recipients {
        1 => "1 recipient".to_owned(),
        several => format!("{several} recipients"),
    }
}

fn gravest(flags: &[ActiveFlag], counts: impl Fn(FlagReason) -> bool) -> Option<ActiveFlag> {
    let counting = flags.iter().filter(|flag| counts(flag.reason));
    counting.copied().max_by_key(|flag| flag.reason)
}

fn nobody_left(recipients: &[GateRecipient], masked: &[Masked]) -> Option<ActiveFlag> {
    let has_to = recipients.iter().any(|one| one.kind == RecipientKind::To);
    let mut addressed = recipients
        .iter()
        .filter(|one| !has_to || one.kind == RecipientKind::To)
        .map(|one| masked.iter().find(|masked| masked.position == one.position))
        .peekable();
    let first = addressed.peek().copied().flatten()?;
    addressed
        .all(|masked| masked.is_some())
        .then_some(first.flag)
}

/// What a pass passed over: of the flags of those who are mailed, none but unsubscribes of an essential message can be left.
fn waived(lead: &[ActiveFlag], recipients: &[GateRecipient], masked: &[Masked]) -> Vec<Waived> {
    let mailed = recipients
        .iter()
        .filter(|one| masked.iter().all(|masked| masked.position != one.position))
        .map(|one| (Some(one.position), one.flags.as_slice()));
    std::iter::once((None, lead))
        .chain(mailed)
        .filter_map(|(position, flags)| {
            let flag = gravest(flags, |_| true)?;
            Some(Waived { position, flag })
        })
        .collect()
}

#[cfg(test)]
mod tests;
