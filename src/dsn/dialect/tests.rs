use super::{Dialect, connection_string, kv, merge};
use crate::credentials::{AwsKeys, Credentials, Kind};
use crate::dsn::parse;
use crate::error::Status;
use crate::secret::{ExposeSecret, secret};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

const AWKWARD: &str = " a;{b}'\"\\ %41&c=d} ";
const ALL: [Dialect; 4] = [Dialect::RedshiftOdbc, Dialect::Psqlodbc, Dialect::Libpq, Dialect::Url];

fn credentials(kind: Kind) -> Credentials {
    Credentials {
        kind,
        user: Some("IAM:bob".to_owned()),
        password: Some(secret("pw")),
        host: Some("h.example".to_owned()),
        port: 5439,
        database: Some("dev".to_owned()),
        ssl_mode: "verify-ca".to_owned(),
        ca_file: None,
        token: Some(secret("tok")),
        token_type: Some("ACCESS_TOKEN".to_owned()),
        idp_type: Some("AwsIdc".to_owned()),
        identity_namespace: None,
        provider_name: Some("prov".to_owned()),
        idc_client_display_name: None,
        aws: None::<AwsKeys>,
        expires_at: None,
        plugin: "BrowserIdcAuthPlugin".to_owned(),
    }
}

fn awkward() -> Credentials {
    let text = || Some(AWKWARD.to_owned());
    Credentials {
        user: text(),
        password: Some(secret(AWKWARD)),
        database: text(),
        ca_file: text(),
        ..credentials(Kind::DbPassword)
    }
}

fn plain(list: &[(&'static str, crate::secret::SecretString)]) -> Vec<(String, String)> {
    list.iter().map(|(key, value)| ((*key).to_owned(), value.expose_secret().to_owned())).collect()
}

#[test]
fn keywords_in_the_documented_order() {
    let keys = |kind| kv(&credentials(kind)).iter().map(|(key, _)| *key).collect::<Vec<_>>();
    assert_eq!(keys(Kind::DbPassword), ["UID", "PWD", "Server", "Port", "Database", "SSLMode"]);
    let native =
        ["plugin_name", "idp_type", "token_type", "token", "provider_name", "Server", "Port", "Database", "SSLMode"];
    assert_eq!(keys(Kind::NativeToken), native);
    assert_eq!(kv(&credentials(Kind::NativeToken))[0].1.expose_secret(), "IdpTokenAuthPlugin");
    assert!(keys(Kind::AwsKeys).is_empty());
    let bare = Credentials { port: 0, host: None, database: Some(String::new()), ..credentials(Kind::DbPassword) };
    assert_eq!(kv(&bare).iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["UID", "PWD", "SSLMode"]);
}

#[test]
fn plain_results_in_every_dialect() {
    let texts = ALL.map(|dialect| connection_string(&credentials(Kind::DbPassword), dialect).unwrap());
    assert_eq!(
        texts,
        [
            "UID=IAM:bob;PWD=pw;Server=h.example;Port=5439;Database=dev;SSLMode=verify-ca;",
            "Servername=h.example;Port=5439;Database=dev;Uid=IAM:bob;Pwd={pw};SSLmode=verify-ca;",
            "host='h.example' port='5439' dbname='dev' user='IAM:bob' password='pw' sslmode='verify-ca'",
            "postgresql://IAM%3Abob:pw@h.example:5439/dev?sslmode=verify-ca",
        ]
    );
    let tls = Credentials {
        ca_file: Some("/etc/ca.pem".to_owned()),
        host: Some("::1".to_owned()),
        ..credentials(Kind::DbPassword)
    };
    let texts = ALL.map(|dialect| connection_string(&tls, dialect).unwrap());
    assert!(texts[0].ends_with(";CaFile=/etc/ca.pem;"), "{}", texts[0]);
    assert!(texts[1].ends_with(";SSLmode=verify-ca;pqopt={sslrootcert=/etc/ca.pem};"), "{}", texts[1]);
    assert!(texts[2].ends_with(" sslmode='verify-ca' sslrootcert='/etc/ca.pem'"), "{}", texts[2]);
    assert!(texts[3].ends_with("@[::1]:5439/dev?sslmode=verify-ca&sslrootcert=%2Fetc%2Fca.pem"), "{}", texts[3]);
}

#[test]
fn what_a_dialect_cannot_say() {
    for dialect in ALL {
        assert_eq!(connection_string(&credentials(Kind::AwsKeys), dialect), None);
        let native = connection_string(&credentials(Kind::NativeToken), dialect);
        let error = merge::<&str, &str>(&[], &credentials(Kind::AwsKeys), dialect).unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting);
        if dialect == Dialect::RedshiftOdbc {
            assert!(
                native
                    .unwrap()
                    .starts_with("plugin_name=IdpTokenAuthPlugin;idp_type=AwsIdc;token_type=ACCESS_TOKEN;token=tok;")
            );
        } else {
            assert_eq!(native, None);
            let error = merge::<&str, &str>(&[], &credentials(Kind::NativeToken), dialect).unwrap_err();
            assert_eq!(error.status(), Status::InvalidSetting);
        }
    }
    let user = Credentials { user: Some("a;b".to_owned()), ..credentials(Kind::DbPassword) };
    assert_eq!(connection_string(&user, Dialect::Psqlodbc), None);
    assert!(connection_string(&user, Dialect::RedshiftOdbc).unwrap().starts_with("UID={a;b};"));
    let error =
        merge(&[("ByteaAsLongVarBinary", "1;2")], &credentials(Kind::DbPassword), Dialect::Psqlodbc).unwrap_err();
    assert!(error.message().contains("ByteaAsLongVarBinary"), "{error}");
    for key in ["a;PWD", "jdbc:redshift://h"] {
        let error = merge(&[(key, "x")], &credentials(Kind::DbPassword), Dialect::RedshiftOdbc).unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting, "{key}");
    }
    let text = merge(&[("a:/b", "x")], &credentials(Kind::DbPassword), Dialect::RedshiftOdbc).unwrap();
    assert_eq!(parse::any(&text).unwrap()[0], ("a:/b".to_owned(), "x".to_owned()));
}

