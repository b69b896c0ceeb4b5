//! A line of a password file. <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use crate::failure::Failure;
use crate::library::Credentials;
use zeroize::Zeroizing;

/// `host:port:database:user:password`; what is not known matches anything.
pub fn pgpass(credentials: &Credentials) -> Result<Zeroizing<String>, Failure> {
    let Some((user, password)) = credentials.user().zip(credentials.password()) else {
        return Err(Failure::usage("the login gives no password, and a password file can hold nothing else"));
    };
    let port = credentials.port().map(|port| port.to_string());
    let fields = [credentials.host(), port.as_deref(), credentials.database(), Some(user), Some(password)];
    Ok(line(&fields))
}

fn line(fields: &[Option<&str>]) -> Zeroizing<String> {
    let mut line = Zeroizing::new(String::with_capacity(16 * 1024));
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            line.push(':');
        }
        match field.filter(|field| !field.is_empty()) {
            None => line.push('*'),
            Some(field) => field.chars().for_each(|letter| {
                if matches!(letter, ':' | '\\') {
                    line.push('\\');
                }
                line.push(letter);
            }),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn colons_and_backslashes_are_escaped() {
        let fields = [Some("::1"), Some("5439"), None, Some("IAM:a"), Some(r"p:\w")];
        assert_eq!(line(&fields).as_str(), "\\:\\:1:5439:*:IAM\\:a:p\\:\\\\w\n");
    }
}
