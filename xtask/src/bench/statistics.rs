//! What is made of measured numbers.

/// The middle of the numbers; of an even count the mean of the two in the middle. NaN of none.
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (count, middle) if count % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        (_, middle) => sorted[middle],
    }
}

/// The smallest number. NaN of none.
pub fn least(numbers: &[f64]) -> f64 {
    numbers.iter().copied().min_by(f64::total_cmp).unwrap_or(f64::NAN)
}

/// How many round trips follow each other in what took `near_ms` without a distance and `far_ms` with this one.
pub fn trips(near_ms: f64, far_ms: f64, round_trip_ms: f64) -> f64 {
    (far_ms - near_ms) / round_trip_ms
}

/// What one more of something costs, from two totals.
pub fn each(small: (u64, f64), large: (u64, f64)) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "counts of repetitions are small")]
    let count = (large.0 - small.0) as f64;
    (large.1 - small.1) / count
}

/// A number with three digits that count, as tables have it: `0.00123`, `4.56`, `1,234`.
pub fn show(number: f64) -> String {
    if !number.is_finite() {
        return "-".into();
    }
    let magnitude = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 6")]
    let decimals = (2.0 - magnitude).clamp(0.0, 6.0) as usize;
    grouped(&format!("{number:.decimals$}"))
}

/// A whole number in groups of three digits.
pub fn whole(number: f64) -> String {
    if number.is_finite() { grouped(&format!("{number:.0}")) } else { "-".into() }
}

fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    format!("{sign}{}{rest}", groups.join(","))
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "what is compared is not computed, or exactly")]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 100.0]), 3.0);
        assert_eq!(median(&[4.0, 1.0, 100.0, 2.0]), 3.0);
        assert!(median(&[]).is_nan());
        assert_eq!(least(&[3.0, 1.0, 2.0]), 1.0);
    }

    #[test]
    fn trips_are_the_share_that_grows_with_the_distance() {
        assert!((trips(4.0, 304.0, 50.0) - 6.0).abs() < 1e-9);
        assert!((trips(4.0, 4.0, 50.0)).abs() < 1e-9);
    }

    #[test]
    fn what_is_not_repeated_does_not_count() {
        assert_eq!(each((100, 5_000.0), (1_100, 25_000.0)), 20.0);
    }

    #[test]
    fn numbers_are_shown_as_exactly_as_they_are_known() {
        for (number, shown) in [
            (0.0, "0.00"),
            (0.001_234, "0.00123"),
            (4.567, "4.57"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1_234_567.0, "1,234,567"),
            (-1234.5, "-1,234"),
            (f64::NAN, "-"),
        ] {
            assert_eq!(show(number), shown);
        }
        assert_eq!((whole(999.6).as_str(), whole(12_345_678.0).as_str()), ("1,000", "12,345,678"));
    }
}
