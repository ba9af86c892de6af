//! The rules of a search.

use jiff::Timestamp;
use plugin_host::{MessageFilter, MessageState};

use super::parameters::filter;
use crate::web::{Caller, PostmarkError};

fn read(query: &str) -> Result<MessageFilter, PostmarkError> {
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    filter(&pairs, &Caller { account: None })
}

#[test]
fn names_of_filters_are_read_in_any_letter_case() {
    let filter = read("COUNT=10&Offset=5&fromEmail=a@example.com&Tag=t&Status=Queued&messageStream=resets&metadata_Colour=red").unwrap();
    assert_eq!((filter.count, filter.offset), (10, 5));
    assert_eq!(
        (filter.from.as_deref(), filter.tag.as_deref()),
        (Some("a@example.com"), Some("t"))
    );
    assert_eq!(filter.stream.as_deref(), Some("resets"));
    assert_eq!(filter.metadata, Some(("Colour".into(), "red".into())));
    assert!(filter.states.contains(&MessageState::InDoubt));
}

#[test]
fn a_page_that_cannot_be_is_refused_with_700() {
    for query in [
        "offset=0",
        "count=10",
        "count=0&offset=0",
        "count=501&offset=0",
        "count=500&offset=9501",
        "count=x&offset=0",
        "count=1&offset=-1",
    ] {
        assert_eq!(read(query).unwrap_err().code, 700, "{query}");
    }
    assert!(read("count=500&offset=9500").is_ok());
}

#[test]
fn the_crm_ids_in_metadata_are_found_where_they_are_kept() {
    let search =
        read("count=1&offset=0&metadata_trackingID=0B9D3F2E-6A0E-4B52-8A53-5D0C1B9F7E21").unwrap();
    assert_eq!(
        search.tracking_id.unwrap().to_string(),
        "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21"
    );
    let search = read("count=1&offset=0&metadata_LeadUID=lead").unwrap();
    assert_eq!(search.lead.as_deref(), Some("lead"));
    assert_eq!(
        read("count=1&offset=0&metadata_TrackingId=7")
            .unwrap_err()
            .code,
        300
    );
}

#[test]
fn a_bound_token_cannot_widen_its_view() {
    let pairs = [
        ("count".to_owned(), "1".to_owned()),
        ("offset".to_owned(), "0".to_owned()),
        ("metadata_AccountUID".to_owned(), "b".to_owned()),
    ];
    let search = filter(
        &pairs,
        &Caller {
            account: Some("a".into()),
        },
    )
    .unwrap();
    assert_eq!(search.account.as_deref(), Some("a"));
}

#[test]
fn dates_without_a_zone_are_us_eastern_and_inclusive() {
    let filter = read("count=1&offset=0&fromdate=2026-03-02&todate=2026-03-02").unwrap();
    let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    assert_eq!(filter.from_date, at("2026-03-02T05:00:00Z"));
    assert_eq!(filter.to_date, at("2026-03-03T05:00:00Z"));
    let filter =
        read("count=1&offset=0&fromdate=2026-07-02T10:00:00&todate=2026-07-02T10:00:00Z").unwrap();
    assert_eq!(filter.from_date, at("2026-07-02T14:00:00Z"));
    assert_eq!(filter.to_date, at("2026-07-02T10:00:01Z"));
    assert_eq!(
        read("count=1&offset=0&fromdate=yesterday")
            .unwrap_err()
            .code,
        300
    );
}
