//! The known name that a mistyped one was probably meant to be.

use super::table::SPELLINGS;

/// The spelling of a key that is nearest to `name`, if one is near.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    nearest_of(name, SPELLINGS.iter().map(|entry| entry.0))
}

/// The one of `known` that is nearest to `name`: at most every third letter differs, and never all of a short name.
#[must_use]
pub fn nearest_of<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.trim().chars().take(64).map(|letter| letter.to_ascii_lowercase()).collect();
    let limit = (name.len() / 3).max(1);
    known
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.len().min(name.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, remove or replace to make `candidate` of `name`, a swap of neighbours counting as one (optimal
/// string alignment). Three rows of the table are enough.
fn distance(name: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.chars().map(|letter| letter.to_ascii_lowercase()).collect();
    let mut two_above: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=candidate.len()).collect();
    let mut before: Option<char> = None;
    for (row, letter) in name.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut left = row + 1;
        for (column, other) in candidate.iter().enumerate() {
            let diagonal = above.get(column).copied().unwrap_or(usize::MAX);
            let up = above.get(column + 1).copied().unwrap_or(usize::MAX);
            let mut best = (diagonal + usize::from(letter != other)).min(up + 1).min(left + 1);
            let swapped = column.checked_sub(1).and_then(|column| candidate.get(column).map(|other| (column, other)));
            if let (Some(before), Some((column, earlier))) = (before, swapped)
                && before == *other
                && letter == earlier
            {
                best = best.min(two_above.get(column).map_or(usize::MAX, |cost| cost + 1));
            }
            current.push(best);
            left = best;
        }
        before = Some(*letter);
        two_above = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or(usize::MAX)
}
