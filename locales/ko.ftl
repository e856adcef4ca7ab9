### The texts for users in Korean.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] { $count }초 후에
        [minute] { $count }분 후에
        [hour] { $count }시간 후에
       *[unknown] 나중에
    }

problem-unreadable-body = 양식을 읽을 수 없습니다. 다시 시도해 주세요.
problem-headers-too-large = 브라우저가 너무 많은 데이터를 보냈습니다. 이 사이트의 쿠키를 삭제하고 다시 시도해 주세요.
problem-body-too-large = 양식이 너무 깁니다. 입력한 내용을 줄여 주세요.
problem-unsupported-media-type = 양식을 읽을 수 없습니다.
problem-invalid-idempotency-key = 저희 쪽에서 문제가 발생했습니다.
problem-idempotency-key-reused = 이 양식은 이미 다른 내용으로 전송되었습니다. 페이지를 새로 고쳐 주세요.
problem-request-in-progress = 아직 처리 중입니다. { wait } 다시 시도해 주세요.
problem-not-found = 이 페이지는 없습니다.
problem-method-not-allowed = 여기서는 할 수 없는 작업입니다.
problem-invalid-registration = 일부 내용을 다시 확인해 주세요.
problem-registration-rejected = 이 계정을 만들 수 없습니다.
problem-account-exists = 이 정보로 만든 계정이 이미 있습니다. 로그인하거나, 아직 확인되지 않았다면 새 코드를 요청해 주세요.
problem-invalid-code = 이 코드는 사용할 수 없습니다. 코드를 확인하거나 새 코드를 요청해 주세요.
problem-expired-code = 이 코드는 사용할 수 없습니다. 새 코드를 요청해 주세요.
problem-confirmation-uncertain = 계정이 이미 확인되었을 수 있습니다. 로그인해 보세요.
problem-too-many-requests = 요청이 너무 많습니다. { wait } 다시 시도해 주세요.
problem-too-many-attempts = 시도 횟수가 너무 많습니다. { wait } 다시 시도해 주세요.
problem-proof-required = 사람인지 확인해 주세요.
problem-not-human = 사람인지 확인하지 못했습니다. 다시 시도해 주세요.
problem-sign-up-closed = 지금은 여기서 새 계정을 만들 수 없습니다.
problem-blocked = 이 요청은 차단되었습니다.
problem-cross-site = 이 양식은 이 웹사이트에서 작동하지 않습니다.
problem-busy = 지금 이용자가 많습니다. { wait } 다시 시도해 주세요.
problem-unavailable = 지금은 가입할 수 없습니다. { wait } 다시 시도해 주세요.
problem-misconfigured = 저희 쪽에 문제가 있습니다. 나중에 다시 시도해 주세요.
problem-delivery-failed = 코드를 보내지 못했습니다. { wait } 다시 시도해 주세요.
problem-hook-failed = 저희 쪽에서 문제가 발생했습니다. 다시 시도해 주세요.
problem-upstream-failed = 저희 쪽에서 문제가 발생했습니다. 다시 시도해 주세요.
problem-upstream-timeout = 시간이 너무 오래 걸립니다. 다시 시도해 주세요.
problem-internal = 저희 쪽에서 문제가 발생했습니다.

## Violations.

violation-required = 이 항목을 입력해 주세요.
    .attributes-birthdate = 생년월일을 입력해 주세요.
    .attributes-family_name = 성을 입력해 주세요.
    .attributes-given_name = 이름을 입력해 주세요.
    .attributes-name = 성명을 입력해 주세요.
    .code = 받은 코드를 입력해 주세요.
    .email = 이메일 주소를 입력해 주세요.
    .password = 비밀번호를 정해 주세요.
    .phone_number = 전화번호를 입력해 주세요.
    .username = 사용자 이름을 입력해 주세요.
    .username-email = 이메일 주소를 입력해 주세요.
    .username-phone_number = 전화번호를 입력해 주세요.
