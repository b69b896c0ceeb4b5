//! Points in time as ISO 8601 has them.

use time::OffsetDateTime;
use time::macros::format_description;

/// In UTC, to the second, rounded down: nobody should take it for later than it is. `None` where it is out of range.
pub fn iso_8601(unix_ms: i64) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp(unix_ms.div_euclid(1000)).ok()?;
    at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z")).ok()
}

#[cfg(test)]
mod tests {
    use super::iso_8601;

    #[test]
    fn it_is_utc_to_the_second() {
        assert_eq!(iso_8601(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(iso_8601(1_709_210_096_999).as_deref(), Some("2024-02-29T12:34:56Z"));
        assert_eq!(iso_8601(i64::MAX), None);
    }
}
