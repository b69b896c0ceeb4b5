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
                let steps = Self::rehearse(&self.network, Box::pin(exchange)).await;
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
        let steps = Self::rehearse(&self.network, Box::pin(call)).await;
        self.add(steps);
        self.database(prepared, Some(&somebody())).await;
    }

    /// Where AWS keys come from. `method`: that of a token which they stand in for.
    async fn find_keys(&mut self, source: &AwsSource, prepared: &Prepared, method: Option<&str>) {
        let found = Box::pin(chain::foresee(source, &prepared.place.aws, &self.network)).await;
        // What was gone through for it.
        drop(self.network.take());
        match self.note(found) {
            Some(Foreseen::Keys { from, steps }) => {
                self.plan.keys_from = Some(from);
                self.add(Ok(steps));
            }
            // No source is configured, so that looking for real asks nobody, and tells each one's reason.
            Some(Foreseen::Nothing(_)) => {
                if let Err(error) = Box::pin(chain::resolve(source, &prepared.place.aws)).await {
                    self.fault(method.map_or(error.clone(), |method| identity_center::no_token_either(method, &error)));
                }
            }
            None => {}
        }
    }

    async fn identity_center(&mut self, source: &AwsSource, aws: AwsConfig, method: &str) {
        let refused = identity_center::refuse_domain(&self.plan.settings);
        self.note(refused);
        let Some(prepared) = self.prepare(method, aws) else { return };
        let in_place_of_token = matches!(source, AwsSource::Default).then_some(method);
        self.find_keys(source, &prepared, in_place_of_token).await;
        if prepared.location.target.is_some() {
            let keys = AwsKeys::of_nobody();
            let steps = Self::rehearse(&self.network, Box::pin(identity_center::ask(&prepared, &keys))).await;
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
        let call = Box::pin(database::login(&request, &keys, prepared, &self.ports));
        let steps = Self::rehearse(&self.network, call).await;
        self.add(steps);
    }
}

/// Claims that name a user.
fn somebody() -> Claims {
    Claims { db_user: Some("none".to_owned()), ..Claims::default() }
}
