//! What the library knows: plugins and keys.

use crate::failure::Failure;
use crate::library;
use serde_json::Value;

/// The library's catalogue.
pub struct Catalogue(Value);

impl Catalogue {
    /// That of the library in this program.
    pub fn read() -> Result<Self, Failure> {
        let json = serde_json::from_str(library::catalogue());
        json.map(Self).map_err(|error| Failure::system(format!("the catalogue of the library cannot be read: {error}")))
    }

    /// The plugins.
    pub fn plugins(&self) -> &[Value] {
        list(&self.0["plugins"])
    }

    /// The keys.
    pub fn keys(&self) -> &[Value] {
        list(&self.0["keys"])
    }

    /// The plugin of this name, in any spelling.
    pub fn plugin(&self, name: &str) -> Option<&Value> {
        self.plugins().iter().find(|plugin| is_called(plugin, name))
    }

    /// Whether the value of this key, in any spelling, is kept from view.
    pub fn is_secret(&self, name: &str) -> bool {
        self.keys().iter().any(|key| is_called(key, name) && key["secret"] == true)
    }
}

/// The items of a list; none where there is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text; empty where there is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn is_called(entry: &Value, name: &str) -> bool {
    let is = |spelling: &Value| text(spelling).eq_ignore_ascii_case(name);
    is(&entry["name"]) || list(&entry["aliases"]).iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_plugins_are_found_in_any_spelling() {
        let catalogue = Catalogue::read().unwrap();
        assert!(["PWD", "pwd", "Password", "SecretAccessKey"].iter().all(|key| catalogue.is_secret(key)));
        assert!(!["UID", "Host", "nonsense", ""].iter().any(|key| catalogue.is_secret(key)));
        assert_eq!(catalogue.plugin("oktacredentialsprovider").unwrap()["name"], "Okta");
        assert!(catalogue.plugin("Otka").is_none());
    }
}
