//! Values and rows, the same for both engines.

use std::borrow::Cow;

use bytes::BytesMut;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::store::error::StoreError;

/// A keyed digest, cut to 16 bytes.
pub(in crate::store) type Digest = [u8; 16];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Value<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
    Blob(Cow<'a, [u8]>),
}

#[derive(Clone, Debug)]
pub(in crate::store) struct Row(Vec<Value<'static>>);

impl Row {
    /// Returns `true` if the column is NULL.
    pub(in crate::store) fn is_null(&self, column: usize) -> bool {
        matches!(self.0.get(column), None | Some(Value::Null))
    }

    /// Returns a whole number, or 0 if the column is NULL.
    pub(in crate::store) fn int(&self, column: usize) -> i64 {
        self.optional_int(column).unwrap_or_default()
    }

    pub(in crate::store) fn optional_int(&self, column: usize) -> Option<i64> {
        match self.0.get(column) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// Returns a TEXT column, or an empty string if the column is NULL.
    pub(in crate::store) fn text(&self, column: usize) -> String {
        self.optional_text(column).unwrap_or_default()
    }

    pub(in crate::store) fn optional_text(&self, column: usize) -> Option<String> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Some(text.clone().into_owned()),
            _ => None,
        }
    }

    pub(in crate::store) fn optional_blob(&self, column: usize) -> Option<&[u8]> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Returns bytes, or an empty slice if the column is NULL.
    pub(in crate::store) fn blob(&self, column: usize) -> &[u8] {
        self.optional_blob(column).unwrap_or_default()
    }

    /// Returns a digest, or `None` if the column is NULL or does not hold a digest.
    pub(in crate::store) fn digest(&self, column: usize) -> Option<Digest> {
        self.optional_blob(column).and_then(|bytes| bytes.try_into().ok())
    }

    pub(super) fn of_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let values = (0..row.as_ref().column_count()).map(|column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Integer(number) => Value::Int(number),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                ValueRef::Blob(bytes) => bytes.to_vec().into(),
                // No column has this type, but an altered column must not count as NULL.
                ValueRef::Real(number) => number.to_string().into(),
                ValueRef::Null => Value::Null,
            })
        });
        Ok(Self(values.collect::<rusqlite::Result<_>>()?))
    }

    pub(super) fn of_postgres(row: &tokio_postgres::Row) -> Result<Self, StoreError> {
        let value = |(index, column): (usize, &tokio_postgres::Column)| {
            Ok(match *column.type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(index)?.into(),
                Type::INT4 => {
                    let number = row.try_get::<_, Option<i32>>(index)?;
                    number.map_or(Value::Null, |number| Value::Int(number.into()))
                }
                Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index)?.into(),
                _ => row.try_get::<_, Option<String>>(index)?.into(),
            })
        };
        let values = row.columns().iter().enumerate().map(value);
        Ok(Self(values.collect::<Result<_, StoreError>>()?))
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        sql_type: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(sql_type, out),
            Self::Text(text) => text.to_sql(sql_type, out),
            Self::Blob(bytes) => bytes.to_sql(sql_type, out),
        }
    }

    fn accepts(sql_type: &Type) -> bool {
        matches!(*sql_type, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes.into())
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes.into())
    }
}

impl<'a> From<&'a Digest> for Value<'a> {
    fn from(digest: &'a Digest) -> Self {
        digest.as_slice().into()
    }
}

impl From<Digest> for Value<'_> {
    fn from(digest: Digest) -> Self {
        digest.to_vec().into()
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
