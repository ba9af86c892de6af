//! A query at work on one row.

use jiff::Timestamp;

use super::row::{Field, Row};

/// A query that was understood.
#[derive(Debug)]
pub(super) enum Filter {
    Everything,
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Is(Subject, Test),
}

#[derive(Debug)]
pub(super) enum Subject {
    Field(String),
    UniqueArg(String),
}

#[derive(Debug)]
pub(super) enum Test {
    Compare(&'static str, String),
    Like(String),
    In(Vec<String>),
    Between(String, String),
    Null,
    Contains(String),
}

impl Filter {
    pub(super) fn fits(&self, row: &Row<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::All(parts) => parts.iter().all(|part| part.fits(row)),
            Self::Any(parts) => parts.iter().any(|part| part.fits(row)),
            Self::Not(part) => !part.fits(row),
            Self::Is(subject, test) => test.holds(&match subject {
                Subject::Field(name) => row.field(name).unwrap_or(Field::Nothing),
                Subject::UniqueArg(name) => row.unique_arg(name),
            }),
        }
    }
}

impl Test {
    fn holds(&self, field: &Field) -> bool {
        match self {
            Self::Compare(sign, value) => compare(field, sign, value),
            Self::Like(pattern) => is_like(field, pattern),
            Self::In(values) => values.iter().any(|value| compare(field, "=", value)),
            Self::Between(low, high) => compare(field, ">=", low) && compare(field, "<=", high),
            Self::Null => *field == Field::Nothing,
            Self::Contains(value) => match field {
                Field::Texts(texts) => texts.contains(value),
                _ => false,
            },
        }
    }
}

fn compare(field: &Field, sign: &str, value: &str) -> bool {
    let order = match field {
        Field::Text(text) => Some(text.as_str().cmp(value)),
        Field::Number(number) => value.parse().ok().map(|value| number.cmp(&value)),
        // Times are told and compared to the second.
        Field::Time(time) => value
            .parse::<Timestamp>()
            .ok()
            .map(|value| time.as_second().cmp(&value.as_second())),
        Field::Texts(_) | Field::Nothing => None,
    };
    order.is_some_and(|order| match sign {
        "=" => order.is_eq(),
        "!=" | "<>" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}

/// `%` stands for anything; letter case does not matter.
fn is_like(field: &Field, pattern: &str) -> bool {
    let Field::Text(text) = field else {
        return false;
    };
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    let Some((head, rest)) = pattern.split_once('%') else {
        return text == pattern;
    };
    let Some(mut left) = text.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = rest.rsplit_once('%').unwrap_or(("", rest));
    for part in middle.split('%') {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_takes_anything_in_the_place_of_a_percent_sign() {
        let like = |text: &str, pattern| is_like(&Field::Text(text.into()), pattern);
        assert!(
            like("Ann@Example.com", "%@example.com") && like("abc", "a%") && like("abc", "%B%")
        );
        assert!(like("abc", "abc") && like("abcabc", "a%c%c") && like("", "%"));
        assert!(
            !like("abc", "ab") && !like("abc", "%x%") && !like("ab", "a%b%b") && !like("a", "a%a")
        );
    }
}
