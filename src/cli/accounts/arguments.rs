use std::time::Duration;

/// Minimum age of an account to delete: the lifetime of a code. The user can still confirm a
/// younger account.
pub(super) const MIN_AGE: Duration = Duration::from_hours(24);

/// Maximum number of requests per second. Other calls to the pool share Cognito's quotas.
const MAX_PER_SECOND: f64 = 50.0;

pub(super) fn age(typed: &str) -> Result<Duration, String> {
    let age = humantime::parse_duration(typed)
        .map_err(|_| "not a duration. Use a duration such as 7d.".to_owned())?;
    if age < MIN_AGE {
        return Err("users can still confirm an account that is younger than 1d. Use at least 1d."
            .to_owned());
    }
    Ok(age)
}

/// Parses a rate such as `5/s`, and returns the interval between two requests.
pub(super) fn rate(typed: &str) -> Result<Duration, String> {
    let invalid = || "not a rate from 1/m to 50/s. Use a rate such as 5/s or 30/m.".to_owned();
    let (count, unit) = typed.split_once('/').ok_or_else(invalid)?;
    let count: u16 = count.parse().map_err(|_| invalid())?;
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(invalid()),
    };
    if count == 0 || f64::from(count) / seconds > MAX_PER_SECOND {
        return Err(invalid());
    }
    Ok(Duration::from_secs_f64(seconds / f64::from(count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_ages_and_rates() {
        for (typed, expected) in [
            ("7d", Some(7 * 24)),
            ("1d", Some(24)),
            ("2weeks", Some(14 * 24)),
            ("23h 59m", None),
            ("0s", None),
            ("week", None),
            ("-7d", None),
        ] {
            assert_eq!(age(typed).ok(), expected.map(Duration::from_hours), "{typed}");
        }
        for (typed, expected) in [
            ("5/s", Some(200)),
            ("50/s", Some(20)),
            ("30/m", Some(2000)),
            ("1/m", Some(60_000)),
            ("3000/m", Some(20)),
            ("51/s", None),
            ("0/s", None),
            ("5", None),
            ("5/h", None),
            ("-1/s", None),
            ("1.5/s", None),
        ] {
            assert_eq!(rate(typed).ok(), expected.map(Duration::from_millis), "{typed}");
        }
    }
}
