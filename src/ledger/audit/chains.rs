//! The chains that one writer keeps, one for each kind of row.

use sqlx::AnyConnection;

use crate::ledger::{
    audit::{
        attempts::{self, AttemptRow},
        chain::{Chain, Kind},
    },
    keys::Keys,
};

/// The chains of one writer; each begins with its first row.
#[derive(Clone, Debug, Default)]
pub(in crate::ledger) struct Chains {
    accounts: Option<Chain>,
    refusals: Option<Chain>,
}

impl Chains {
    /// Writes a row at the end of the chain of its kind.
    pub(in crate::ledger) async fn write(
        &mut self,
        connection: &mut AnyConnection,
        row: &AttemptRow,
        kind: Kind,
        keys: &Keys,
        now: i64,
    ) -> sqlx::Result<()> {
        let chain = match kind {
            Kind::Accounts => &mut self.accounts,
            Kind::Refusals => &mut self.refusals,
        };
        let mut begun = match chain.take() {
            Some(chain) => chain,
            None => Chain::begin(connection, keys, kind, now).await?,
        };
        attempts::write(connection, row, &mut begun, keys).await?;
        *chain = Some(begun);
        Ok(())
    }

    /// Writes where they end now.
    pub(in crate::ledger) async fn save(
        &mut self,
        connection: &mut AnyConnection,
        keys: &Keys,
    ) -> sqlx::Result<()> {
        for chain in [&mut self.accounts, &mut self.refusals].into_iter().flatten() {
            chain.save(connection, keys).await?;
        }
        Ok(())
    }
}
