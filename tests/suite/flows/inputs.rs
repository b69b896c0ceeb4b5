//! The same DSN in every form that a driver may have it in.

use crate::probe::{Call, Dsn, Machine, Step, only};
use crate::sent::{count, the};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{USER_KEY, USER_SECRET};

const HOST: &str = "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com";

/// As the queries of a URL have it.
fn encoded(dsn: &Dsn, separator: &str) -> String {
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let pairs: Vec<_> = dsn.pairs().iter().map(|(key, value)| format!("{key}={}", escape(value))).collect();
    pairs.join(separator)
}

#[test]
fn strings_wide_strings_and_urls() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    let text = dsn.text();
    let url = dsn.clone().without("IAM").without("Host").without("Database");
    let by_cluster = url.clone().set("ssl", "true").set("user", "*").set("password", "*");
    let utf16: Vec<u16> = text.encode_utf16().collect();
    let utf32: Vec<u32> = text.chars().map(u32::from).collect();
    let calls = [
        Call::text(&text),
        Call::new(crate::probe::Input::Utf16(utf16)),
        Call::new(crate::probe::Input::Utf32(utf32)),
        Call::text(format!("jdbc:redshift:iam://{HOST}:5439/dev?{}", encoded(&url, "&"))),
        Call::text(format!("JDBC:Redshift:IAM://{HOST}:5439/dev;{}", encoded(&url, ";"))),
        Call::text(format!("redshift://{HOST}/dev?{}", encoded(&url, "&"))),
        Call::text(format!("jdbc:redshift:iam://sandbox-cluster:us-east-1/dev?{}", encoded(&by_cluster, "&"))),
    ];
    for (outcome, sent) in Machine::new().recorded(&sandbox, calls.map(|call| call.cache(1))) {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        let (user, host) = (outcome.user.as_str(), outcome.host.as_str());
        assert_eq!((user, host, outcome.port), ("IAM:alice", HOST, 5439));
        assert_eq!(the(&sent, "GetClusterCredentials").parameter("DbName"), Some("dev"));
    }
}

#[test]
fn a_url_without_iam_is_no_login_of_ours() {
    let sandbox = Sandbox::start();
    let url = Dsn::keys(&sandbox).without("IAM").without("Host").without("Database");
    let outcome = Machine::new().one(Call::text(format!("jdbc:redshift://{HOST}/dev?{}", encoded(&url, "&"))));
    assert_eq!((outcome.status, count(&sandbox)), (100, 0));
    assert!(outcome.message.contains("IAM") && outcome.hint.contains("jdbc:redshift:iam://"), "{}", outcome.told());
}

#[test]
fn every_driver_is_understood_in_its_own_spelling() {
    let sandbox = Sandbox::start();
    let url = sandbox.http_url();
    let spellings: [&[(&str, &str)]; 4] = [
        &[("iam", "true"), ("cluster_identifier", "sandbox-cluster"), ("access_key_id", USER_KEY)],
        &[("IAMAUTH", "Yes"), ("ClusterID", "sandbox-cluster"), ("AccessKeyID", USER_KEY)],
        &[("Iam", "ON"), ("ClusterIdentifier", "sandbox-cluster"), ("aws_access_key_id", USER_KEY)],
        // The last one given wins, whatever its spelling; an empty one erases nothing.
        &[
            ("ClusterId", "no-such"),
            ("cluster_identifier", "sandbox-cluster"),
            ("CLUSTERID", ""),
            ("AccessKeyId", USER_KEY),
        ],
    ];
    let calls = spellings.map(|spelling| {
        let rest =
            [("secret_access_key", USER_SECRET), ("db_user", "alice"), ("region", "us-east-1"), ("dbname", "dev")];
        let all = spelling.iter().copied().chain(rest).chain([("endpoint_url", url.as_str())]);
        all.fold(Dsn::default(), |dsn, (key, value)| dsn.set(key, value)).call().cache(1)
    });
    for (outcome, sent) in Machine::new().recorded(&sandbox, calls) {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        let request = the(&sent, "GetClusterCredentials");
        assert_eq!(request.parameter("ClusterIdentifier"), Some("sandbox-cluster"));
    }
}

