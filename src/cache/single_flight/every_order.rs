//! Every order in which callers of one key can come, lead, end, wait and be forgotten.
//!
//! Whatever threads do meanwhile, the table behind its lock sees their calls one after the other, and a landing is delivered
//! some time after it was sent. So one thread that tries all orders of calls and deliveries sees all that threads could.

use super::{Boarding, Flights, Landing, Lead};
use crate::cache::key::KeyBuilder;
use crate::error::{AuthError, Stage, Status};
use std::sync::{Arc, Mutex};

/// How a caller ends a flight that it leads.
#[derive(Clone, Copy, Debug)]
enum End {
    Shares,
    IsRefused,
    GivesUp,
    Dies,
}

enum Caller {
    Comes,
    /// For itself alone, once it was forgotten.
    Leads(Lead<usize>, bool),
    /// What was sent to it, once something was.
    Waits(Arc<Mutex<Option<Landing<usize>>>>),
    Ended,
}

struct Course {
    flights: Arc<Flights<usize>>,
    callers: Vec<Caller>,
    ends: Vec<End>,
    forgets: usize,
}

impl Course {
    fn new(ends: &[End], forgets: usize) -> Self {
        let callers = ends.iter().map(|_| Caller::Comes).collect();
        Self { flights: Flights::new(), callers, ends: ends.to_vec(), forgets }
    }

    /// Who can go on: a caller by its number, or the forgetting behind them.
    fn ready(&self) -> Vec<usize> {
        let can_go = |caller: &Caller| match caller {
            Caller::Comes | Caller::Leads(..) => true,
            Caller::Waits(sent) => sent.lock().unwrap().is_some(),
            Caller::Ended => false,
        };
        let callers = (0..self.callers.len()).filter(|at| can_go(&self.callers[*at]));
        callers.chain((self.forgets > 0).then_some(self.callers.len())).collect()
    }

    fn step(&mut self, who: usize) {
        if who == self.callers.len() {
            self.forgets -= 1;
            self.flights.forget(&key());
            for caller in &mut self.callers {
                if let Caller::Leads(_, alone) = caller {
                    *alone = true;
                }
            }
            return;
        }
        self.callers[who] = match std::mem::replace(&mut self.callers[who], Caller::Ended) {
            Caller::Comes => self.board(),
            Caller::Leads(lead, _) => {
                end(lead, self.ends[who], who);
                Caller::Ended
            }
            Caller::Waits(sent) => match sent.lock().unwrap().take().unwrap() {
                Landing::Shared(_) => Caller::Ended,
                Landing::TakeOver => Caller::Comes,
            },
            Caller::Ended => unreachable!("it is not ready"),
        };
        let leaders = self.callers.iter().filter(|caller| matches!(caller, Caller::Leads(_, false))).count();
        assert!(leaders <= 1, "two lead at once");
    }

    fn board(&self) -> Caller {
        let sent = Arc::new(Mutex::new(None));
        let post = Arc::clone(&sent);
        let wake = move || -> super::Wake<usize> {
            Box::new(move |landing| assert!(post.lock().unwrap().replace(landing).is_none(), "woken twice"))
        };
        match self.flights.board(key(), wake) {
            Boarding::Lead(lead) => Caller::Leads(lead, false),
            Boarding::Follow => Caller::Waits(sent),
        }
    }
}

fn end(lead: Lead<usize>, how: End, who: usize) {
    match how {
        End::Shares => lead.land(Ok(who)),
        End::IsRefused => lead.land(Err(AuthError::new(Status::AccessDenied, Stage::Sts, "no"))),
        End::GivesUp => lead.land(Err(AuthError::new(Status::Cancelled, Stage::Sts, "stopped"))),
        End::Dies => drop(lead),
    }
}

fn key() -> super::CacheKey {
    KeyBuilder::new("every order").finish()
}

/// Goes through one order, by the choice at each step; beyond them always the first. Gives how many there were to choose
/// from.
fn go(ends: &[End], forgets: usize, choices: &[usize]) -> Vec<usize> {
    let mut course = Course::new(ends, forgets);
    let mut widths = Vec::new();
    loop {
        let ready = course.ready();
        if ready.is_empty() {
            break;
        }
        let choice = choices.get(widths.len()).copied().unwrap_or(0);
        widths.push(ready.len());
        course.step(ready[choice]);
    }
    assert!(
        course.callers.iter().all(|caller| matches!(caller, Caller::Ended)),
        "{ends:?} {choices:?}: one waits for ever"
    );
    assert!(course.flights.under_way().is_empty(), "{ends:?} {choices:?}: a flight without a leader");
    widths
}

/// All orders; gives their number.
fn explore(ends: &[End], forgets: usize) -> usize {
    let (mut choices, mut count) = (Vec::new(), 0);
    loop {
        let widths = go(ends, forgets, &choices);
        count += 1;
        choices.resize(widths.len(), 0);
        // The next order: the last choice that has another one.
        while let Some(last) = choices.pop() {
            if last + 1 < widths[choices.len()] {
                choices.push(last + 1);
                break;
            }
        }
        if choices.is_empty() {
            return count;
        }
    }
}

#[test]
fn nobody_leads_beside_another_or_waits_for_ever() {
    const ENDS: [End; 4] = [End::Shares, End::IsRefused, End::GivesUp, End::Dies];
    let mut count = 0;
    for first in ENDS {
        for second in ENDS {
            for third in [End::Shares, End::Dies] {
                for forgets in 0..=1 {
                    count += explore(&[first, second, third], forgets);
                }
            }
        }
    }
    println!("{count} orders");
    assert!(count > 10_000, "{count}");
}
