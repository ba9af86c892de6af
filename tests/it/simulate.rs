//! `host-demo simulate`: a process of its own, whose secrets come from the environment.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use system_tests::host_demo;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::support::api::mail;
use crate::support::service::{HOOK, SERVICE_TOKEN};

struct Simulated {
    process: Child,
    base: String,
    /// Kept open: it has more to say.
    _said: BufReader<ChildStdout>,
}

impl Drop for Simulated {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts it; returns when it listens.
fn simulate(service: &str, webhook: &str) -> Simulated {
    let mut process = Command::new(host_demo())
        .args(["simulate", service, "--listen", "127.0.0.1:0"])
        .args(["--webhook", webhook])
        .env("POSTMARK_SERVER_TOKEN", SERVICE_TOKEN)
        .env("SENDGRID_API_KEY", SERVICE_TOKEN)
        .env("SIMULATED_WEBHOOK_AUTH", format!("{}:{}", HOOK.0, HOOK.1))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut said = BufReader::new(process.stdout.take().expect("it is piped"));
    let mut line = String::new();
    said.read_line(&mut line).expect("it writes UTF-8");
    let base = line.split(' ').nth(4).expect("an address").to_owned();
    Simulated {
        process,
        base,
        _said: said,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_secrets_come_from_the_environment_and_are_in_no_argument() {
    let stage = Stage::start("postmark").await;
    let send = |token: &str| {
        let request = stage.http.post(format!("{}/email", stage.simulated.base));
        let request = request.header("X-Postmark-Server-Token", token);
        request.json(&mail(Value::Null)).send()
    };
    let answer = send("another").await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let answer = send(SERVICE_TOKEN).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    stage
        .is_called_with_credentials_that_no_argument_has()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sendgrid_is_simulated_in_the_same_way_and_signs_its_webhook() {
    let stage = Stage::start("sendgrid").await;
    let send = |key: &str| {
        let url = format!("{}/v3/mail/send", stage.simulated.base);
        let request = json!({
            "personalizations": [{ "to": [{ "email": "ann@example.com" }] }],
            "from": { "email": "sales@example.com" },
            "subject": "Hello",
            "content": [{ "type": "text/plain", "value": "Hello Ann" }],
        });
        stage.http.post(url).bearer_auth(key).json(&request).send()
    };
    let answer = send("another").await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let answer = send(SERVICE_TOKEN).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let head = stage
        .is_called_with_credentials_that_no_argument_has()
        .await;
    assert!(
        head.contains("x-twilio-email-event-webhook-signature: "),
        "{head}"
    );
}

/// A simulator that posts its webhook here.
struct Stage {
    hooks: TcpListener,
    simulated: Simulated,
    http: Client,
}

impl Stage {
    async fn start(service: &str) -> Self {
        let hooks = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = hooks.local_addr().expect("a bound socket has one");
        let url = format!("http://{address}/hook");
        let simulated = tokio::task::block_in_place(|| simulate(service, &url));
        // No simulator runs in this process that would have done it; a second time changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().expect("a client");
        Self {
            hooks,
            simulated,
            http,
        }
    }

    /// The head of the call, in lower case.
    async fn is_called_with_credentials_that_no_argument_has(&self) -> String {
        let (mut called, _) = self.hooks.accept().await.expect("the webhook is called");
        let mut head = Vec::new();
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            let more = called.read_buf(&mut head).await.expect("a request");
            assert!(more > 0, "the call ended early");
        }
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        assert!(head.contains("authorization: basic "), "{head}");
        let arguments = std::fs::read(format!("/proc/{}/cmdline", self.simulated.process.id()));
        let arguments = String::from_utf8_lossy(&arguments.expect("it runs")).into_owned();
        assert!(!arguments.contains(SERVICE_TOKEN) && !arguments.contains(HOOK.1));
        head
    }
}
