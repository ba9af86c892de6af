//! The dashboard as a browser gets it: finding a message, and seeing no more than the token allows.

use plugin_testkit::simulator::PostmarkConfig;
use reqwest::{Client, Method, redirect::Policy};
use serde_json::json;

use crate::support::api::Api;
use crate::support::service::{ACCOUNT, OPEN_TOKEN, SERVICE_TOKEN, Service, TOKEN};

struct Browser {
    http: Client,
    base: String,
    password: &'static str,
}

impl Browser {
    fn of(service: &Service, password: &'static str) -> Self {
        let http = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .build();
        Self {
            http: http.expect("a client"),
            base: service.base.clone(),
            password,
        }
    }

    /// The page, and where it sends the browser instead.
    async fn open(&self, path: &str) -> (String, Option<String>) {
        let request = self
            .http
            .request(Method::GET, format!("{}{path}", self.base));
        let request = request.basic_auth("anybody", Some(self.password));
        let answer = request.send().await.expect("an answer");
        let location = answer.headers().get("Location");
        let location = location.map(|it| it.to_str().expect("text").to_owned());
        (answer.text().await.expect("text"), location)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_finds_messages_by_address_lead_id_and_state() {
    let service = Service::start(PostmarkConfig::with_token(SERVICE_TOKEN)).await;
    let api = Api::of(&service);
    let ann = api
        .send(json!({ "LeadUID": "lead/ann", "Subject": "<script>alert(1)</script>", "AccountUID": ACCOUNT }))
        .await;
    let bob = api.send(json!({ "To": "bob+x@example.com" })).await;
    for id in [&ann, &bob] {
        api.in_state(id, "sent").await;
    }
    let browser = Browser::of(&service, OPEN_TOKEN);
    for (query, finds_ann, finds_bob) in [
        ("", true, true),
        ("?find=ANN%40example.com", true, false),
        ("?find=bob%2Bx%40example.com", false, true),
        ("?find=+lead%2Fann+", true, false),
        ("?state=sent", true, true),
        ("?state=rejected", false, false),
        ("?offset=1", true, false),
    ] {
        let (page, _) = browser.open(&format!("/{query}")).await;
        assert_eq!(page.contains(&ann), finds_ann, "{query}");
        assert_eq!(page.contains(&bob), finds_bob, "{query}");
        assert!(!page.contains("<script"), "{query}");
    }
    let (_, location) = browser
        .open(&format!("/?find={}", ann.to_uppercase()))
        .await;
    let location = location.expect("the one message's page");
    assert!(location.starts_with(&format!("/message/{ann}?account=")));
    let (page, _) = browser.open(&location).await;
    assert!(page.contains("ann@example.com") && page.contains("&lt;script&gt;"));

    let bound = Browser::of(&service, TOKEN);
    let (page, _) = bound.open("/").await;
    assert!(page.contains(&ann) && !page.contains(&bob));
    assert!(
        !page.contains("postmark 0.1.0"),
        "providers are the operator's"
    );
}
