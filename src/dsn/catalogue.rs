//! Everything that a DSN dialog needs, as JSON: every plugin and every key with type, default, aliases, secrecy and help.

use super::keys::{self, Key, Kind};
use super::plugin_names;
use serde_json::{Map, Value, json};

/// The catalogue of the keys and of these plugins, in the order given.
#[must_use]
pub fn json(plugins: &[&str]) -> String {
    let plugins: Vec<Value> = plugins.iter().map(|name| plugin(name)).collect();
    let keys: Vec<Value> = keys::ALL.into_iter().map(key).collect();
    json!({ "plugins": plugins, "keys": keys }).to_string()
}

fn plugin(name: &str) -> Value {
    match plugin_names::find(name) {
        Some(plugin) => {
            json!({ "name": plugin.name, "aliases": plugin.aliases, "native_token": plugin.native, "help": plugin.help })
        }
        None => json!({ "name": name, "aliases": [] }),
    }
}

fn key(key: Key) -> Value {
    let spec = key.spec();
    let mut entry = Map::new();
    let mut put = |name: &str, value: Value| entry.insert(name.to_owned(), value);
    put("name", spec.name.into());
    put("aliases", spec.aliases.into());
    put("type", type_name(spec.kind).into());
    put("default", if spec.default.is_empty() { Value::Null } else { spec.default.into() });
    put("secret", key.is_secret().into());
    put("used_by", spec.used_by.into());
    put("help", spec.help.into());
    match spec.kind {
        Kind::Number { min, max } => {
            put("min", min.into());
            put("max", max.into());
        }
        Kind::Choice(values) => {
            put("values", values.into());
        }
        _ => {}
    }
    Value::Object(entry)
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Secret => "secret",
        Kind::Flag => "bool",
        Kind::Number { .. } => "number",
        Kind::Choice(_) => "enum",
        Kind::List => "list",
        Kind::Plugin => "plugin",
        Kind::Host => "host",
        Kind::HostPort => "host[:port]",
        Kind::Endpoint => "url",
        Kind::HttpsUrl => "https url",
        Kind::Arn => "arn",
        Kind::Region => "region",
        Kind::Regex => "regex",
        Kind::Path => "path",
        Kind::AbsolutePath => "absolute path",
        Kind::SecretSource => "secret source",
    }
}

#[cfg(test)]
mod tests {
    use super::json;
    use crate::dsn::keys;
    use serde_json::Value;

    #[test]
    fn it_names_every_key_and_the_plugins_given() {
        let catalogue: Value = serde_json::from_str(&json(&["Okta", "Mine"])).unwrap();
        let names: Vec<_> =
            catalogue["plugins"].as_array().unwrap().iter().map(|plugin| plugin["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Okta", "Mine"]);
        assert_eq!(catalogue["plugins"][0]["aliases"][0], "OktaCredentialsProvider");
        let entries = catalogue["keys"].as_array().unwrap();
        assert_eq!(entries.len(), keys::COUNT);
        let entry = |name: &str| entries.iter().find(|entry| entry["name"] == name).unwrap();
        assert_eq!(
            (&entry("Port")["min"], &entry("Port")["max"], &entry("Port")["default"]),
            (&1.into(), &65535.into(), &"5439".into())
        );
        assert_eq!((&entry("PWD")["secret"], &entry("PWD")["default"]), (&true.into(), &Value::Null));
        assert_eq!(entry("idp_partition")["values"][1], "us-gov");
        assert_eq!(entry("IAM")["type"], "bool");
        assert_eq!(entry("UID")["aliases"].as_array().unwrap().len(), 4);
    }
}
