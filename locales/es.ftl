### The texts for users in Spanish.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] dentro de { $count } s
        [minute] dentro de { $count } min
        [hour] dentro de { $count } h
       *[unknown] más tarde
    }

problem-unreadable-body = No hemos podido leer este formulario. Inténtelo de nuevo.
problem-headers-too-large = Su navegador ha enviado demasiados datos. Elimine las cookies de este sitio e inténtelo de nuevo.
problem-body-too-large = Este formulario es demasiado largo. Acorte lo que ha escrito.
problem-unsupported-media-type = No hemos podido leer este formulario.
problem-invalid-idempotency-key = Algo ha fallado por nuestra parte.
problem-idempotency-key-reused = Este formulario ya se envió con otros datos. Vuelva a cargar la página.
problem-request-in-progress = Todavía estamos en ello. Inténtelo de nuevo { wait }.
problem-not-found = Esta página no existe.
problem-method-not-allowed = Esto no se puede hacer aquí.
problem-invalid-registration = Revise algunos de los datos.
problem-registration-rejected = No podemos crear esta cuenta.
problem-account-exists = Ya hay una cuenta con estos datos. Inicie sesión o pida un código nuevo si aún no está confirmada.
problem-invalid-code = Este código no funciona. Revíselo o pida uno nuevo.
problem-expired-code = Este código no funciona. Pida uno nuevo.
problem-confirmation-uncertain = Es posible que su cuenta ya esté confirmada. Pruebe a iniciar sesión.
problem-too-many-requests = Demasiadas solicitudes. Inténtelo de nuevo { wait }.
problem-too-many-attempts = Demasiados intentos. Inténtelo de nuevo { wait }.
problem-proof-required = Confirme que es una persona.
problem-not-human = No hemos podido confirmar que es una persona. Inténtelo de nuevo.
problem-sign-up-closed = En este momento no se pueden crear cuentas aquí.
problem-blocked = Esta solicitud se ha bloqueado.
problem-cross-site = Este formulario no funciona en este sitio web.
problem-busy = Ahora mismo hay mucha actividad. Inténtelo de nuevo { wait }.
problem-unavailable = El registro no está disponible en este momento. Inténtelo de nuevo { wait }.
problem-misconfigured = Hay un problema por nuestra parte. Inténtelo de nuevo más tarde.
problem-delivery-failed = No hemos podido enviarle un código. Inténtelo de nuevo { wait }.
problem-hook-failed = Algo ha fallado por nuestra parte. Inténtelo de nuevo.
problem-upstream-failed = Algo ha fallado por nuestra parte. Inténtelo de nuevo.
problem-upstream-timeout = Esto está tardando demasiado. Inténtelo de nuevo.
problem-internal = Algo ha fallado por nuestra parte.

## Violations.

violation-required = Rellene este campo.
    .attributes-birthdate = Indique su fecha de nacimiento.
    .attributes-family_name = Indique sus apellidos.
    .attributes-given_name = Indique su nombre.
    .attributes-name = Indique su nombre.
    .code = Escriba el código que ha recibido.
    .email = Escriba su dirección de correo electrónico.
    .password = Elija una contraseña.
    .phone_number = Escriba su número de teléfono.
    .username = Escriba un nombre de usuario.
    .username-email = Escriba su dirección de correo electrónico.
    .username-phone_number = Escriba su número de teléfono.
violation-not_allowed = Esto no se puede indicar aquí.
violation-unknown_field = Este campo no existe.
violation-unknown_field-suggestion = Este campo no existe. ¿Quería decir { $suggestion }?
violation-empty_body = El formulario está vacío.
violation-invalid_json = El formulario no es un JSON válido en la línea { $line }, columna { $column }.
violation-duplicate_key = Esto se ha indicado dos veces.
violation-wrong_type =
    { $expected ->
        [object] Esto debe ser un objeto JSON.
       *[string] Esto debe ser un texto.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] Use al menos { $min } caracteres.
        [one] Use al menos { $min } caracteres.
        [two] Use al menos { $min } caracteres.
        [few] Use al menos { $min } caracteres.
        [many] Use al menos { $min } caracteres.
        [other] Use al menos { $min } caracteres.
       *[unknown] Use más caracteres.
    }
violation-too_long = Use como máximo { $max } caracteres.
violation-too_many = Indique como máximo { $max } entradas.
violation-invalid_format = Esto no parece correcto. Revíselo.
    .code = Escriba el código de { $length } dígitos.
violation-not_an_option = Elija uno de estos valores: { $options }.
violation-control_character = Quite los caracteres que no se pueden teclear.
violation-direction_character = Quite los caracteres que cambian la dirección del texto.
violation-white_space = Quite los espacios del principio y del final.
    .password = Una contraseña no puede empezar ni terminar con un espacio.
