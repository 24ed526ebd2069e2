//! The command line as its users meet it: exit codes, what goes to standard output, and what to standard error.

mod annotate;
mod attribute;
mod backtest;
mod check;
mod cost;
mod diagram;
mod diff;
mod explain;
mod export;
mod help;
mod html;
mod import;
mod init;
mod inputs;
mod replay;
mod report;
mod severity;
mod show;
mod suggest;
mod test;

/// A product with one step, and a web server that writes an access log.
pub(crate) const SHOP: &str = r#"apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: People buy things., owner: shop-team}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {title: Buy, description: Someone buys something., owner: shop-team, steps: [place-order]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: place-order}
spec:
  title: Place the order
  description: The user presses Buy.
  start: The user presses Buy.
  success: The order is confirmed.
  measure: [web POST /orders]
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {title: Web server, owner: shop-team, accessLog: combined}
"#;

/// Five requests to the website of the example, and a line that is none.
const LOG: &str = r#"192.0.2.1 - - [31/Jan/2026:14:00:05 +0000] "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"
192.0.2.1 - - [31/Jan/2026:14:00:59 +0000] "GET /blog/2026/milestones.html HTTP/1.1" 200 512 "-" "Mozilla/5.0"
192.0.2.2 - - [31/Jan/2026:14:01:00 +0000] "GET /blog/2026/milestones.html HTTP/1.1" 500 0 "-" "Mozilla/5.0"
192.0.2.3 - - [31/Jan/2026:14:01:30 +0000] "GET /?flav=atom HTTP/1.1" 200 512 "-" "Feedfetcher-Google"
192.0.2.3 - - [31/Jan/2026:14:02:30 +0000] "GET /nowhere/17 HTTP/1.1" 404 512 "-" "Mozilla/5.0"
garbage
"#;
