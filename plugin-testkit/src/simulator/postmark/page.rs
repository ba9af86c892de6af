//! The page behind an unsubscribe link: looking changes nothing, confirming does.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::response::Response;

use super::Postmark;
use super::account::Server;
use super::mailbox::read_token;
use crate::simulator::page::{takes_back, unknown_link, unsubscribing};

/// Who stands before the page.
struct Visitor {
    server: Arc<Server>,
    stream: String,
    address: String,
    id: uuid::Uuid,
}

/// `GET /unsubscribe/{token}`
pub(super) async fn show(
    Shared(postmark): Shared<Arc<Postmark>>,
    Path(token): Path<String>,
) -> Response {
    match postmark.visitor(&token) {
        Some(visitor) => visitor.page(),
        None => unknown_link(),
    }
}

/// `POST /unsubscribe/{token}`: confirms, also as RFC 8058's one click; `action=resubscribe` takes it back.
pub(super) async fn act(
    Shared(postmark): Shared<Arc<Postmark>>,
    Path(token): Path<String>,
    form: String,
) -> Response {
    let Some(visitor) = postmark.visitor(&token) else {
        return unknown_link();
    };
    let mut state = visitor.server.state();
    if takes_back(&form) {
        postmark.recipient_resubscribes(&visitor.server, &mut state, &visitor.id, &visitor.address);
    } else {
        postmark.recipient_unsubscribes(&visitor.server, &mut state, &visitor.id, &visitor.address);
    }
    drop(state);
    visitor.page()
}

impl Postmark {
    fn visitor(&self, token: &str) -> Option<Visitor> {
        let (id, place) = read_token(token)?;
        self.servers().find_map(|server| {
            let state = server.state();
            let sent = state.message(&id)?;
            let (stream, address) = (
                sent.content.stream.clone(),
                sent.recipients.get(place)?.clone(),
            );
            Some(Visitor {
                server: Arc::clone(server),
                stream,
                address,
                id,
            })
        })
    }
}

impl Visitor {
    fn page(&self) -> Response {
        let state = self.server.state();
        let suppressed = state
            .stream(&self.stream)
            .is_some_and(|stream| stream.suppressions.contains_key(&self.address));
        unsubscribing(&self.address, "this sender", suppressed)
    }
}
