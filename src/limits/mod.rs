//! Who may knock how often: rules, keys, and what a refusal says.

mod local;

use std::{net::IpAddr, time::Duration};

use crate::config::{AddressLimit, LimitsMode};

use local::Local;

/// The budgets of callers' addresses.
///
/// Against a single caller who hammers the form.
#[derive(Debug)]
pub struct AddressBudget {
    mode: LimitsMode,
    limit: AddressLimit,
    local: Local,
}

/// What is left of a budget, as the `RateLimit` header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The rule's name.
    pub name: &'static str,
    /// How many at once.
    pub quota: u32,
    /// The time in which all of them come back.
    pub window: Duration,
    /// How many are left.
    pub remaining: u32,
    /// The time until all of them are back.
    pub reset: Duration,
}

/// Over a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The budget that is used up.
    pub budget: Budget,
    /// The time until one more is allowed.
    pub retry_after: Duration,
}

impl AddressBudget {
    /// A budget for each address, by the settings.
    #[must_use]
    pub fn new(mode: LimitsMode, limit: AddressLimit) -> Self {
        Self { mode, limit, local: Local::new(limit) }
    }

    /// What becomes of those who are over it.
    #[must_use]
    pub fn mode(&self) -> LimitsMode {
        self.mode
    }

    /// Takes one from the budget of an address.
    ///
    /// # Errors
    /// Where nothing is left of it.
    pub fn take(&self, address: IpAddr) -> Result<Budget, Exceeded> {
        match self.local.take(key(address)) {
            Ok(remaining) => Ok(self.budget(remaining)),
            Err(retry_after) => Err(Exceeded { budget: self.budget(0), retry_after }),
        }
    }

    /// Forgets the addresses whose budgets are full again.
    pub fn forget_idle(&self) {
        self.local.forget_idle();
    }

    fn budget(&self, remaining: u32) -> Budget {
        let AddressLimit { burst, refill } = self.limit;
        let used = burst.saturating_sub(remaining);
        Budget {
            name: "address",
            quota: burst,
            window: refill * burst,
            remaining,
            reset: refill * used,
        }
    }
}

/// An IPv6 caller is its /64, which is what a customer is given; an IPv4-mapped one is the
/// IPv4 address.
fn key(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits() & !u128::from(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(burst: u32, refill: Duration) -> AddressBudget {
        AddressBudget::new(LimitsMode::Enforce, AddressLimit { burst, refill })
    }

    #[test]
    fn lets_through_exactly_the_burst() {
        for burst in [1, 2, 20, 1000] {
            let budget = budget(burst, Duration::from_hours(1));
            let address = IpAddr::from([192, 0, 2, 1]);

            let passed = (0..burst + 5).filter(|_| budget.take(address).is_ok()).count();

            assert_eq!(passed, burst as usize);
        }
    }

    #[test]
    fn says_what_is_left_and_when_to_come_back() {
        let budget = budget(2, Duration::from_secs(10));
        let address = IpAddr::from([192, 0, 2, 1]);

        let first = budget.take(address).unwrap();
        let second = budget.take(address).unwrap();
        let refused = budget.take(address).unwrap_err();

        assert_eq!((first.quota, first.window, first.remaining), (2, Duration::from_secs(20), 1));
        assert_eq!((second.remaining, second.reset), (0, Duration::from_secs(20)));
        let seconds = refused.retry_after.as_secs_f64();
        assert!((9.0..=10.0).contains(&seconds), "{seconds}");
    }

    #[test]
    fn an_ipv6_caller_is_its_64_and_a_mapped_one_its_ipv4_address() {
        for (one, other, same) in [
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            assert_eq!(
                key(one.parse().unwrap()) == key(other.parse().unwrap()),
                same,
                "{one} and {other}"
            );
        }
    }

    #[test]
    fn forgets_addresses_whose_budget_is_full_again() {
        let budget = budget(5, Duration::from_micros(1));
        for last in 0..=255 {
            assert!(budget.take(IpAddr::from([192, 0, 2, last])).is_ok());
        }

        while budget.local.len() > 0 {
            budget.forget_idle();
        }
    }
}
