//! Tests of the module that this file belongs to.

use super::*;

#[test]
fn a_url_gives_host_path_and_query() {
    let plan = FieldPlan::default();
    let mut slots = plan.slots();
    slots.put(Wanted::Url, Value::Text("https://shop.example/cart/1?step=2#top"));
    assert_eq!(slots.text(Slot::HOST), Some("shop.example"));
    assert_eq!(slots.text(Slot::PATH), Some("/cart/1"));
    assert_eq!(slots.text(Slot::QUERY), Some("step=2"));
}

#[test]
fn one_key_has_one_slot_and_the_first_value_stays() {
    let mut plan = FieldPlan::default();
    let region = plan.want_attribute("cloud.region");
    assert_eq!(plan.want_attribute("cloud.region"), region);
    assert_eq!(plan.attribute(b"cloud.region"), Some(Wanted::Slot(region)));
    assert_eq!(plan.attribute(b"cloud.zone"), None);
    let mut slots = plan.slots();
    slots.put(Wanted::Slot(region), Value::Text("eu"));
    slots.put(Wanted::Slot(region), Value::Text("us"));
    assert_eq!(slots.text(region), Some("eu"));
}

#[test]
fn user_agent_and_host_headers_are_the_well_known_slots() {
    let mut plan = FieldPlan::default();
    assert_eq!(plan.want_header("user-agent"), Slot::USER_AGENT);
    assert_eq!(plan.attribute(b"http.request.header.x-a"), None);
    let slot = plan.want_header("x-a");
    assert_eq!(plan.attribute(b"http.request.header.x-a"), Some(Wanted::Slot(slot)));
}

#[test]
fn a_host_is_told_without_name_and_password() {
    let mut slots = FieldPlan::default().slots();
    slots.put(Wanted::Url, Value::Text("https://me:secret@shop.example:8443?x=1"));
    assert_eq!(slots.text(Slot::HOST), Some("shop.example:8443"));
    assert_eq!(slots.text(Slot::PATH), Some("/"));
    assert_eq!(slots.text(Slot::QUERY), Some("x=1"));
}

#[test]
fn more_keys_than_fit_sixteen_bits_have_slots_of_their_own() {
    let mut plan = FieldPlan::default();
    let last = (0..70_000).map(|at| plan.want_attribute(&format!("key.{at}"))).last().unwrap();
    let mut slots = plan.slots();
    slots.set(last, Value::Int(1));
    assert_eq!(slots.get(last), Value::Int(1));
    assert_eq!(slots.get(Slot::ANNOTATION), Value::Missing);
    assert_eq!(plan.extra_attributes().len(), 70_000);
}

#[test]
fn a_whole_number_is_one_however_it_was_sent() {
    let whole = [Value::Int(503), Value::Text("503"), Value::Double(503.0)].map(Value::int);
    assert_eq!(whole, [Some(503); 3]);
    let others =
        [Value::Double(503.5), Value::Double(f64::NAN), Value::Double(1e300), Value::Text("5o3"), Value::Bool(true)];
    assert_eq!(others.map(Value::int), [None; 5]);
}
