//! Tests of the module that this file belongs to: everything that is wrong is told at once, where it stands, with what would be right.

use super::*;
use std::sync::LazyLock;

const REGISTRY: &str = "
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: A shop., owner: product-manager, stakeholders: [{name: product-manager, role: product-manager}]}
";

static SHOP: LazyLock<Registry> = LazyLock::new(|| registry(&["shop"]));

fn registry(products: &[&str]) -> Registry {
    let folder = tempfile::tempdir().unwrap();
    for product in products {
        let path = folder.path().join(format!("{product}.yaml"));
        std::fs::write(path, REGISTRY.replace("name: shop", &format!("name: {product}"))).unwrap();
    }
    let now = "2026-03-02T12:00:00Z".parse().unwrap();
    let snapshot = crate::registry_store::Snapshot::read(folder.path(), now).map_err(|found| found.render(false));
    let setup = snapshot.unwrap().version(1).setup;
    Registry::clone(&setup.registry)
}

fn read_by(registry: &Registry, body: &str) -> Result<Vec<Change>, Vec<(String, String)>> {
    let now = "2026-03-02T12:00:00Z".parse().unwrap();
    let read = read(body.as_bytes(), &Context { registry, now, told_by: "5f2c0a91" });
    let changes = read.map(|drafts| drafts.into_iter().map(|draft| draft.change).collect());
    changes.map_err(|all| all.into_iter().map(|mistake| (mistake.place, mistake.message)).collect())
}

#[test]
fn a_change_has_what_was_said_and_what_follows_from_it() {
    let body = r#"{"kind": "deploy", "service": "outbox", "version": "1.2.3", "start": "2026-03-02T11:50:00Z"}"#;
    let changes = read_by(&SHOP, body).unwrap();
    let change = &changes[0];
    assert_eq!(change.what.title, "outbox 1.2.3 is deployed");
    assert_eq!(change.product.as_ref().map(Name::as_str), Some("shop"));
    assert_eq!((change.told_by.as_str(), change.at().to_string().as_str()), ("5f2c0a91", "2026-03-02T11:50:00Z"));
    // The same change has the same id, and another one has not.
    assert_eq!(read_by(&SHOP, body).unwrap()[0].id(), change.id());
    assert_ne!(read_by(&SHOP, &body.replace("1.2.3", "1.2.4")).unwrap()[0].id(), change.id());
    let whole = r#"[{"kind": "flag", "title": "new checkout", "id": "flag/7"}]"#;
    let flag = read_by(&SHOP, whole).unwrap().remove(0);
    assert_eq!((flag.id(), flag.at().to_string().as_str()), ("flag/7", "2026-03-02T12:00:00Z"));
}

#[test]
fn all_mistakes_are_told_with_their_places() {
    let body = r#"[
        {"kind": "deplyo", "service": "Out Box", "operations": ["outbox nothing", 7], "versoin": "1"},
        {"service": "outbox", "start": "yesterday", "link": "javascript:alert(1)", "title": "a\nb", "id": "a b"},
        {"kind": "version", "start": "2026-03-02T12:10:00Z", "end": "2020-01-01T00:00:00Z", "product": "shpo", "author": ""},
        {"kind": "deploy", "start": "2026-03-02T11:00:00Z", "end": "2026-03-02T10:00:00Z", "id": "version:outbox:1"},
        "deploy"
    ]"#;
    let mistakes = read_by(&SHOP, body).unwrap_err();
    let expected = [
        ("[0].versoin", "did you mean `version`?"),
        ("[0].kind", "one of `deploy`, `flag`, `configuration`, `other`"),
        ("[0].service", "only lower-case letters"),
        ("[0].operations[0]", "is not an action"),
        ("[0].operations[1]", "it is a text"),
        ("[1].kind", "it is missing"),
        ("[1].title", "one line"),
        ("[1].link", "`https://`"),
        ("[1].start", "a time is written like"),
        ("[1].id", "such as `build-1742`"),
        ("[2].kind", "versions are seen in telemetry"),
        ("[2].product", "did you mean `shop`?"),
        ("[2].author", "it is empty"),
        ("[2].start", "still to come"),
        ("[2].end", "kept for 400 days"),
        ("[3].end", "before it begins"),
        ("[3].id", "choose another"),
        ("[4]", "a change is an object"),
    ];
    let found: Vec<&str> = mistakes.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(found, expected.map(|(place, _)| place), "{mistakes:#?}");
    for ((place, message), (_, part)) in mistakes.iter().zip(expected) {
        assert!(message.contains(part), "{place}: {message}");
    }
}

#[test]
fn without_services_a_product_is_needed_where_there_are_several() {
    let both = registry(&["shop", "mail"]);
    let told = |body: &str| read_by(&both, body).map(|all| all[0].product.as_ref().map(ToString::to_string));
    assert_eq!(told(r#"{"kind": "deploy", "service": "outbox"}"#), Ok(None));
    assert_eq!(told(r#"{"kind": "deploy", "product": "mail"}"#), Ok(Some("mail".to_owned())));
    assert_eq!(told(r#"{"kind": "deploy"}"#).unwrap_err()[0].0, "product");
}

#[test]
fn what_is_sent_is_bounded() {
    let one = r#"{"kind": "flag"}"#;
    let many = |count: usize| format!("[{}]", vec![one; count].join(","));
    assert_eq!(read_by(&SHOP, &many(100)).unwrap().len(), 100);
    for body in [&many(101), "[]", "{", "7", &format!(r#"{{"kind": "flag", "title": "{}"}}"#, "x".repeat(201))] {
        let mistakes = read_by(&SHOP, body).unwrap_err();
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    }
    let wrong = format!("[{}]", vec!["7"; 100].join(","));
    assert_eq!(read_by(&SHOP, &wrong).unwrap_err().len(), MOST_MISTAKES);
}
