//! What a call does on the instance's runtime: records in, the author's method, records out.

use abi_stable::std_types::{RString, RVec};

use super::answers::{answer, answer_err, complete, unknown};
use super::keys::{known_keys, known_keys_of, no_required_key};
use crate::abi::record::*;
use crate::abi::table::Answer;
use crate::{
    CallContext, CheckReport, Lookup, Message, Plugin, Receipt, SendError, SentQuery,
    SuppressionChange, SuppressionQuery,
};

/// The operations of [`SuppressionRequestRecord`].
pub(in crate::abi) const LIST: u32 = 1;
pub(in crate::abi) const ADD: u32 = 2;
pub(in crate::abi) const REMOVE: u32 = 3;

pub(super) async fn send<P: Plugin>(
    provider: &P,
    envelope: Envelope,
    context: &CallContext,
) -> Result<Receipt, SendError> {
    known_keys::<P>(context.extensions())?;
    known_keys_of::<P>(&envelope)?;
    provider.send(&Message { envelope }, context).await
}

/// Messages this plugin must refuse keep their place in the answer; the others go on together.
pub(super) async fn send_batch<P: Plugin>(
    provider: &P,
    envelopes: RVec<Envelope>,
    context: &CallContext,
) -> RVec<Answer<ReceiptRecord>> {
    let refusals: Vec<Result<(), SendError>> = envelopes
        .iter()
        .map(|envelope| {
            known_keys::<P>(context.extensions())?;
            known_keys_of::<P>(envelope)
        })
        .collect();
    let accepted: Vec<Message> = envelopes
        .into_iter()
        .zip(&refusals)
        .filter(|(_, refusal)| refusal.is_ok())
        .map(|(envelope, _)| Message { envelope })
        .collect();
    let mut results = Vec::new();
    if !accepted.is_empty() {
        results = provider.send_batch(&accepted, context).await;
    }
    let missing = || {
        Err(SendError::in_doubt(
            "the plugin gave fewer results than messages",
        ))
    };
    let mut results = complete(results, accepted.len(), missing).into_iter();
    refusals
        .into_iter()
        .filter_map(|refusal| match refusal {
            Ok(()) => results.next().map(answer),
            Err(error) => Some(answer_err(error)),
        })
        .collect()
}

pub(super) async fn check<P: Plugin>(
    provider: &P,
    context: &CallContext,
) -> Result<CheckReport, SendError> {
    known_keys::<P>(context.extensions())?;
    provider.check(context).await
}

pub(super) async fn find_sent<P: Plugin>(
    provider: &P,
    queries: RVec<QueryRecord>,
    context: &CallContext,
) -> RVec<LookupRecord> {
    let expected = queries.len();
    let unknown_key = known_keys::<P>(context.extensions()).err().or_else(|| {
        let refused = |query: &QueryRecord| no_required_key(&query.extensions).err();
        queries.iter().find_map(refused)
    });
    if let Some(error) = unknown_key {
        return unknown(expected, &error.to_string());
    }
    let queries: Vec<SentQuery> = queries.into_iter().map(Into::into).collect();
    let found = provider.find_sent(&queries, context).await;
    let missing = || Lookup::unknown("the plugin gave fewer answers than it was asked for");
    complete(found, expected, missing)
        .into_iter()
        .map(Into::into)
        .collect()
}

pub(super) async fn suppressions<P: Plugin>(
    provider: &P,
    request: SuppressionRequestRecord,
    context: &CallContext,
) -> Result<SuppressionAnswerRecord, SendError> {
    known_keys::<P>(context.extensions())?;
    no_required_key(&request.extensions)?;
    let operation = request.operation;
    let addresses: Vec<String> = request.addresses.iter().map(RString::to_string).collect();
    let query = SuppressionQuery::from(request);
    let changes = match operation {
        LIST => return Ok(provider.list_suppressions(&query, context).await?.into()),
        ADD => provider.add_suppressions(query.stream, &addresses, context),
        REMOVE => provider.remove_suppressions(query.stream, &addresses, context),
        _ => {
            return Err(SendError::unsupported(
                "suppressions.operation",
                format!(
                    "this plugin does not know operation {operation} on suppression lists; a newer build may"
                ),
            ));
        }
    };
    let missing = || SuppressionChange::Unknown("the plugin did not answer for it".to_owned());
    Ok(complete(changes.await?, addresses.len(), missing).into())
}
