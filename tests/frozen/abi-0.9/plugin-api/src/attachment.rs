//! A file that travels with a message. Its bytes are shared, never copied on the way to a provider.

use std::fmt;

use abi_stable::StableAbi;
use abi_stable::std_types::{RArc, ROption, RString, RVec};
use bytes::Bytes;

use crate::Extension;

/// A file with a name, a media type, its bytes and, for an inline image, a content id.
#[repr(C)]
#[derive(Clone, StableAbi)]
pub struct Attachment {
    pub(crate) name: RString,
    pub(crate) content_type: RString,
    pub(crate) content: RArc<RVec<u8>>,
    pub(crate) content_id: ROption<RString>,
    pub(crate) extensions: RVec<Extension>,
}

impl Attachment {
    /// A file to attach: its name as the recipient sees it, its media type (`application/pdf`) and its bytes, not encoded.
    ///
    /// A `Vec<u8>` is taken over without a copy.
    pub fn new(
        name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            name: name.into().into(),
            content_type: content_type.into().into(),
            content: RArc::new(RVec::from(content.into())),
            content_id: ROption::RNone,
            extensions: RVec::new(),
        }
    }

    /// Makes it inline: HTML refers to it as `<img src="cid:ID">`. Give the id without `cid:` (the prefix is dropped if given).
    pub fn inline(mut self, content_id: impl Into<String>) -> Self {
        let id: String = content_id.into();
        let bare = id.strip_prefix("cid:").unwrap_or(&id);
        self.content_id = ROption::RSome(bare.into());
        self
    }

    /// The file name as the recipient sees it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type, such as `application/pdf`.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The bytes, not encoded.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The bytes as a shared buffer that outlives the message, without a copy: for streaming request bodies.
    pub fn content_shared(&self) -> Bytes {
        Bytes::from_owner(SharedContent(self.content.clone()))
    }

    /// The content id without `cid:`, when the file is inline.
    pub fn content_id(&self) -> Option<&str> {
        self.content_id.as_ref().map(RString::as_str).into_option()
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

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("content_type", &self.content_type())
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

struct SharedContent(RArc<RVec<u8>>);

impl AsRef<[u8]> for SharedContent {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
