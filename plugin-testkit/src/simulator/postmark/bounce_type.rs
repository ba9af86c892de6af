//! The kinds of bounce: Postmark's names, numbers and words.

/// A kind of bounce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BounceType {
    pub(super) name: &'static str,
    pub(super) code: u32,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) details: &'static str,
    /// Whether it puts the address on the stream's suppression list.
    pub(super) deactivates: bool,
}

const fn kind(
    name: &'static str,
    code: u32,
    title: &'static str,
    description: &'static str,
) -> BounceType {
    BounceType {
        name,
        code,
        title,
        description,
        details: "",
        deactivates: false,
    }
}

const fn with(kind: BounceType, details: &'static str, deactivates: bool) -> BounceType {
    BounceType {
        details,
        deactivates,
        ..kind
    }
}

impl BounceType {
    /// `HardBounce`, the kind an unknown name stands for.
    pub const HARD_BOUNCE: Self = with(
        kind(
            "HardBounce",
            1,
            "Hard bounce",
            "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        ),
        "smtp;550 5.1.1 no such user",
        true,
    );

    /// `SpamComplaint`, which a recipient causes, not a server.
    pub const SPAM_COMPLAINT: Self = with(
        kind(
            "SpamComplaint",
            100_001,
            "Spam complaint",
            "The subscriber explicitly marked this message as spam.",
        ),
        "abuse report",
        true,
    );

    /// `TemplateRenderingFailed`: accepted, then lost, because the model does not fit the template.
    pub const TEMPLATE_RENDERING_FAILED: Self = kind(
        "TemplateRenderingFailed",
        100_010,
        "Template rendering failed",
        "The template could not be rendered.",
    );

    const ALL: [Self; 22] = [
        Self::HARD_BOUNCE,
        with(
            kind(
                "Transient",
                2,
                "Message delayed",
                "The server could not temporarily deliver your message.",
            ),
            "smtp;451 4.7.1 try again later",
            false,
        ),
        kind(
            "Unsubscribe",
            16,
            "Unsubscribe request",
            "Unsubscribe or remove request.",
        ),
        kind(
            "Subscribe",
            32,
            "Subscribe request",
            "Subscribe request from someone wanting to get added.",
        ),
        kind(
            "AutoResponder",
            64,
            "Auto responder",
            "Automatic email responder (ex: out of office).",
        ),
        kind(
            "AddressChange",
            128,
            "Address change",
            "The recipient has requested an address change.",
        ),
        kind("DnsError", 256, "DNS error", "A temporary DNS error."),
        kind(
            "SpamNotification",
            512,
            "Spam notification",
            "The message was delivered, but blocked or filed as spam.",
        ),
        kind(
            "OpenRelayTest",
            1024,
            "Open relay test",
            "The report is a test for an open relay.",
        ),
        kind("Unknown", 2048, "Unknown", "Unable to classify the bounce."),
        with(
            kind(
                "SoftBounce",
                4096,
                "Soft bounce",
                "Unable to temporarily deliver message (ex: mailbox full).",
            ),
            "smtp;452 4.2.2 mailbox full",
            false,
        ),
        kind(
            "VirusNotification",
            8192,
            "Virus notification",
            "The bounce is a virus warning.",
        ),
        kind(
            "ChallengeVerification",
            16384,
            "Spam challenge verification",
            "The bounce asks for verification.",
        ),
        kind(
            "BadEmailAddress",
            100_000,
            "Invalid email address",
            "The address is not a valid email address.",
        ),
        Self::SPAM_COMPLAINT,
        with(
            kind(
                "ManuallyDeactivated",
                100_002,
                "Manually deactivated",
                "The email was manually deactivated.",
            ),
            "",
            true,
        ),
        kind(
            "Unconfirmed",
            100_003,
            "Registration not confirmed",
            "The subscriber has not confirmed.",
        ),
        with(
            kind(
                "Blocked",
                100_006,
                "ISP block",
                "Blocked from this ISP due to content.",
            ),
            "smtp;554 5.7.1 blocked",
            false,
        ),
        kind(
            "SMTPApiError",
            100_007,
            "SMTP API error",
            "An error occurred while accepting an email through SMTP.",
        ),
        kind(
            "InboundError",
            100_008,
            "Processing failed",
            "Unable to deliver inbound message.",
        ),
        kind(
            "DMARCPolicy",
            100_009,
            "DMARC policy",
            "Email rejected due to its DMARC policy.",
        ),
        Self::TEMPLATE_RENDERING_FAILED,
    ];

    /// The kind a tester names: in any letter case, with or without underscores; an unknown name is a hard bounce, and a
    /// spam complaint cannot be had this way and becomes one too.
    #[must_use]
    pub fn named_by_tester(name: &str) -> Self {
        let wanted = name.replace(['_', '-'], "");
        let found = Self::ALL
            .into_iter()
            .find(|kind| kind.name.eq_ignore_ascii_case(&wanted));
        found
            .filter(|kind| *kind != Self::SPAM_COMPLAINT)
            .unwrap_or(Self::HARD_BOUNCE)
    }

    /// Postmark's name, e.g. `HardBounce`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// Whether the mail was delivered all the same, so that a Delivery goes with it.
    pub(super) fn comes_after_delivery(self) -> bool {
        [
            "AutoResponder",
            "AddressChange",
            "SpamNotification",
            "ChallengeVerification",
            "Unsubscribe",
            "Subscribe",
        ]
        .contains(&self.name)
    }

    /// Whether Postmark goes on trying, so that the message event is no end.
    pub(super) fn is_delay(self) -> bool {
        self.name == "Transient"
    }
}

#[cfg(test)]
mod tests {
    use super::BounceType;

    #[test]
    fn names_are_found_in_any_spelling_and_unknown_ones_are_hard() {
        assert_eq!(BounceType::named_by_tester("soft_bounce").code, 4096);
        assert_eq!(
            BounceType::named_by_tester("SOFTBOUNCE").name(),
            "SoftBounce"
        );
        assert_eq!(
            BounceType::named_by_tester("SpamComplaint"),
            BounceType::HARD_BOUNCE
        );
        assert_eq!(
            BounceType::named_by_tester("whatever"),
            BounceType::HARD_BOUNCE
        );
    }
}
