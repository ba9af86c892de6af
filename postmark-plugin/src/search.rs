//! One page of Postmark's message search: `GET /messages/outbound`.

use jiff::Timestamp;
use plugin_api::serde_json::{Value, from_slice};
use plugin_api::{CallContext, ProviderMessageId, SendError, TrackingId, metadata};

use crate::SERVICE;
use crate::answer::Reply;
use crate::refusal::refused_question;
use plugin_http::{Client, Fields};

/// The most rows of one page, and the last row that can be asked for. Source: Postmark's Messages API.
pub(crate) const MAX_PAGE: usize = 500;
pub(crate) const MAX_ROWS: usize = 10_000;

/// What is searched; the stream always is: Postmark searches `outbound` when none is named.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) stream: &'a str,
    pub(crate) tracking_id: Option<TrackingId>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
}

/// Rows, and how many there are on all pages.
pub(crate) struct Page {
    pub(crate) total: usize,
    pub(crate) rows: Vec<Row>,
    /// When the page was given, by the service's clock.
    pub(crate) date: Option<Timestamp>,
}

/// A message Postmark has.
pub(crate) struct Row {
    pub(crate) id: ProviderMessageId,
    pub(crate) tracking_id: Option<TrackingId>,
    pub(crate) received_at: Option<Timestamp>,
    /// Addresses of To, Cc and Bcc that it goes to; empty when Postmark does not say.
    pub(crate) recipients: Vec<String>,
}

impl<'a> Search<'a> {
    /// Everything in a stream.
    pub(crate) fn stream(stream: &'a str) -> Self {
        Self {
            stream,
            tracking_id: None,
            from: None,
            to: None,
        }
    }

    /// Asks for `count` rows after the first `offset`.
    pub(crate) async fn page(
        self,
        client: &Client,
        count: usize,
        offset: usize,
        context: &CallContext,
    ) -> Result<Page, SendError> {
        let mut url = client.url(&["messages", "outbound"]);
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("count", &count.to_string())
                .append_pair("offset", &offset.to_string())
                .append_pair("messagestream", self.stream);
            if let Some(id) = self.tracking_id {
                query.append_pair("metadata_TrackingId", &id.to_string());
            }
            if let Some(from) = self.from {
                query.append_pair("fromdate", &eastern(from));
            }
            if let Some(to) = self.to {
                query.append_pair("todate", &eastern(to));
            }
        }
        let answer = client
            .get(url, context)
            .await
            .map_err(|failure| failure.of_question(SERVICE))?;
        if answer.status != 200 {
            return Err(refused_question(&answer, Reply::of(&answer).as_ref()));
        }
        let (total, rows) = read(&answer.body).ok_or_else(|| {
            SendError::unavailable(
                "postmark: the answer to a message search is not one Postmark gives",
            )
            .with_provider_code("200")
        })?;
        Ok(Page {
            total,
            rows,
            date: answer.date,
        })
    }
}

/// Postmark reads dates without an offset as US Eastern time. In the hour that autumn repeats such a text means two moments.
fn eastern(at: Timestamp) -> String {
    let zone = jiff::tz::get!("America/New_York");
    at.to_zoned_datetime(zone)
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string()
}

/// Nothing, when any row is not understood: a search that leaves out a row proves nothing.
fn read(body: &[u8]) -> Option<(usize, Vec<Row>)> {
    let value: Value = from_slice(body).ok()?;
    let fields = Fields::of(&value)?;
    let total = usize::try_from(fields.integer("TotalCount")?).ok()?;
    let rows = fields.get("Messages")?.as_array()?;
    let rows = rows.iter().map(row).collect::<Option<Vec<_>>>()?;
    Some((total, rows))
}

fn row(value: &Value) -> Option<Row> {
    let fields = Fields::of(value)?;
    Some(Row {
        id: ProviderMessageId::new(fields.id("MessageID")?),
        tracking_id: fields
            .text_in("Metadata", metadata::TRACKING_ID)
            .and_then(|id| id.parse().ok()),
        received_at: fields.time("ReceivedAt"),
        recipients: recipients(fields),
    })
}

fn recipients(row: Fields<'_>) -> Vec<String> {
    let listed = row.get("Recipients").and_then(Value::as_array);
    let listed = listed.into_iter().flatten().filter_map(Value::as_str);
    listed.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{eastern, read};

    #[test]
    fn dates_are_written_in_eastern_time_summer_and_winter() {
        for (utc, expected) in [
            ("2026-03-02T14:15:42.987Z", "2026-03-02T09:15:42"),
            ("2026-07-02T03:00:00Z", "2026-07-01T23:00:00"),
            ("2026-03-08T07:30:00Z", "2026-03-08T03:30:00"),
        ] {
            assert_eq!(eastern(utc.parse().unwrap()), expected);
        }
    }

    #[test]
    fn a_page_with_a_row_that_cannot_be_read_is_none() {
        let good =
            r#"{"TotalCount":1,"Messages":[{"MessageID":"5f0f6d4e-2a53-4c64-9d0c-0e6a4a1d7a10"}]}"#;
        assert_eq!(read(good.as_bytes()).unwrap().1.len(), 1);
        for bad in [
            "",
            "[]",
            r#"{"TotalCount":1}"#,
            r#"{"Messages":[]}"#,
            r#"{"TotalCount":1,"Messages":[{"Subject":"no id"}]}"#,
            r#"{"TotalCount":1,"Messages":[7]}"#,
        ] {
            assert!(read(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
