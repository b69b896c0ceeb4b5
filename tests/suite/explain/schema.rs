//! The published schema, held against every report that these tests make. As much of JSON Schema as it uses.

use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/explain.schema.json")).unwrap()
}

/// Panics with what is wrong.
pub fn hold(report: &Value) {
    hold_to(&schema(), report);
}

/// The same with another schema.
pub fn hold_to(schema: &Value, report: &Value) {
    if let Err(fault) = check(schema, schema, report, "report") {
        panic!("{fault}\n{report:#}");
    }
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("no {reference}"));
        return check(root, target, value, at);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = choices.iter().any(|choice| check(root, choice, value, at).is_ok());
        return if fits { Ok(()) } else { Err(format!("{at} is {value}, which is none of {choices:?}")) };
    }
    let of_type = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("an unknown type {other}"),
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().map(|name| name.as_str().unwrap()).collect(),
        other => panic!("{at}: no type but {other}"),
    };
    if !types.into_iter().any(of_type) {
        return Err(format!("{at} is {value}, not {}", schema["type"]));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        return Err(format!("{at} is {value}, not one of {allowed:?}"));
    }
    if let Some(items) = value.as_array() {
        items
            .iter()
            .enumerate()
            .try_for_each(|(i, item)| check(root, &schema["items"], item, &format!("{at}[{i}]")))?;
    }
    let Some(members) = value.as_object() else { return Ok(()) };
    let known = schema["properties"].as_object().unwrap_or_else(|| panic!("{at}: no properties"));
    for name in schema["required"].as_array().into_iter().flatten() {
        if !members.contains_key(name.as_str().unwrap()) {
            return Err(format!("{at} has no {name}"));
        }
    }
    members.iter().try_for_each(|(name, member)| match known.get(name) {
        Some(schema) => check(root, schema, member, &format!("{at}.{name}")),
        None => Err(format!("{at} has {name}, which the schema does not know")),
    })
}

#[test]
fn what_does_not_fit_is_told() {
    let machine = crate::probe::Machine::new();
    let good = super::explain(&machine, super::dsn(&[("plugin_name", "Nope"), ("Host", "h.example")]).call());
    let schema = schema();
    let fault = |change: &dyn Fn(&mut Value)| {
        let mut report = good.clone();
        change(&mut report);
        check(&schema, &schema, &report, "report").unwrap_err()
    };
    assert!(fault(&|report| report["ready"] = json!("yes")).contains("report.ready"));
    assert!(fault(&|report| report["more"] = json!(1)).contains("does not know"));
    assert!(fault(&|report| report["errors"][0]["status"] = json!(null)).contains("errors[0].status"));
    assert!(fault(&|report| report["settings"][0]["state"] = json!("maybe")).contains("not one of"));
    assert!(fault(&|report| drop(report.as_object_mut().unwrap().remove("cache"))).contains("has no"));
}
