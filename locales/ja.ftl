### The texts for users in Japanese.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] { $count }秒後に
        [minute] { $count }分後に
        [hour] { $count }時間後に
       *[unknown] しばらくしてから
    }

problem-unreadable-body = フォームを読み取れませんでした。もう一度お試しください。
problem-headers-too-large = ブラウザーから送信されたデータが多すぎます。このサイトのCookieを削除して、もう一度お試しください。
problem-body-too-large = フォームが長すぎます。入力内容を短くしてください。
problem-unsupported-media-type = フォームを読み取れませんでした。
problem-invalid-idempotency-key = こちらで問題が発生しました。
problem-idempotency-key-reused = このフォームは別の内容ですでに送信されています。ページを再読み込みしてください。
problem-request-in-progress = 処理中です。{ wait }もう一度お試しください。
problem-not-found = このページは存在しません。
problem-method-not-allowed = ここではこの操作はできません。
problem-invalid-registration = 入力内容をご確認ください。
problem-registration-rejected = このアカウントは作成できません。
problem-account-exists = この内容のアカウントはすでにあります。ログインするか、まだ確認が済んでいない場合は新しいコードを請求してください。
problem-invalid-code = このコードは使えません。コードを確認するか、新しいコードを請求してください。
problem-expired-code = このコードは使えません。新しいコードを請求してください。
problem-confirmation-uncertain = アカウントはすでに確認済みの可能性があります。ログインをお試しください。
problem-too-many-requests = リクエストが多すぎます。{ wait }もう一度お試しください。
problem-too-many-attempts = 試行回数が多すぎます。{ wait }もう一度お試しください。
problem-proof-required = 人間であることを確認してください。
problem-not-human = 人間であることを確認できませんでした。もう一度お試しください。
problem-sign-up-closed = 現在、ここでは新しいアカウントを作成できません。
problem-blocked = このリクエストはブロックされました。
problem-cross-site = このフォームはこのウェブサイトでは使えません。
problem-busy = ただいま混み合っています。{ wait }もう一度お試しください。
problem-unavailable = 現在、登録を受け付けていません。{ wait }もう一度お試しください。
problem-misconfigured = こちらに問題があります。しばらくしてからもう一度お試しください。
problem-delivery-failed = コードを送信できませんでした。{ wait }もう一度お試しください。
problem-hook-failed = こちらで問題が発生しました。もう一度お試しください。
problem-upstream-failed = こちらで問題が発生しました。もう一度お試しください。
problem-upstream-timeout = 時間がかかりすぎています。もう一度お試しください。
problem-internal = こちらで問題が発生しました。

## Violations.

violation-required = 入力してください。
    .attributes-birthdate = 生年月日を入力してください。
    .attributes-family_name = 姓を入力してください。
    .attributes-given_name = 名を入力してください。
    .attributes-name = お名前を入力してください。
    .code = 届いたコードを入力してください。
    .email = メールアドレスを入力してください。
    .password = パスワードを決めてください。
    .phone_number = 電話番号を入力してください。
    .username = ユーザー名を入力してください。
    .username-email = メールアドレスを入力してください。
    .username-phone_number = 電話番号を入力してください。
violation-not_allowed = ここでは指定できません。
violation-unknown_field = この項目はありません。
violation-unknown_field-suggestion = この項目はありません。{ $suggestion } ではありませんか。
violation-empty_body = フォームが空です。
violation-invalid_json = フォームは { $line } 行 { $column } 列で正しいJSONではありません。
violation-duplicate_key = 二重に指定されています。
violation-wrong_type =
    { $expected ->
        [object] JSONオブジェクトを指定してください。
       *[string] テキストを指定してください。
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] { $min } 文字以上にしてください。
        [one] { $min } 文字以上にしてください。
        [two] { $min } 文字以上にしてください。
        [few] { $min } 文字以上にしてください。
        [many] { $min } 文字以上にしてください。
        [other] { $min } 文字以上にしてください。
       *[unknown] もっと長くしてください。
    }
violation-too_long = { $max } 文字以内にしてください。
violation-too_many = { $max } 件以内にしてください。
violation-invalid_format = 正しくないようです。ご確認ください。
    .code = { $length } 桁のコードを入力してください。
violation-not_an_option = 次から選んでください: { $options }。
violation-control_character = 入力できない文字を取り除いてください。
violation-direction_character = 文字の向きを変える文字を取り除いてください。
violation-white_space = 先頭と末尾の空白を取り除いてください。
    .password = パスワードの先頭と末尾に空白は使えません。
