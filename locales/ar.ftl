### The texts for users in Arabic.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] بعد { $count } ث
        [minute] بعد { $count } د
        [hour] بعد { $count } س
       *[unknown] لاحقًا
    }

problem-unreadable-body = تعذّرت قراءة النموذج. يُرجى المحاولة مجددًا.
problem-headers-too-large = أرسل متصفحك بيانات أكثر من اللازم. احذف ملفات تعريف الارتباط لهذا الموقع ثم حاول مجددًا.
problem-body-too-large = النموذج طويل جدًا. اختصر ما كتبته.
problem-unsupported-media-type = تعذّرت قراءة النموذج.
problem-invalid-idempotency-key = حدث خطأ من جانبنا.
problem-idempotency-key-reused = أُرسل هذا النموذج من قبل ببيانات أخرى. أعد تحميل الصفحة.
problem-request-in-progress = ما زلنا نعمل على طلبك. يُرجى المحاولة مجددًا { wait }.
problem-not-found = هذه الصفحة غير موجودة.
problem-method-not-allowed = لا يمكن تنفيذ ذلك هنا.
problem-invalid-registration = يُرجى مراجعة بعض البيانات.
problem-registration-rejected = لا يمكننا إنشاء هذا الحساب.
problem-account-exists = يوجد حساب بهذه البيانات. سجّل الدخول، أو اطلب رمزًا جديدًا إذا لم يُؤكَّد بعد.
problem-invalid-code = هذا الرمز لا يعمل. تحقّق منه أو اطلب رمزًا جديدًا.
problem-expired-code = هذا الرمز لا يعمل. اطلب رمزًا جديدًا.
problem-confirmation-uncertain = ربما تم تأكيد حسابك بالفعل. جرّب تسجيل الدخول.
problem-too-many-requests = طلبات كثيرة جدًا. يُرجى المحاولة مجددًا { wait }.
problem-too-many-attempts = محاولات كثيرة جدًا. يُرجى المحاولة مجددًا { wait }.
problem-proof-required = يُرجى تأكيد أنك إنسان.
problem-not-human = لم نتمكن من التأكد من أنك إنسان. يُرجى المحاولة مجددًا.
problem-sign-up-closed = لا يمكن إنشاء حسابات جديدة هنا حاليًا.
problem-blocked = تم حظر هذا الطلب.
problem-cross-site = لا يعمل هذا النموذج على هذا الموقع.
problem-busy = الضغط كبير الآن. يُرجى المحاولة مجددًا { wait }.
problem-unavailable = التسجيل غير متاح حاليًا. يُرجى المحاولة مجددًا { wait }.
problem-misconfigured = هناك مشكلة من جانبنا. يُرجى المحاولة لاحقًا.
problem-delivery-failed = لم نتمكن من إرسال رمز إليك. يُرجى المحاولة مجددًا { wait }.
problem-hook-failed = حدث خطأ من جانبنا. يُرجى المحاولة مجددًا.
problem-upstream-failed = حدث خطأ من جانبنا. يُرجى المحاولة مجددًا.
problem-upstream-timeout = استغرق الأمر وقتًا طويلًا. يُرجى المحاولة مجددًا.
problem-internal = حدث خطأ من جانبنا.

## Violations.

violation-required = يُرجى ملء هذا الحقل.
    .attributes-birthdate = أدخل تاريخ ميلادك.
    .attributes-family_name = أدخل اسم عائلتك.
    .attributes-given_name = أدخل اسمك الأول.
    .attributes-name = أدخل اسمك.
    .code = أدخل الرمز الذي وصلك.
    .email = أدخل بريدك الإلكتروني.
    .password = اختر كلمة مرور.
    .phone_number = أدخل رقم هاتفك.
    .username = أدخل اسم مستخدم.
    .username-email = أدخل بريدك الإلكتروني.
    .username-phone_number = أدخل رقم هاتفك.
