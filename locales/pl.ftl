### The texts for users in Polish.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] za { $count } s
        [minute] za { $count } min
        [hour] za { $count } godz.
       *[unknown] później
    }

problem-unreadable-body = Nie udało się odczytać formularza. Spróbuj ponownie.
problem-headers-too-large = Przeglądarka wysłała za dużo danych. Usuń pliki cookie tej strony i spróbuj ponownie.
problem-body-too-large = Formularz jest za długi. Skróć wpisany tekst.
problem-unsupported-media-type = Nie udało się odczytać formularza.
problem-invalid-idempotency-key = Coś poszło nie tak po naszej stronie.
problem-idempotency-key-reused = Ten formularz wysłano już z innymi danymi. Odśwież stronę.
problem-request-in-progress = Jeszcze nad tym pracujemy. Spróbuj ponownie { wait }.
problem-not-found = Ta strona nie istnieje.
problem-method-not-allowed = Tego nie można tu zrobić.
problem-invalid-registration = Sprawdź jeszcze raz niektóre dane.
problem-registration-rejected = Nie możemy utworzyć tego konta.
problem-account-exists = Konto z tymi danymi już istnieje. Zaloguj się albo poproś o nowy kod, jeśli konto nie jest jeszcze potwierdzone.
problem-invalid-code = Ten kod nie działa. Sprawdź go albo poproś o nowy.
problem-expired-code = Ten kod nie działa. Poproś o nowy.
problem-confirmation-uncertain = Twoje konto może być już potwierdzone. Spróbuj się zalogować.
problem-too-many-requests = Za dużo żądań. Spróbuj ponownie { wait }.
problem-too-many-attempts = Za dużo prób. Spróbuj ponownie { wait }.
problem-proof-required = Potwierdź, że jesteś człowiekiem.
problem-not-human = Nie udało się potwierdzić, że jesteś człowiekiem. Spróbuj ponownie.
problem-sign-up-closed = W tej chwili nie można tu zakładać kont.
problem-blocked = To żądanie zostało zablokowane.
problem-cross-site = Ten formularz nie działa na tej stronie.
problem-busy = Mamy teraz duży ruch. Spróbuj ponownie { wait }.
problem-unavailable = Rejestracja jest chwilowo niedostępna. Spróbuj ponownie { wait }.
problem-misconfigured = Po naszej stronie jest problem. Spróbuj ponownie później.
problem-delivery-failed = Nie udało się wysłać kodu. Spróbuj ponownie { wait }.
problem-hook-failed = Coś poszło nie tak po naszej stronie. Spróbuj ponownie.
problem-upstream-failed = Coś poszło nie tak po naszej stronie. Spróbuj ponownie.
problem-upstream-timeout = To trwa zbyt długo. Spróbuj ponownie.
problem-internal = Coś poszło nie tak po naszej stronie.

## Violations.

violation-required = Wypełnij to pole.
    .attributes-birthdate = Podaj datę urodzenia.
    .attributes-family_name = Podaj nazwisko.
    .attributes-given_name = Podaj imię.
    .attributes-name = Podaj imię i nazwisko.
    .code = Wpisz otrzymany kod.
    .email = Wpisz swój adres e-mail.
    .password = Wybierz hasło.
    .phone_number = Wpisz swój numer telefonu.
    .username = Wpisz nazwę użytkownika.
    .username-email = Wpisz swój adres e-mail.
    .username-phone_number = Wpisz swój numer telefonu.
violation-not_allowed = Tego nie można tu podać.
violation-unknown_field = Takie pole nie istnieje.
violation-unknown_field-suggestion = Takie pole nie istnieje. Czy chodziło o { $suggestion }?
violation-empty_body = Formularz jest pusty.
violation-invalid_json = Formularz nie jest poprawnym JSON-em w wierszu { $line }, kolumnie { $column }.
violation-duplicate_key = Podano to dwa razy.
violation-wrong_type =
    { $expected ->
        [object] To musi być obiekt JSON.
       *[string] To musi być tekst.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] Minimalna liczba znaków: { $min }.
        [one] Minimalna liczba znaków: { $min }.
        [two] Minimalna liczba znaków: { $min }.
        [few] Minimalna liczba znaków: { $min }.
        [many] Minimalna liczba znaków: { $min }.
        [other] Minimalna liczba znaków: { $min }.
       *[unknown] Użyj więcej znaków.
    }
violation-too_long = Maksymalna liczba znaków: { $max }.
violation-too_many = Maksymalna liczba wpisów: { $max }.
violation-invalid_format = To nie wygląda poprawnie. Sprawdź to.
    .code = Wpisz cały kod. Liczba cyfr: { $length }.
violation-not_an_option = Wybierz jedną z wartości: { $options }.
violation-control_character = Usuń znaki, których nie da się wpisać z klawiatury.
violation-direction_character = Usuń znaki, które zmieniają kierunek tekstu.
violation-white_space = Usuń spacje na początku i na końcu.
    .password = Hasło nie może zaczynać się ani kończyć spacją.
