//! Panels, as Grafana keeps them.

use serde_json::{Value, json};

/// A query with what its series are called.
pub(super) struct Query {
    pub(super) expr: String,
    pub(super) legend: &'static str,
}

/// How numbers are shown.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// 1 is 100 %.
    Share,
    /// A bare number.
    Plain,
    /// Events a second.
    Rate,
    Seconds,
}

impl Unit {
    fn as_str(self) -> &'static str {
        match self {
            Self::Share => "percentunit",
            Self::Plain => "none",
            Self::Rate => "reqps",
            Self::Seconds => "s",
        }
    }
}

/// Where a panel stands: 24 columns wide is a whole row.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Place {
    fn json(self) -> Value {
        json!({"x": self.x, "y": self.y, "w": self.width, "h": self.height})
    }
}

/// The data source that the reader of the dashboard has chosen.
pub(super) fn data_source() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

/// The line that begins a row.
pub(super) fn row(id: u32, title: &str, y: u32) -> Value {
    let place = Place { x: 0, y, width: 24, height: 1 };
    json!({"id": id, "type": "row", "title": title, "collapsed": false, "panels": [], "gridPos": place.json()})
}

/// A number of now, coloured by thresholds: from each value on its colour.
pub(super) fn stat(
    id: u32,
    title: &str,
    place: Place,
    query: &Query,
    unit: Unit,
    steps: &[(Option<f64>, &str)],
) -> Value {
    let mut panel = panel(id, "stat", title, place, std::slice::from_ref(query), unit);
    let steps: Vec<Value> = steps.iter().map(|(value, colour)| json!({"value": value, "color": colour})).collect();
    panel["fieldConfig"]["defaults"]["thresholds"] = json!({"mode": "absolute", "steps": steps});
    panel["fieldConfig"]["defaults"]["noValue"] = json!("no data");
    panel["options"] = json!({
        "colorMode": "value",
        "graphMode": "area",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
        "textMode": "auto"
    });
    panel["targets"].as_array_mut().into_iter().flatten().for_each(|target| target["legendFormat"] = json!("__auto"));
    panel
}

/// Lines over time.
pub(super) fn time_series(id: u32, title: &str, place: Place, queries: &[Query], unit: Unit) -> Value {
    let mut panel = panel(id, "timeseries", title, place, queries, unit);
    panel["fieldConfig"]["defaults"]["custom"] =
        json!({"drawStyle": "line", "lineWidth": 1, "fillOpacity": 10, "showPoints": "never", "spanNulls": false});
    panel["options"] = json!({
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": true},
        "tooltip": {"mode": "multi", "sort": "desc"}
    });
    panel
}

fn panel(id: u32, kind: &str, title: &str, place: Place, queries: &[Query], unit: Unit) -> Value {
    let target = |(at, query): (usize, &Query)| {
        let letter = char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
        json!({
            "refId": letter.to_string(),
            "datasource": data_source(),
            "editorMode": "code",
            "expr": query.expr,
            "legendFormat": query.legend,
            "range": true
        })
    };
    json!({
        "id": id,
        "type": kind,
        "title": title,
        "datasource": data_source(),
        "gridPos": place.json(),
        "fieldConfig": {"defaults": {"unit": unit.as_str()}, "overrides": []},
        "options": {},
        "targets": queries.iter().enumerate().map(target).collect::<Vec<_>>()
    })
}
