//! Times in the spellings that the services use.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const HTTP: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
const ISO: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const AMZ: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// `Mon, 23 Nov 2026 05:59:40 GMT`
pub(crate) fn http_date(time: OffsetDateTime) -> String {
    time.format(HTTP).unwrap_or_default()
}

/// `2026-11-23T05:59:40Z`
pub(crate) fn iso(time: OffsetDateTime) -> String {
    time.format(ISO).unwrap_or_default()
}

/// `20261123T055940Z`
pub(crate) fn amz(time: OffsetDateTime) -> String {
    time.format(AMZ).unwrap_or_default()
}

/// Reads `20261123T055940Z`.
pub(crate) fn parse_amz(text: &str) -> Option<OffsetDateTime> {
    time::PrimitiveDateTime::parse(text, AMZ).ok().map(time::PrimitiveDateTime::assume_utc)
}

/// Reads `2026-11-23T05:59:40Z`, with or without a fraction or another offset, as SAML writes it.
pub(crate) fn parse_iso(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()
}
