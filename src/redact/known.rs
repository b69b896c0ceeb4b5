//! Secrets that a login knows: whoever it talks to may repeat them, in any encoding, and no look at a text tells that a
//! word of it is the user's password.
//!
//! They belong to the thread of the login, which lives no longer than it (see `runtime`): texts from outside come to an
//! error from many places, pure ones among them.

use super::REDACTED;
use crate::secret::{ExposeSecret, SecretString};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use std::cell::RefCell;
use std::ops::Range;
use zeroize::Zeroizing;

/// A shorter one would be found in everything, and its absence would tell it.
const SHORTEST: usize = 4;
/// SAML responses of hundreds of kilobytes need no memory of their own: what is long and random is never told.
const LONGEST: usize = 64 << 10;

thread_local! {
    static KNOWN: RefCell<Vec<SecretString>> = const { RefCell::new(Vec::new()) };
}

/// From now on this thread tells it nobody.
pub fn keep_back(secret: &SecretString) {
    let text = secret.expose_secret();
    if text.len() > LONGEST || text.trim().chars().count() < SHORTEST {
        return;
    }
    KNOWN.with_borrow_mut(|known| {
        if !known.iter().any(|other| other.expose_secret() == text) {
            known.push(secret.clone());
        }
    });
}

/// A login begins on this thread, which knows nothing yet.
pub fn know_nothing() {
    KNOWN.with_borrow_mut(Vec::clear);
}

/// `line` without what is known. Blanks are single ones, here and in what is looked for.
pub(super) fn without_known(line: &str) -> String {
    KNOWN.with_borrow(|known| {
        if known.is_empty() {
            return line.to_owned();
        }
        let escapes: [Escape; 4] = [literal, of_url, of_html, of_json];
        let views = escapes.map(|escape| View::of(line, escape));
        let mut found: Vec<Range<usize>> = Vec::new();
        // No form is shorter than a third of its secret.
        let short_enough = known.iter().filter(|secret| secret.expose_secret().len() / 3 <= line.len());
        for form in short_enough.flat_map(forms) {
            found.extend(views.iter().flat_map(|view| view.find(&form)));
        }
        cut_out(line, found)
    })
}

/// What a secret looks like, in lower case: encodings that are escapes of single characters are undone in the text.
fn forms(secret: &SecretString) -> Vec<Zeroizing<Vec<u8>>> {
    let text = secret.expose_secret();
    let words = Zeroizing::new(text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut forms = vec![
        words.to_string(),
        // In forms a blank is a plus sign.
        words.replace(' ', "+"),
        // Who puts it into a URL as it is has these changed by whoever reads the URL.
        percent_decode_str(&words).decode_utf8_lossy().into_owned(),
        percent_decode_str(&words.replace('\\', "/")).decode_utf8_lossy().into_owned(),
        text.bytes()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect(),
    ];
    for engine in [&BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD] {
        // By itself, and behind one or two bytes of something else: `Basic` credentials are such.
        for (before, shared) in [(b"".as_slice(), 0), (b":", 2), (b"::", 3)] {
            let bytes = Zeroizing::new([before, text.as_bytes()].concat());
            let encoded = engine.encode(&*bytes);
            // The last character depends on what follows.
            let end = if bytes.len() % 3 == 0 { encoded.len() } else { encoded.len() - 1 };
            forms.extend([encoded.get(shared..end), encoded.get(shared..)].into_iter().flatten().map(str::to_owned));
        }
    }
    let long_enough = forms.into_iter().filter(|form| form.chars().count() >= SHORTEST);
    long_enough.map(|form| Zeroizing::new(form.to_ascii_lowercase().into_bytes())).collect()
}

/// A text as it is searched, each byte with the place in the line that it comes from.
struct View {
    bytes: Zeroizing<Vec<u8>>,
    places: Vec<Range<usize>>,
}

impl View {
    /// With the escapes of one kind undone.
    fn of(line: &str, escape: Escape) -> Self {
        let mut view = Self { bytes: Zeroizing::new(Vec::with_capacity(line.len())), places: Vec::new() };
        let mut at = 0;
        while let Some((first, rest)) = line.as_bytes().get(at..).and_then(<[u8]>::split_first) {
            let (character, length) = escape(*first, rest).unwrap_or_else(|| (vec![*first], 1));
            for byte in character {
                view.bytes.push(byte.to_ascii_lowercase());
                view.places.push(at..at + length);
            }
            at += length;
        }
        view
    }

    fn find(&self, form: &[u8]) -> Vec<Range<usize>> {
        let places = self.places.windows(form.len());
        let matching = self.bytes.windows(form.len()).zip(places).filter(|(window, _)| *window == form);
        matching.filter_map(|(_, places)| Some(places.first()?.start..places.last()?.end)).collect()
    }
}

/// The bytes that an escape stands for, and its length, by its first byte and what follows.
type Escape = fn(u8, &[u8]) -> Option<(Vec<u8>, usize)>;

fn literal(_: u8, _: &[u8]) -> Option<(Vec<u8>, usize)> {
    None
}

fn of_url(first: u8, rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let digits = rest.get(..2).filter(|_| first == b'%')?;
    Some((vec![u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?], 3))
}

fn of_html(first: u8, rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let end = rest.iter().take(10).position(|byte| first == b'&' && *byte == b';')?;
    let character = match str::from_utf8(rest.get(..end)?).ok()? {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            char::from_u32(number.ok()?)?
        }
    };
    Some((character.to_string().into_bytes(), end + 2))
}

