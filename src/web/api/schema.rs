//! Bodies as the document describes them: JSON Schema of [`Shape`]s.

use serde_json::{Value, json};

use super::shape::{MAX_ATTRIBUTES, MAX_ID, MAX_ITEMS, Shape, Takes};
use crate::domain::money::MAX_MINOR;

impl Shape {
    pub fn schema(&self) -> Value {
        let mut properties = serde_json::Map::new();
        for field in self.each() {
            let mut schema = field.takes.schema();
            schema["description"] = json!(field.about);
            properties.insert(field.name.to_owned(), schema);
        }
        let required: Vec<&str> = self.each().filter(|field| field.required).map(|field| field.name).collect();
        let mut schema = json!({
            "type": "object", "description": self.about, "properties": properties, "additionalProperties": false,
        });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if !self.example.is_empty() {
            // Tests send every example.
            schema["examples"] = json!([serde_json::from_str::<Value>(self.example).unwrap_or_default()]);
        }
        schema
    }
}

impl Takes {
    fn schema(&self) -> Value {
        match self {
            Self::Text(longest) => json!({"type": ["string", "null"], "maxLength": longest}),
            Self::Id => json!({"type": ["string", "integer", "null"], "minLength": 1, "maxLength": MAX_ID}),
            Self::Flag => json!({"type": ["boolean", "null"]}),
            Self::Amount => json!({"type": ["integer", "null"], "format": "int64", "minimum": 0, "maximum": MAX_MINOR}),
            Self::Count => json!({"type": ["integer", "null"], "minimum": 0}),
            Self::Currency => json!({"type": ["string", "null"], "minLength": 3, "maxLength": 3}),
            Self::Word(words) => json!({"type": "string", "enum": words}),
            Self::Email => json!({"type": ["string", "null"], "format": "email"}),
            Self::Moment => json!({"type": ["string", "integer", "null"], "format": "date-time"}),
            Self::Url => json!({"type": ["string", "null"], "format": "uri"}),
            Self::TimeZone => json!({"type": ["string", "null"]}),
            Self::Items(shape) => json!({
                "oneOf": [{"type": "array", "maxItems": MAX_ITEMS, "items": shape.schema()}, {"type": "integer", "minimum": 0}],
            }),
            Self::Attributes => json!({"type": ["object", "null"], "maxProperties": MAX_ATTRIBUTES}),
            Self::Object(shape) => shape.schema(),
            Self::Texts => json!({"type": "array", "items": {"type": "string"}}),
        }
    }
}
