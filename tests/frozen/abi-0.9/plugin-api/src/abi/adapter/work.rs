//! What a call does on the instance's runtime: records in, the author's method, records out.

use abi_stable::std_types::RVec;

use super::answers::{answer, answer_err, complete, unanswered, unknown};
use super::keys::{known_keys, known_keys_of, no_required_key};
use crate::abi::convert::suppressions::{ADD, LIST, REMOVE};
use crate::abi::record::*;
use crate::abi::table::Answer;
use crate::{
    CallContext, CheckReport, Lookup, Message, Plugin, Receipt, SendError, SentQuery,
    SuppressionEdit,
};

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
    if operation == LIST {
        let page = provider.list_suppressions(&request.into(), context).await;
        return page.map(Into::into);
    }
    let edit = SuppressionEdit::from(request);
    let changes = match operation {
        ADD => provider.add_suppressions(&edit, context),
        REMOVE => provider.remove_suppressions(&edit, context),
        _ => {
            return Err(SendError::unsupported(
                "suppressions.operation",
                format!(
                    "this plugin does not know operation {operation} on suppression lists; a newer build may"
                ),
            ));
        }
    };
    Ok(complete(changes.await?, edit.addresses.len(), unanswered).into())
}
