//! Where links are tracked.

/// Which bodies have their links replaced by tracked ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrackLinks {
    /// No link is tracked.
    None,
    /// Links of both bodies.
    HtmlAndText,
    /// Links of the HTML body.
    HtmlOnly,
    /// Links of the text body.
    TextOnly,
}

impl TrackLinks {
    /// Whether this version knows the number.
    pub(crate) fn is_code(code: u32) -> bool {
        code == 0 || Self::from_code(code).is_some()
    }

    /// 0 stands for "not said".
    pub(crate) fn code(choice: Option<Self>) -> u32 {
        match choice {
            None => 0,
            Some(Self::None) => 1,
            Some(Self::HtmlAndText) => 2,
            Some(Self::HtmlOnly) => 3,
            Some(Self::TextOnly) => 4,
        }
    }

    pub(crate) fn from_code(code: u32) -> Option<Self> {
        match code {
            1 => Some(Self::None),
            2 => Some(Self::HtmlAndText),
            3 => Some(Self::HtmlOnly),
            4 => Some(Self::TextOnly),
            _ => None,
        }
    }
}
