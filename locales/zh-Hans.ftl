### The texts for users in Simplified Chinese.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] 在 { $count } 秒后
        [minute] 在 { $count } 分钟后
        [hour] 在 { $count } 小时后
       *[unknown] 稍后
    }

problem-unreadable-body = 我们无法读取此表单。请重试。
problem-headers-too-large = 您的浏览器发送的数据过多。请删除此网站的 Cookie 后重试。
problem-body-too-large = 此表单过长。请缩短您填写的内容。
problem-unsupported-media-type = 我们无法读取此表单。
problem-invalid-idempotency-key = 我们这边出了问题。
problem-idempotency-key-reused = 此表单已用其他内容提交过。请重新加载页面。
problem-request-in-progress = 我们仍在处理。请{ wait }重试。
problem-not-found = 此页面不存在。
problem-method-not-allowed = 此处无法执行该操作。
problem-invalid-registration = 有些内容需要再检查一下。
problem-registration-rejected = 我们无法创建此账户。
problem-account-exists = 已有使用这些信息的账户。请登录；如果账户尚未确认，请获取新的验证码。
problem-invalid-code = 此验证码无效。请检查，或获取新的验证码。
problem-expired-code = 此验证码无效。请获取新的验证码。
problem-confirmation-uncertain = 您的账户可能已经确认。请尝试登录。
problem-too-many-requests = 请求过多。请{ wait }重试。
problem-too-many-attempts = 尝试次数过多。请{ wait }重试。
problem-proof-required = 请确认您是真人。
problem-not-human = 我们无法确认您是真人。请重试。
problem-sign-up-closed = 目前无法在此创建新账户。
problem-blocked = 此请求已被阻止。
problem-cross-site = 此表单无法在该网站上使用。
problem-busy = 当前使用人数较多。请{ wait }重试。
problem-unavailable = 目前无法注册。请{ wait }重试。
problem-misconfigured = 我们这边有问题。请稍后重试。
problem-delivery-failed = 我们无法向您发送验证码。请{ wait }重试。
problem-hook-failed = 我们这边出了问题。请重试。
problem-upstream-failed = 我们这边出了问题。请重试。
problem-upstream-timeout = 处理时间过长。请重试。
problem-internal = 我们这边出了问题。

## Violations.

violation-required = 请填写此项。
    .attributes-birthdate = 请填写您的出生日期。
    .attributes-family_name = 请填写您的姓氏。
    .attributes-given_name = 请填写您的名字。
    .attributes-name = 请填写您的姓名。
    .code = 请输入您收到的验证码。
    .email = 请输入您的电子邮箱。
    .password = 请设置密码。
    .phone_number = 请输入您的电话号码。
    .username = 请输入用户名。
    .username-email = 请输入您的电子邮箱。
    .username-phone_number = 请输入您的电话号码。
violation-not_allowed = 此处不能填写该项。
violation-unknown_field = 没有此字段。
violation-unknown_field-suggestion = 没有此字段。您是指 { $suggestion } 吗？
violation-empty_body = 表单为空。
violation-invalid_json = 表单在第 { $line } 行第 { $column } 列不是有效的 JSON。
violation-duplicate_key = 此项填写了两次。
violation-wrong_type =
    { $expected ->
        [object] 此处必须是 JSON 对象。
       *[string] 此处必须是文本。
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] 请至少使用 { $min } 个字符。
        [one] 请至少使用 { $min } 个字符。
        [two] 请至少使用 { $min } 个字符。
        [few] 请至少使用 { $min } 个字符。
        [many] 请至少使用 { $min } 个字符。
        [other] 请至少使用 { $min } 个字符。
       *[unknown] 请使用更多字符。
    }
violation-too_long = 请最多使用 { $max } 个字符。
violation-too_many = 请最多填写 { $max } 项。
violation-invalid_format = 格式似乎不正确。请检查。
    .code = 请输入 { $length } 位验证码。
violation-not_an_option = 请选择以下之一：{ $options }。
violation-control_character = 请去掉无法输入的字符。
violation-direction_character = 请去掉会改变文字方向的字符。
violation-white_space = 请去掉开头和结尾的空格。
    .password = 密码不能以空格开头或结尾。