violation-not_allowed = 여기에는 입력할 수 없습니다.
violation-unknown_field = 이런 항목은 없습니다.
violation-unknown_field-suggestion = 이런 항목은 없습니다. { $suggestion } 항목을 찾으셨나요?
violation-empty_body = 양식이 비어 있습니다.
violation-invalid_json = 양식의 { $line }행 { $column }열이 올바른 JSON이 아닙니다.
violation-duplicate_key = 두 번 입력되었습니다.
violation-wrong_type =
    { $expected ->
        [object] JSON 객체여야 합니다.
       *[string] 텍스트여야 합니다.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] { $min }자 이상으로 입력해 주세요.
        [one] { $min }자 이상으로 입력해 주세요.
        [two] { $min }자 이상으로 입력해 주세요.
        [few] { $min }자 이상으로 입력해 주세요.
        [many] { $min }자 이상으로 입력해 주세요.
        [other] { $min }자 이상으로 입력해 주세요.
       *[unknown] 더 길게 입력해 주세요.
    }
violation-too_long = { $max }자 이내로 입력해 주세요.
violation-too_many = { $max }개 이내로 입력해 주세요.
violation-invalid_format = 올바르지 않은 것 같습니다. 확인해 주세요.
    .code = { $length }자리 코드를 입력해 주세요.
violation-not_an_option = 다음 중에서 선택해 주세요: { $options }.
violation-control_character = 입력할 수 없는 문자를 빼 주세요.
violation-direction_character = 글자 방향을 바꾸는 문자를 빼 주세요.
violation-white_space = 앞뒤의 공백을 빼 주세요.
    .password = 비밀번호는 공백으로 시작하거나 끝날 수 없습니다.
violation-contains_url = 웹 주소를 빼 주세요.
violation-invalid_email = name@example.com 같은 이메일 주소를 입력해 주세요.
violation-undeliverable_email = 이 주소로는 메일을 받을 수 없습니다. 사용하는 주소를 입력해 주세요.
violation-domain_not_allowed = 이 도메인의 주소는 사용할 수 없습니다. 다른 주소를 입력해 주세요.
violation-disposable_domain = 임시 주소는 사용할 수 없습니다. 계속 사용할 주소를 입력해 주세요.
violation-misspelled_domain = { $suggestion } 아닌가요? @ 뒤를 확인해 주세요.
violation-invalid_phone_number = +44 7400 123456처럼 국가 번호를 포함한 전화번호를 입력해 주세요.
violation-calling_code_not_allowed = 이 국가의 번호는 사용할 수 없습니다. 다른 번호를 입력해 주세요.
violation-phone_number_not_mobile = 문자를 받을 수 있는 휴대전화 번호를 입력해 주세요.
violation-invalid_username = 문자, 숫자, 문장 부호를 사용하고 공백은 넣지 마세요.
violation-looks_like_email = 이메일 주소가 아닌 이름을 선택해 주세요.
violation-looks_like_phone_number = 전화번호가 아닌 이름을 선택해 주세요.
violation-missing_recipient = 이메일 주소나 전화번호를 입력해 주세요.
violation-needs_uppercase = 대문자를 추가해 주세요 (A~Z).
violation-needs_lowercase = 소문자를 추가해 주세요 (a~z).
violation-needs_number = 숫자를 추가해 주세요.
violation-needs_symbol = ! 또는 ? 같은 기호를 추가해 주세요.
violation-contains_username = 사용자 이름, 이메일 주소, 전화번호가 들어 있지 않은 비밀번호를 정해 주세요.
violation-too_weak = 이 비밀번호는 추측하기 쉽습니다. 단어를 늘리거나 덜 흔한 단어를 사용해 주세요.
violation-breached = 이 비밀번호는 다른 사이트의 정보 유출에 포함되어 있습니다. 다른 곳에서 쓰지 않는 비밀번호를 정해 주세요.
violation-weak_password = 더 긴 다른 비밀번호를 정해 주세요.
violation-invalid_birthdate = 1990-12-31 같은 생년월일을 입력해 주세요.
violation-invalid_locale = en 또는 pt-BR 같은 언어를 입력해 주세요.
violation-invalid_zoneinfo = Europe/Paris 같은 시간대를 입력해 주세요.
violation-invalid_url = https://example.com 같은 웹 주소를 입력해 주세요.
violation-invalid_number = 정수를 입력해 주세요.
violation-invalid_value = 받아들여지지 않았습니다. 확인해 주세요.
violation-taken = 이 값으로 만든 계정이 이미 있습니다.
    .email = 이 이메일 주소로 만든 계정이 이미 있습니다. 로그인하거나, 아직 확인하지 않았다면 새 코드를 요청해 주세요.
    .phone_number = 이 전화번호로 만든 계정이 이미 있습니다. 로그인하거나, 아직 확인하지 않았다면 새 코드를 요청해 주세요.
    .username = 이미 사용 중인 사용자 이름입니다. 다른 이름을 선택하거나, 본인의 것이라면 로그인해 주세요.
