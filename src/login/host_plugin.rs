//! A login by a plugin of the host's own. What it yields is known only when it has answered, so the rest is decided after.

use super::once::{self, Once};
use super::{Ended, Job, Publish, database, native_token, of_known_keys, of_proof, prepare};
use crate::credentials::{AwsSource, Kind};
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Status};
use crate::exchange::aws_config::AwsConfig;
use crate::options::HostProof;
use crate::plugin::{NativeToken, Proof};
use crate::ports::Ports;
use std::fmt;
use tokio::sync::oneshot;

/// The answer of a plugin's callback.
pub(crate) type Answer = Result<HostProof, AuthError>;

/// The plugins of the host's own. Their callbacks run on the thread that made the call.
pub(crate) struct HostPlugins {
    /// As the options name them.
    pub(crate) names: Vec<String>,
    /// Has the plugin at a place called, with the settings as profiles and secret sources have made them; does not wait
    /// for it.
    pub(crate) call: Box<dyn Fn(usize, Settings, oneshot::Sender<Answer>) + Send>,
}

impl fmt::Debug for HostPlugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostPlugins").field(&self.names).finish()
    }
}

impl HostPlugins {
    async fn prove(&self, index: usize, settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
        ports.progress.now(format_args!("a plugin of the application was at work"));
        let (sender, answer) = oneshot::channel();
        (self.call)(index, settings.clone(), sender);
        // The calling thread drops the sender only when the call ends.
        let ended = || AuthError::of_call(Status::Cancelled, "the call has ended");
        match answer.await.map_err(|_| ended())?? {
            HostProof::AwsKeys(keys) => Ok(Proof::Aws(AwsSource::Static(keys))),
            HostProof::WebIdentity(token) => Ok(Proof::WebIdentity(token)),
            HostProof::NativeToken { token, token_type, idp_type, expires_at } => {
                Ok(Proof::NativeToken(NativeToken { token, token_type, idp_type, expires_at }))
            }
            HostProof::SamlResponse(response) => Ok(Proof::SamlResponse(response)),
        }
    }
}

/// Logs in by the plugin at `index`.
pub(super) async fn login(
    index: usize,
    name: &str,
    mut job: Job,
    aws: AwsConfig,
    ports: &Ports,
    publish: &Publish<'_>,
) -> Result<Ended, AuthError> {
    let nowhere = Once::default();
    if let Some(identity) = job.known.take()
        && let Some(known) = once::keys(&identity)
    {
        job.accept(Kind::DbPassword)?;
        let prepared = prepare::decide(&job, name, aws, ports).await?;
        if let Some(result) = of_known_keys(known, &job, &prepared, ports).await {
            return result;
        }
        let proof = job.host_plugins.prove(index, &job.settings, ports).await?;
        return of_proof(proof, &nowhere, &job, &prepared, ports, publish).await;
    }
    match job.host_plugins.prove(index, &job.settings, ports).await? {
        Proof::NativeToken(token) => native_token(&job, name, token).map(Into::into),
        proof => {
            job.accept(Kind::DbPassword)?;
            let prepared = prepare::decide(&job, name, aws, ports).await?;
            database::announce(&prepared).await;
            of_proof(proof, &nowhere, &job, &prepared, ports, publish).await
        }
    }
}
