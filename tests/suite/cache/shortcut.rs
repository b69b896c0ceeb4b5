//! The third call with the same array is told by its input alone. Nothing that could change the answer is passed over.

use super::kept::served;
use crate::probe::{Call, Dsn, Machine, Outcome, Step};
use rs_auth_sandbox::Sandbox;

const MEMORY: i32 = 2;
/// `1 << RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN`
const TOKENS: u32 = 1 << 2;

/// Three calls, of which the second finds the shortcut and the third takes it; then `change`, and one call more.
fn after(machine: &Machine, call: &Call, change: Vec<Step>) -> Outcome {
    let calls = [call.clone().into(), call.clone().into(), call.clone().into()];
    let steps = calls.into_iter().chain(change).chain([call.clone().into()]);
    let mut outcomes: Vec<Outcome> = machine.run(steps);
    let last = outcomes.pop().unwrap();
    let kept: Vec<_> = outcomes.iter().take(3).map(|outcome| (outcome.status, outcome.from_cache)).collect();
    assert_eq!(kept, [(0, false), (0, true), (0, true)]);
    assert!(outcomes[..3].iter().all(|outcome| outcome.password == outcomes[0].password));
    last
}

#[test]
fn every_way_to_say_the_same_is_served() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    let other = dsn.clone().without("DbUser").set("db_user", "alice");
    let calls = [&dsn, &dsn, &dsn, &other, &other, &dsn].map(Dsn::call);
    let results = Machine::new().recorded(&sandbox, calls);
    assert_eq!(served(&results), [false, true, true, true, true, true]);
    assert!(results.iter().all(|(outcome, _)| outcome.password == results[0].0.password));
}

#[test]
fn variables_and_files_count() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    let set = |name: &str, value: &str| vec![Step::SetEnv(name.to_owned(), Some(value.to_owned()))];
    for (name, value) in [
        ("AWS_REGION", "eu-west-1"),
        ("SSL_CERT_DIR", "/nonexistent"),
        ("RS_AUTH_SETTINGS", "DbGroups=readers"),
        ("HOME", "/nonexistent"),
    ] {
        assert!(!after(&Machine::new(), &call, set(name, value)).from_cache, "{name}");
    }
    assert!(after(&Machine::new(), &call, set("PAGER", "more")).from_cache, "the control");
    for file in [".aws/config", ".aws/credentials"] {
        let machine = Machine::new().file(file, "");
        let path = machine.path(file).display().to_string();
        let written = vec![Step::Write(path, "[default]\nregion = eu-west-1\n".to_owned())];
        assert!(!after(&machine, &call, written).from_cache, "{file}");
    }
}

/// Where there was no directory for them, both files of AWS are looked for at once.
#[test]
fn files_that_appear_with_their_directory_count() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    for file in ["config", "credentials"] {
        let machine = Machine::new().file("elsewhere/none", "");
        let home = machine.path("elsewhere").display().to_string();
        let set = |name: &str, value: &str| Step::SetEnv(name.to_owned(), Some(value.to_owned()));
        let unset = |name: &str| Step::SetEnv(name.to_owned(), None);
        let steps = [
            set("HOME", &home),
            unset("AWS_CONFIG_FILE"),
            unset("AWS_SHARED_CREDENTIALS_FILE"),
            call.clone().repeat(3).into(),
            Step::Write(format!("{home}/.aws/other"), String::new()),
            call.clone().into(),
            Step::Write(format!("{home}/.aws/{file}"), "[default]\nregion = eu-west-1\n".to_owned()),
            call.clone().repeat(2).into(),
        ];
        let served: Vec<_> = machine.run(steps).iter().map(|outcome| outcome.from_cache).collect();
        assert_eq!(served, [false, true, true, true, false, true], "{file}");
    }
}

#[test]
fn what_is_forgotten_is_not_served() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    for change in [Step::ForgetAll, Step::Forget(Box::new(call.clone()))] {
        assert!(!after(&Machine::new(), &call, vec![change]).from_cache);
    }
}

#[test]
fn other_options_are_another_input() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    let with = |other: Call| {
        let steps = [call.clone(), call.clone(), call.clone(), other].map(Step::from);
        let outcome = Machine::new().run(steps).pop().unwrap();
        (outcome.status, outcome.from_cache)
    };
    assert_eq!(with(call.clone().scope("bob")), (0, false));
    assert_eq!(with(call.clone().entry("iam_keys")), (0, false));
    assert_eq!(with(call.clone().cache(MEMORY)), (0, true));
    assert_eq!(with(call.clone().kinds(TOKENS)), (100, false), "a kind that the host does not take");
    assert_eq!(with(call.clone().cancel(0)), (501, false), "a token that was used before");
}

/// What stands in a file of its own is looked at in each call.
#[test]
fn sources_besides_the_array_have_no_shortcut() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    let machine = Machine::new().file("settings", "DbGroups=readers\n");
    let path = machine.path("settings").display().to_string();
    let machine = machine.env("RS_AUTH_SETTINGS_FILE", &path);
    let change = vec![Step::Write(path, "DbGroups=writers\n".to_owned())];
    assert!(!after(&machine, &dsn.call(), change).from_cache);

    // Also where it says nothing at first.
    let machine = Machine::new().file("settings", "");
    let path = machine.path("settings").display().to_string();
    let machine = machine.env("RS_AUTH_SETTINGS_FILE", &path);
    let change = vec![Step::Write(path, "DbGroups=writers\n".to_owned())];
    assert!(!after(&machine, &dsn.call(), change).from_cache);

    let secret = sandbox.describe()["keys"]["user"]["secret_access_key"].as_str().unwrap().to_owned();
    let machine = Machine::new().file("secret", &secret);
    let path = machine.path("secret").display().to_string();
    let by_file = dsn.without("SecretAccessKey").set("password_source", &format!("file:{path}"));
    let change = vec![Step::Write(path, "wrong-secret".to_owned())];
    assert_eq!(after(&machine, &by_file.call(), change).status, 400);
}
