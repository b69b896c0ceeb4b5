//! What identity providers answer.

use super::untold::stay_untold;
use super::{text, whole};
use crate::protocol::oauth2::ErrorAnswer;
use crate::protocol::okta::{ApiError, Transaction, is_identity_engine, labels};
use crate::protocol::{html_form, idc, jwt, oauth2, saml};
use crate::secret::{ExposeSecret, secret};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use url::Url;

/// A login page.
pub fn html_form(bytes: &[u8]) {
    let page = html_form::read(bytes);
    assert!(page.notice().is_none_or(|notice| notice.chars().count() <= 201));
    assert!(page.value("SAMLResponse").is_none_or(|value| !value.expose_secret().trim().is_empty()));
    assert_eq!(format!("{page:?}"), format!("{:?}", html_form::read(bytes)));
    let _ = (page.title(), page.form_names(), page.number());
    let Ok(url) = Url::parse("https://idp.example.com/adfs/ls/?x=y") else { return };
    for form in page.forms().iter().chain(page.password_form()) {
        let _ = (form.fill("user", &secret("password")), form.fields());
        if let Ok(target) = form.target(&url) {
            assert_eq!(target.origin(), url.origin());
        }
    }
}

/// The XML of a SAML response, or its base64.
pub fn saml(bytes: &[u8]) {
    let xml = secret(BASE64_STANDARD.encode(bytes));
    for response in [xml, text(bytes)] {
        let assertion = saml::read(&response).ok();
        assert!(saml::read(&saml::transportable(&response)).ok() == assertion);
        let _ = saml::wrap(&response).map(|wrapped| saml::read(&wrapped).is_ok());
        let _ = format!("{assertion:?}");
    }
}

/// A token.
pub fn jwt(bytes: &[u8]) {
    let token = text(bytes);
    let read = jwt::read(&token);
    assert_eq!(read.is_ok(), jwt::is_jwt_like(&token));
    assert_eq!(read.is_ok(), jwt::read(&secret(format!(" {}\n", token.expose_secret()))).is_ok());
    if let Ok(claims) = read {
        assert!(claims.db_user().is_none_or(|user| !user.is_empty() && user.trim() == user));
        assert!(claims.expires_at_ms().is_none_or(|at| at >= 0));
        let _ = format!("{claims:?}");
    }
}

/// The answer of a token endpoint, of a device endpoint, of IAM Identity Center.
pub fn oauth2(bytes: &[u8]) {
    let is_error = ErrorAnswer::read(bytes).is_some();
    for http_status in [200, 400, 429, 503] {
        match oauth2::read(http_status, bytes) {
            Ok(answer) => {
                assert!(http_status == 200 && !is_error && !answer.access_token.expose_secret().trim().is_empty());
                assert!(answer.expires_at(i64::MAX - 1).is_none_or(|at| at == i64::MAX - 1));
                let _ = format!("{answer:?}");
            }
            Err(error) => assert!(!error.message().is_empty()),
        }
        stay_untold(bytes, &["access_token", "refresh_token", "id_token", "device_code"], |bytes| {
            format!("{:?}", oauth2::read(http_status, bytes).map_err(|error| whole(&error)))
        });
        if let Ok(answer) = oauth2::read_device(http_status, bytes) {
            assert!(answer.verification_uri.scheme() == "https" && !answer.user_code.is_empty());
            assert!(!answer.interval.is_zero() && !answer.expires_in.is_zero());
        }
        let answer = idc::Answer {
            call: "CreateToken",
            status: http_status,
            request_id: None,
            error_type: None,
            body: bytes.to_vec(),
        };
        assert!(idc::read_token(&answer).is_ok_and(|_| http_status == 200) || idc::read_token(&answer).is_err());
        assert!(idc::read_client(&answer).map_or(true, |client| !client.id.is_empty()));
        assert!(idc::read_device(&answer).map_or(true, |device| !device.page.is_empty()));
        assert!(idc::read_role_keys(&answer).map_or(true, |keys| !keys.access_key_id.is_empty()));
    }
}

/// An answer of Okta.
pub fn okta(bytes: &[u8]) {
    let Ok(org) = Url::parse("https://example.okta.com/") else { return };
    if let Some(Ok(Transaction::FactorRequired { factors, .. })) = Transaction::read(bytes, &org) {
        assert!(factors.iter().all(|factor| factor.verify.origin() == org.origin()));
        let mut names = labels(&factors);
        names.sort();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "labels tell factors apart");
    }
    stay_untold(bytes, &["stateToken", "sessionToken"], |bytes| {
        format!("{:?}", Transaction::read(bytes, &org).map(|read| read.map_err(|error| whole(&error))))
    });
    let _ = (ApiError::read(bytes), is_identity_engine(bytes));
}
