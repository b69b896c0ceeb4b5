//! Everything that a DSN dialog needs, as JSON: every plugin and every key with type, default, aliases, secrecy and help.

use super::keys::{self, GROUPS, Key, Kind};
use super::plugin_names;
use serde_json::{Map, Value, json};

/// A plugin that is built in: its canonical name, and the keys without which it cannot start.
pub type BuiltIn = (&'static str, &'static [Key]);

/// The catalogue of the keys and of these plugins, in the order given.
#[must_use]
pub fn json(plugins: &[BuiltIn]) -> String {
    let groups: Vec<Value> = GROUPS.iter().map(|(name, title)| json!({ "name": name, "title": title })).collect();
    let keys: Vec<Value> = keys::ALL.into_iter().map(|one| key(one, plugins)).collect();
    let plugins: Vec<Value> = plugins.iter().map(|plugin| entry(*plugin)).collect();
    json!({ "plugins": plugins, "groups": groups, "keys": keys }).to_string()
}

fn entry((name, required): BuiltIn) -> Value {
    let found = plugin_names::find(name);
    let read = keys::ALL.into_iter().filter(|key| key.is_read_by(name) && !required.contains(key));
    json!({
        "name": name,
        "aliases": found.map(|plugin| plugin.aliases).unwrap_or_default(),
        "native_token": found.is_some_and(|plugin| plugin.native),
        "help": found.map(|plugin| plugin.help).unwrap_or_default(),
        "required": required.iter().map(|key| key.name()).collect::<Vec<_>>(),
        "optional": read.map(Key::name).collect::<Vec<_>>(),
    })
}

fn key(key: Key, plugins: &[BuiltIn]) -> Value {
    let spec = key.spec();
    let mut entry = Map::new();
    let mut put = |name: &str, value: Value| entry.insert(name.to_owned(), value);
    put("name", spec.name.into());
    put("aliases", spec.aliases.into());
    put("type", type_name(spec.kind).into());
    put("default", if spec.default.is_empty() { Value::Null } else { spec.default.into() });
    put("secret", key.is_secret().into());
    put("used_by", spec.used_by.into());
    put("group", key.group().into());
    let requiring = plugins.iter().filter(|(_, required)| required.contains(&key));
    put("required_by", requiring.map(|(name, _)| *name).collect::<Vec<_>>().into());
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
    use crate::dsn::keys::{self, Key};
    use serde_json::Value;

    #[test]
    fn it_names_every_key_and_the_plugins_given() {
        let built_in: [(&str, &[Key]); 2] = [("Okta", &[Key::Uid, Key::AppId]), ("Ping", &[Key::Uid])];
        let catalogue: Value = serde_json::from_str(&json(&built_in)).unwrap();
        let names: Vec<_> =
            catalogue["plugins"].as_array().unwrap().iter().map(|plugin| plugin["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Okta", "Ping"]);
        let okta = &catalogue["plugins"][0];
        assert_eq!(okta["required"], serde_json::json!(["UID", "app_id"]));
        let optional = okta["optional"].as_array().unwrap();
        assert!(optional.contains(&"totp_secret".into()) && !optional.contains(&"UID".into()));
        assert!(!optional.contains(&"login_url".into()), "{optional:?}");
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
        assert_eq!(entry("UID")["required_by"], serde_json::json!(["Okta", "Ping"]));
        assert_eq!(entry("CaFile")["group"], "network");
        assert_eq!(entry("UID")["aliases"].as_array().unwrap().len(), 4);
    }
}
