//! `kind: Service`.

use super::super::forms::{ACTION, LOG_FORMAT};
use super::super::table::{Field, List, Mapping, Shape};
use super::TITLE;
use milepost_model::{LogFormat, Sampling, Signal};

pub(super) static SPEC: Mapping = Mapping::new(
    "service",
    None,
    &[
        TITLE,
        Field::required("owner", Shape::Prose, "the team that owns it", "web-team"),
        Field::optional(
            "operations",
            Shape::List(&ACTIONS),
            "the actions it offers; when there are any, steps can use no others",
            "[GET /inbox, POST /messages]",
        ),
        Field::optional(
            "accessLog",
            Shape::Any(&[Shape::Choice(|| LogFormat::NAMED.into()), Shape::Text(&LOG_FORMAT)]),
            "how its access log is written: `common`, `combined`, `nginx`, `envoy`, `haproxy`, `json`, or as nginx's \
             `log_format`",
            "combined",
        ),
        Field::optional(
            "measuredBy",
            Shape::Choice(|| [Signal::Spans, Signal::Logs].map(Signal::as_str).into()),
            "which stands for a request; by default `logs` with `accessLog`, else `spans`",
            "logs",
        ),
        Field::optional(
            "sampling",
            Shape::Choice(|| Sampling::ALL.map(Sampling::as_str).into()),
            "which requests its telemetry holds, all, a share by chance, or those chosen by how they ended",
            "none",
        )
        .default("none"),
    ],
);

static ACTIONS: List = List::of(Shape::Text(&ACTION)).filled().distinct();
