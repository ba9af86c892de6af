//! Faults of the connection, seen from a bare socket: closed, reset, hanging, cut, switched off.

use std::io::ErrorKind;

use plugin_testkit::simulator::{Fault, FaultRule, RunningSimulator};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{TOKEN, get, http, in_time, message, start, try_send, with_fault};

/// A `POST /email` as bytes.
fn raw_request(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST /email HTTP/1.1\r\nHost: simulator\r\nAccept: application/json\r\nContent-Type: application/json\r\n\
         X-Postmark-Server-Token: {TOKEN}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends bytes and reads until the other side ends: what came, and the error that ended it, if one did.
async fn exchange(simulator: &RunningSimulator, request: &[u8]) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    // A reset may come while we are still writing; reading tells.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let end = in_time("the end of the connection", stream.read_to_end(&mut answer)).await;
    (answer, end.err().map(|error| error.kind()))
}

#[tokio::test]
async fn a_dropped_answer_is_an_accepted_message_and_a_clean_end() {
    let simulator = with_fault(Fault::DropAfterAccept {}).await;
    assert_eq!(
        exchange(&simulator, &raw_request(&message(json!({})))).await,
        (Vec::new(), None)
    );
    assert_eq!(simulator.ledger().accepted(), 1);
}

#[tokio::test]
async fn a_reset_after_acceptance_is_seen_as_one() {
    let simulator = with_fault(Fault::Reset { accepted: true }).await;
    let (answer, end) = exchange(&simulator, &raw_request(&message(json!({})))).await;
    assert_eq!((answer.len(), end), (0, Some(ErrorKind::ConnectionReset)));
    assert_eq!(simulator.ledger().accepted(), 1);
}

#[tokio::test]
async fn a_reset_before_reading_comes_before_the_body_is_sent() {
    let simulator = with_fault(Fault::Reset { accepted: false }).await;
    let head = format!(
        "POST /email HTTP/1.1\r\nHost: s\r\nX-Postmark-Server-Token: {TOKEN}\r\nContent-Length: 1000000\r\n"
    );
    let (answer, end) = exchange(&simulator, head.as_bytes()).await;
    assert_eq!((answer.len(), end), (0, Some(ErrorKind::ConnectionReset)));
    assert_eq!(simulator.ledger().accepted(), 0);
    assert_eq!(simulator.ledger().counts().requests, 1);
}

#[tokio::test]
async fn a_reset_before_reading_also_meets_the_second_request_of_a_connection() {
    let simulator = start().await;
    simulator.faults().add(
        FaultRule::new(Fault::Reset { accepted: false })
            .path("/email")
            .skip(1)
            .times(1),
    );
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    let request = raw_request(&message(json!({})));
    stream.write_all(&request).await.unwrap();
    let mut first = [0; 2048];
    let read = in_time("the first answer", stream.read(&mut first))
        .await
        .unwrap();
    assert!(first[..read].starts_with(b"HTTP/1.1 200"));
    let _ = stream.write_all(&request).await;
    let mut second = Vec::new();
    let end = in_time("the reset", stream.read_to_end(&mut second))
        .await
        .unwrap_err();
    assert_eq!((second.len(), end.kind()), (0, ErrorKind::ConnectionReset));
    let counts = simulator.ledger().counts();
    assert_eq!(
        (counts.connections, counts.requests, counts.accepted),
        (1, 2, 1)
    );
}

#[tokio::test]
async fn a_hanging_request_is_accepted_or_not_and_never_answered() {
    for accepted in [false, true] {
        let simulator = with_fault(Fault::Hang { accepted }).await;
        let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
        stream
            .write_all(&raw_request(&message(json!({}))))
            .await
            .unwrap();
        if accepted {
            in_time("the acceptance", simulator.ledger().wait_for_accepted(1)).await;
        } else {
            in_time("the hit", async {
                while simulator.faults().fired() == 0 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
        // Others are served meanwhile; the hanging one still has nothing.
        assert_eq!(get(&simulator, "/server").await.status, 200);
        let mut byte = [0; 1];
        let nothing = stream.try_read(&mut byte).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        assert_eq!(simulator.ledger().accepted(), usize::from(accepted));
    }
}

#[tokio::test]
async fn a_cut_answer_stops_in_the_middle_of_its_announced_length() {
    let simulator = with_fault(Fault::CutBody {}).await;
    let (answer, end) = exchange(&simulator, &raw_request(&message(json!({})))).await;
    assert_eq!(end, None);
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let announced = head
        .to_lowercase()
        .split_once("content-length: ")
        .unwrap()
        .1
        .to_owned();
    let announced: usize = announced.lines().next().unwrap().trim().parse().unwrap();
    assert!(!body.is_empty() && body.len() == announced / 2, "{text}");
    assert_eq!(simulator.ledger().accepted(), 1);
    simulator.faults().add(FaultRule::new(Fault::CutBody {}));
    assert!(try_send(&simulator).await.unwrap().bytes().await.is_err());
}

#[tokio::test]
async fn a_switched_off_simulator_refuses_connections_until_it_is_on_again() {
    let simulator = start().await;
    let client = http();
    let url = format!("{}/server", simulator.base_url());
    let ask = || {
        client
            .get(&url)
            .header("X-Postmark-Server-Token", TOKEN)
            .header("Accept", "*/*")
            .send()
    };
    assert_eq!(ask().await.unwrap().status(), 200);
    simulator.switch_off().await;
    simulator.switch_off().await;
    assert!(ask().await.unwrap_err().is_connect());
    let refused = TcpStream::connect(simulator.address()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    simulator.switch_on().await.unwrap();
    simulator.switch_on().await.unwrap();
    assert_eq!(ask().await.unwrap().status(), 200);
    assert_eq!(
        simulator.base_url(),
        format!("http://{}", simulator.address())
    );
}

#[tokio::test]
async fn switching_off_breaks_a_request_in_the_middle() {
    let simulator = with_fault(Fault::Hang { accepted: true }).await;
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    stream
        .write_all(&raw_request(&message(json!({}))))
        .await
        .unwrap();
    in_time("the acceptance", simulator.ledger().wait_for_accepted(1)).await;
    simulator.switch_off().await;
    let mut answer = Vec::new();
    let end = in_time("the end", stream.read_to_end(&mut answer)).await;
    assert!(answer.is_empty(), "{end:?}");
    assert_eq!(simulator.ledger().accepted(), 1);
}

#[tokio::test]
async fn a_request_line_in_two_pieces_is_counted_once_and_still_reset() {
    let simulator = with_fault(Fault::Reset { accepted: false }).await;
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let request = raw_request(&message(json!({})));
    stream.write_all(&request[..7]).await.unwrap();
    // By the time another client is answered, the first piece has been looked at.
    assert_eq!(get(&simulator, "/server").await.status, 200);
    let _ = stream.write_all(&request[7..]).await;
    let mut answer = Vec::new();
    let end = in_time("the reset", stream.read_to_end(&mut answer)).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(simulator.ledger().counts().requests, 2);
    assert_eq!(simulator.ledger().accepted(), 0);
}