#[test]
fn awkward_values() {
    let text = connection_string(&awkward(), Dialect::RedshiftOdbc).unwrap();
    assert!(text.contains("PWD={ a;{b}}'\"\\ %41&c=d}} };"), "{text}");
    let text = connection_string(&awkward(), Dialect::Libpq).unwrap();
    assert!(text.contains("password=' a;{b}\\'\"\\\\ %41&c=d} '"), "{text}");
    let text = connection_string(&awkward(), Dialect::Url).unwrap();
    assert!(text.contains(":%20a%3B%7Bb%7D%27%22%5C%20%2541%26c%3Dd%7D%20@"), "{text}");
    let password = Credentials { password: Some(secret(AWKWARD)), ..credentials(Kind::DbPassword) };
    let file = Credentials { ca_file: Some("/a b}/'c".to_owned()), ..password };
    let text = connection_string(&file, Dialect::Psqlodbc).unwrap();
    assert!(text.contains("Uid=IAM:bob;Pwd={ a;{b}}'\"\\ %41&c=d}} };SSLmode"), "{text}");
    assert!(text.ends_with("pqopt={sslrootcert='/a b}}/\\'c'};"), "{text}");
}

#[test]
fn laid_over_a_dsn() {
    let dsn = [
        ("Driver", "Amazon Redshift (x64)"),
        ("IAM", "1"),
        ("plugin_name", "Okta"),
        ("USER", "bob@example.com"),
        ("Password", "hunter2"),
        ("HostName", "old"),
        ("AccessKeyID", "AKIA"),
        ("LogLevel", "6"),
        ("ApplicationName", "it's"),
        ("CaPath", "/ca"),
        ("empty", ""),
        ("mine", "a;b"),
    ];
    let result = credentials(Kind::DbPassword);
    let text = merge(&dsn, &result, Dialect::RedshiftOdbc).unwrap();
    assert_eq!(
        text,
        "Driver=Amazon Redshift (x64);LogLevel=6;ApplicationName=it's;CaPath=/ca;mine={a;b};\
         UID=IAM:bob;PWD=pw;Server=h.example;Port=5439;Database=dev;SSLMode=verify-ca;"
    );
    let text = merge(&dsn[..9], &result, Dialect::Psqlodbc).unwrap();
    assert!(
        text.starts_with("Driver={Amazon Redshift (x64)};LogLevel=6;ApplicationName=it's;Servername=h.example;"),
        "{text}"
    );
    let text = merge(&dsn, &result, Dialect::Libpq).unwrap();
    assert!(text.ends_with("sslmode='verify-ca' application_name='it\\'s'"), "{text}");
    let text = merge(&dsn, &result, Dialect::Url).unwrap();
    assert!(text.ends_with("?sslmode=verify-ca&application_name=it%27s"), "{text}");
    let tls = Credentials { ca_file: Some("/ca.pem".to_owned()), ..result };
    let text = merge(&[("PQOPT", "keepalives=0")], &tls, Dialect::Psqlodbc).unwrap();
    assert!(text.ends_with(";pqopt={keepalives=0 sslrootcert=/ca.pem};"), "{text}");
}

