//! That the secrets of an answer come out in nothing that is shown of it.

use serde_json::Value;

/// What is shown of a JSON object that has secrets in these members. Letters that a secret shares with a text of ours, or with
/// another member, stay where they are when the secret is another one; what goes with it was told.
pub(super) fn stay_untold(bytes: &[u8], members: &[&str], show: impl Fn(&[u8]) -> String) {
    let Ok(Value::Object(object)) = serde_json::from_slice(bytes) else { return };
    let show = |object: &serde_json::Map<String, Value>| show(&serde_json::to_vec(object).unwrap_or_default());
    let mut shown = None;
    for member in members {
        let Some(Value::String(secret)) = object.get(*member) else { continue };
        let shown = shown.get_or_insert_with(|| show(&object));
        let other = alike(secret);
        if other == *secret || !shown.contains(secret.as_str()) {
            continue;
        }
        let mut changed = object.clone();
        changed.insert((*member).to_owned(), Value::String(other));
        assert_eq!(*shown, show(&changed), "{member} is told");
    }
}

/// A text of the same length and kind with other letters and digits.
fn alike(text: &str) -> String {
    let turned = |char: char, first: u8, count: u8| {
        let offset = u8::try_from(char).unwrap_or(first) - first;
        char::from(first + (offset + count / 2) % count)
    };
    let other = |char| match char {
        'a'..='z' => turned(char, b'a', 26),
        'A'..='Z' => turned(char, b'A', 26),
        '0'..='9' => turned(char, b'0', 10),
        _ => char,
    };
    text.chars().map(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = br#"{"token": "no", "other": "no"}"#;

    #[test]
    fn letters_of_a_message_are_not_told() {
        stay_untold(ANSWER, &["token"], |_| "The answer has no role.".to_owned());
        stay_untold(ANSWER, &["token"], |bytes| {
            let object: Value = serde_json::from_slice(bytes).unwrap();
            format!("The other is {}.", object["other"])
        });
    }

    #[test]
    #[should_panic(expected = "token is told")]
    fn a_secret_in_a_message_is_told() {
        stay_untold(ANSWER, &["token"], |bytes| String::from_utf8(bytes.to_vec()).unwrap());
    }

    #[test]
    fn every_letter_and_digit_is_another() {
        assert_eq!(alike("azAZ09 é-"), "nmNM54 é-");
    }
}