violation-contains_url = Quite las direcciones web.
violation-invalid_email = Escriba una dirección de correo como nombre@example.com.
violation-undeliverable_email = No se puede entregar correo a esta dirección. Escriba una que consulte.
violation-domain_not_allowed = Las direcciones de este dominio no se admiten aquí. Escriba otra.
violation-disposable_domain = Las direcciones temporales no se admiten aquí. Escriba una que conserve.
violation-misspelled_domain = ¿Quería decir { $suggestion }? Revise la parte que sigue a la @.
violation-invalid_phone_number = Escriba un número de teléfono con el prefijo del país, por ejemplo +44 7400 123456.
violation-calling_code_not_allowed = Los números de este país no se admiten aquí. Escriba otro.
violation-phone_number_not_mobile = Escriba el número de un teléfono móvil que reciba mensajes SMS.
violation-invalid_username = Use letras, números y signos de puntuación, sin espacios.
violation-looks_like_email = Elija un nombre que no sea una dirección de correo.
violation-looks_like_phone_number = Elija un nombre que no sea un número de teléfono.
violation-missing_recipient = Escriba una dirección de correo o un número de teléfono.
violation-needs_uppercase = Añada una letra mayúscula (de la A a la Z).
violation-needs_lowercase = Añada una letra minúscula (de la a a la z).
violation-needs_number = Añada un número.
violation-needs_symbol = Añada un símbolo, por ejemplo ! o ?
violation-contains_username = Elija una contraseña que no contenga su nombre de usuario, su correo ni su número de teléfono.
violation-too_weak = Esta contraseña es fácil de adivinar. Use más palabras o palabras menos comunes.
violation-breached = Esta contraseña apareció en una filtración de datos de otro sitio. Elija una que no use en ningún otro lugar.
violation-weak_password = Elija otra contraseña, más larga.
violation-invalid_birthdate = Escriba una fecha de nacimiento como 1990-12-31.
violation-invalid_locale = Escriba un idioma como en o pt-BR.
violation-invalid_zoneinfo = Escriba una zona horaria como Europe/Paris.
violation-invalid_url = Escriba una dirección web como https://example.com.
violation-invalid_number = Escriba un número entero.
violation-invalid_value = Esto no se ha aceptado. Revíselo.
violation-taken = Ya hay una cuenta con este valor.
    .email = Ya hay una cuenta con este correo electrónico. Inicie sesión o pida un código nuevo si no lo ha confirmado.
    .phone_number = Ya hay una cuenta con este número de teléfono. Inicie sesión o pida un código nuevo si no lo ha confirmado.
    .username = Este nombre de usuario está ocupado. Elija otro o inicie sesión si es el suyo.
violation-limit_exceeded = Ha habido demasiadas solicitudes para este valor.
    .email = Ha habido demasiadas solicitudes para este correo electrónico.
    .phone_number = Ha habido demasiadas solicitudes para este número de teléfono.
    .username = Ha habido demasiadas solicitudes para este nombre de usuario.
    .username-email = Ha habido demasiadas solicitudes para este correo electrónico.
    .username-phone_number = Ha habido demasiadas solicitudes para este número de teléfono.
violation-consent_required = Lea este documento y acéptelo.
violation-consent_outdated = Este documento ha cambiado. Lea la versión actual y acéptela.

## Labels and hints.

label-username = Nombre de usuario
label-email = Correo electrónico
label-phone_number = Número de teléfono
label-password = Contraseña
label-name = Nombre completo
label-given_name = Nombre
label-family_name = Apellidos
label-middle_name = Segundo nombre
label-nickname = Apodo
label-preferred_username = Nombre visible
label-profile = Página de perfil
label-picture = Imagen
label-website = Sitio web
label-gender = Género
label-birthdate = Fecha de nacimiento
label-zoneinfo = Zona horaria
label-locale = Idioma
label-address = Dirección
label-updated_at = Hora del último cambio
hint-phone_number = Con el prefijo del país, por ejemplo +44 7400 123456.
hint-picture = La dirección de una imagen, por ejemplo https://example.com/yo.jpg.
hint-zoneinfo = Por ejemplo Europe/Paris.
hint-locale = Por ejemplo en o pt-BR.

## The sign-up page.

page-title = Cree su cuenta
page-register = Crear cuenta
page-optional = (opcional)
page-choose = Elija una opción
page-check = Revise este valor.
page-show-password = Mostrar
page-consent = Acepto: { "{title}" }
page-code = Escriba su código
page-code-intro = Le hemos enviado un código. Escríbalo aquí para confirmar su cuenta.
page-code-destination = Hemos enviado un código a { "{destination}" }. Escríbalo aquí para confirmar su cuenta.
page-code-label = Código
page-confirm = Confirmar
page-resend = Enviar un código nuevo
page-resend-in = Enviar un código nuevo (en { "{time}" })
page-resent = Hemos enviado un código nuevo. Los anteriores ya no sirven.
page-undelivered = No se pudo enviar su código. Pida uno nuevo.
page-start-over = Usar otros datos
page-done = Su cuenta está confirmada
page-done-text = Ya puede iniciar sesión.
page-sign-in = Iniciar sesión
page-reset = Restablecer la contraseña
page-waiting = Su cuenta necesita aprobación
page-waiting-text = Podrá iniciar sesión en cuanto se apruebe.
page-offline = Parece que no tiene conexión. Compruébela e inténtelo de nuevo.
page-unexpected = Algo ha fallado. Inténtelo de nuevo.
page-no-script = Esta página necesita JavaScript. Actívelo y vuelva a cargar la página.
