//! A URL for the camera of a phone.

use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;

/// Light around the code; the standard wants four modules.
const MARGIN: i32 = 4;
/// Black on white whatever the colours of the terminal are.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// The code as lines of text, two modules a character; `None` where it does not fit.
pub fn code(text: &str, columns: u16, rows: u16, coloured: bool) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let end = code.size() + MARGIN;
    let (width, height) = (code.size() + 2 * MARGIN, (code.size() + 2 * MARGIN + 1) / 2);
    if width > i32::from(columns) || height > i32::from(rows) {
        return None;
    }
    let mut lines = String::new();
    for upper in (-MARGIN..end).step_by(2) {
        if coloured {
            lines.push_str(BLACK_ON_WHITE);
        }
        for x in -MARGIN..end {
            lines.push(half_blocks(code.get_module(x, upper), code.get_module(x, upper + 1), coloured));
        }
        let _ = writeln!(lines, "{}", if coloured { RESET } else { "" });
    }
    Some(lines)
}

/// Two modules, one above the other. Without colours a terminal is taken to be light on dark, as most are.
fn half_blocks(upper: bool, lower: bool, coloured: bool) -> char {
    match (upper == coloured, lower == coloured) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://device.example/?user_code=ABCD-EFGH";

    #[test]
    fn a_code_is_shown_where_it_fits() {
        let code = code(URL, 80, 40, false).unwrap();
        let widths: Vec<_> = code.lines().map(|line| line.chars().count()).collect();
        // Version 3: 29 modules and the margin.
        assert!(widths.iter().all(|width| *width == 37), "{widths:?}");
        assert_eq!(widths.len(), 19);
        assert!(super::code(URL, 37, 19, false).is_some());
        assert_eq!(super::code(URL, 36, 19, false), None);
        assert_eq!(super::code(URL, 37, 18, false), None);
        assert_eq!(super::code(&"x".repeat(5000), 1000, 1000, false), None);
    }

    #[test]
    fn the_modules_are_those_of_the_code() {
        let wanted = QrCode::encode_text(URL, QrCodeEcc::Low).unwrap();
        let plain: Vec<Vec<char>> =
            code(URL, 80, 40, false).unwrap().lines().map(|line| line.chars().collect()).collect();
        let is_light = |x: usize, y: usize| match plain[y / 2][x] {
            '█' => true,
            '▀' => y.is_multiple_of(2),
            '▄' => !y.is_multiple_of(2),
            _ => false,
        };
        for y in 0..29 + 8 {
            for x in 0..29 + 8 {
                let (column, row) = (i32::try_from(x).unwrap() - 4, i32::try_from(y).unwrap() - 4);
                assert_eq!(is_light(x, y), !wanted.get_module(column, row), "{x} {y}");
            }
        }
    }

    #[test]
    fn colours_are_reset_at_each_line() {
        let coloured = code(URL, 80, 40, true).unwrap();
        assert!(coloured.lines().all(|line| line.starts_with(BLACK_ON_WHITE) && line.ends_with(RESET)));
        assert!(!code(URL, 80, 40, false).unwrap().contains('\x1b'));
    }
}
