//! What would be asked of IAM Identity Center for the keys of a profile's role.

use super::stored::Stored;
use super::{Sso, role_keys, sign_in};
use crate::error::AuthError;
use crate::exchange::aws_config::AwsConfig;
use crate::ports::http::{Planned, Rehearsal};
use crate::secret::secret;
use url::Url;

/// The steps: the token first, if the stored one does not do.
pub async fn foresee(config: &AwsConfig, sso: &Sso<'_>, network: &Rehearsal) -> Result<Vec<Planned>, AuthError> {
    let asked = role_keys(config, sso, &secret("none")).await;
    let Some(portal) = network.take().pop() else { return asked.map(|_| Vec::new()) };
    let keys = Planned::of(&portal, "exchanges the token for keys of the role").of_operation("GetRoleCredentials");
    let mut steps = match token(config, sso) {
        Token::Stored => Vec::new(),
        Token::Renewed => of_token(config, sso, network, None).await?,
        Token::New(why) => of_token(config, sso, network, Some(why)).await?,
    };
    steps.push(keys);
    Ok(steps)
}

/// Where the token comes from.
enum Token {
    Stored,
    Renewed,
    /// Of a new sign-in, for this reason.
    New(String),
}

fn token(config: &AwsConfig, sso: &Sso<'_>) -> Token {
    let now = config.ports.clock.now_ms();
    match Stored::read(config, &sso.session) {
        Ok(stored) if stored.is_fresh(now) => Token::Stored,
        Ok(stored) => stored.renewal(now).err().map_or(Token::Renewed, Token::New),
        Err(why) => Token::New(why),
    }
}

/// A renewal, or a new sign-in where `not_renewed` says why there is none.
async fn of_token(
    config: &AwsConfig,
    sso: &Sso<'_>,
    network: &Rehearsal,
    not_renewed: Option<String>,
) -> Result<Vec<Planned>, AuthError> {
    let begun = sign_in::by_device_code(config, &sso.session).await;
    let Some(first) = network.take().pop() else { return begun.map(|_| Vec::new()) };
    let at = |path: &str| {
        let mut url: Url = first.url.clone();
        url.set_path(path);
        url
    };
    let token =
        |what| Planned { purpose: first.purpose, ..Planned::post(at("/token"), what) }.of_operation("CreateToken");
    let Some(why) = not_renewed else { return Ok(vec![token("renews the stored token")]) };
    let condition = format!("the application shows device codes ({why}); otherwise the login fails");
    let register = Planned::of(&first, "registers this program").of_operation("RegisterClient");
    let device = Planned::post(at("/device_authorization"), "asks for a code that the person enters on a device");
    let device = Planned { purpose: first.purpose, ..device }.of_operation("StartDeviceAuthorization");
    let poll = token("asks whether the person has entered it").repeatedly();
    Ok([register, device, poll].into_iter().map(|step| step.only_if(condition.clone())).collect())
}
