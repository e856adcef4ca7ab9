//! Ids in the audit log: most are UUIDs, and take 16 bytes.

use std::fmt;

use uuid::Uuid;

/// An id that another party gave: a `sub`, an id of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum ShortId {
    /// A UUID in its usual form.
    Uuid(Uuid),
    /// Any other text.
    Text(String),
}

impl ShortId {
    pub(in crate::store) fn new(text: String) -> Self {
        match Uuid::try_parse(&text) {
            // Another form of the same UUID must not come back changed.
            Ok(uuid) if uuid.as_hyphenated().to_string() == text => Self::Uuid(uuid),
            _ => Self::Text(text),
        }
    }

    /// Returns the bytes of a column: those of the UUID, or those of the text. A text of 16 bytes
    /// has a zero byte after it.
    pub(in crate::store) fn to_column(&self) -> Vec<u8> {
        match self {
            Self::Uuid(uuid) => uuid.as_bytes().to_vec(),
            Self::Text(text) if text.len() == 16 => [text.as_bytes(), &[0]].concat(),
            Self::Text(text) => text.as_bytes().to_vec(),
        }
    }

    /// Reads the bytes of a column.
    pub(in crate::store) fn of_column(bytes: Option<&[u8]>) -> Option<Self> {
        let bytes = bytes?;
        if let Ok(uuid) = Uuid::from_slice(bytes) {
            return Some(Self::Uuid(uuid));
        }
        let text = String::from_utf8_lossy(bytes);
        Some(Self::Text(text.trim_end_matches('\0').to_owned()))
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(uuid) => uuid.fmt(formatter),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_comes_back_as_it_was() {
        for (text, size) in [
            ("7c9e6679-7425-40de-944b-e07fc1f90ae7", 16),
            ("00000000-0000-0000-0000-000000000000", 16),
            ("7C9E6679-7425-40DE-944B-E07FC1F90AE7", 36),
            ("7c9e6679742540de944be07fc1f90ae7", 32),
            ("sixteen letters!", 17),
            ("id", 2),
            ("", 0),
        ] {
            let column = ShortId::new(text.to_owned()).to_column();

            assert_eq!(column.len(), size, "{text}");
            assert_eq!(ShortId::of_column(Some(&column)).unwrap().to_string(), text);
        }
        assert_eq!(ShortId::of_column(None), None);
    }
}
