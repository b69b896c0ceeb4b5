//! What is where, as one JSON object: the line of `rs-auth-sandbox --json`, and `GET /_sandbox/info`.

use serde_json::{Value, json};

use crate::demo_world::{
    CLUSTER_DOMAIN, DENIED_KEY, EXPIRED_KEY, EXTERNAL_ID, SESSION_KEY, USER_KEY, WEB_IDENTITY_TOKEN, WORKGROUP_DOMAIN,
};
use crate::shared::Shared;

/// URLs, files, and the names of the demo's world.
pub(crate) fn describe(shared: &Shared) -> Value {
    let world = shared.world();
    let key = |id: &str| {
        world.key(id).map(|key| {
            json!({ "access_key_id": key.id, "secret_access_key": key.secret, "session_token": key.session_token })
        })
    };
    json!({
        "http_url": shared.http_url(),
        "https_url": shared.https_url(),
        "control_url": format!("{}/_sandbox/", shared.http_url()),
        "ca_file": shared.ca_file,
        "imds_url": shared.imds_url(),
        "container_url": shared.container_url(),
        "container_token": world.container_token,
        "proxy": {
            "url": format!("http://127.0.0.1:{}", shared.ports.proxy),
            "host": "127.0.0.1",
            "port": shared.ports.proxy,
            "user": world.proxy.user,
            "password": world.proxy.password,
        },
        "account": world.account,
        "region": world.region,
        "keys": { "user": key(USER_KEY), "session": key(SESSION_KEY), "expired": key(EXPIRED_KEY), "denied": key(DENIED_KEY) },
        "clusters": world.clusters,
        "workgroups": world.workgroups,
        "cluster_domain": CLUSTER_DOMAIN,
        "workgroup_domain": WORKGROUP_DOMAIN,
        "roles": world.roles.iter().map(|role| (role.name.clone(), json!(world.role_arn(&role.name)))).collect::<serde_json::Map<_, _>>(),
        "saml_providers": world
            .saml_providers
            .iter()
            .map(|provider| (provider.name.clone(), json!({ "arn": world.saml_provider_arn(&provider.name), "issuer": provider.issuer })))
            .collect::<serde_json::Map<_, _>>(),
        "people": world
            .people
            .iter()
            .map(|person| (person.name.clone(), json!({ "password": person.password })))
            .collect::<serde_json::Map<_, _>>(),
        "entra": {
            "tenant": world.entra.tenant,
            "client_id": world.entra.client_id,
            "client_secret": world.entra.client_secret,
            "scope": world.entra.scope,
        },
        "identity_center": {
            "start_url": world.identity_center.start_url,
            "issuer_url": world.identity_center.issuer_url,
            "region": world.identity_center.region,
            "assignments": world.identity_center.assignments,
        },
        "external_id": EXTERNAL_ID,
        "web_identity_token": WEB_IDENTITY_TOKEN,
        "authentication_profiles": world.authentication_profiles.iter().map(|profile| profile.name.clone()).collect::<Vec<_>>(),
    })
}
