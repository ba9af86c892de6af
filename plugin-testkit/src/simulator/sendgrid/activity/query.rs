//! The query language of the search, as far as its manual's examples go: comparisons, `LIKE`, `IN`, `BETWEEN`, `IS NULL`,
//! `Contains(list, "x")`, `unique_args['name']`, `AND`, `OR`, `NOT` and parentheses.

use jiff::Timestamp;

use super::row::{FIELDS, Field, Row};
use super::tokens::{Token, split};

/// The parser goes down a level for each.
const DEEPEST: usize = 64;

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
    /// Reads a query; an empty one fits everything.
    ///
    /// # Errors
    /// The text of the refusal.
    pub(super) fn read(query: &str) -> Result<Self, String> {
        let tokens = split(query)?;
        if tokens.is_empty() {
            return Ok(Self::Everything);
        }
        let nested = tokens.iter().filter(|token| opens(token)).count();
        if nested > DEEPEST {
            return Err(format!(
                "invalid syntax: more than {DEEPEST} parentheses and NOTs"
            ));
        }
        let mut parser = Parser { tokens, at: 0 };
        let filter = parser.any()?;
        match parser.tokens.get(parser.at) {
            None => Ok(filter),
            Some(token) => Err(format!("invalid syntax: unexpected {token:?}")),
        }
    }

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

fn opens(token: &Token) -> bool {
    match token {
        Token::Sign(sign) => *sign == "(",
        Token::Word(word) => word.eq_ignore_ascii_case("NOT"),
        Token::Text(_) => false,
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.all()?];
        while self.skips_word("OR") {
            parts.push(self.all()?);
        }
        Ok(Filter::Any(parts))
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.one()?];
        while self.skips_word("AND") {
            parts.push(self.one()?);
        }
        Ok(Filter::All(parts))
    }

    fn one(&mut self) -> Result<Filter, String> {
        if self.skips_word("NOT") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.skips_sign("(") {
            let inner = self.any()?;
            return self.sign(")").map(|()| inner);
        }
        if self.skips_word("Contains") {
            self.sign("(")?;
            let subject = self.subject()?;
            self.sign(",")?;
            let test = Test::Contains(self.value()?);
            return self.sign(")").map(|()| Filter::Is(subject, test));
        }
        let subject = self.subject()?;
        let mut denied = self.skips_word("NOT");
        let test = match self.skips_word("IS") {
            true => {
                denied |= self.skips_word("NOT");
                self.word("NULL")?;
                Test::Null
            }
            false => self.test()?,
        };
        let filter = Filter::Is(subject, test);
        match denied {
            true => Ok(Filter::Not(Box::new(filter))),
            false => Ok(filter),
        }
    }

    fn test(&mut self) -> Result<Test, String> {
        if self.skips_word("LIKE") {
            return Ok(Test::Like(self.value()?));
        }
        if self.skips_word("BETWEEN") {
            let low = self.value()?;
            self.word("AND")?;
            return Ok(Test::Between(low, self.value()?));
        }
        if self.skips_word("IN") {
            self.sign("(")?;
            let mut values = vec![self.value()?];
            while self.skips_sign(",") {
                values.push(self.value()?);
            }
            return self.sign(")").map(|()| Test::In(values));
        }
        match self.next() {
            Some(Token::Sign(sign)) if !["(", ")", "[", "]", ","].contains(&sign) => {
                Ok(Test::Compare(sign, self.value()?))
            }
            other => Err(format!(
                "invalid syntax: expected a comparison, got {other:?}"
            )),
        }
    }

    fn subject(&mut self) -> Result<Subject, String> {
        match self.next() {
            Some(Token::Word(name)) if name == "unique_args" => {
                self.sign("[")?;
                let name = self.value()?;
                self.sign("]").map(|()| Subject::UniqueArg(name))
            }
            Some(Token::Word(name)) if FIELDS.contains(&name.as_str()) => Ok(Subject::Field(name)),
            Some(Token::Word(name)) => {
                Err(format!("invalid syntax: '{name}' is not a known field"))
            }
            other => Err(format!("invalid syntax: expected a field, got {other:?}")),
        }
    }

    /// A text, a number, or `TIMESTAMP` and a text.
    fn value(&mut self) -> Result<String, String> {
        self.skips_word("TIMESTAMP");
        match self.next() {
            Some(Token::Text(text) | Token::Word(text)) => Ok(text),
            other => Err(format!("invalid syntax: expected a value, got {other:?}")),
        }
    }

    fn sign(&mut self, wanted: &str) -> Result<(), String> {
        let found = self.skips_sign(wanted);
        self.expected(wanted, found)
    }

    fn word(&mut self, wanted: &str) -> Result<(), String> {
        let found = self.skips_word(wanted);
        self.expected(wanted, found)
    }

    fn expected(&self, wanted: &str, found: bool) -> Result<(), String> {
        let got = self.tokens.get(self.at);
        match found {
            true => Ok(()),
            false => Err(format!("invalid syntax: expected {wanted}, got {got:?}")),
        }
    }

    fn skips_sign(&mut self, wanted: &str) -> bool {
        let found = self.tokens.get(self.at);
        self.skips(matches!(found, Some(Token::Sign(sign)) if *sign == wanted))
    }

    fn skips_word(&mut self, wanted: &str) -> bool {
        let found = self.tokens.get(self.at);
        self.skips(matches!(found, Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted)))
    }

    fn skips(&mut self, fits: bool) -> bool {
        self.at += usize::from(fits);
        fits
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_query_is_refused_and_never_panics() {
        let deep = format!("{}status=\"x\"{}", "(".repeat(100_000), ")".repeat(100_000));
        for wrong in [
            "bad_field=\"x\"",
            "status",
            "status=",
            "status=\"open",
            "status==\"x\"",
            "(status=\"x\"",
            "status=\"x\")",
            "status=\"x\" AND",
            "unique_args=\"x\"",
            "unique_args['x'=\"y\"",
            "last_event_time BETWEEN TIMESTAMP \"a\"",
            "Contains(events)",
            "status IN ()",
            "é",
            &deep,
        ] {
            assert!(Filter::read(wrong).is_err(), "{wrong:.50}");
        }
        let unknown = Filter::read("bad_field=\"x\"").unwrap_err();
        assert_eq!(unknown, "invalid syntax: 'bad_field' is not a known field");
    }

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