violation-not_allowed = لا يمكن تحديد هذا هنا.
violation-unknown_field = لا يوجد حقل كهذا.
violation-unknown_field-suggestion = لا يوجد حقل كهذا. هل تقصد { $suggestion }؟
violation-empty_body = النموذج فارغ.
violation-invalid_json = النموذج ليس JSON صالحًا في السطر { $line }، العمود { $column }.
violation-duplicate_key = ورد هذا مرتين.
violation-wrong_type =
    { $expected ->
        [object] يجب أن يكون هذا كائن JSON.
       *[string] يجب أن يكون هذا نصًا.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] الحد الأدنى لعدد الأحرف: { $min }.
        [one] الحد الأدنى لعدد الأحرف: { $min }.
        [two] الحد الأدنى لعدد الأحرف: { $min }.
        [few] الحد الأدنى لعدد الأحرف: { $min }.
        [many] الحد الأدنى لعدد الأحرف: { $min }.
        [other] الحد الأدنى لعدد الأحرف: { $min }.
       *[unknown] استخدم أحرفًا أكثر.
    }
violation-too_long = الحد الأقصى لعدد الأحرف: { $max }.
violation-too_many = الحد الأقصى لعدد العناصر: { $max }.
violation-invalid_format = لا يبدو هذا صحيحًا. تحقّق منه.
    .code = أدخل الرمز كاملًا. عدد الأرقام: { $length }.
violation-not_an_option = اختر إحدى هذه القيم: { $options }.
violation-control_character = احذف الأحرف التي لا يمكن كتابتها.
violation-direction_character = احذف الأحرف التي تغيّر اتجاه النص.
violation-white_space = احذف المسافات في البداية والنهاية.
    .password = لا يمكن أن تبدأ كلمة المرور أو تنتهي بمسافة.
violation-contains_url = احذف عناوين الويب.
violation-invalid_email = أدخل بريدًا إلكترونيًا مثل name@example.com.
violation-undeliverable_email = لا يمكن إيصال البريد إلى هذا العنوان. أدخل عنوانًا تستخدمه.
violation-domain_not_allowed = لا تُقبل عناوين هذا النطاق هنا. أدخل عنوانًا آخر.
violation-disposable_domain = لا تُقبل العناوين المؤقتة هنا. أدخل عنوانًا دائمًا.
violation-misspelled_domain = هل تقصد { $suggestion }؟ تحقّق من الجزء بعد علامة @.
violation-invalid_phone_number = أدخل رقم هاتف مع رمز البلد، مثل ‎+44 7400 123456.
violation-calling_code_not_allowed = لا تُقبل أرقام هذا البلد هنا. أدخل رقمًا آخر.
violation-phone_number_not_mobile = أدخل رقم هاتف محمول يستقبل الرسائل القصيرة.
violation-invalid_username = استخدم الحروف والأرقام وعلامات الترقيم دون مسافات.
violation-looks_like_email = اختر اسمًا ليس بريدًا إلكترونيًا.
violation-looks_like_phone_number = اختر اسمًا ليس رقم هاتف.
violation-missing_recipient = أدخل بريدًا إلكترونيًا أو رقم هاتف.
violation-needs_uppercase = أضف حرفًا لاتينيًا كبيرًا (A إلى Z).
violation-needs_lowercase = أضف حرفًا لاتينيًا صغيرًا (a إلى z).
violation-needs_number = أضف رقمًا.
violation-needs_symbol = أضف رمزًا مثل ! أو ?
violation-contains_username = اختر كلمة مرور لا تحتوي على اسم المستخدم أو البريد الإلكتروني أو رقم الهاتف.
violation-too_weak = كلمة المرور هذه سهلة التخمين. استخدم كلمات أكثر أو أقل شيوعًا.
violation-breached = ظهرت كلمة المرور هذه في تسريب بيانات من موقع آخر. اختر كلمة لا تستخدمها في أي مكان آخر.
violation-weak_password = اختر كلمة مرور أخرى أطول.
violation-invalid_birthdate = أدخل تاريخ ميلاد مثل 1990-12-31.
violation-invalid_locale = أدخل لغة مثل en أو pt-BR.
violation-invalid_zoneinfo = أدخل منطقة زمنية مثل Europe/Paris.
violation-invalid_url = أدخل عنوان ويب مثل https://example.com.
violation-invalid_number = أدخل عددًا صحيحًا.
violation-invalid_value = لم يُقبل هذا. تحقّق منه.
violation-taken = يوجد حساب بهذه القيمة.
    .email = يوجد حساب بهذا البريد الإلكتروني. سجّل الدخول، أو اطلب رمزًا جديدًا إذا لم تؤكده بعد.
    .phone_number = يوجد حساب برقم الهاتف هذا. سجّل الدخول، أو اطلب رمزًا جديدًا إذا لم تؤكده بعد.
    .username = اسم المستخدم هذا محجوز. اختر اسمًا آخر، أو سجّل الدخول إذا كان لك.
