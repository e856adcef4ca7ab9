//! The responses in each case with AWS, and the known differences of a peer.

use crate::target::Mode;

/// The response in each case, in the order of the flow.
pub(crate) type Seen = Vec<(&'static str, String)>;

/// A case in which a peer differs from AWS.
pub(crate) struct Difference {
    pub(crate) case: &'static str,
    /// The response with AWS, repeated from [`AWS`].
    pub(crate) aws: &'static str,
    /// The response with the peer.
    pub(crate) peer: &'static str,
    pub(crate) why: &'static str,
}

/// The cases and their responses with AWS: the status, the code or the next step, the violations
/// (`/name` is the field of the user name), and in brackets the logged outcome. The pool has the
/// default password policy, and its app client has `PreventUserExistenceErrors` `ENABLED`.
///
/// The result of the doctor is its exit code (3 for warnings) with the errors and warnings. A new
/// pool sends mail with the default sender of Cognito.
pub(crate) const AWS: [(&str, &str); 23] = [
    ("the doctor", "3 email-daily-limit"),
    ("the policy of the form", "200 /name"),
    (
        "a weak password that the form rejects",
        "422 invalid_registration /password too_short /password needs_uppercase \
         /password needs_number /password needs_symbol []",
    ),
    // One rule at a time.
    (
        "a weak password that the pool rejects",
        "422 invalid_registration /password too_short [not_created]",
    ),
    ("another client secret", "502 misconfigured [not_created]"),
    ("an unknown app client", "502 misconfigured [not_created]"),
    ("an attribute that the pool does not have", "502 misconfigured [not_created]"),
    ("a new account", "201 confirmation_required confirm [created]"),
    ("the destination of its code", "email, masked"),
    ("the same form again", "202 confirmation_required confirm [existing]"),
    ("the same form, not remembered", "409 account_exists /name taken [not_created]"),
    ("the name with another password", "409 account_exists /name taken [not_created]"),
    ("a wrong code", "422 invalid_code [not_confirmed]"),
    ("a code, with another client secret", "502 misconfigured [not_confirmed]"),
    // Several projects report `ExpiredCodeException` for an unknown user.
    ("a code for an unknown user", "422 expired_code [not_confirmed]"),
    ("a new code", "202 code_sent confirm [sent]"),
    ("a new code, with another client secret", "502 misconfigured [not_sent]"),
    ("a new code for an unknown user", "202 code_sent confirm [sent]"),
    ("the right code", "200 confirmed sign_in [confirmed]"),
    // The pool rejects the code. The service remembers the confirm.
    ("the right code again", "200 confirmed sign_in [not_confirmed]"),
    ("the right code again, not remembered", "422 invalid_code [not_confirmed]"),
    ("another code, once confirmed", "422 invalid_code [not_confirmed]"),
    ("a new code, once confirmed", "202 code_sent confirm [not_sent]"),
];

/// Returns the deviations from the tables, in both directions.
pub(crate) fn deviations(seen: &Seen, mode: Mode, differences: &[Difference]) -> Vec<String> {
    let mut deviations = Vec::new();
    for (case, reported) in seen {
        let reported = reported.replace(mode.field(), "/name");
        let Some((_, aws)) = AWS.iter().find(|(known, _)| known == case) else {
            deviations.push(format!("{case}: not in the table of AWS"));
            continue;
        };
        let known = differences.iter().find(|difference| difference.case == *case);
        let expected = known.map_or(*aws, |difference| difference.peer);
        if reported == expected {
            continue;
        }
        deviations.push(match known {
            Some(difference) if reported == *aws => format!(
                "{case}: `{reported}`, as with AWS. The known difference (`{}`: {}) no longer exists",
                difference.peer, difference.why
            ),
            _ => format!("{case}: `{reported}` instead of `{expected}`"),
        });
    }
    for difference in differences {
        let aws =
            AWS.iter().find(|(case, _)| *case == difference.case).map(|(_, reported)| *reported);
        if aws != Some(difference.aws) || difference.peer == difference.aws {
            deviations.push(format!("{}: no difference from the table of AWS", difference.case));
        }
        if !seen.iter().any(|(case, _)| *case == difference.case) {
            deviations.push(format!("{}: a difference that was not tested", difference.case));
        }
    }
    deviations
}

/// Asserts that the responses with a peer are those with AWS, except for the known differences.
pub(crate) fn assert_conforms(seen: &Seen, mode: Mode, differences: &[Difference]) {
    let deviations = deviations(seen, mode, differences);
    assert!(deviations.is_empty(), "\n{}\n", deviations.join("\n"));
}

#[test]
fn reports_a_new_a_missing_and_a_wrong_difference() {
    let (case, aws) = ("a new code, once confirmed", "202 code_sent confirm [not_sent]");
    let other = "202 code_sent confirm [sent]";
    let difference = |case, aws, peer| vec![Difference { case, aws, peer, why: "it sends one" }];
    for (reported, differences, expected) in [
        (aws, vec![], None),
        (other, vec![], Some("instead of `202 code_sent confirm [not_sent]`")),
        (other, difference(case, aws, other), None),
        (aws, difference(case, aws, other), Some("no longer exists")),
        ("409", difference(case, aws, other), Some("instead of `202 code_sent confirm [sent]`")),
        (aws, difference(case, aws, aws), Some("no difference")),
        (other, difference(case, other, other), Some("no difference")),
        (aws, difference("a wrong code", AWS[12].1, other), Some("not tested")),
    ] {
        let seen = vec![(case, reported.to_owned())];

        let found = deviations(&seen, Mode::Email, &differences);

        assert_eq!(found.len(), usize::from(expected.is_some()), "{reported}: {found:?}");
        assert!(found.iter().all(|line| line.contains(expected.unwrap_or_default())), "{found:?}");
    }
}

#[test]
fn the_field_of_the_user_name_depends_on_the_pool() {
    for (mode, reported) in [
        (Mode::Email, "409 account_exists /email taken [not_created]"),
        (Mode::Chosen, "409 account_exists /username taken [not_created]"),
    ] {
        let seen = vec![("the name with another password", reported.to_owned())];

        assert_eq!(deviations(&seen, mode, &[]), [""; 0], "{mode:?}");
    }
}
