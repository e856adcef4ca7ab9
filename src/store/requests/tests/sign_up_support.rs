//! Helpers of the tests of recent sign-ups.

use uuid::Uuid;

use super::{
    sign_up_model::{ConfirmedBy, Sent},
    support::{LEASE, clear, digest, id_at, store_attempt},
};
use crate::store::{
    database::Connection,
    keys::Keys,
    requests::{
        confirmations::{self, ConfirmIntent},
        prior::{Memory, PriorLookup},
        recent_sign_ups::{self, AccountOwner, SignUpIntent},
    },
    tests::support::{Engine, KEY, keys},
    writer::names::Names,
};

/// Returns the bytes of the `sub` that Cognito gives to a sign-up.
pub(super) fn sub(id: i64) -> [u8; 16] {
    *Uuid::from_u128(id.unsigned_abs().into()).as_bytes()
}

/// Returns the intent of a sign-up.
pub(super) fn intent(keys: &Keys, sent: &Sent) -> SignUpIntent {
    let Sent { name, password, network, .. } = sent;
    SignUpIntent {
        name: keys.name(&format!("username {name}")),
        alias: keys.name(&format!("name{name}@example.com")),
        pair: digest(&format!("{name} {password}")),
        network: digest(&format!("network {network}")),
    }
}

/// Stores a confirm that confirmed the account.
pub(super) fn confirm(connection: &mut Connection, keys: &Keys, id: i64, by: ConfirmedBy) {
    let name = match by {
        ConfirmedBy::Recipient(name) => keys.name(&format!("name{name}@example.com")),
        ConfirmedBy::Username(name) => keys.name(&format!("username {name}")),
        ConfirmedBy::Sub(id) => keys.name(&Uuid::from_bytes(sub(id)).to_string()),
    };
    let intent = ConfirmIntent { name, code: digest("code") };
    confirmations::insert(connection, id, &intent).unwrap();
    store_attempt(connection, id, Some(Memory::Confirmed), None);
}

/// Sign-ups for one name.
pub(super) struct SignUps {
    pub(super) connection: Connection,
    pub(super) keys: Keys,
    names: Names,
    count: i64,
}

impl SignUps {
    pub(super) fn new(engine: &Engine) -> Self {
        let mut connection = engine.connection();
        clear(&mut connection);
        Self { connection, keys: keys(KEY), names: Names::default(), count: 0 }
    }

    /// Begins a sign-up with a password from a network.
    pub(super) fn begin_from(&mut self, network: u8, password: u8, began: i64) -> Sent {
        self.count += 1;
        let id = id_at(began, self.count);
        let sent = Sent {
            id,
            name: 0,
            password,
            network,
            began,
            existed: false,
            has_ended: false,
            memory: None,
        };
        let intent = intent(&self.keys, &sent);
        recent_sign_ups::insert(&mut self.connection, id, &intent).unwrap();
        self.names.push(id, &intent.name);
        sent
    }

    pub(super) fn begin(&mut self, password: u8, began: i64) -> Sent {
        self.begin_from(0, password, began)
    }

    pub(super) fn end(&mut self, sent: Sent, memory: Option<Memory>) {
        store_attempt(&mut self.connection, sent.id, memory, Some(&sub(sent.id)));
    }

    pub(super) fn look_up(
        &mut self,
        sent: Sent,
        awaited: Option<&[i64]>,
        now: i64,
    ) -> PriorLookup<AccountOwner> {
        let intent = intent(&self.keys, &sent);
        let Self { connection, names, keys, .. } = self;
        let abandoned = now - LEASE;
        recent_sign_ups::look_up(connection, names, keys, sent.id, &intent, awaited, abandoned)
            .unwrap()
    }

    pub(super) fn exists(&mut self, sent: Sent, now: i64) -> PriorLookup<AccountOwner> {
        self.look_up(sent, None, now)
    }

    /// Begins a sign-up for an existing account, looks up its prior attempt, and ends the sign-up.
    pub(super) fn try_again_from(
        &mut self,
        network: u8,
        password: u8,
        now: i64,
    ) -> PriorLookup<AccountOwner> {
        let sent = self.begin_from(network, password, now);
        let found = self.exists(sent, now);
        self.end(sent, None);
        found
    }

    /// Begins a sign-up that the pre-sign-up trigger rejects, looks up accepted sign-ups, and ends
    /// the sign-up.
    pub(super) fn reject_from(&mut self, network: u8, password: u8, now: i64) -> PriorLookup<()> {
        let sent = self.begin_from(network, password, now);
        let intent = intent(&self.keys, &sent);
        let Self { connection, names, .. } = self;
        let abandoned = now - LEASE;
        let found =
            recent_sign_ups::look_up_accepted(connection, names, sent.id, &intent, None, abandoned);
        self.end(sent, None);
        found.unwrap()
    }

    pub(super) fn try_again(&mut self, password: u8, now: i64) -> PriorLookup<AccountOwner> {
        self.try_again_from(0, password, now)
    }
}
