pub(super) mod etag;
pub(super) mod html;
pub(super) mod policy_page;
pub(super) mod rate_limit_headers;
pub(super) mod sign_up_pages;
pub(super) mod stored;
pub(super) mod success;
pub(super) mod texts_page;
