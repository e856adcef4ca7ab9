use std::collections::BTreeSet;

use super::FindingCode;

const DOCUMENT: &str = include_str!("../../../docs/doctor.md");

#[test]
fn every_finding_code_has_a_section_and_every_section_has_a_finding_code() {
    let sections: BTreeSet<&str> =
        DOCUMENT.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let codes: BTreeSet<&str> = FindingCode::ALL.iter().map(|code| code.name()).collect();

    assert_eq!(sections, codes);
}

#[test]
fn every_section_begins_with_the_severity() {
    for code in FindingCode::ALL {
        let heading = format!("### {}\n\n", code.name());
        let (_, section) = DOCUMENT.split_once(&heading).unwrap();

        let severity = format!("**{}**", code.severity().name());
        assert!(section.starts_with(&severity), "{}", code.name());
    }
}

#[test]
fn the_section_on_changing_a_pool_exists() {
    assert!(DOCUMENT.contains("\n## Changing a pool\n"), "docs/doctor.md#changing-a-pool");
}
