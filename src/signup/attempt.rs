//! The audit entry of a request.

use super::Request;
use crate::{
    cognito::Caller,
    registration::{Confirmation, Registration, Resend},
    store::{Attempt, Operation},
};

/// Returns an entry for a request that changed nothing and names no account.
pub(super) fn new(operation: Operation, client: &Caller, request_id: &str) -> Attempt {
    Attempt {
        operation,
        request_id: request_id.to_owned(),
        outcome: operation.rejected(),
        code: "",
        user_sub: None,
        cognito_request_id: None,
        recipient: None,
        username: None,
        address: Some(client.address),
        locale: client.language.clone(),
        consents: Vec::new(),
    }
}

impl Request<Registration> {
    /// Returns the entry of a sign-up that changed nothing.
    pub(super) fn attempt(&self) -> Attempt {
        Attempt {
            recipient: self.form.recipient().map(str::to_owned),
            username: Some(self.form.username.as_str().to_owned()),
            ..new(Operation::Register, &self.client, &self.request_id)
        }
    }
}

impl Request<Confirmation> {
    /// Returns the entry of a confirm that changed nothing.
    pub(super) fn attempt(&self) -> Attempt {
        Attempt {
            username: Some(self.form.username.as_str().to_owned()),
            ..new(Operation::Confirm, &self.client, &self.request_id)
        }
    }
}

impl Request<Resend> {
    /// Returns the entry of a resend that sent nothing.
    pub(super) fn attempt(&self) -> Attempt {
        Attempt {
            username: Some(self.form.username.as_str().to_owned()),
            ..new(Operation::Resend, &self.client, &self.request_id)
        }
    }
}
