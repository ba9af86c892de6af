//! What strangers and operators see of the host's condition.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::api::{Api, read};
use crate::support::run_host;
use crate::support::service::{Service, TOKEN};

/// One provider that runs and two that are refused; nobody is left for the last route.
const BROKEN: &str = r#"
[providers.missing]
library = "/secret-place/libmissing.so"
[providers.misset]
library = "postmark"
settings = { colour = "blue" }
[[routes]]
name = "urgent"
match = { tag = ["urgent"] }
pool = [{ provider = "missing", weight = 1 }]
[[routes]]
name = "default"
pool = [{ provider = "postmark-main", weight = 1 }]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_host_says_what_it_is_and_doctor_knows_it() {
    let service = Service::edited(|config| config).await.within_reach();
    let api = Api::of(&service);
    let alive = api.plain(Method::GET, "/healthz").send().await;
    let alive = alive.expect("an answer");
    assert_eq!(alive.headers()["server"], "host-demo");
    assert_eq!(alive.text().await.expect("text"), "ok\n");
    let doctor = || run_host(&["doctor", "--config"], &service.config());
    let said = tokio::task::block_in_place(doctor).stdout;
    assert!(
        said.contains("server: a host answers at 127.0.0.1"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_read_which_provider_is_refused_and_no_more() {
    let service = Service::with(BROKEN).await;
    let (open, bound) = (Api::of(&service), Api::with_token(&service, TOKEN));
    let wrong = Api::with_token(&service, "wrong");
    let expected = json!({
        "ready": false,
        "routes_without_provider": ["urgent"],
        "paused_routes": [],
        "providers": [
            { "name": "postmark-main", "state": "running" },
            { "name": "misset", "state": "refused", "kind": "settings" },
            { "name": "missing", "state": "refused", "kind": "not-found" },
        ],
        "refused": [
            { "name": "misset", "state": "refused", "kind": "settings" },
            { "name": "missing", "state": "refused", "kind": "not-found" },
        ],
    });
    for stranger in [
        open.plain(Method::GET, "/readyz"),
        bound.request(Method::GET, "/readyz"),
        wrong.request(Method::GET, "/readyz"),
    ] {
        let (status, seen) = read(stranger).await;
        assert_eq!(
            (status, &seen),
            (StatusCode::SERVICE_UNAVAILABLE, &expected)
        );
    }
    let (status, seen) = open.get("/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(seen["refused"][1]["library"], "/secret-place/libmissing.so");
    let reason = seen["refused"][1]["reason"].as_str().expect("a sentence");
    assert!(reason.contains("no such file"), "{reason}");
    assert!(service.log().contains("/secret-place/libmissing.so"));
}
