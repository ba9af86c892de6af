//! Required extensions: what must be obeyed is refused by a plugin that does not know it.

use abi_stable::std_types::RVec;

use crate::abi::record::Envelope;
use crate::{Extension, Plugin, SendError, TrackLinks};

/// Refuses a required key that the author does not name in [`Plugin::EXTENSIONS`]. For what shows its extensions to the author.
pub(super) fn known_keys<P: Plugin>(extensions: &[Extension]) -> Result<(), SendError> {
    refuse(extensions, |key| P::EXTENSIONS.contains(&key))
}

/// Refuses every required key. For what does not show its extensions to the author, who therefore cannot obey them.
pub(in crate::abi) fn no_required_key(extensions: &[Extension]) -> Result<(), SendError> {
    refuse(extensions, |_| false)
}

/// Everything in an attempt that can carry extensions, and the one number in it.
pub(super) fn known_keys_of<P: Plugin>(envelope: &Envelope) -> Result<(), SendError> {
    let record = &envelope.record;
    let attachments = record.attachments.iter().map(|file| &file.extensions);
    let template = record.template.as_ref().into_option();
    let template = template.into_iter().map(|template| &template.extensions);
    let all: Vec<&RVec<Extension>> = [&envelope.extensions, &record.extensions]
        .into_iter()
        .chain(attachments)
        .chain(template)
        .collect();
    all.into_iter().try_for_each(|list| known_keys::<P>(list))?;
    if TrackLinks::is_code(record.track_links) {
        return Ok(());
    }
    // Taken for "not said", it could mean more tracking than was asked for.
    let words = "this plugin does not know this choice of tracked links; a newer build may";
    Err(SendError::unsupported("TrackLinks", words))
}

fn refuse(extensions: &[Extension], known: impl Fn(&str) -> bool) -> Result<(), SendError> {
    extensions
        .iter()
        .filter(|extension| extension.is_required())
        .map(Extension::key)
        .find(|key| !known(key))
        .map_or(Ok(()), |key| Err(unsupported(key)))
}

fn unsupported(key: &str) -> SendError {
    SendError::unsupported(
        key,
        format!("this plugin does not know the required extension `{key}`; a newer build may"),
    )
}
