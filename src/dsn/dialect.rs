//! Connection strings written.

/// `key=value;…` as an ODBC driver manager and Amazon's driver read it.
#[must_use]
pub fn braced_pairs<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        text.push_str(key.as_ref());
        text.push('=');
        push_braced(&mut text, value.as_ref());
        text.push(';');
    }
    text
}

/// Braces around a value that would not survive without them.
fn push_braced(text: &mut String, value: &str) {
    if value.contains([';', '{', '}']) || value.trim() != value {
        text.push('{');
        text.push_str(&value.replace('}', "}}"));
        text.push('}');
    } else {
        text.push_str(value);
    }
}
