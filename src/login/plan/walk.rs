//! The way of a login from its settings to its proof, without an end at the first error.

use super::super::prepare::{self, Method, Prepared};
use super::super::{Wanted, secret_sources};
use super::{Foresight, words};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::location;
use crate::dsn::method::{self, Chosen, Why};
use crate::dsn::ssl_mode::ssl_mode;
use crate::exchange::aws_config::{AwsConfig, aws_client};
use crate::exchange::endpoint::Service;
use crate::exchange::redshift;
use crate::plugin::{Plugin, Way, given_keys};
use crate::ports::http::Planned;

impl Foresight<'_> {
    pub(super) async fn walk(&mut self) {
        self.check();
        let read = secret_sources::read(&mut self.plan.settings, &self.ports);
        self.note(read);
        self.auth_profile().await;
        let Some((chosen, why)) = self.choose() else {
            let found = location::locate(&self.plan.settings);
            self.plan.location = self.note(found);
            return;
        };
        let aws = AwsConfig::read(self.ports.clone(), prepare::named_profile(&chosen)).await;
        // A plugin may take endpoints from the one that is named for it.
        let given = self.plan.settings.text(Key::Profile).filter(|_| Key::Profile.is_read_by(method::name_of(&chosen)));
        self.plan.aws_profile = Some(given.unwrap_or(&aws.profile).to_owned());
        let layered = prepare::layer_profile(&mut self.plan.settings, &chosen, &aws);
        let mut named = Some((chosen, why));
        if self.note(layered) == Some(true) {
            self.check();
            if self.plan.settings.given(Key::PluginName) {
                named = self.choose();
            }
        }
        // Those of profiles too.
        self.plan.settings.keep_back();
        let Some((chosen, why)) = named else { return };
        let method = prepare::method_of(&chosen, &self.host.plugins);
        let Some(method) = self.note(method) else { return };
        self.name(&method, why);
        match method {
            Method::BuiltIn(plugin) => {
                let warnings = self.plan.settings.warnings(&self.host.keys);
                self.plan.warnings.extend(warnings);
                self.of_plugin(plugin, aws).await;
            }
            Method::Host { name, .. } => self.of_host_plugin(&name, aws).await,
        }
    }

    fn check(&mut self) {
        let checked = ssl_mode(&self.plan.settings);
        self.note(checked);
        let faults: Vec<_> = self.plan.settings.faults().collect();
        for fault in faults {
            self.fault(fault);
        }
    }

    /// The method, also where the settings do not fit it.
    fn choose(&mut self) -> Option<(Chosen, Why)> {
        let names: Vec<_> = self.host.plugins.iter().map(String::as_str).collect();
        let found = method::named(&self.plan.settings, None, &names);
        let found = self.note(found)?;
        let choice = prepare::choose(&self.plan.settings, None, &self.host.plugins);
        let warnings = self.note(choice).map(|choice| choice.warnings);
        self.plan.warnings.extend(warnings.unwrap_or_default());
        Some(found)
    }

    /// What it says is known to the login alone.
    async fn auth_profile(&mut self) {
        let Some(name) = self.plan.settings.text(Key::AuthProfile).map(str::to_owned) else { return };
        let keys = given_keys::keys(&self.plan.settings);
        let keys = self.note(keys.and_then(|keys| keys.ok_or_else(|| Key::AccessKeyId.missing("AuthProfile"))));
        let aws = AwsConfig::read(self.ports.clone(), self.plan.settings.text(Key::Profile)).await;
        if let (Some(prepared), Some(keys)) = (self.place("AuthProfile", aws), keys) {
            let steps = match prepared.place.sdk_config(Service::Redshift, &keys) {
                Ok(config) => {
                    let client = aws_client!(aws_sdk_redshift, &config);
                    Self::rehearse(&self.network, redshift::authentication_profile(&client, &name)).await
                }
                Err(error) => Err(error),
            };
            self.add(steps);
        }
        self.plan.warnings.push(format!(
            "the authentication profile {name} is read by the login alone: its values are laid over those shown here, and \
             may change method, place and requests"
        ));
        self.may_be_cured = true;
    }

    /// The place of a login that needs a cluster or workgroup. `None`: nothing can be said of it.
    pub(super) fn prepare(&mut self, method: &str, aws: AwsConfig) -> Option<Prepared> {
        let target = location::locate(&self.plan.settings).and_then(|location| location.require_target().map(drop));
        self.note(target);
        self.place(method, aws)
    }

    fn place(&mut self, method: &str, aws: AwsConfig) -> Option<Prepared> {
        let located = location::locate(&self.plan.settings);
        let location = self.note(located)?;
        self.plan.location = Some(location.clone());
        self.plan.region = prepare::region_at_hand(&location, &aws);
        if self.plan.region.is_none() {
            self.plan.looks_up = prepare::alias(&self.plan.settings, &location).map(str::to_owned);
            let found = prepare::region_of_environment(&self.ports);
            match &self.plan.looks_up {
                Some(host) => {
                    self.plan.warnings.push(format!(
                        "the region is that which the DNS tells of {host}, and only the login asks it; Region spares that"
                    ));
                    self.plan.region = found.ok();
                }
                None => self.plan.region = self.note(found),
            }
        }
        let region = self.plan.region.clone().filter(|_| self.plan.looks_up.is_none());
        let region = region.unwrap_or_else(words::stand_in_region);
        let place = prepare::place_in(&self.plan.settings, region, aws, &self.ports);
        let place = self.note(place)?;
        // One that cannot be is among the errors.
        let ssl_mode = ssl_mode(&self.plan.settings).unwrap_or(Key::SslMode.spec().default);
        Some(prepare::prepared(&self.plan.settings, method, Wanted::Login, location, place, ssl_mode))
    }

    async fn of_plugin(&mut self, plugin: &'static dyn Plugin, aws: AwsConfig) {
        let missing = plugin.required().iter().filter(|key| !self.plan.settings.given(**key));
        let missing: Vec<_> = missing.map(|key| key.missing(plugin.name())).collect();
        for error in missing {
            self.fault(error);
        }
        self.note(prepare::accept(plugin.yields(), Wanted::Login, self.host.accepted_kinds));
        let is_exchanged = plugin.yields() != Kind::NativeToken;
        let mut aws = Some(aws);
        let prepared = aws.take_if(|_| is_exchanged).and_then(|aws| self.prepared_for(plugin, aws));
        let way = plugin.way(&self.plan.settings, &self.ports).await;
        match self.note(way) {
            Some(Way::AtOnce) => {
                let proof = plugin.prove(&self.plan.settings, &self.ports).await;
                if let Some(proof) = self.note(proof) {
                    self.of_proof(proof, prepared, aws, plugin.name()).await;
                }
                return;
            }
            Some(Way::Steps(steps)) => self.plan.steps.extend(steps),
            Some(Way::Browser(steps, redirect)) => {
                self.plan.steps.extend(steps);
                self.plan.redirect = Some(redirect);
            }
            None => {}
        }
        if let Some(prepared) = prepared {
            self.of_assertion(&prepared).await;
        }
        if !is_exchanged {
            let located = location::locate(&self.plan.settings);
            self.plan.location = self.note(located);
        }
    }

    fn prepared_for(&mut self, plugin: &dyn Plugin, aws: AwsConfig) -> Option<Prepared> {
        let prepared = self.prepare(plugin.name(), aws)?;
        if prepared.location.target.is_some() && !plugin.names_user() {
            let request = prepared.request(&self.plan.settings, None);
            self.note(request);
        }
        Some(prepared)
    }

    /// What it proves is known when it has answered.
    async fn of_host_plugin(&mut self, name: &str, aws: AwsConfig) {
        const CONDITION: &str = "the application's plugin gives what is exchanged so";
        self.plan.steps.push(Planned::by_program(format!("the application's plugin {name} proves who asks")));
        let before = self.plan.steps.len();
        if let Some(prepared) = self.prepare(name, aws) {
            self.of_assertion(&prepared).await;
        }
        let later = self.plan.steps.split_off(before);
        self.plan.steps.extend(later.into_iter().map(|step| step.only_if(CONDITION)));
    }
}
