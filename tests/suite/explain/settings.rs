//! Every value with where it comes from.

use super::{array, dsn, explain, setting};
use crate::probe::{Machine, Step};
use serde_json::json;

#[test]
fn each_source_is_named() {
    let machine = Machine::new()
        .file(
            ".odbc.ini",
            "[Sales]\nServer=c.x.us-east-1.redshift.amazonaws.com\nPWD=hunter2secret\nPort=5440\nProfile=p\n",
        )
        .file(
            ".aws/config",
            "[profile p]\nDbUser=of_profile\naws_access_key_id=AKIA\naws_secret_access_key=hunter2secret\n",
        )
        .file("settings", "cache_dir=/tmp\npage_title=of the file\n")
        .env("RS_AUTH_SETTINGS", "LoginTimeout=20;Port=1")
        .env("RS_AUTH_SETTINGS_FILE", "settings");
    let settings_file = machine.path("settings").display().to_string();
    let machine = machine.env("RS_AUTH_SETTINGS_FILE", &settings_file);
    let report = explain(&machine, dsn(&[("DSN", "Sales"), ("db_name", "dev"), ("Fetch", "100")]).call());
    let of = |key: &str| (setting(&report, key)["value"].clone(), setting(&report, key)["source"].clone());
    let ini = machine.path(".odbc.ini").display().to_string();
    assert_eq!(of("Database").1["kind"], "argument");
    assert_eq!(setting(&report, "Database")["typed_as"], "db_name");
    let (host, source) = of("Host");
    assert_eq!(host, "c.x.us-east-1.redshift.amazonaws.com");
    assert_eq!(
        source,
        json!({"kind": "odbc_ini", "file": ini, "section": "Sales", "text": format!("section [Sales] of {ini}")})
    );
    assert_eq!(setting(&report, "Host")["typed_as"], "Server");
    assert_eq!((of("Port").0, of("Port").1["kind"].clone()), (json!("5440"), json!("odbc_ini")));
    assert_eq!((of("DbUser").0, of("DbUser").1["profile"].clone()), (json!("of_profile"), json!("p")));
    assert_eq!(of("LoginTimeout").1["variable"], "RS_AUTH_SETTINGS");
    assert_eq!(of("page_title").1["file"], settings_file);
    assert_eq!((of("ClusterId").0, of("ClusterId").1["kind"].clone()), (json!("c"), json!("host_name")));
    assert_eq!((of("Region").0, of("Region").1["kind"].clone()), (json!("us-east-1"), json!("host_name")));
    assert_eq!((of("SSLMode").0, of("SSLMode").1["kind"].clone()), (json!("verify-ca"), json!("default")));
    let password = setting(&report, "PWD");
    assert_eq!(
        (&password["state"], &password["value"], &password["secret"]),
        (&json!("set"), &json!(null), &json!(true))
    );
    let absent = setting(&report, "AutoCreate");
    assert_eq!((&absent["state"], &absent["source"]), (&json!("absent"), &json!(null)));
    assert_eq!(report["driver_keys"], json!(["DSN", "Fetch"]));
    assert_eq!(report["unknown_keys"], json!([]));
    assert_eq!(
        (&report["limits"]["whole_call_ms"], &report["limits"]["source"]),
        (&json!(20000), &json!("LoginTimeout"))
    );
    assert_eq!(report["errors"], json!([]));
}

#[test]
fn why_a_method_is_chosen() {
    let keys = [("AccessKeyID", "AKIA"), ("SecretAccessKey", "secret")];
    for (pairs, name, key) in [
        (vec![("credentials_provider", "OktaCredentialsProvider")], "Okta", json!("plugin_name")),
        (vec![("AuthType", "Profile")], "Profile", json!("AuthType")),
        (vec![("Profile", "p")], "Profile", json!("Profile")),
        (vec![("InstanceProfile", "1")], "InstanceProfile", json!("InstanceProfile")),
        (keys.to_vec(), "Static", json!("AccessKeyID")),
        (vec![], "Default", json!(null)),
    ] {
        let report = explain(&Machine::new(), dsn(&pairs).call());
        assert_eq!((&report["method"]["name"], &report["method"]["why"]["key"]), (&json!(name), &key), "{pairs:?}");
    }
    assert_eq!(explain(&Machine::new(), dsn(&[("plugin_name", "Nope")]).call())["method"], json!(null));
}