violation-contains_url = ウェブアドレスを取り除いてください。
violation-invalid_email = name@example.com のようなメールアドレスを入力してください。
violation-undeliverable_email = このアドレスにはメールが届きません。お使いのアドレスを入力してください。
violation-domain_not_allowed = このドメインのアドレスは使えません。別のアドレスを入力してください。
violation-disposable_domain = 使い捨てのアドレスは使えません。普段お使いのアドレスを入力してください。
violation-misspelled_domain = { $suggestion } ではありませんか。@ の後ろをご確認ください。
violation-invalid_phone_number = +44 7400 123456 のように、国番号を付けて電話番号を入力してください。
violation-calling_code_not_allowed = この国の番号は使えません。別の番号を入力してください。
violation-phone_number_not_mobile = SMSを受信できる携帯電話の番号を入力してください。
violation-invalid_username = 文字、数字、記号を使い、空白は入れないでください。
violation-looks_like_email = メールアドレスではない名前にしてください。
violation-looks_like_phone_number = 電話番号ではない名前にしてください。
violation-missing_recipient = メールアドレスか電話番号を入力してください。
violation-needs_uppercase = 大文字（A～Z）を加えてください。
violation-needs_lowercase = 小文字（a～z）を加えてください。
violation-needs_number = 数字を加えてください。
violation-needs_symbol = ! や ? などの記号を加えてください。
violation-contains_username = ユーザー名、メールアドレス、電話番号を含まないパスワードにしてください。
violation-too_weak = このパスワードは推測されやすいものです。単語を増やすか、珍しい単語を使ってください。
violation-breached = このパスワードは他のサイトの情報漏えいに含まれています。他で使っていないものにしてください。
violation-weak_password = もっと長い別のパスワードにしてください。
violation-invalid_birthdate = 1990-12-31 のように生年月日を入力してください。
violation-invalid_locale = en や pt-BR のように言語を入力してください。
violation-invalid_zoneinfo = Europe/Paris のようにタイムゾーンを入力してください。
violation-invalid_url = https://example.com のようにウェブアドレスを入力してください。
violation-invalid_number = 整数を入力してください。
violation-invalid_value = 受け付けられませんでした。ご確認ください。
violation-taken = この値のアカウントはすでにあります。
    .email = このメールアドレスのアカウントはすでにあります。ログインするか、まだ確認が済んでいない場合は新しいコードを請求してください。
    .phone_number = この電話番号のアカウントはすでにあります。ログインするか、まだ確認が済んでいない場合は新しいコードを請求してください。
    .username = このユーザー名は使われています。別の名前にするか、ご自身のものであればログインしてください。
violation-limit_exceeded = この値へのリクエストが多すぎます。
    .email = このメールアドレスへのリクエストが多すぎます。
    .phone_number = この電話番号へのリクエストが多すぎます。
    .username = このユーザー名へのリクエストが多すぎます。
    .username-email = このメールアドレスへのリクエストが多すぎます。
    .username-phone_number = この電話番号へのリクエストが多すぎます。
violation-consent_required = お読みのうえ、同意してください。
violation-consent_outdated = この文書は変更されました。最新版をお読みのうえ、同意してください。

## Labels and hints.

label-username = ユーザー名
label-email = メールアドレス
label-phone_number = 電話番号
label-password = パスワード
label-name = 氏名
label-given_name = 名
label-family_name = 姓
label-middle_name = ミドルネーム
label-nickname = ニックネーム
label-preferred_username = 表示名
label-profile = プロフィールページ
label-picture = 画像
label-website = ウェブサイト
label-gender = 性別
label-birthdate = 生年月日
label-zoneinfo = タイムゾーン
label-locale = 言語
label-address = 住所
label-updated_at = 最終更新日時
hint-phone_number = +44 7400 123456 のように、国番号を付けてください。
hint-picture = https://example.com/me.jpg のような画像のアドレス。
hint-zoneinfo = 例: Europe/Paris
hint-locale = 例: en、pt-BR

## The sign-up page.

page-title = アカウントの作成
page-register = アカウントを作成
page-optional = （任意）
page-choose = 選択してください
page-check = ご確認ください。
page-show-password = 表示
page-consent = 同意します: { "{title}" }
page-code = コードの入力
page-code-intro = コードを送信しました。ここに入力してアカウントを確認してください。
page-code-destination = { "{destination}" } にコードを送信しました。ここに入力してアカウントを確認してください。
page-code-label = コード
page-confirm = 確認
page-resend = 新しいコードを送信
page-resend-in = 新しいコードを送信（あと { "{time}" }）
page-resent = 新しいコードを送信しました。以前のコードは使えません。
page-undelivered = コードを送信できませんでした。新しいコードを請求してください。
page-start-over = 別の内容で登録
page-done = アカウントが確認されました
page-done-text = ログインできます。
page-sign-in = ログイン
page-reset = パスワードを再設定
page-waiting = アカウントには承認が必要です
page-waiting-text = 承認されるとログインできるようになります。
page-offline = オフラインのようです。接続を確認して、もう一度お試しください。
page-unexpected = 問題が発生しました。もう一度お試しください。
page-no-script = このページにはJavaScriptが必要です。有効にして、ページを再読み込みしてください。