violation-limit_exceeded = كانت هناك طلبات كثيرة جدًا لهذه القيمة.
    .email = كانت هناك طلبات كثيرة جدًا لهذا البريد الإلكتروني.
    .phone_number = كانت هناك طلبات كثيرة جدًا لرقم الهاتف هذا.
    .username = كانت هناك طلبات كثيرة جدًا لاسم المستخدم هذا.
    .username-email = كانت هناك طلبات كثيرة جدًا لهذا البريد الإلكتروني.
    .username-phone_number = كانت هناك طلبات كثيرة جدًا لرقم الهاتف هذا.
violation-consent_required = يُرجى قراءة هذا المستند والموافقة عليه.
violation-consent_outdated = تغيّر هذا المستند. اقرأ النسخة الحالية ووافق عليها.

## Labels and hints.

label-username = اسم المستخدم
label-email = البريد الإلكتروني
label-phone_number = رقم الهاتف
label-password = كلمة المرور
label-name = الاسم الكامل
label-given_name = الاسم الأول
label-family_name = اسم العائلة
label-middle_name = الاسم الأوسط
label-nickname = اللقب
label-preferred_username = الاسم المعروض
label-profile = صفحة الملف الشخصي
label-picture = الصورة
label-website = موقع الويب
label-gender = الجنس
label-birthdate = تاريخ الميلاد
label-zoneinfo = المنطقة الزمنية
label-locale = اللغة
label-address = العنوان
label-updated_at = وقت آخر تغيير
hint-phone_number = مع رمز البلد، مثل ‎+44 7400 123456.
hint-picture = عنوان صورة، مثل https://example.com/me.jpg.
hint-zoneinfo = مثل Europe/Paris.
hint-locale = مثل en أو pt-BR.

## The sign-up page.

page-title = أنشئ حسابك
page-register = إنشاء حساب
page-optional = (اختياري)
page-choose = اختر من القائمة
page-check = تحقّق من هذه القيمة.
page-show-password = إظهار
page-consent = أوافق على: { "{title}" }
page-code = أدخل الرمز
page-code-intro = أرسلنا إليك رمزًا. أدخله هنا لتأكيد حسابك.
page-code-destination = أرسلنا رمزًا إلى { "{destination}" }. أدخله هنا لتأكيد حسابك.
page-code-label = الرمز
page-confirm = تأكيد
page-resend = إرسال رمز جديد
page-resend-in = إرسال رمز جديد (بعد { "{time}" })
page-resent = أرسلنا رمزًا جديدًا. الرموز السابقة لم تعد صالحة.
page-undelivered = تعذّر إرسال الرمز. اطلب رمزًا جديدًا.
page-start-over = استخدام بيانات أخرى
page-done = تم تأكيد حسابك
page-done-text = يمكنك تسجيل الدخول الآن.
page-sign-in = تسجيل الدخول
page-reset = إعادة تعيين كلمة المرور
page-waiting = يحتاج حسابك إلى موافقة
page-waiting-text = يمكنك تسجيل الدخول بعد الموافقة عليه.
page-offline = يبدو أنك غير متصل. تحقّق من الاتصال وحاول مجددًا.
page-unexpected = حدث خطأ. يُرجى المحاولة مجددًا.
page-no-script = تحتاج هذه الصفحة إلى JavaScript. شغّله وأعد تحميل الصفحة.
