//! Columns of ids from clients and from Cognito. Most are UUIDs, which take 16 bytes.

use uuid::Uuid;

/// Returns the column of an id: the bytes of the UUID or of the string. A string of 16 bytes gets a
/// zero byte at its end.
pub(in crate::store) fn to_column(id: &str) -> Vec<u8> {
    match Uuid::try_parse(id) {
        // Keeps a UUID in another notation as a string, because `of_column` returns only this one.
        Ok(uuid) if uuid.to_string() == id => uuid.as_bytes().to_vec(),
        _ if id.len() == 16 => [id.as_bytes(), &[0]].concat(),
        _ => id.as_bytes().to_vec(),
    }
}

pub(in crate::store) fn of_column(bytes: &[u8]) -> String {
    match Uuid::from_slice(bytes) {
        Ok(uuid) => uuid.to_string(),
        Err(_) => String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_restores_the_same_id() {
        for (id, size) in [
            ("7c9e6679-7425-40de-944b-e07fc1f90ae7", 16),
            ("00000000-0000-0000-0000-000000000000", 16),
            ("7C9E6679-7425-40DE-944B-E07FC1F90AE7", 36),
            ("7c9e6679742540de944be07fc1f90ae7", 32),
            ("sixteen letters!", 17),
            ("id", 2),
            ("", 0),
        ] {
            let column = to_column(id);

            assert_eq!(column.len(), size, "{id}");
            assert_eq!(of_column(&column), id);
        }
    }
}