fn of_json(first: u8, rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    match rest.first().filter(|_| first == b'\\')? {
        b'u' => {
            let number = u32::from_str_radix(str::from_utf8(rest.get(1..5)?).ok()?, 16).ok()?;
            Some((char::from_u32(number)?.to_string().into_bytes(), 6))
        }
        byte @ (b'"' | b'\\' | b'/' | b'\'') => Some((vec![*byte], 2)),
        _ => None,
    }
}

fn cut_out(line: &str, mut found: Vec<Range<usize>>) -> String {
    found.sort_by_key(|range| (range.start, range.end));
    let (mut shown, mut at) = (String::with_capacity(line.len()), 0);
    for range in found {
        if range.start >= at {
            shown.push_str(line.get(at..range.start).unwrap_or_default());
            shown.push_str(REDACTED);
        }
        at = at.max(range.end);
    }
    shown.push_str(line.get(at..).unwrap_or_default());
    shown
}

#[cfg(test)]
mod tests {
    use super::super::{head, tail};
    use super::*;
    use crate::secret::secret;

    const PASSWORD: &str = "Pa ss\"<&'>+/\\%41;\u{fc}";

    fn told(text: &str) -> String {
        know_nothing();
        keep_back(&secret(PASSWORD));
        head(text, 1000)
    }

    #[test]
    fn in_every_encoding() {
        let hex: String = PASSWORD.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
        for text in [
            PASSWORD.to_owned(),
            PASSWORD.to_uppercase().replace('\u{dc}', "\u{fc}"),
            PASSWORD.replace(' ', " \t\n "),
            "Pa%20ss%22%3C%26'%3E%2B/%5C%2541;%c3%BC".to_owned(),
            "Pa%20ss%22%3C&'%3E+//%41;%C3%BC".to_owned(),
            "Pa+ss%22%3C%26%27%3E%2B%2F%5C%2541%3B%C3%BC".to_owned(),
            "Pa ss&quot;&lt;&amp;&#39;&gt;+/\\%41;&#xFC;".to_owned(),
            "Pa ss\\\"<&'>+\\/\\\\%41;\\u00fc".to_owned(),
            BASE64_STANDARD_NO_PAD.encode(PASSWORD),
            hex,
        ] {
            assert_eq!(told(&format!("not: {text}.")), "not: [redacted].", "{text}");
            assert_eq!(tail(&format!("not: {text}."), 1000), "not: [redacted].", "{text}");
        }
        know_nothing();
        assert_eq!(head("not: Pa%20ss.", 1000), "not: Pa%20ss.", "the control");
        assert!(head(PASSWORD, 1000).contains("Pa ss"), "the control");
        for before in ["", ":", "u:", "us:", "use:"] {
            let basic = BASE64_STANDARD_NO_PAD.encode(format!("{before}{PASSWORD}!"));
            assert!(!told(&basic).contains(&basic[7..17]), "{before}");
        }
    }

    #[test]
    fn all_of_it_and_nothing_else() {
        assert_eq!(told(&format!("{PASSWORD}{PASSWORD} and {PASSWORD}")), "[redacted][redacted] and [redacted]");
        assert_eq!(told("nothing of 100% & \\ &; %4 \\u12 \u{fc}"), "nothing of 100% & \\ &; %4 \\u12 \u{fc}");
        keep_back(&secret("abc"));
        assert_eq!(head("abc", 10), "abc", "too short to be told from words");
        keep_back(&secret("abcabcab"));
        assert_eq!(head("xabcabcabcabx", 100), "x[redacted]x", "where it overlaps itself");
    }

    #[test]
    fn before_anything_is_cut() {
        let long = format!("{} {PASSWORD}", "x".repeat(190));
        know_nothing();
        keep_back(&secret(PASSWORD));
        assert!(!head(&long, 195).contains("Pa"));
        assert!(!tail(&format!("{PASSWORD} end"), 8).contains('\u{fc}'));
    }

    #[test]
    fn another_thread_knows_nothing() {
        keep_back(&secret("sesame open"));
        assert_eq!(head("sesame open", 100), "[redacted]");
        assert_eq!(std::thread::spawn(|| head("sesame open", 100)).join().unwrap(), "sesame open");
    }
}
