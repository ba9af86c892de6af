//! Rate limits: so many requests within a time, counted anew after it; every answer says how many are left.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State as Shared};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;

use super::Sendgrid;
use super::answer::Refusal;
use super::config::RateLimit;
use crate::simulator::clock::later;
use crate::simulator::service::lock;

/// One limit at work.
pub(super) struct Limiter {
    limit: RateLimit,
    current: Mutex<Period>,
}

#[derive(Clone, Copy)]
struct Period {
    ends: Timestamp,
    used: u64,
}

/// What the headers tell.
struct Rate {
    limit: u64,
    /// Nothing when this request was one too many.
    remaining: Option<u64>,
    reset: i64,
}

impl Limiter {
    pub(super) fn new(limit: RateLimit) -> Self {
        let current = Period {
            ends: Timestamp::MIN,
            used: 0,
        };
        Self {
            limit,
            current: Mutex::new(current),
        }
    }

    fn take(&self, now: Timestamp) -> Rate {
        let mut period = lock(&self.current);
        if now >= period.ends {
            let ends = later(now, self.limit.within);
            *period = Period { ends, used: 0 };
        }
        let remaining = self.limit.requests.checked_sub(period.used + 1);
        period.used += u64::from(remaining.is_some());
        // Rounded up: who waits until then is let through.
        let fraction = i64::from(period.ends.subsec_nanosecond() > 0);
        Rate {
            limit: self.limit.requests,
            remaining,
            reset: period.ends.as_second() + fraction,
        }
    }
}

/// Lets a request through if its limit has a place left.
pub(super) async fn limit(
    Shared(sendgrid): Shared<Arc<Sendgrid>>,
    request: Request,
    next: Next,
) -> Response {
    let is_search = request.uri().path().starts_with("/v3/messages");
    let limiter = match is_search {
        true => sendgrid.search_limit.as_ref(),
        false => sendgrid.rate_limit.as_ref(),
    };
    let Some(limiter) = limiter else {
        return next.run(request).await;
    };
    let rate = limiter.take(sendgrid.clock.now());
    let mut answer = match rate.remaining {
        Some(_) => next.run(request).await,
        None => Refusal::throttled().into_response(),
    };
    let headers = answer.headers_mut();
    headers.insert("X-RateLimit-Limit", HeaderValue::from(rate.limit));
    let remaining = rate.remaining.unwrap_or(0);
    headers.insert("X-RateLimit-Remaining", HeaderValue::from(remaining));
    headers.insert("X-RateLimit-Reset", HeaderValue::from(rate.reset));
    answer
}
