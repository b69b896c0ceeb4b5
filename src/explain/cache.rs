//! What an earlier login has left that a login would be spared by.

use super::json::moment;
use crate::cache::disk::{Seen, Shelf};
use crate::login::plan::Plan;
use crate::options::CachePolicy;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Until when something is good, and until when it is served: milliseconds since 1970.
pub(crate) type Until = (i64, i64);

/// A look at the disk.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) directory: PathBuf,
    pub(crate) seen: Result<Seen, String>,
}

/// What is kept for these settings.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) policy: CachePolicy,
    /// Database credentials or a token, in memory.
    pub(crate) result: Option<Until>,
    /// AWS keys, or the token of a sign-in, in memory.
    pub(crate) identity: Option<Until>,
    /// The error says why the disk is left alone.
    pub(crate) disk: Result<Look, String>,
}

impl Kept {
    /// The documents of earlier sign-ins, as a login would find them.
    pub(crate) fn shelf(&self) -> Option<Arc<Shelf>> {
        self.disk.as_ref().ok()?.seen.as_ref().ok()?.shelf.clone()
    }
}

pub(super) fn report(kept: &Kept, plan: &Plan) -> Value {
    let until = |until: Option<Until>| {
        until.map(|(good, served)| json!({ "valid_until": moment(good), "served_until": moment(served) }))
    };
    let policy = match kept.policy {
        CachePolicy::Default => "default",
        CachePolicy::Off => "off",
        CachePolicy::Memory => "memory",
        CachePolicy::Refresh => "refresh",
    };
    let is_served = !matches!(kept.policy, CachePolicy::Off | CachePolicy::Refresh);
    json!({
        "policy": policy,
        "result_in_memory": until(kept.result),
        "identity_in_memory": until(kept.identity),
        "disk": disk(kept, plan),
        "login_asks_nobody": is_served && kept.result.is_some(),
    })
}

fn disk(kept: &Kept, plan: &Plan) -> Value {
    let look = match &kept.disk {
        Ok(look) => look,
        Err(why) => return json!({ "used": false, "why_not": why }),
    };
    let is_stored = plan.method.as_ref().is_some_and(|method| method.is_stored);
    let why_not = (!is_stored).then_some("only what a person signed in for is kept on disk");
    let directory = look.directory.display().to_string();
    match &look.seen {
        Ok(seen) => json!({
            "used": is_stored,
            "why_not": why_not,
            "directory": directory,
            "sign_in_valid_until": seen.sign_in_until.map(moment),
            "refresh_token": seen.refresh_token,
            "client_registration": seen.shelf.as_ref().is_some_and(|shelf| shelf.has_registration()),
        }),
        Err(problem) => json!({
            "used": false,
            "why_not": format!("the directory {directory} {problem}"),
            "directory": directory,
        }),
    }
}
