//! Which key was meant: the known one with the fewest letters to change.

use super::field::Field;

/// The field whose name is nearest to a mistaken one.
pub(super) fn field<'a>(
    fields: impl Iterator<Item = &'a Field>,
    name: impl Fn(&Field) -> String,
    mistaken: &str,
) -> Option<&'a Field> {
    let mistaken = plain(mistaken);
    fields.min_by_key(|field| {
        let whole = distance(&plain(&name(field)), &mistaken);
        // A key that stands in the wrong section is meant all the same.
        let last = mistaken.rsplit(' ').next().unwrap_or_default();
        if field.key == last { 0 } else { whole.min(distance(field.key, &mistaken)) }
    })
}

/// The name nearest to a mistaken one.
pub(crate) fn name<'a>(names: impl Iterator<Item = &'a str>, mistaken: &str) -> &'a str {
    names.min_by_key(|name| distance(name, mistaken)).unwrap_or_default()
}

/// Case and the marks between words do not count: `DOORWARD_OIDC_CODE_TTL` is one underscore away.
fn plain(name: &str) -> String {
    name.to_lowercase().replace("__", ".").replace('.', " ")
}

/// Levenshtein's distance in letters.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, y) in b.chars().enumerate() {
            let substitute = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(corner + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
