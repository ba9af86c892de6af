//! Whose account it is, whether it may send, and what an operator should know.

use plugin_api::serde_json::{Value, json};
use plugin_api::{CheckReport, EmailProvider as _, RefusalScope, SendError, SendErrorKind};

use crate::common::wire::{Request, Step, Wire, json as answer};
use crate::common::{KEY, context, fault, plugin_with};

const SCOPES: &str = r#"{"scopes":["mail.send","user.username.read"]}"#;

async fn checked(
    settings: Value,
    steps: impl IntoIterator<Item = Step>,
) -> Result<CheckReport, SendError> {
    let wire = Wire::start(steps).await;
    plugin_with(&wire.base_url(), settings)
        .check(&context())
        .await
}

#[tokio::test]
async fn the_account_is_told_by_its_number() {
    let user = answer(200, r#"{"username":"acme","user_id":4711}"#);
    let wire = Wire::start([answer(200, SCOPES), user]).await;
    let plugin = plugin_with(&wire.base_url(), json!({}));
    let report = plugin.check(&context()).await.unwrap();
    assert_eq!(report, CheckReport::new("sendgrid:user:4711"));
    let requests = wire.requests();
    let lines: Vec<&str> = requests.iter().map(Request::line).collect();
    assert_eq!(lines, ["GET /v3/scopes", "GET /v3/user/username"]);
}

#[tokio::test]
async fn a_key_that_may_not_read_its_account_stands_for_it() {
    let refused = fault(403, &Value::Null, "access forbidden");
    let scopes = answer(200, r#"{"scopes":["mail.send"]}"#);
    let report = checked(json!({}), [scopes, refused]).await.unwrap();
    assert_eq!(report.account, "sendgrid:key:an-id_of-the-key");
    assert_eq!(report.warnings.len(), 1);
    assert!(!format!("{report:?}").contains(KEY));
}

#[tokio::test]
async fn a_key_that_may_not_send_is_refused_with_the_permission_it_lacks() {
    for scopes in [
        r#"{"scopes":["stats.read"]}"#,
        r#"{"scopes":[]}"#,
        "{}",
        "rubbish",
    ] {
        let error = checked(json!({}), [answer(200, scopes)]).await.unwrap_err();
        let scope = RefusalScope::Account;
        assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
        assert!(error.to_string().contains("`mail.send`"), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_key_and_a_failing_service_are_told_apart() {
    let wrong = fault(401, &Value::Null, "authorization required");
    let error = checked(json!({}), [wrong]).await.unwrap_err();
    let scope = RefusalScope::Account;
    assert_eq!(error.kind, SendErrorKind::ProviderRefused { scope });
    assert!(error.to_string().contains("`api_key`"), "{error}");
    let error = checked(json!({}), [fault(500, &Value::Null, "oops")]).await;
    assert_eq!(error.unwrap_err().kind, SendErrorKind::Unavailable);
}

#[tokio::test]
async fn sandbox_mode_is_pointed_out() {
    let user = answer(200, r#"{"username":"acme","user_id":4711}"#);
    let steps = [answer(200, SCOPES), user];
    let report = checked(json!({ "sandbox": true }), steps).await.unwrap();
    assert!(report.warnings[0].contains("never delivered"));
}
