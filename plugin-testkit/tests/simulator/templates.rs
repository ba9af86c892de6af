//! Templates: kept, edited, validated, sent.

use plugin_testkit::simulator::{PostmarkConfig, ServerConfig, SimulatorConfig, TemplateConfig};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{TOKEN, call, get, post, start, start_with};

fn order(change: Value) -> Value {
    let mut order =
        json!({ "From": "sales@example.com", "To": "ann@example.com", "TemplateModel": {} });
    for (field, value) in change.as_object().unwrap() {
        order[field] = value.clone();
    }
    order
}

#[tokio::test]
async fn a_template_is_sent_by_number_and_by_alias() {
    let welcome = TemplateConfig::new("welcome", "Hello {{name}}")
        .html("<p>Hi {{name}}</p>{{#each items}}<i>{{.}}</i>{{/each}}{{{raw}}}")
        .text("Hi {{name}} {{{ pm:unsubscribe }}}");
    let server = ServerConfig::new(TOKEN).template(welcome);
    let simulator = start_with(SimulatorConfig::postmark(PostmarkConfig::with_server(
        server,
    )))
    .await;
    let model = json!({ "name": "Ann & Co", "items": [1, "two"], "raw": "<b>b</b>" });
    for by in [
        json!({ "TemplateId": 1 }),
        json!({ "TemplateAlias": "welcome" }),
        json!({ "TemplateId": 1, "TemplateAlias": "x" }),
    ] {
        let mut order = order(by);
        order["TemplateModel"] = model.clone();
        let answer = post(&simulator, "/email/withTemplate/", order).await;
        assert_eq!(
            (answer.status, answer.code(), answer.message()),
            (200, 0, "OK"),
            "{answer:?}"
        );
    }
    let copy = simulator.mailbox("ann@example.com").remove(0);
    assert_eq!(copy.subject, "Hello Ann & Co");
    assert_eq!(
        copy.html_body.as_deref(),
        Some("<p>Hi Ann &amp; Co</p><i>1</i><i>two</i><b>b</b>")
    );
    let url = copy.unsubscribe_url.unwrap();
    assert_eq!(copy.text_body.unwrap(), format!("Hi Ann & Co {url}"));
    assert_eq!(simulator.ledger().entries()[0].subject, "Hello Ann & Co");
}

#[tokio::test]
async fn unknown_templates_and_missing_models_are_refused() {
    let server = ServerConfig::new(TOKEN).template(TemplateConfig::new("t", "s").text("x"));
    let simulator = start_with(SimulatorConfig::postmark(PostmarkConfig::with_server(
        server,
    )))
    .await;
    let refusal =
        async |change: Value| post(&simulator, "/email/withTemplate", order(change)).await;
    let unknown = refusal(json!({ "TemplateAlias": "nope" })).await;
    assert_eq!(unknown.refusal(), (422, 1101));
    assert_eq!(
        unknown.message(),
        "The Template's 'Alias' associated with this request is not valid or was not found."
    );
    assert_eq!(
        refusal(json!({ "TemplateId": 7 })).await.refusal(),
        (422, 1101)
    );
    assert_eq!(refusal(json!({})).await.refusal(), (422, 1101));
    assert_eq!(
        refusal(json!({ "TemplateId": "1" })).await.refusal(),
        (422, 403)
    );
    assert_eq!(
        refusal(json!({ "TemplateId": 1, "TemplateModel": null }))
            .await
            .refusal(),
        (422, 1120)
    );
}

#[tokio::test]
async fn a_batch_with_templates_answers_each_item() {
    let server = ServerConfig::new(TOKEN).template(TemplateConfig::new("t", "s").text("x"));
    let simulator = start_with(SimulatorConfig::postmark(PostmarkConfig::with_server(
        server,
    )))
    .await;
    let messages = json!({ "Messages": [order(json!({ "TemplateAlias": "t" })), order(json!({ "TemplateAlias": "u" }))] });
    let answer = post(&simulator, "/email/batchWithTemplates", messages).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        (&answer.body[0]["ErrorCode"], &answer.body[1]["ErrorCode"]),
        (&json!(0), &json!(1101))
    );
    let many: Vec<Value> = vec![order(json!({ "TemplateAlias": "t" })); 501];
    let answer = post(
        &simulator,
        "/email/batchWithTemplates",
        json!({ "Messages": many }),
    )
    .await;
    assert_eq!(answer.refusal(), (422, 410));
    assert_eq!(
        post(&simulator, "/email/batchWithTemplates", json!([]))
            .await
            .refusal(),
        (422, 403)
    );
}

#[tokio::test]
async fn a_model_that_does_not_fit_is_accepted_and_bounces() {
    let server = ServerConfig::new(TOKEN)
        .template(TemplateConfig::new("t", "s").text("{{#each list}}{{.}}{{/each}}"));
    let simulator = start_with(SimulatorConfig::postmark(PostmarkConfig::with_server(
        server,
    )))
    .await;
    let order = order(json!({ "TemplateAlias": "t", "TemplateModel": { "list": 5 } }));
    assert_eq!(
        post(&simulator, "/email/withTemplate", order).await.code(),
        0
    );
    let bounce = get(&simulator, "/bounces?count=1&offset=0").await.body["Bounces"][0].clone();
    assert_eq!(
        (&bounce["Type"], &bounce["TypeCode"], &bounce["Inactive"]),
        (
            &json!("TemplateRenderingFailed"),
            &json!(100_010),
            &json!(false)
        )
    );
    assert!(simulator.mailbox("ann@example.com").is_empty());
}