#[test]
fn a_data_source_of_odbc_ini() {
    let sandbox = Sandbox::start();
    // Longer than the 1000 bytes at which libodbcinst cuts a line.
    let long = Dsn::keys(&sandbox).set("DbGroups", &format!("{},last", "g".repeat(1200)));
    let ini = format!("[other]\nHost=nowhere\n\n[warehouse]\nDriver=x\n{}", long.lines());
    let places: [(&str, &str); 3] = [("ODBCINI", "my.ini"), ("", ".odbc.ini"), ("ODBCSYSINI", "etc/odbc.ini")];
    for (variable, file) in places {
        let machine = Machine::new().file(file, &ini);
        let place = match variable {
            "ODBCSYSINI" => machine.path("etc"),
            _ => machine.path(file),
        };
        let machine = if variable.is_empty() { machine } else { machine.env(variable, place.display()) };
        let calls = [
            Call::text("DSN=Warehouse"),
            Call::text("DSN=warehouse;DbUser=bob"),
            Dsn::default().set("DSN", "warehouse").set("DbUser", "carol").call(),
        ];
        let results = machine.recorded(&sandbox, calls);
        for ((outcome, sent), user) in results.iter().zip(["alice", "bob", "carol"]) {
            assert_eq!(outcome.status, 0, "{variable}: {}", outcome.told());
            let request = the(sent, "GetClusterCredentials");
            assert_eq!(request.parameter("DbUser"), Some(user), "{variable}");
            assert_eq!(request.parameter("DbGroups.DbGroup.2"), Some("last"), "{variable}");
        }
        let missing = machine.one(Call::text("DSN=warehouse2"));
        assert_eq!((missing.status, count(&sandbox)), (103, 0), "{}", missing.told());
        assert!(missing.message.contains("warehouse2") && missing.message.contains(file), "{}", missing.told());
    }
}

#[test]
fn settings_that_a_driver_drops_come_from_the_environment() {
    let sandbox = Sandbox::start();
    let driver = Dsn::default().set("Host", HOST).set("DbUser", "alice");
    let rest = Dsn::keys(&sandbox).without("Host").set("DbUser", "nobody").set("DbGroups", "of_variable");
    let by_variable = Machine::new().env("RS_AUTH_SETTINGS", rest.text());
    let file = "# a comment\n\nDbGroups=of_file;AutoCreate=0\nAutoCreate=1\n  # another\n";
    let both = Machine::new().file("settings", file).env("RS_AUTH_SETTINGS", rest.text());
    let both_path = both.path("settings").display().to_string();
    let both = both.env("RS_AUTH_SETTINGS_FILE", both_path);
    let lines: String = rest.pairs().iter().map(|(key, value)| format!("{key}={{{value}}}\r\n")).collect();
    let by_file = Machine::new().file("settings", &format!("\u{feff}{lines}"));
    let path = by_file.path("settings").display().to_string();
    let by_file = by_file.env("RS_AUTH_SETTINGS_FILE", path);
    for (machine, created) in [(by_variable, None), (both, Some("true")), (by_file, None)] {
        let (outcome, sent) = machine.recorded(&sandbox, [driver.call()]).remove(0);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        let request = the(&sent, "GetClusterCredentials");
        assert_eq!(request.parameter("DbUser"), Some("alice"), "the DSN's own value wins");
        assert_eq!(request.parameter("DbGroups.DbGroup.1"), Some("of_variable"));
        assert_eq!(request.parameter("AutoCreate"), created);
    }
}

#[test]
fn faulty_settings_of_the_environment_are_named() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    let broken = Machine::new().env("RS_AUTH_SETTINGS", "DbUser=x;PWD={open").one(dsn.call());
    assert_eq!(broken.status, 100);
    assert!(
        broken.message.contains("RS_AUTH_SETTINGS") && broken.message.contains("character 14"),
        "{}",
        broken.told()
    );
    let absent = Machine::new().env("RS_AUTH_SETTINGS_FILE", "/nonexistent/file").one(dsn.call());
    assert_eq!(absent.status, 100);
    assert!(absent.message.contains("/nonexistent/file"), "{}", absent.told());
    let machine = Machine::new().file("settings", "# fine\nnonsense\n");
    let path = machine.path("settings").display().to_string();
    let line = machine.env("RS_AUTH_SETTINGS_FILE", path).one(dsn.call());
    assert_eq!(line.status, 100);
    assert!(line.message.contains("line 2"), "{}", line.told());
    assert_eq!(count(&sandbox), 0);
}

