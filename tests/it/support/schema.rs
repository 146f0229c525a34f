//! As much of JSON Schema as ours use, and stricter: a field that the schema does not name is a fault.

use serde_json::Value;

/// What is wrong with a value, with its place.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(schema, value, "", &mut faults);
    faults
}

fn check(schema: &Value, value: &Value, path: &str, faults: &mut Vec<String>) {
    let fields = schema.as_object().unwrap_or_else(|| panic!("{path}: no schema: {schema}"));
    for (word, rule) in fields {
        match word.as_str() {
            "type" if !is_type(rule, value) => faults.push(format!("{path}: {value} is not {rule}")),
            "const" if rule != value => faults.push(format!("{path}: {value} is not {rule}")),
            "required" => {
                let missing = rule.as_array().unwrap().iter().filter(|name| value.get(name.as_str().unwrap()).is_none());
                faults.extend(missing.map(|name| format!("{path}: {name} is missing")));
            }
            "properties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(rule) => check(rule, inner, &format!("{path}.{name}"), faults),
                        None => faults.push(format!("{path}: {name:?} is not in the schema")),
                    }
                }
            }
            "items" => {
                for (at, inner) in value.as_array().into_iter().flatten().enumerate() {
                    check(rule, inner, &format!("{path}[{at}]"), faults);
                }
            }
            "oneOf" | "anyOf" => {
                let fits = |rule: &Value| {
                    let mut found = Vec::new();
                    check(rule, value, path, &mut found);
                    found
                };
                let all: Vec<_> = rule.as_array().unwrap().iter().map(fits).collect();
                if !all.iter().any(Vec::is_empty) {
                    faults.extend(all.into_iter().flatten());
                }
            }
            "type" | "const" | "$schema" | "format" | "description" | "propertyNames" | "minimum" => {}
            word => panic!("{path}: a schema uses {word:?}, which this test does not know"),
        }
    }
}

fn is_type(rule: &Value, value: &Value) -> bool {
    match rule {
        Value::Array(any) => any.iter().any(|rule| is_type(rule, value)),
        rule => match rule.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("no type {other}"),
        },
    }
}
