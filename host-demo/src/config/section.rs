//! Reading one table of the file: every key is asked for once, what nobody asked for is a fault.

use std::cell::RefCell;

use toml::{Table, Value};

use super::Faults;

/// A table, its place in the file, and where its faults go.
pub(crate) struct Section<'a> {
    path: String,
    table: Table,
    faults: &'a Faults,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(path: impl Into<String>, table: Table, faults: &'a Faults) -> Self {
        Self {
            path: path.into(),
            table,
            faults,
            known: RefCell::default(),
        }
    }

    /// The full name of a key of this table.
    pub(crate) fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(crate) fn fault(&self, key: &str, problem: impl Into<String>) {
        self.faults.add(self.key(key), problem);
    }

    /// Whether this key has a fault already (an environment variable that is missing, say).
    pub(crate) fn is_faulty(&self, key: &str) -> bool {
        self.faults.contains(&self.key(key))
    }

    /// Whether any key of this table has a fault already.
    pub(crate) fn is_faulty_below(&self) -> bool {
        self.faults.any_below(&self.path)
    }

    /// What is left, for somebody else to read.
    pub(crate) fn into_table(self) -> Table {
        self.table
    }

    pub(crate) fn faults(&self) -> &'a Faults {
        self.faults
    }

    pub(crate) fn has(&self, key: &'static str) -> bool {
        self.is_known(key);
        self.table.contains_key(key)
    }

    pub(crate) fn take(&mut self, key: &'static str) -> Option<Value> {
        self.is_known(key);
        self.table.remove(key)
    }

    fn is_known(&self, key: &'static str) {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
    }

    pub(crate) fn string(&mut self, key: &'static str) -> Option<String> {
        match self.take(key)? {
            Value::String(text) => Some(text),
            other => self.wrong(key, "a string", &other),
        }
    }

    /// A string that must be there and not be blank.
    pub(crate) fn required(&mut self, key: &'static str, remedy: &str) -> Option<String> {
        if !self.has(key) {
            self.fault(key, format!("is missing; {remedy}"));
            return None;
        }
        let text = self.string(key)?;
        if text.trim().is_empty() {
            self.fault(key, format!("must not be empty; {remedy}"));
            return None;
        }
        Some(text)
    }

    pub(crate) fn strings(&mut self, key: &'static str) -> Option<Vec<String>> {
        let values = self.list(key)?;
        let mut strings = Vec::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            match value {
                Value::String(text) => strings.push(text),
                other => {
                    let _: Option<()> = self.wrong(&format!("{key}[{index}]"), "a string", &other);
                }
            }
        }
        Some(strings)
    }

    pub(crate) fn list(&mut self, key: &'static str) -> Option<Vec<Value>> {
        match self.take(key)? {
            Value::Array(values) => Some(values),
            other => self.wrong(key, "a list in [ ]", &other),
        }
    }

    /// A table inside this one; an empty one when it is not there.
    pub(crate) fn section(&mut self, key: &'static str) -> Section<'a> {
        let table = match self.take(key) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(other) => self.wrong(key, "a table", &other).unwrap_or_default(),
        };
        Section::new(self.key(key), table, self.faults)
    }

    /// A list of tables: `[[routes]]`.
    pub(crate) fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let values = self.list(key).unwrap_or_default();
        let mut sections = Vec::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            let place = format!("{key}[{index}]");
            match value {
                Value::Table(table) => {
                    sections.push(Section::new(self.key(&place), table, self.faults));
                }
                other => {
                    let _: Option<()> = self.wrong(&place, "a table", &other);
                }
            }
        }
        sections
    }

    /// Tables by names of the user's choice: `[providers.NAME]`.
    pub(crate) fn named_sections(&mut self, key: &'static str) -> Vec<(String, Section<'a>)> {
        let outer = self.section(key);
        let mut sections = Vec::with_capacity(outer.table.len());
        for (name, value) in outer.table.clone() {
            match value {
                Value::Table(table) => {
                    let section = Section::new(outer.key(&name), table, self.faults);
                    sections.push((name, section));
                }
                other => {
                    let _: Option<()> = outer.wrong(&name, "a table", &other);
                }
            }
        }
        sections
    }

    /// Everything that nobody asked for is a fault.
    pub(crate) fn finish(self) {
        let known = self.known.borrow();
        for key in self.table.keys() {
            let near = known
                .iter()
                .map(|word| (strsim::jaro_winkler(word, key), word))
                .filter(|(likeness, _)| *likeness > 0.8)
                .max_by(|one, other| one.0.total_cmp(&other.0));
            let remedy = match near {
                Some((_, word)) => format!("did you mean `{word}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            self.fault(key, format!("is not a known key; {remedy}"));
        }
    }

    pub(super) fn wrong<T>(&self, key: &str, expected: &str, found: &Value) -> Option<T> {
        let found = match found {
            Value::String(_) => "a string",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a decimal number",
            Value::Boolean(_) => "true or false",
            Value::Datetime(_) => "a date",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        };
        self.fault(key, format!("must be {expected} (got {found})"));
        None
    }
}