violation-contains_url = 请去掉网址。
violation-invalid_email = 请输入电子邮箱，例如 name@example.com。
violation-undeliverable_email = 邮件无法送达此地址。请输入您使用的地址。
violation-domain_not_allowed = 此处不接受该域名的地址。请输入其他地址。
violation-disposable_domain = 此处不接受临时地址。请输入您长期使用的地址。
violation-misspelled_domain = 您是指 { $suggestion } 吗？请检查 @ 后面的部分。
violation-invalid_phone_number = 请输入带国家或地区代码的电话号码，例如 +44 7400 123456。
violation-calling_code_not_allowed = 此处不接受该国家或地区的号码。请输入其他号码。
violation-phone_number_not_mobile = 请输入可以接收短信的手机号码。
violation-invalid_username = 请使用字母、数字和标点，不要使用空格。
violation-looks_like_email = 请选择不是电子邮箱的名称。
violation-looks_like_phone_number = 请选择不是电话号码的名称。
violation-missing_recipient = 请输入电子邮箱或电话号码。
violation-needs_uppercase = 请加入一个大写字母（A 到 Z）。
violation-needs_lowercase = 请加入一个小写字母（a 到 z）。
violation-needs_number = 请加入一个数字。
violation-needs_symbol = 请加入一个符号，例如 ! 或 ?
violation-contains_username = 请设置不包含用户名、电子邮箱或电话号码的密码。
violation-too_weak = 此密码容易被猜到。请使用更多或更不常见的词语。
violation-breached = 此密码曾在其他网站的数据泄露中出现。请设置一个您未在其他地方使用的密码。
violation-weak_password = 请设置另一个更长的密码。
violation-invalid_birthdate = 请输入出生日期，例如 1990-12-31。
violation-invalid_locale = 请输入语言，例如 en 或 pt-BR。
violation-invalid_zoneinfo = 请输入时区，例如 Europe/Paris。
violation-invalid_url = 请输入网址，例如 https://example.com。
violation-invalid_number = 请输入整数。
violation-invalid_value = 此内容未被接受。请检查。
violation-taken = 已有使用该内容的账户。
    .email = 已有使用此电子邮箱的账户。请登录；如果尚未确认，请获取新的验证码。
    .phone_number = 已有使用此电话号码的账户。请登录；如果尚未确认，请获取新的验证码。
    .username = 此用户名已被占用。请换一个；如果是您的，请登录。
violation-limit_exceeded = 对此内容的请求过多。
    .email = 对此电子邮箱的请求过多。
    .phone_number = 对此电话号码的请求过多。
    .username = 对此用户名的请求过多。
    .username-email = 对此电子邮箱的请求过多。
    .username-phone_number = 对此电话号码的请求过多。
violation-consent_required = 请阅读并同意。
violation-consent_outdated = 此文档已更新。请阅读当前版本并同意。

## Labels and hints.

label-username = 用户名
label-email = 电子邮箱
label-phone_number = 电话号码
label-password = 密码
label-name = 姓名
label-given_name = 名字
label-family_name = 姓氏
label-middle_name = 中间名
label-nickname = 昵称
label-preferred_username = 显示名称
label-profile = 个人主页
label-picture = 图片
label-website = 网站
label-gender = 性别
label-birthdate = 出生日期
label-zoneinfo = 时区
label-locale = 语言
label-address = 地址
label-updated_at = 上次更改时间
hint-phone_number = 带国家或地区代码，例如 +44 7400 123456。
hint-picture = 图片的网址，例如 https://example.com/me.jpg。
hint-zoneinfo = 例如 Europe/Paris。
hint-locale = 例如 en 或 pt-BR。

## The sign-up page.

page-title = 创建您的账户
page-register = 创建账户
page-optional = （选填）
page-choose = 请选择
page-check = 请检查此项。
page-show-password = 显示
page-consent = 我同意：{ "{title}" }
page-code = 输入验证码
page-code-intro = 我们已向您发送验证码。请在此输入以确认您的账户。
page-code-destination = 我们已向 { "{destination}" } 发送验证码。请在此输入以确认您的账户。
page-code-label = 验证码
page-confirm = 确认
page-resend = 发送新的验证码
page-resend-in = 发送新的验证码（{ "{time}" } 后）
page-resent = 我们已发送新的验证码。之前的验证码不再有效。
page-undelivered = 验证码未能发送。请获取新的验证码。
page-start-over = 使用其他信息
page-done = 您的账户已确认
page-done-text = 您现在可以登录。
page-sign-in = 登录
page-reset = 重置密码
page-waiting = 您的账户需要批准
page-waiting-text = 批准后，您即可登录。
page-offline = 您似乎已离线。请检查网络连接后重试。
page-unexpected = 出了问题。请重试。
page-no-script = 此页面需要 JavaScript。请启用后重新加载页面。
