//! Labelled faults of two test beds through the live server: which steps each hits, which hit none, and what is suspected. The tables of docs/severity.md.

use crate::run::{Folder, example, files, json, milepost};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The minutes of a fault that are at hand, the steps that it hits, and the operations that are suspected of incidents which go on, right or wrong.
type Fault = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const FRONT_END: &str = "frontend hipstershop.Frontend/Recv.";
const CONVERT: &str = "currencyservice span grpc.hipstershop.CurrencyService/Convert";
const CURRENCIES: &str =
    "currencyservice span grpc.hipstershop.CurrencyService/GetSupportedCurrencies and what else currencyservice does";
const PRODUCT: &str = "productcatalogservice hipstershop.ProductCatalogService/GetProduct";

const ONLINE_BOUTIQUE: [Fault; 15] = [
    (&["12_02", "12_03"], &["add-to-cart", "open-home-page", "place-order", "view-cart", "view-product"], &[]),
    // Its attempts are ambiguous between six steps, so in no step's numbers.
    (&["12_10", "12_11", "12_12"], &[], &[]),
    (&["12_27", "12_28", "12_29"], &["place-order"], &[FRONT_END]),
    (&["12_53", "12_55"], &["place-order"], &[]),
    (&["13_10", "13_11"], &["place-order"], &[FRONT_END]),
    (&["13_28", "13_29"], &["open-home-page", "view-cart", "view-product"], &[CURRENCIES]),
    (
        &["13_37", "13_38", "13_39"],
        &["open-home-page", "place-order", "view-cart", "view-product"],
        &[CONVERT, "checkoutservice hipstershop.CheckoutService/ConvertCurrency"],
    ),
    // The CPU of e-mail, and of payment, hurts no step.
    (&["13_45", "13_46"], &[], &[]),
    (&["14_12", "14_14"], &["place-order"], &["paymentservice span grpc.hipstershop.PaymentService/Charge"]),
    (&["14_23"], &[], &[]),
    (&["14_30", "14_31", "14_32"], &["add-to-cart", "place-order", "view-cart", "view-product"], &[PRODUCT]),
    (&["14_47", "14_48", "14_49"], &["place-order", "view-cart"], &[PRODUCT]),
    (
        &["15_12", "15_13", "15_14"],
        &["place-order", "view-cart", "view-product"],
        &["recommendationservice /hipstershop.RecommendationService/ListRecommendations"],
    ),
    (&["15_38", "15_40"], &["place-order", "view-cart"], &["shippingservice hipstershop.ShippingService/GetQuote"]),
    // No fault at all.
    (&["17_00"], &[], &[]),
];

const GATEWAY: &str = "ts-gateway-service /{rest...}";
const TRAVELS: &str = "ts-basic-service /api/v1/basicservice/basic/travels";
const EXPRESS: &str = "search-express-trains";
const ORDINARY: &str = "search-ordinary-trains";

const TRAIN_TICKET: [Fault; 18] = [
    // Contacts.
    (&["11_51", "11_52", "11_53"], &[], &[]),
    // The basic service: its CPU, and two delays.
    (&["11_59", "12_00", "12_01"], &[EXPRESS, ORDINARY], &[]),
    (&["12_06", "12_07", "12_08"], &[EXPRESS, ORDINARY], &[TRAVELS]),
    (&["12_15", "12_16", "12_17"], &[EXPRESS, ORDINARY], &[]),
    // Verification codes. The label does not explain what the first hits.
    (&["12_29", "12_30", "12_31"], &[EXPRESS, ORDINARY], &["ts-travel-service span TripRepository.findAll", GATEWAY]),
    (&["12_36", "12_37", "12_38"], &[], &[]),
    // Food. Nor what the last two of these hit.
    (&["12_44", "12_45", "12_46"], &[], &[]),
    (&["12_52", "12_53", "12_54"], &[EXPRESS], &[GATEWAY]),
    (&["12_59", "13_00", "13_01"], &[ORDINARY], &[TRAVELS]),
    // Travel: its CPU, and two delays.
    (&["13_06", "13_07", "13_08"], &[EXPRESS], &[]),
    (&["13_15", "13_16", "13_17"], &[EXPRESS, ORDINARY], &[GATEWAY]),
    (&["13_22", "13_23", "13_24"], &[EXPRESS], &["ts-travel-service /api/v1/travelservice/trips/left"]),
    // Preserve.
    (&["13_30", "13_31", "13_32"], &[], &[]),
    // Routes.
    (&["13_44", "13_45", "13_46"], &[EXPRESS, ORDINARY], &["ts-route-service /api/v1/routeservice/routes/byIds"]),
    (&["13_52", "13_53", "13_54"], &[EXPRESS, ORDINARY], &[GATEWAY]),
    // Security.
    (&["14_00", "14_01", "14_02"], &[], &[]),
    (&["14_08", "14_09", "14_10"], &[], &[]),
    // No fault at all.
    (&["11_39"], &[], &[]),
];

#[test]
fn faults_of_the_online_boutique_hit_the_steps_that_they_should_and_no_others() {
    hold("traces_nezha_onlineboutique_2022-08-23", "online-boutique", &ONLINE_BOUTIQUE);
}

#[test]
fn faults_of_the_train_tickets_are_found_in_the_searches_alone() {
    hold("traces_nezha_trainticket_2023-01-30", "train-ticket", &TRAIN_TICKET);
}

/// Replays each fault of a test bed by itself, and holds what is said against what is expected.
#[expect(clippy::print_stdout, reason = "whoever changes what is suspected reads what each fault is told as")]
fn hold(data: &str, registry: &str, faults: &[Fault]) {
    let Some(data) = milepost_testkit::data_dir(data) else { return };
    let all: Vec<PathBuf> =
        ["otlp_fault_free", "otlp"].iter().flat_map(|part| files(&data.join(part), ".zst")).collect();
    let folder = Folder::new(&format!("faults_of_{registry}"));
    let mut wrong = Vec::new();
    for (minutes, expected, suspected) in faults {
        let is_of = |file: &&PathBuf| {
            minutes.iter().any(|minute| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(minute)))
        };
        let mut arguments = vec!["replay".to_owned(), format!("--registry={}", example(registry))];
        arguments.push(format!("--data={}/{}", folder.path().display(), minutes[0]));
        arguments.push("--format=json".to_owned());
        arguments.extend(all.iter().filter(is_of).map(|file| file.display().to_string()));
        let replayed = json(&milepost(arguments));
        let incidents = replayed[0]["incidents"].as_array().expect("incidents");
        let mut steps = BTreeSet::new();
        let mut told = Vec::new();
        for incident in incidents {
            for step in incident["steps"].as_array().expect("steps") {
                println!("{minutes:?}: {} {} since {}", step["step"], step["severity"], step["since"]);
                steps.insert(step["step"].as_str().expect("a step").to_owned());
            }
            if incident["closed"].is_null() {
                println!("{minutes:?}: suspected is {}", incident["suspected"]);
                // What it has to do with the attempts stands behind it.
                let operation = incident["suspected"].as_str().and_then(|text| text.split(", ").next());
                told.extend(operation.map(str::to_owned));
            }
        }
        if incidents.is_empty() {
            println!("{minutes:?}: no incident");
        }
        if !steps.iter().eq(*expected) || told != *suspected {
            wrong.push((minutes, steps, told));
        }
    }
    assert_eq!(wrong, []);
}
