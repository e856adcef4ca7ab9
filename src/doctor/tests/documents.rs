use std::collections::BTreeSet;

use super::Code;

const DOCUMENT: &str = include_str!("../../../docs/doctor.md");

#[test]
fn every_code_has_its_section_and_every_section_its_code() {
    let sections: BTreeSet<&str> =
        DOCUMENT.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();

    assert_eq!(sections, codes);
}

#[test]
fn every_section_says_how_bad_it_is() {
    for code in Code::ALL {
        let heading = format!("### {}\n\n", code.name());
        let (_, section) = DOCUMENT.split_once(&heading).unwrap();

        let severity = format!("**{}**", code.severity().name());
        assert!(section.starts_with(&severity), "{}", code.name());
    }
}

#[test]
fn the_section_on_changing_a_pool_is_where_findings_point() {
    assert!(DOCUMENT.contains("\n## Changing a pool\n"), "docs/doctor.md#changing-a-pool");
}
