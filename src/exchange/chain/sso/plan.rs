//! What would be asked of IAM Identity Center for the keys of a profile's role.

use super::registration::Kept;
use super::stored::Stored;
use super::{Sso, signed_out};
use crate::error::AuthError;
use crate::exchange::aws_config::AwsConfig;
use crate::ports::aws_endpoint::Service;
use crate::ports::http::Planned;
use crate::protocol::idc;
use crate::secret::secret;

/// The steps: the token first, if the stored one does not do.
pub fn foresee(config: &AwsConfig, sso: &Sso<'_>) -> Result<Vec<Planned>, AuthError> {
    let portal = config.identity_center(Service::Sso, sso.session.region)?;
    let call = idc::get_role_credentials(sso.account, sso.role, &secret("none"));
    let mut steps = of_token(config, sso)?;
    steps.push(portal.planned(&call, "exchanges the token for keys of the role")?);
    Ok(steps)
}

/// Where the token comes from: the file, its renewal, or a person.
fn of_token(config: &AwsConfig, sso: &Sso<'_>) -> Result<Vec<Planned>, AuthError> {
    let now = config.ports.clock.now_ms();
    let (holds, why) = match Stored::read(config, &sso.session) {
        Ok(stored) if stored.is_fresh(now) => return Ok(Vec::new()),
        Ok(stored) => match stored.renewal(now) {
            Ok(_) if sso.session.name.is_some() => {
                let service = config.identity_center(Service::SsoOidc, sso.session.region)?;
                // What still holds is used where the renewal fails.
                let sign_in =
                    if stored.holds(now) { Vec::new() } else { of_sign_in(config, sso, "the token is not renewed")? };
                return service.planned_renewal(sign_in);
            }
            Ok(_) => (stored.holds(now), "the token has expired".to_owned()),
            Err(why) => (stored.holds(now), why),
        },
        Err(why) => (false, why),
    };
    match (holds, sso.session.name) {
        (true, _) => Ok(Vec::new()),
        (false, Some(_)) => of_sign_in(config, sso, &why),
        // A legacy profile's sign-in is for the AWS CLI alone to make.
        (false, None) => Err(signed_out(sso.profile, &why)),
    }
}

/// A sign-in, for that reason: an authorization code of the browser, a device code, or the address at which a browser ended.
fn of_sign_in(config: &AwsConfig, sso: &Sso<'_>, why: &str) -> Result<Vec<Planned>, AuthError> {
    let service = config.identity_center(Service::SsoOidc, sso.session.region)?;
    let register = service.planned_registration("registers this program")?;
    let register = match Kept::find(config, &sso.session) {
        Some(_) => register.only_if("the registration that is kept is refused"),
        None => register,
    };
    let page = service.planned_page(format!("the person signs in ({why})"))?;
    let mut steps = vec![register, page];
    steps.extend(service.planned_by_device()?);
    steps.push(service.planned_exchange()?);
    if config.manner.has_browser(&config.ports) {
        return Ok(steps);
    }
    let condition = format!("the application shows the page or device codes ({why}); otherwise the login fails");
    Ok(steps.into_iter().map(|step| step.and_only_if(&condition)).collect())
}
