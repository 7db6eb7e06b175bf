//! Whether the process is ready: every role it plays has its share of the partitions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// The readiness of the process. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    roles: Arc<Mutex<BTreeMap<&'static str, RoleState>>>,
}

/// The state of one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleState {
    /// Whether it does its work.
    pub ready: bool,
    /// What it is doing, for a person.
    pub state: &'static str,
    /// How many partitions it reads.
    pub partitions: usize,
    /// What else an operator should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A role's handle on its own state.
#[derive(Debug, Clone)]
pub struct RoleReadiness {
    role: &'static str,
    readiness: Readiness,
}

impl Readiness {
    /// Adds a role, which is not ready yet.
    pub fn role(&self, role: &'static str) -> RoleReadiness {
        let state = RoleState { ready: false, state: "joining the consumer group", partitions: 0, note: None };
        self.lock().insert(role, state);
        RoleReadiness { role, readiness: self.clone() }
    }

    /// Whether every role is ready, and the state of each.
    pub fn report(&self) -> (bool, BTreeMap<&'static str, RoleState>) {
        let roles = self.lock().clone();
        (!roles.is_empty() && roles.values().all(|role| role.ready), roles)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, RoleState>> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RoleReadiness {
    /// The role has been given its share of the partitions, which may be none.
    pub fn assigned(&self, partitions: usize) {
        self.change(|state| {
            state.ready = true;
            state.state = if partitions == 0 { "standing by" } else { "working" };
            state.partitions = partitions;
        });
    }

    /// The role has finished.
    pub fn leaving(&self) {
        self.change(|state| {
            state.ready = false;
            state.state = "leaving";
        });
    }

    /// Tells an operator something about the role.
    pub fn note(&self, note: String) {
        self.change(|state| state.note = Some(note));
    }

    fn change(&self, change: impl FnOnce(&mut RoleState)) {
        if let Some(state) = self.readiness.lock().get_mut(self.role) {
            change(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_when_every_role_is() {
        let readiness = Readiness::default();
        assert!(!readiness.report().0, "a process without roles does nothing");
        let (intake, lane) = (readiness.role("intake"), readiness.role("lane"));
        intake.assigned(3);
        assert!(!readiness.report().0);
        lane.assigned(0);
        assert!(readiness.report().0);
        lane.leaving();
        assert!(!readiness.report().0);
    }
}
