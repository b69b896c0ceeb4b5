//! From a proof to database credentials, as far as it can be foreseen.

use super::super::prepare::Prepared;
use super::super::{database, identity_center, proof};
use super::Foresight;
use crate::credentials::{AwsKeys, AwsSource, Claims};
use crate::dsn::keys::Key;
use crate::dsn::location;
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::chain::{self, Foreseen};
use crate::exchange::sts::{self, Role};
use crate::plugin::Proof;
use crate::secret::secret;

impl Foresight<'_> {
    /// A proof that is there already.
    pub(super) async fn of_proof(
        &mut self,
        proof: Proof,
        prepared: Option<Prepared>,
        aws: Option<AwsConfig>,
        method: &str,
    ) {
        match (proof, prepared) {
            (Proof::Aws(source), Some(prepared)) => {
                self.find_keys(&source, &prepared, None).await;
                self.database(&prepared, None).await;
            }
            (Proof::IdentityCenter(source), _) => {
                if let Some(aws) = aws {
                    self.identity_center(&source, aws, method).await;
                }
            }
            (Proof::NativeToken(_), _) => {
                let located = location::locate(&self.plan.settings);
                self.plan.location = self.note(located);
            }
            (proof @ (Proof::WebIdentity(_) | Proof::SamlResponse(_)), Some(prepared)) => {
                let exchange = proof::exchange(proof, &self.plan.settings, &prepared, &self.ports);
                let steps = Self::rehearse(&self.network, exchange).await;
                self.add(steps);
                self.database(&prepared, Some(&somebody())).await;
            }
            (_, None) => {}
        }
    }

    /// A SAML response that a login would get first.
    pub(super) async fn of_assertion(&mut self, prepared: &Prepared) {
        const ROLE: &str = "arn:aws:iam::000000000000:role/none";
        const PROVIDER: &str = "arn:aws:iam::000000000000:saml-provider/none";
        let role = self.plan.settings.text(Key::PreferredRole).unwrap_or(ROLE).to_owned();
        let (role, nothing) = (Role::of(&role), secret("none"));
        let call = sts::assume_role_with_saml(&prepared.place.aws, &role, PROVIDER, &nothing);
        let steps = Self::rehearse(&self.network, call).await;
        self.add(steps);
        self.database(prepared, Some(&somebody())).await;
    }

    /// Where AWS keys come from. `told`: how an error of a search without success is to be told.
    async fn find_keys(
        &mut self,
        source: &AwsSource,
        prepared: &Prepared,
        told: Option<&dyn Fn(&crate::error::AuthError) -> crate::error::AuthError>,
    ) {
        let found = chain::foresee(source, &prepared.place.aws, &self.network).await;
        // What was gone through for it.
        drop(self.network.take());
        match self.note(found) {
            Some(Foreseen::Keys { from, steps }) => {
                self.plan.keys_from = Some(from);
                self.add(Ok(steps));
            }
            // No source is configured, so that looking for real asks nobody, and tells each one's reason.
            Some(Foreseen::Nothing(_)) => {
                let error = chain::resolve(source, &prepared.place.aws).await.err();
                error.into_iter().for_each(|error| self.fault(told.map_or(error.clone(), |told| told(&error))));
            }
            None => {}
        }
    }

    async fn identity_center(&mut self, source: &AwsSource, aws: AwsConfig, method: &str) {
        let refused = identity_center::refuse_domain(&self.plan.settings);
        self.note(refused);
        let Some(prepared) = self.prepare(method, aws) else { return };
        let told = |error: &_| identity_center::no_token_either(method, error);
        let is_default = matches!(source, AwsSource::Default);
        self.find_keys(source, &prepared, is_default.then_some(&told as _)).await;
        if prepared.location.target.is_some() {
            let keys = AwsKeys::of_nobody();
            let steps = Self::rehearse(&self.network, identity_center::ask(&prepared, &keys)).await;
            self.add(steps);
        }
    }

    /// `claims`: what an identity provider says, of which only that it says something is known.
    async fn database(&mut self, prepared: &Prepared, claims: Option<&Claims>) {
        if prepared.location.target.is_none() {
            return;
        }
        let request = prepared.request(&self.plan.settings, Some(claims.unwrap_or(&somebody())));
        let Some(Some(request)) = self.note(request) else { return };
        let keys = AwsKeys::of_nobody();
        let steps = Self::rehearse(&self.network, database::login(&request, &keys, prepared, &self.ports)).await;
        self.add(steps);
    }
}

/// Claims that name a user.
fn somebody() -> Claims {
    Claims { db_user: Some("none".to_owned()), ..Claims::default() }
}