violation-limit_exceeded = 이 값에 대한 요청이 너무 많습니다.
    .email = 이 이메일 주소에 대한 요청이 너무 많습니다.
    .phone_number = 이 전화번호에 대한 요청이 너무 많습니다.
    .username = 이 사용자 이름에 대한 요청이 너무 많습니다.
    .username-email = 이 이메일 주소에 대한 요청이 너무 많습니다.
    .username-phone_number = 이 전화번호에 대한 요청이 너무 많습니다.
violation-consent_required = 읽고 동의해 주세요.
violation-consent_outdated = 이 문서가 변경되었습니다. 현재 버전을 읽고 동의해 주세요.

## Labels and hints.

label-username = 사용자 이름
label-email = 이메일 주소
label-phone_number = 전화번호
label-password = 비밀번호
label-name = 성명
label-given_name = 이름
label-family_name = 성
label-middle_name = 중간 이름
label-nickname = 별명
label-preferred_username = 표시 이름
label-profile = 프로필 페이지
label-picture = 사진
label-website = 웹사이트
label-gender = 성별
label-birthdate = 생년월일
label-zoneinfo = 시간대
label-locale = 언어
label-address = 주소
label-updated_at = 마지막 변경 시각
hint-phone_number = +44 7400 123456처럼 국가 번호를 포함해 주세요.
hint-picture = https://example.com/me.jpg 같은 사진 주소.
hint-zoneinfo = 예: Europe/Paris
hint-locale = 예: en 또는 pt-BR

## The sign-up page.

page-title = 계정 만들기
page-register = 계정 만들기
page-optional = (선택)
page-choose = 선택해 주세요
page-check = 확인해 주세요.
page-show-password = 표시
page-consent = 동의합니다: { "{title}" }
page-code = 코드 입력
page-code-intro = 코드를 보냈습니다. 여기에 입력하여 계정을 확인해 주세요.
page-code-destination = { "{destination}" } 주소로 코드를 보냈습니다. 여기에 입력하여 계정을 확인해 주세요.
page-code-label = 코드
page-confirm = 확인
page-resend = 새 코드 보내기
page-resend-in = 새 코드 보내기 ({ "{time}" } 후)
page-resent = 새 코드를 보냈습니다. 이전 코드는 더 이상 사용할 수 없습니다.
page-undelivered = 코드를 보내지 못했습니다. 새 코드를 요청해 주세요.
page-start-over = 다른 정보 사용
page-done = 계정이 확인되었습니다
page-done-text = 이제 로그인할 수 있습니다.
page-sign-in = 로그인
page-reset = 비밀번호 재설정
page-waiting = 계정에 승인이 필요합니다
page-waiting-text = 승인되면 로그인할 수 있습니다.
page-offline = 오프라인 상태인 것 같습니다. 연결을 확인하고 다시 시도해 주세요.
page-unexpected = 문제가 발생했습니다. 다시 시도해 주세요.
page-no-script = 이 페이지에는 JavaScript가 필요합니다. 켠 다음 페이지를 새로 고쳐 주세요.