#[test]
fn proxies_and_trust() {
    let machine = Machine::new()
        .env("HTTPS_PROXY", "http://user:hunter2secret@proxy.example:3128")
        .env("NO_PROXY", ".amazonaws.com")
        .env("SSL_CERT_FILE", "/etc/ssl/roots.pem")
        .env("AWS_CA_BUNDLE", "/nonexistent.pem");
    let okta = [("plugin_name", "Okta"), ("UID", "u"), ("PWD", "p"), ("idp_host", "okta.example"), ("app_id", "a")];
    let okta = dsn(&okta).set("Host", "c.x.us-east-1.redshift.amazonaws.com").set("ssl_insecure", "1");
    let report = explain(&machine, okta.call());
    let hosts = report["network"]["hosts"].as_array().unwrap();
    let proxy = json!({"scheme": "http", "host": "proxy.example", "port": 3128, "with_credentials": true, "source": "HTTPS_PROXY"});
    assert_eq!(
        (&hosts[0]["host"], &hosts[0]["proxy"], &hosts[0]["verified"]),
        (&json!("okta.example"), &proxy, &json!(false))
    );
    assert_eq!(
        (&hosts[1]["proxy"], &hosts[1]["verified"], &hosts[1]["is_aws"]),
        (&json!(null), &json!(true), &json!(true))
    );
    let trust = &report["network"]["trust"];
    assert_eq!(
        (&trust["roots"], &trust["roots_from"][0]["path"]),
        (&json!("environment"), &json!("/etc/ssl/roots.pem"))
    );
    assert_eq!((&trust["added"][0]["name"], &trust["added"][0]["exists"]), (&json!("AWS_CA_BUNDLE"), &json!(false)));
    let plain = explain(&Machine::new(), okta.call());
    assert_eq!(plain["network"]["hosts"][0]["proxy"], json!(null));
    assert_eq!(plain["network"]["trust"]["roots"], "system");
}

/// Options count: the host's own plugins and keys, its kinds, its time limit.
#[test]
fn what_the_host_brings() {
    let call = dsn(&[("plugin_name", "desk"), ("Host", "c.x.us-east-1.redshift.amazonaws.com"), ("MyKey", "1")]).call();
    let desk = crate::probe::HostPlugin::Keys("AKIA".to_owned(), "secret".to_owned());
    let report = explain(&Machine::new(), call.clone().plugin(desk));
    assert_eq!((&report["method"]["name"], &report["errors"]), (&json!("desk"), &json!([])));
    assert_eq!((&report["requests"][0]["by"], &report["method"]["yields"]), (&json!("program"), &json!(null)));
    assert_eq!(explain(&Machine::new(), call)["errors"][0]["status"], 102);
    let mut jwt =
        dsn(&[("plugin_name", "JWT"), ("web_identity_token", "abcdefgh"), ("MyKey", "1")]).call().timeout(7).kinds(2);
    jwt.host_keys = vec!["mykey".to_owned()];
    let report = explain(&Machine::new(), jwt);
    assert_eq!((&report["limits"]["whole_call_ms"], &report["limits"]["source"]), (&json!(7), &json!("options")));
    assert_eq!((&report["unknown_keys"], &report["errors"][0]["status"]), (&json!([]), &json!(100)));
    let outcomes = Machine::new().run([Step::Explain(Box::new(dsn(&[]).call().cancel(0)))]);
    assert_eq!(outcomes[0].status, 0, "there is nothing to cancel");
    assert!(!array(&super::read(&outcomes[0]), "settings").is_empty());
}