#[test]
fn secrets_from_files_and_variables() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::cluster(&sandbox).set("AccessKeyID", USER_KEY);
    let machine = Machine::new().file("secret", &format!("{USER_SECRET}\r\n")).file("wrong", "x").file("empty", "\n");
    let file = |name: &str| format!("file:{}", machine.path(name).display());
    let sources = [file("secret"), "env:KEY".to_owned(), file("wrong")];
    let calls = sources.map(|source| dsn.clone().set("password_source", &source).call().cache(1));
    let machine = machine.env("KEY", USER_SECRET).env("NOTHING", "");
    let outcomes = machine.run(calls);
    assert_eq!(outcomes.iter().map(|outcome| outcome.status).collect::<Vec<_>>(), [0, 0, 400]);

    sandbox.reset_log();
    for (source, part) in [
        (format!("file:{}", machine.path("empty").display()), "empty"),
        (format!("file:{}", machine.path("absent").display()), "absent"),
        ("file:relative".to_owned(), "password_source"),
        ("env:ABSENT".to_owned(), "ABSENT"),
        ("env:".to_owned(), "password_source"),
        ("sesame".to_owned(), "password_source"),
    ] {
        let outcome = machine.one(dsn.clone().set("password_source", &source).call());
        assert_eq!(outcome.status, 100, "{source}: {}", outcome.told());
        assert!(outcome.message.contains("password_source") && outcome.message.contains(part), "{}", outcome.told());
    }
    assert_eq!(count(&sandbox), 0);
}

#[test]
fn a_dsn_that_wants_a_login_is_told_from_a_plain_one() {
    let cases: [(&[(&str, &str)], i64); 7] = [
        (&[], 0),
        (&[("UID", "u"), ("PWD", "p"), ("Host", "h")], 0),
        (&[("IAM", "1")], 1),
        (&[("Profile", "p")], 1),
        (&[("plugin_name", "Okta")], 1),
        (&[("AccessKeyID", "a")], 1),
        (&[("AccessKeyID", "a"), ("IAM", "0")], 0),
    ];
    let steps = cases.map(|(keys, _)| {
        let dsn = keys.iter().fold(Dsn::default(), |dsn, (key, value)| dsn.set(key, value));
        Step::WantsLogin(Box::new(dsn.call()))
    });
    let answers: Vec<_> = Machine::new().run(steps).iter().map(|outcome| outcome.count).collect();
    assert_eq!(answers, cases.map(|(_, answer)| answer));
}

#[test]
fn whether_a_login_is_wanted_is_asked_of_all_settings() {
    let ini = "[iam]\nIAM=1\n[plain]\nUID=a\n";
    let wants = |machine: Machine, dsn: Dsn| only(machine.run([Step::WantsLogin(Box::new(dsn.call()))])).count;
    let named = |name: &str| Dsn::default().set("DSN", name);
    let machine = || Machine::new().file(".odbc.ini", ini);
    assert_eq!(wants(machine(), named("iam")), 1);
    assert_eq!(wants(machine(), named("iam").set("IAM", "0")), 0, "the DSN's own keys win");
    assert_eq!(wants(machine(), named("plain")), 0);
    assert_eq!(wants(machine(), named("known-to-the-driver-only")), 0);
    let plain = Dsn::default().set("UID", "a");
    assert_eq!(wants(machine().env("RS_AUTH_SETTINGS", "Profile=p"), plain.clone()), 1);
    assert_eq!(wants(machine().env("RS_AUTH_SETTINGS", "DbUser=x"), plain.clone()), 0);
    assert_eq!(wants(machine().env("RS_AUTH_SETTINGS", "{"), plain), 1, "the login says what is wrong");
}

#[test]
fn a_dsn_named_in_an_array_stays_the_drivers_business() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox).set("DSN", "known-to-the-driver-only");
    let outcome = only(Machine::new().run([dsn.call()]));
    assert_eq!(outcome.status, 0, "{}", outcome.told());
}
