//! The budget for calls to Cognito, whose quota all pools of an AWS account share.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{
    Admission, Limits, Store,
    patience::Patience,
    turns::{Pace, Turn},
};
use crate::config::{self, LimitsMode};

/// The longest that a call waits for its turn, and that anybody is told to come back after.
const LONGEST: Duration = Duration::from_mins(1);

/// A kind of call to Cognito, each with a budget of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Call {
    Register,
    Confirm,
    Resend,
}

/// How much of a budget is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(u32);

/// There is no turn soon enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTurn {
    /// When there would have been one.
    pub retry_after: Duration,
}

/// The budgets by the settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calls {
    paces: [Pace; 3],
    mode: LimitsMode,
}

/// A turn that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) call: Call,
    pub(super) pace: Pace,
    /// How long it may be until then.
    pub(super) longest: Duration,
    /// Whether this process has taken it of its own share already.
    pub(super) is_of_share: bool,
}

impl Limits {
    /// Takes the next turn to call Cognito, at this part of the budget, and waits for it: at
    /// most this long.
    ///
    /// # Errors
    /// Where that would be later, or too many wait for theirs already.
    pub async fn turn(
        &self,
        admission: Option<&Admission>,
        call: Call,
        part: Part,
        longest: Duration,
    ) -> Result<(), NoTurn> {
        let Calls { paces, mode } = self.calls;
        let is_enforced = mode == LimitsMode::Enforce;
        if mode == LimitsMode::Off {
            return Ok(());
        }
        let started = Instant::now();
        let longest = longest.min(LONGEST);
        let mut ask = Ask { call, pace: paces[call as usize], longest, is_of_share: false };
        let turn = match &self.store {
            Store::Local(local) => local.turn(Ask { pace: part.of(ask.pace), ..ask }),
            Store::Shared(shared) => {
                let own = Patience::new(self.patience);
                let patience = admission.map_or(&own, |admission| &admission.patience);
                patience.renew(self.patience);
                if part != Part::ALL {
                    // It holds itself to its part of its own share, and slows nobody else.
                    let first = shared.own_turn(Ask { pace: part.of(ask.pace), ..ask });
                    self.wait_for(first, call, is_enforced).await?;
                    let longest = longest.saturating_sub(started.elapsed());
                    ask = Ask { longest, is_of_share: true, ..ask };
                }
                patience.spend(async |patience| shared.turn(ask, patience).await).await
            }
        };
        self.wait_for(turn, call, is_enforced).await?;
        if is_enforced {
            self.metrics.turn(call.name(), started.elapsed());
        }
        Ok(())
    }

    /// Whether calls wait for their turns.
    #[must_use]
    pub fn calls_take_turns(&self) -> bool {
        self.calls.mode == LimitsMode::Enforce
    }

    async fn wait_for(&self, turn: Turn, call: Call, is_enforced: bool) -> Result<(), NoTurn> {
        match turn {
            Turn::None(wait) => {
                self.note(call.name(), self.calls.mode);
                // By then a budget that was lowered is itself again.
                let no_turn = NoTurn { retry_after: wait.min(LONGEST) };
                if is_enforced { Err(no_turn) } else { Ok(()) }
            }
            Turn::In(wait) => {
                if is_enforced && !wait.is_zero() {
                    sleep(wait).await;
                }
                Ok(())
            }
        }
    }
}

impl Calls {
    pub(super) fn new(settings: &config::Limits) -> Self {
        let config::CallLimit { register, confirm, resend, queue, mode, .. } = settings.cognito;
        let mode = settings.effective_mode(mode);
        Self { paces: [register, confirm, resend].map(|most| Pace::new(most, queue)), mode }
    }
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Register, Self::Confirm, Self::Resend];

    /// The name in metrics and logs, and in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => "cognito_register",
            Self::Confirm => "cognito_confirm",
            Self::Resend => "cognito_resend",
        }
    }
}

impl Part {
    /// All of it.
    pub const ALL: Self = Self(64);

    /// The least that is left, however often Cognito says that it is too much.
    pub const LEAST: Self = Self(4);

    /// So much of a pace.
    fn of(self, pace: Pace) -> Pace {
        pace.part(self.0, Self::ALL.0)
    }

    /// Half as much.
    #[must_use]
    pub fn halved(self) -> Self {
        Self((self.0 / 2).max(Self::LEAST.0))
    }

    /// More by so much of all of it as this is of that.
    #[must_use]
    pub fn grown(self, time: Duration, until_all: Duration) -> Self {
        let more = time.as_millis() * u128::from(Self::ALL.0) / until_all.as_millis().max(1);
        let more = u32::try_from(more).unwrap_or(Self::ALL.0);
        Self(self.0.saturating_add(more).min(Self::ALL.0))
    }
}
