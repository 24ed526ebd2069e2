//! The same answers as tables: CSV as RFC 4180 has it, safe to open in a spreadsheet.

use serde_json::Value;

/// How a body is a table.
#[derive(Clone, Copy, Debug)]
pub(super) enum Table {
    /// A row for each item, or one where the body is one thing.
    Rows(&'static [&'static str]),
    /// A row for each element of a list in the item; columns that begin with the list's name are of the element.
    Each(&'static str, &'static [&'static str]),
    /// A row for each field of the body: its path and its value.
    Fields,
}

impl Table {
    pub(super) fn write(self, body: &Value) -> String {
        let mut text = String::new();
        let columns = match self {
            Self::Rows(columns) | Self::Each(_, columns) => columns,
            Self::Fields => &["field", "value"],
        };
        row(columns.iter().map(|column| Value::from(*column)), &mut text);
        match self {
            Self::Fields => fields(&mut String::new(), body, &mut text),
            Self::Rows(columns) => items(body).for_each(|item| row(columns.iter().map(|at| find(item, at)), &mut text)),
            Self::Each(list, columns) => {
                for item in items(body) {
                    let elements = item[list].as_array().map_or(&[][..], Vec::as_slice);
                    // A step of which nothing was seen is a row, too.
                    let nothing = [Value::Null];
                    let elements = if elements.is_empty() { &nothing[..] } else { elements };
                    for element in elements {
                        let cell = |at: &&str| match at.strip_prefix(list).and_then(|rest| rest.strip_prefix('.')) {
                            Some(rest) => find(element, rest),
                            None => find(item, at),
                        };
                        row(columns.iter().map(cell), &mut text);
                    }
                }
            }
        }
        text
    }
}

fn items(body: &Value) -> impl Iterator<Item = &Value> {
    match body["items"].as_array() {
        Some(items) => items.iter(),
        None => std::slice::from_ref(body).iter(),
    }
}

fn find(value: &Value, path: &str) -> Value {
    path.split('.').fold(value, |value, key| &value[key]).clone()
}

fn fields(path: &mut String, value: &Value, text: &mut String) {
    let Value::Object(object) = value else { return row([Value::from(path.as_str()), value.clone()], text) };
    for (key, value) in object {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(key);
        fields(path, value, text);
        path.truncate(length);
    }
}

fn row(cells: impl IntoIterator<Item = Value>, text: &mut String) {
    for (at, value) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        cell(&value, text);
    }
    text.push_str("\r\n");
}

fn cell(value: &Value, text: &mut String) {
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
        Value::String(string) => quoted(string, text),
        Value::Array(elements) if elements.iter().all(Value::is_string) => {
            let words: Vec<&str> = elements.iter().filter_map(Value::as_str).collect();
            quoted(&words.join("; "), text);
        }
        Value::Array(_) | Value::Object(_) => quoted(&value.to_string(), text),
    }
}

/// Text that a spreadsheet would take for a formula begins with an apostrophe, which it shows as text: names in telemetry are chosen by whoever
/// sends a request.
fn quoted(string: &str, text: &mut String) {
    let is_formula = string.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !is_formula && !string.contains([',', '"', '\n', '\r', ';', '\'']) {
        return text.push_str(string);
    }
    text.push('"');
    if is_formula {
        text.push('\'');
    }
    text.push_str(&string.replace('"', "\"\""));
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_are_quoted_and_no_text_is_a_formula() {
        let items =
            json!([{"a": "x, \"y\"", "b": {"c": -1}}, {"a": "=1+1", "b": null}, {"a": ["p", "q"], "b": {"c": 0.5}}]);
        let text = Table::Rows(&["a", "b.c"]).write(&json!({ "items": items }));
        assert_eq!(text, "a,b.c\r\n\"x, \"\"y\"\"\",-1\r\n\"'=1+1\",\r\n\"p; q\",0.5\r\n");
    }

    #[test]
    fn lists_in_items_are_rows_and_so_is_an_empty_one() {
        let body = json!({"items": [{"n": "s", "m": [{"v": 1}, {"v": 2}]}, {"n": "t", "m": []}]});
        assert_eq!(Table::Each("m", &["n", "m.v"]).write(&body), "n,m.v\r\ns,1\r\ns,2\r\nt,\r\n");
    }

    #[test]
    fn fields_have_their_paths() {
        assert_eq!(Table::Fields.write(&json!({"a": {"b": 1}, "c": "x"})), "field,value\r\na.b,1\r\nc,x\r\n");
    }
}
