//! A row of the tables: what is set, and what must come.

use crate::probe::{Dsn, Machine, Outcome};
use crate::sent::{operations, the};
use rs_auth_sandbox::world::World;
use rs_auth_sandbox::{Fault, FaultAction, Record, Sandbox};

/// Makes the DSN of a table, with which a login succeeds.
pub type Base = fn(&Sandbox) -> Dsn;

/// What a parameter of a request must be; `None`: it must not be sent.
type Field = (&'static str, &'static str, Option<&'static str>);

type Change = Box<dyn Fn(&Sandbox, Dsn) -> Dsn>;
type Answer = Box<dyn Fn(&Sandbox) -> FaultAction>;

pub struct Case {
    pub id: &'static str,
    dsn: Change,
    world: fn(&mut World),
    faults: Vec<(&'static str, Answer)>,
    entry: Option<&'static str>,
    timeout: Option<u64>,
    status: i32,
    told: Vec<&'static str>,
    sent: Option<Vec<&'static str>>,
    fields: Vec<Field>,
    pairs: Vec<(&'static str, &'static str)>,
    ours: &'static str,
}

/// A login that succeeds, as the table's own does.
pub fn case(id: &'static str) -> Case {
    Case {
        id,
        dsn: Box::new(|_, dsn| dsn),
        world: |_| {},
        faults: Vec::new(),
        entry: None,
        timeout: None,
        status: 0,
        told: Vec::new(),
        sent: None,
        fields: Vec::new(),
        pairs: Vec::new(),
        ours: "",
    }
}

/// What is set.
impl Case {
    pub fn set(self, key: &'static str, value: &'static str) -> Self {
        self.by(move |_, dsn| dsn.set(key, value))
    }

    pub fn without(self, key: &'static str) -> Self {
        self.by(move |_, dsn| dsn.without(key))
    }

    /// Changes the DSN by what the sandbox knows.
    pub fn by(mut self, change: impl Fn(&Sandbox, Dsn) -> Dsn + 'static) -> Self {
        let before = self.dsn;
        self.dsn = Box::new(move |sandbox, dsn| change(sandbox, before(sandbox, dsn)));
        self
    }

    pub fn world(self, world: fn(&mut World)) -> Self {
        Self { world, ..self }
    }

    /// What the next request for an operation gets.
    pub fn fault(self, operation: &'static str, action: FaultAction) -> Self {
        self.fault_by(operation, move |_| action.clone())
    }

    pub fn fault_by(mut self, operation: &'static str, action: impl Fn(&Sandbox) -> FaultAction + 'static) -> Self {
        self.faults.push((operation, Box::new(action)));
        self
    }

    /// By another function than `rs_auth_get_credentials`, as [`crate::probe::Call::entry`] names it.
    pub fn entry(self, entry: &'static str) -> Self {
        Self { entry: Some(entry), ..self }
    }

    pub fn timeout(self, ms: u64) -> Self {
        Self { timeout: Some(ms), ..self }
    }
}

/// What must come.
impl Case {
    /// This status, told in these words, before anything is sent unless [`Case::sent`] says otherwise.
    pub fn refused<const N: usize>(self, status: i32, told: [&'static str; N]) -> Self {
        let sent = self.sent.or(Some(Vec::new()));
        Self { status, told: told.to_vec(), sent, ..self }
    }

    /// These operations, in this order.
    pub fn sent<const N: usize>(self, operations: [&'static str; N]) -> Self {
        Self { sent: Some(operations.to_vec()), ..self }
    }

    /// A parameter of the one request for an operation.
    pub fn field(mut self, operation: &'static str, name: &'static str, value: &'static str) -> Self {
        self.fields.push((operation, name, Some(value)));
        self
    }

    pub fn no_field(mut self, operation: &'static str, name: &'static str) -> Self {
        self.fields.push((operation, name, None));
        self
    }

    /// A keyword of the result.
    pub fn pair(mut self, name: &'static str, value: &'static str) -> Self {
        self.pairs.push((name, value));
        self
    }

    /// Why this differs from what the Python driver does.
    pub fn ours(self, why: &'static str) -> Self {
        Self { ours: why, ..self }
    }
}

/// Holds every case of a table. The table's own login is the control of all that are refused.
pub fn hold(base: Base, cases: &[Case]) {
    case("the control").hold(base);
    for case in cases {
        case.hold(base);
    }
}

impl Case {
    fn hold(&self, base: Base) {
        let sandbox = Sandbox::builder().with_world(self.world).start();
        for (operation, action) in &self.faults {
            sandbox.script(Fault::on(operation, action(&sandbox)));
        }
        let mut call = (self.dsn)(&sandbox, base(&sandbox)).call();
        (call.entry, call.timeout) = (self.entry.map(str::to_owned), self.timeout);
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call]).remove(0);
        let name = if self.ours.is_empty() { self.id.to_owned() } else { format!("{} ({})", self.id, self.ours) };
        self.check(&name, &outcome, &sent);
    }

    fn check(&self, name: &str, outcome: &Outcome, sent: &[Record]) {
        assert_eq!(outcome.status, self.status, "{name}: {}", outcome.told());
        for part in &self.told {
            assert!(outcome.told().contains(part), "{name}: {part:?} in {}", outcome.told());
        }
        if let Some(expected) = &self.sent {
            assert_eq!(operations(sent), *expected, "{name}");
        }
        for (operation, parameter, value) in &self.fields {
            assert_eq!(the(sent, operation).parameter(parameter), *value, "{name}: {parameter} of {operation}");
        }
        for (pair, value) in &self.pairs {
            assert_eq!(outcome.pair(pair), Some(*value), "{name}: {pair}");
        }
    }
}