violation-contains_url = Usuń adresy stron.
violation-invalid_email = Wpisz adres e-mail, na przykład imie@example.com.
violation-undeliverable_email = Na ten adres nie można dostarczyć poczty. Wpisz adres, którego używasz.
violation-domain_not_allowed = Adresy z tej domeny nie są tu przyjmowane. Wpisz inny.
violation-disposable_domain = Adresy tymczasowe nie są tu przyjmowane. Wpisz stały adres.
violation-misspelled_domain = Czy chodziło o { $suggestion }? Sprawdź część po znaku @.
violation-invalid_phone_number = Wpisz numer telefonu z numerem kierunkowym kraju, na przykład +44 7400 123456.
violation-calling_code_not_allowed = Numery z tego kraju nie są tu przyjmowane. Wpisz inny.
violation-phone_number_not_mobile = Wpisz numer telefonu komórkowego, który odbiera SMS-y.
violation-invalid_username = Użyj liter, cyfr i znaków interpunkcyjnych, bez spacji.
violation-looks_like_email = Wybierz nazwę, która nie jest adresem e-mail.
violation-looks_like_phone_number = Wybierz nazwę, która nie jest numerem telefonu.
violation-missing_recipient = Wpisz adres e-mail albo numer telefonu.
violation-needs_uppercase = Dodaj wielką literę (A–Z).
violation-needs_lowercase = Dodaj małą literę (a–z).
violation-needs_number = Dodaj cyfrę.
violation-needs_symbol = Dodaj symbol, na przykład ! lub ?
violation-contains_username = Wybierz hasło, które nie zawiera nazwy użytkownika, adresu e-mail ani numeru telefonu.
violation-too_weak = To hasło łatwo odgadnąć. Użyj więcej słów albo rzadszych słów.
violation-breached = To hasło pojawiło się w wycieku danych z innej strony. Wybierz takie, którego nie używasz nigdzie indziej.
violation-weak_password = Wybierz inne, dłuższe hasło.
violation-invalid_birthdate = Wpisz datę urodzenia, na przykład 1990-12-31.
violation-invalid_locale = Wpisz język, na przykład en lub pt-BR.
violation-invalid_zoneinfo = Wpisz strefę czasową, na przykład Europe/Paris.
violation-invalid_url = Wpisz adres strony, na przykład https://example.com.
violation-invalid_number = Wpisz liczbę całkowitą.
violation-invalid_value = To nie zostało przyjęte. Sprawdź to.
violation-taken = Konto z tą wartością już istnieje.
    .email = Konto z tym adresem e-mail już istnieje. Zaloguj się albo poproś o nowy kod, jeśli adres nie jest potwierdzony.
    .phone_number = Konto z tym numerem telefonu już istnieje. Zaloguj się albo poproś o nowy kod, jeśli numer nie jest potwierdzony.
    .username = Ta nazwa użytkownika jest zajęta. Wybierz inną albo zaloguj się, jeśli należy do Ciebie.
violation-limit_exceeded = Było zbyt wiele żądań dotyczących tej wartości.
    .email = Było zbyt wiele żądań dotyczących tego adresu e-mail.
    .phone_number = Było zbyt wiele żądań dotyczących tego numeru telefonu.
    .username = Było zbyt wiele żądań dotyczących tej nazwy użytkownika.
    .username-email = Było zbyt wiele żądań dotyczących tego adresu e-mail.
    .username-phone_number = Było zbyt wiele żądań dotyczących tego numeru telefonu.
violation-consent_required = Przeczytaj ten dokument i zaakceptuj go.
violation-consent_outdated = Ten dokument się zmienił. Przeczytaj obecną wersję i zaakceptuj ją.

## Labels and hints.

label-username = Nazwa użytkownika
label-email = Adres e-mail
label-phone_number = Numer telefonu
label-password = Hasło
label-name = Imię i nazwisko
label-given_name = Imię
label-family_name = Nazwisko
label-middle_name = Drugie imię
label-nickname = Pseudonim
label-preferred_username = Nazwa wyświetlana
label-profile = Strona profilu
label-picture = Zdjęcie
label-website = Strona internetowa
label-gender = Płeć
label-birthdate = Data urodzenia
label-zoneinfo = Strefa czasowa
label-locale = Język
label-address = Adres
label-updated_at = Czas ostatniej zmiany
hint-phone_number = Z numerem kierunkowym kraju, na przykład +44 7400 123456.
hint-picture = Adres zdjęcia, na przykład https://example.com/ja.jpg.
hint-zoneinfo = Na przykład Europe/Paris.
hint-locale = Na przykład en lub pt-BR.

## The sign-up page.

page-title = Załóż konto
page-register = Załóż konto
page-optional = (nieobowiązkowe)
page-choose = Wybierz
page-check = Sprawdź tę wartość.
page-show-password = Pokaż
page-consent = Akceptuję: { "{title}" }
page-code = Wpisz kod
page-code-intro = Wysłaliśmy Ci kod. Wpisz go tutaj, aby potwierdzić konto.
page-code-destination = Wysłaliśmy kod na { "{destination}" }. Wpisz go tutaj, aby potwierdzić konto.
page-code-label = Kod
page-confirm = Potwierdź
page-resend = Wyślij nowy kod
page-resend-in = Wyślij nowy kod (za { "{time}" })
page-resent = Wysłaliśmy nowy kod. Wcześniejsze kody już nie działają.
page-undelivered = Nie udało się wysłać kodu. Poproś o nowy.
page-start-over = Użyj innych danych
page-done = Twoje konto jest potwierdzone
page-done-text = Możesz się teraz zalogować.
page-sign-in = Zaloguj się
page-reset = Zresetuj hasło
page-waiting = Twoje konto wymaga zatwierdzenia
page-waiting-text = Po zatwierdzeniu będzie można się zalogować.
page-offline = Wygląda na to, że nie masz połączenia. Sprawdź je i spróbuj ponownie.
page-unexpected = Coś poszło nie tak. Spróbuj ponownie.
page-no-script = Ta strona wymaga JavaScriptu. Włącz go i odśwież stronę.
