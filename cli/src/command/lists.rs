//! `rs-auth plugins` and `rs-auth keys`: what the library knows, from its catalogue.

use crate::arguments::{KeysArguments, ListArguments};
use crate::catalogue::{Catalogue, list, text};
use crate::failure::Failure;
use crate::output::print;
use crate::report::Table;
use crate::terminal::Style;
use serde_json::{Value, json};
use std::io;

/// A line for each plugin.
pub fn plugins(arguments: &ListArguments) -> Result<(), Failure> {
    let catalogue = Catalogue::read()?;
    if arguments.json {
        return print(&format!("{:#}\n", json!(catalogue.plugins())));
    }
    let mut table = Table::new(["PLUGIN", "NEEDS", "WHAT IT IS"]);
    for plugin in catalogue.plugins() {
        let needs: Vec<_> = list(&plugin["required"]).iter().map(text).collect();
        table.row([text(&plugin["name"]), &needs.join(", "), text(&plugin["help"])]);
    }
    print(&table.text(Style::of(&io::stdout())))
}

/// A line for each key, by group.
pub fn keys(arguments: &KeysArguments) -> Result<(), Failure> {
    let catalogue = Catalogue::read()?;
    let plugin = arguments.plugin.as_deref().map(|name| find(&catalogue, name)).transpose()?;
    let keys = plugin.map_or_else(|| catalogue.keys().iter().collect(), |plugin| of_plugin(&catalogue, plugin));
    if arguments.json {
        return print(&format!("{:#}\n", json!(keys)));
    }
    let mut table = Table::new(["KEY", "TYPE", "DEFAULT", "WHAT IT IS"]);
    for key in keys {
        let needed = plugin.is_some_and(|plugin| list(&key["required_by"]).contains(&plugin["name"]));
        let name = if needed { format!("{} *", text(&key["name"])) } else { text(&key["name"]).to_owned() };
        table.row([name.as_str(), text(&key["type"]), text(&key["default"]), text(&key["help"])]);
    }
    print(&table.text(Style::of(&io::stdout())))
}

fn find<'a>(catalogue: &'a Catalogue, name: &str) -> Result<&'a Value, Failure> {
    catalogue.plugin(name).ok_or_else(|| {
        Failure::usage(format!("there is no plugin {name}; `rs-auth plugins` lists those that there are"))
    })
}

/// Those that it needs come first.
fn of_plugin<'a>(catalogue: &'a Catalogue, plugin: &'a Value) -> Vec<&'a Value> {
    let named = |key: &Value| catalogue.keys().iter().find(|entry| entry["name"] == *key);
    list(&plugin["required"]).iter().chain(list(&plugin["optional"])).filter_map(named).collect()
}