#[tokio::test]
async fn templates_are_created_read_edited_listed_and_deleted() {
    let simulator = start().await;
    let create = json!({ "Name": "N", "Alias": "a-1", "Subject": "S", "TextBody": "T" });
    let made = post(&simulator, "/templates", create.clone()).await;
    assert_eq!(made.status, 200);
    let id = made.body["TemplateId"].as_u64().unwrap();
    assert_eq!(
        (&made.body["Active"], &made.body["TemplateType"]),
        (&json!(true), &json!("Standard"))
    );
    assert_eq!(
        post(&simulator, "/templates", create).await.refusal(),
        (422, 1122)
    );

    let edited = call(
        &simulator,
        Method::PUT,
        "/templates/a-1",
        Some(json!({ "Name": "M", "HtmlBody": "<p>" })),
    )
    .await;
    assert_eq!(edited.body["Name"], "M");
    let read = get(&simulator, &format!("/templates/{id}")).await.body;
    assert_eq!(
        (&read["Subject"], &read["TextBody"], &read["HtmlBody"]),
        (&json!("S"), &json!("T"), &json!("<p>"))
    );
    assert!(read["AssociatedServerId"].is_u64());

    let layout = json!({ "Name": "L", "Alias": "lay", "TemplateType": "Layout", "HtmlBody": "<b>{{{ @content }}}</b>" });
    assert_eq!(
        post(&simulator, "/templates", layout).await.body["TemplateType"],
        "Layout"
    );
    let inside = json!({ "Name": "I", "Alias": "in", "Subject": "S", "HtmlBody": "{{x}}", "LayoutTemplate": "lay" });
    assert_eq!(post(&simulator, "/templates", inside).await.status, 200);
    let order = order(json!({ "TemplateAlias": "in", "TemplateModel": { "x": "y" } }));
    assert_eq!(
        post(&simulator, "/email/withTemplate", order).await.code(),
        0
    );
    assert_eq!(
        simulator.mailbox("ann@example.com")[0].html_body.as_deref(),
        Some("<b>y</b>")
    );

    let list = get(&simulator, "/templates?Count=10&Offset=0").await.body;
    assert_eq!(list["TotalCount"], 3);
    assert_eq!(
        get(
            &simulator,
            "/templates?count=10&offset=0&TemplateType=Layout"
        )
        .await
        .body["TotalCount"],
        1
    );
    assert_eq!(get(&simulator, "/templates").await.refusal(), (422, 1100));
    assert_eq!(
        call(&simulator, Method::DELETE, "/templates/lay", None)
            .await
            .refusal(),
        (422, 1131)
    );
    let deleted = call(
        &simulator,
        Method::DELETE,
        &format!("/templates/{id}"),
        None,
    )
    .await;
    assert_eq!((deleted.status, deleted.code()), (200, 0));
    assert_eq!(
        get(&simulator, &format!("/templates/{id}")).await.refusal(),
        (422, 1101)
    );
}

#[tokio::test]
async fn wrong_templates_are_refused_with_the_field() {
    let simulator = start().await;
    for (template, code, word) in [
        (json!({}), 1120, "Name"),
        (json!({ "Name": "n" }), 1120, "Subject"),
        (json!({ "Name": "n", "Subject": "s" }), 1120, "HtmlBody"),
        (
            json!({ "Name": "n", "Subject": "s", "TextBody": "{{#open}}" }),
            1122,
            "TextBody",
        ),
        (
            json!({ "Name": "n", "Subject": "s", "TextBody": "t", "Alias": "1a" }),
            1122,
            "Alias",
        ),
        (
            json!({ "Name": "n", "Subject": "s", "TextBody": "t", "LayoutTemplate": "no" }),
            1130,
            "no",
        ),
        (json!({ "Name": 1 }), 403, "Name"),
    ] {
        let answer = post(&simulator, "/templates", template).await;
        assert_eq!(answer.refusal(), (422, code));
        assert!(answer.message().contains(word), "{answer:?}");
    }
}

#[tokio::test]
async fn validation_renders_and_suggests_a_model() {
    let simulator = start().await;
    let request = json!({
        "Subject": "Hi {{name}}", "HtmlBody": "{{#each list}}<i>{{x}}</i>{{/each}}", "TextBody": "{{#broken}}",
        "TestRenderModel": { "name": "Ann", "list": [{ "x": "<" }] },
    });
    let verdict = post(&simulator, "/templates/validate", request).await.body;
    assert_eq!(verdict["AllContentIsValid"], false);
    assert_eq!(verdict["Subject"]["RenderedContent"], "Hi Ann");
    assert_eq!(verdict["HtmlBody"]["RenderedContent"], "<i>&lt;</i>");
    assert_eq!(verdict["TextBody"]["ContentIsValid"], false);
    assert_eq!(verdict["TextBody"]["ValidationErrors"][0]["Line"], 1);
    let guess = post(
        &simulator,
        "/templates/validate",
        json!({ "TextBody": "{{a}}" }),
    )
    .await
    .body;
    assert_eq!(guess["SuggestedTemplateModel"], json!({ "a": "a_Value" }));
    assert_eq!(guess["AllContentIsValid"], true);
    assert_eq!(
        post(&simulator, "/templates/validate", json!({}))
            .await
            .refusal(),
        (422, 1109)
    );
}
