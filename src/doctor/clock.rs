//! This machine's clock against those of the hosts that answered.

use super::board::Slot;
use crate::error::{AuthError, Status};
use crate::ports::http::{Purpose, Told};

/// AWS refuses signatures that are further off.
const MOST_MS: u64 = 5 * 60 * 1000;
/// Tokens and assertions begin to fail here and there.
const ODD_MS: u64 = 60 * 1000;

/// Compares with AWS, or with an identity provider where AWS told nothing.
pub(super) fn judge(slot: Slot<'_>, told: &[Told], signs_for_aws: bool) {
    slot.begin();
    let of_aws = told.iter().find(|told| told.purpose == Purpose::Aws);
    let Some(Told { host, ahead_ms, .. }) = of_aws.or(told.first()) else {
        slot.skip("no host has told its time", None);
        return;
    };
    let (seconds, side) = (ahead_ms.unsigned_abs() / 1000, if *ahead_ms > 0 { "behind" } else { "ahead of" });
    let off = ahead_ms.unsigned_abs();
    if off <= ODD_MS {
        slot.pass(format!("this machine's clock and that of {host} agree to a minute"));
        return;
    }
    let message = format!("this machine's clock is {seconds} s {side} that of {host}");
    let hint = "set this machine's clock, best by NTP";
    if off > MOST_MS && signs_for_aws {
        let message = format!("{message}: AWS refuses requests that are signed more than 5 minutes off");
        slot.fail(AuthError::of_call(Status::System, message).hint(hint));
    } else {
        slot.warn(format!("{message}: tokens may be refused as expired or not valid yet"), Some(hint));
    }
}

#[cfg(test)]
mod tests {
    use super::super::board::{Board, Kind, Verdict};
    use super::*;

    #[test]
    fn only_what_aws_would_refuse_is_a_failure() {
        let told = |purpose, ahead_ms| Told { host: "h:443".to_owned(), purpose, ahead_ms };
        let (aws, idp) = (Purpose::Aws, Purpose::IdentityProvider);
        for (all, signs, verdict, part) in [
            (vec![], true, Verdict::Skip, "no host"),
            (vec![told(aws, 59_000)], true, Verdict::Pass, "agree"),
            (vec![told(aws, -90_000)], true, Verdict::Warn, "90 s ahead of"),
            (vec![told(aws, 301_000)], true, Verdict::Fail, "301 s behind"),
            (vec![told(aws, 301_000)], false, Verdict::Warn, "301 s behind"),
            (vec![told(idp, 400_000), told(aws, 0)], true, Verdict::Pass, "agree"),
            (vec![told(idp, 400_000)], true, Verdict::Fail, "400 s behind"),
        ] {
            let board = Board::default();
            judge(board.plan(Kind::Clock, None), &all, signs);
            let steps = board.steps();
            assert_eq!(steps[0].verdict, Some(verdict), "{all:?}");
            assert!(steps[0].message.contains(part), "{}", steps[0].message);
        }
    }
}
