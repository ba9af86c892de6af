//! The last look at a message before it is sent, whoever wrote its lines.

use plugin_api::SendError;

/// RFC 5321, 4.5.3.1.6, without the line break.
const LONGEST_LINE: usize = 998;

/// The content without its last line break, if its lines are such that every server reads the same message: none too long, none that ends
/// in half a line break, behind which a second message could hide.
pub(super) fn checked(mut content: Vec<u8>) -> Result<Vec<u8>, SendError> {
    if content.ends_with(b"\r\n") {
        content.truncate(content.len() - 2);
    }
    let unsupported = |problem: &str| {
        let says = format!(
            "smtp: the message has a line that {problem}, which SMTP does not carry; shorten or clean its headers and bodies"
        );
        Err(SendError::unsupported("message", says))
    };
    let mut rest = content.as_slice();
    while !rest.is_empty() {
        let end = rest.windows(2).position(|two| two == b"\r\n");
        let line = &rest[..end.unwrap_or(rest.len())];
        if line.len() > LONGEST_LINE {
            return unsupported("is longer than 998 bytes");
        }
        if line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return unsupported("holds a bare CR or LF, or a NUL");
        }
        rest = end.map_or(&[], |end| &rest[end + 2..]);
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn only_whole_lines_of_bearable_length_pass() {
        let long = |length: usize| {
            [
                b"A: ".as_slice(),
                &vec![b'x'; length - 3],
                b"\r\n\r\nHi\r\n",
            ]
            .concat()
        };
        assert_eq!(
            checked(b"A: b\r\n\r\nHi\r\n\r\n".to_vec()).unwrap(),
            b"A: b\r\n\r\nHi\r\n"
        );
        assert!(checked(long(998)).is_ok());
        for bad in [
            long(999),
            b"A: b\nC: d\r\n".to_vec(),
            b"A: b\rC: d\r\n".to_vec(),
            b"A: \0\r\n".to_vec(),
            b"A: b\r\n\r\nHi\n.\nMAIL FROM:<x>".to_vec(),
        ] {
            let error = checked(bad).unwrap_err();
            assert!(error.to_string().contains("line that"), "{error}");
        }
    }
}