/// The DSN's own `IAM=1` must not make the driver log in once more.
#[test]
fn a_dsn_by_name_is_told_not_to_log_in_again() {
    let text = merge(&[("dsn", "x"), ("IAM", "1")], &credentials(Kind::DbPassword), Dialect::RedshiftOdbc).unwrap();
    assert!(text.starts_with("dsn=x;UID=") && text.ends_with(";IAM=0;"), "{text}");
    let text = merge(&[("Driver", "x"), ("IAM", "1")], &credentials(Kind::DbPassword), Dialect::RedshiftOdbc).unwrap();
    assert!(!text.contains("IAM="), "{text}");
}

#[test]
fn numbers() {
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(Dialect::from_number),
        [None, Some(ALL[0]), Some(ALL[1]), Some(ALL[2]), Some(ALL[3]), None]
    );
}

/// What libpq reads of `key='value' …`.
fn read_conninfo(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut letters = text.chars().peekable();
    while letters.peek().is_some() {
        let key: String = letters.by_ref().take_while(|letter| *letter != '=').collect();
        assert_eq!(letters.next(), Some('\''));
        let mut value = String::new();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => value.extend(letters.next()),
                '\'' => break,
                other => value.push(other),
            }
        }
        assert!(matches!(letters.next(), None | Some(' ')));
        pairs.push((key, value));
    }
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_are_read_back_as_they_are(
        user in "[^\0]{1,12}", password in "[ ;{}'\"\\\\%&a]{1,12}|[^\0]{1,12}", database in "[ ;{}'\"\\\\%&/?a]{1,12}",
    ) {
        let result = Credentials {
            user: Some(user.clone()),
            password: Some(secret(password.as_str())),
            database: Some(database.clone()),
            ..credentials(Kind::DbPassword)
        };
        let text = connection_string(&result, Dialect::RedshiftOdbc).unwrap();
        prop_assert_eq!(parse::connection_string(&text).unwrap(), plain(&kv(&result)));

        let read = read_conninfo(&connection_string(&result, Dialect::Libpq).unwrap());
        let values: Vec<&str> = read.iter().map(|(_, value)| value.as_str()).collect();
        prop_assert_eq!(values, ["h.example", "5439", &database, &user, &password, "verify-ca"]);

        let url = url::Url::parse(&connection_string(&result, Dialect::Url).unwrap()).unwrap();
        let decode = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        prop_assert_eq!(decode(url.username()), user.as_str());
        prop_assert_eq!(decode(url.password().unwrap_or_default()), password.as_str());
        prop_assert_eq!(decode(&url.path()[1..]), database.as_str());

        match connection_string(&result, Dialect::Psqlodbc) {
            None => prop_assert!(user.contains(';') || database.contains(';')),
            Some(text) => {
                let start = text.find(";Pwd={").unwrap() + 6;
                let end = text.rfind("};SSLmode=").unwrap();
                prop_assert_eq!(text[start..end].replace("}}", "}"), password);
            }
        }
    }
}
