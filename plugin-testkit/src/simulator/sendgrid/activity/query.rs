//! Reading the query language of the search, as far as its manual's examples go: comparisons, `LIKE`, `IN`, `BETWEEN`, `IS NULL`,
//! `Contains(list, "x")`, `unique_args['name']`, `AND`, `OR`, `NOT` and parentheses.

use super::filter::{Filter, Subject, Test};
use super::row::FIELDS;
use super::tokens::{Token, split};

/// The parser goes down a level for each.
const DEEPEST: usize = 64;

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
}
