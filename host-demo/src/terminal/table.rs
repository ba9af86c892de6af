//! Aligned columns.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use uuid::Uuid;

use super::heading;

/// A table with a heading line, fitted to the terminal's width when there is one.
pub(crate) fn table<const N: usize>(
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headings.map(heading));
    let mut holds_ids = [false; N];
    for row in rows {
        for (holds_ids, cell) in holds_ids.iter_mut().zip(&row) {
            *holds_ids |= Uuid::try_parse(cell).is_ok();
        }
        table.add_row(row);
    }
    keep_ids_whole(&mut table, holds_ids);
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}

/// An id that is broken over two lines cannot be copied.
fn keep_ids_whole<const N: usize>(table: &mut Table, holds_ids: [bool; N]) {
    /// With the space on either side.
    const ID: u16 = 36 + 2;
    for (column, holds_ids) in table.column_iter_mut().zip(holds_ids) {
        if holds_ids {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(ID)));
        }
    }
}
