pub(super) mod etag;
pub(super) mod html;
pub(super) mod policy_page;
pub(super) mod rate_limit_headers;
pub(super) mod stored;
mod success;
