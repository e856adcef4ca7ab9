use super::{problem::ProblemType, response::success::SuccessResponse};
use crate::metrics::{Metrics, ROUTES};

/// Problems of the routes without a form.
const OF_PAGES: [ProblemType; 6] = [
    ProblemType::HeadersTooLarge,
    ProblemType::NotFound,
    ProblemType::MethodNotAllowed,
    ProblemType::TooManyRequests,
    ProblemType::CrossSite,
    ProblemType::Internal,
];

/// Creates the counters of all expected responses. Otherwise, `increase()` would miss the first
/// response of each counter.
pub fn expect_responses(metrics: &Metrics) {
    for (route, status, code) in SuccessResponse::OF_ROUTES {
        metrics.expect_response(route, status, code);
    }
    for route in ROUTES {
        let has_form = SuccessResponse::OF_ROUTES.iter().any(|(form, ..)| form == route);
        let problems = if has_form { ProblemType::ALL } else { &OF_PAGES[..] };
        for problem in problems {
            metrics.expect_response(route, problem.status().as_u16(), problem.code());
        }
        if !has_form {
            metrics.expect_response(route, 200, "");
        }
    }
}
