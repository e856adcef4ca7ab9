### The texts for users in Brazilian Portuguese.

## Problems.

# The time of `Retry-After`, with short units, which have no plural.
wait =
    { $unit ->
        [second] em { $count } s
        [minute] em { $count } min
        [hour] em { $count } h
       *[unknown] mais tarde
    }

problem-unreadable-body = Não conseguimos ler este formulário. Tente novamente.
problem-headers-too-large = Seu navegador enviou dados demais. Apague os cookies deste site e tente novamente.
problem-body-too-large = Este formulário é longo demais. Encurte o que você digitou.
problem-unsupported-media-type = Não conseguimos ler este formulário.
problem-invalid-idempotency-key = Algo deu errado do nosso lado.
problem-idempotency-key-reused = Este formulário já foi enviado com outros dados. Recarregue a página.
problem-request-in-progress = Ainda estamos trabalhando nisso. Tente novamente { wait }.
problem-not-found = Esta página não existe.
problem-method-not-allowed = Isso não pode ser feito aqui.
problem-invalid-registration = Alguns dados precisam ser revisados.
problem-registration-rejected = Não podemos criar esta conta.
problem-account-exists = Já existe uma conta com estes dados. Entre, ou peça um novo código se ela ainda não estiver confirmada.
problem-invalid-code = Este código não funciona. Confira o código ou peça um novo.
problem-expired-code = Este código não funciona. Peça um novo.
problem-confirmation-uncertain = Sua conta talvez já esteja confirmada. Tente entrar.
problem-too-many-requests = Solicitações demais. Tente novamente { wait }.
problem-too-many-attempts = Tentativas demais. Tente novamente { wait }.
problem-proof-required = Confirme que você é uma pessoa.
problem-not-human = Não conseguimos confirmar que você é uma pessoa. Tente novamente.
problem-sign-up-closed = No momento não é possível criar contas aqui.
problem-blocked = Esta solicitação foi bloqueada.
problem-cross-site = Este formulário não funciona neste site.
problem-busy = Estamos muito ocupados agora. Tente novamente { wait }.
problem-unavailable = O cadastro não está disponível no momento. Tente novamente { wait }.
problem-misconfigured = Há um problema do nosso lado. Tente novamente mais tarde.
problem-delivery-failed = Não conseguimos enviar um código para você. Tente novamente { wait }.
problem-hook-failed = Algo deu errado do nosso lado. Tente novamente.
problem-upstream-failed = Algo deu errado do nosso lado. Tente novamente.
problem-upstream-timeout = Isso está demorando demais. Tente novamente.
problem-internal = Algo deu errado do nosso lado.

## Violations.

violation-required = Preencha este campo.
    .attributes-birthdate = Informe sua data de nascimento.
    .attributes-family_name = Informe seu sobrenome.
    .attributes-given_name = Informe seu primeiro nome.
    .attributes-name = Informe seu nome.
    .code = Digite o código que você recebeu.
    .email = Digite seu e-mail.
    .password = Escolha uma senha.
    .phone_number = Digite seu número de telefone.
    .username = Digite um nome de usuário.
    .username-email = Digite seu e-mail.
    .username-phone_number = Digite seu número de telefone.
violation-not_allowed = Isso não pode ser informado aqui.
violation-unknown_field = Este campo não existe.
violation-unknown_field-suggestion = Este campo não existe. Você quis dizer { $suggestion }?
violation-empty_body = O formulário está vazio.
violation-invalid_json = O formulário não é um JSON válido na linha { $line }, coluna { $column }.
violation-duplicate_key = Isso foi informado duas vezes.
violation-wrong_type =
    { $expected ->
        [object] Isso deve ser um objeto JSON.
       *[string] Isso deve ser um texto.
    }
# `$min` is unknown if Cognito rejects a value as too short.
violation-too_short =
    { $min ->
        [zero] Use pelo menos { $min } caracteres.
        [one] Use pelo menos { $min } caracteres.
        [two] Use pelo menos { $min } caracteres.
        [few] Use pelo menos { $min } caracteres.
        [many] Use pelo menos { $min } caracteres.
        [other] Use pelo menos { $min } caracteres.
       *[unknown] Use mais caracteres.
    }
violation-too_long = Use no máximo { $max } caracteres.
violation-too_many = Informe no máximo { $max } itens.
violation-invalid_format = Isso não parece correto. Confira.
    .code = Digite o código de { $length } dígitos.
violation-not_an_option = Escolha um destes valores: { $options }.
violation-control_character = Retire os caracteres que não podem ser digitados.
violation-direction_character = Retire os caracteres que mudam a direção do texto.
violation-white_space = Retire os espaços do início e do fim.
    .password = Uma senha não pode começar nem terminar com espaço.
violation-contains_url = Retire os endereços da web.
violation-invalid_email = Digite um e-mail como nome@example.com.
violation-undeliverable_email = Nenhuma mensagem chega a este endereço. Digite um que você leia.
violation-domain_not_allowed = Endereços deste domínio não são aceitos aqui. Digite outro.
violation-disposable_domain = Endereços temporários não são aceitos aqui. Digite um permanente.
violation-misspelled_domain = Você quis dizer { $suggestion }? Confira a parte depois do @.
violation-invalid_phone_number = Digite um número de telefone com o código do país, por exemplo +44 7400 123456.
violation-calling_code_not_allowed = Números deste país não são aceitos aqui. Digite outro.
violation-phone_number_not_mobile = Digite o número de um celular que receba SMS.
violation-invalid_username = Use letras, números e pontuação, sem espaços.
violation-looks_like_email = Escolha um nome que não seja um e-mail.
violation-looks_like_phone_number = Escolha um nome que não seja um número de telefone.
violation-missing_recipient = Digite um e-mail ou um número de telefone.
violation-needs_uppercase = Adicione uma letra maiúscula (A a Z).
violation-needs_lowercase = Adicione uma letra minúscula (a a z).
violation-needs_number = Adicione um número.
violation-needs_symbol = Adicione um símbolo, por exemplo ! ou ?
violation-contains_username = Escolha uma senha que não contenha seu nome de usuário, e-mail ou telefone.
violation-too_weak = Esta senha é fácil de adivinhar. Use mais palavras ou palavras menos comuns.
violation-breached = Esta senha apareceu em um vazamento de dados de outro site. Escolha uma que você não use em nenhum outro lugar.
violation-weak_password = Escolha outra senha, mais longa.
violation-invalid_birthdate = Digite uma data de nascimento como 1990-12-31.
violation-invalid_locale = Digite um idioma como en ou pt-BR.
violation-invalid_zoneinfo = Digite um fuso horário como Europe/Paris.
violation-invalid_url = Digite um endereço da web como https://example.com.
violation-invalid_number = Digite um número inteiro.
violation-invalid_value = Isso não foi aceito. Confira.
violation-taken = Já existe uma conta com este valor.
    .email = Já existe uma conta com este e-mail. Entre, ou peça um novo código se você ainda não confirmou.
    .phone_number = Já existe uma conta com este número de telefone. Entre, ou peça um novo código se você ainda não confirmou.
    .username = Este nome de usuário já está em uso. Escolha outro, ou entre se ele for seu.
violation-limit_exceeded = Houve solicitações demais para este valor.
    .email = Houve solicitações demais para este e-mail.
    .phone_number = Houve solicitações demais para este número de telefone.
    .username = Houve solicitações demais para este nome de usuário.
    .username-email = Houve solicitações demais para este e-mail.
    .username-phone_number = Houve solicitações demais para este número de telefone.
violation-consent_required = Leia este documento e aceite-o.
violation-consent_outdated = Este documento mudou. Leia a versão atual e aceite-a.

## Labels and hints.

label-username = Nome de usuário
label-email = E-mail
label-phone_number = Número de telefone
label-password = Senha
label-name = Nome completo
label-given_name = Primeiro nome
label-family_name = Sobrenome
label-middle_name = Nome do meio
label-nickname = Apelido
label-preferred_username = Nome de exibição
label-profile = Página de perfil
label-picture = Foto
label-website = Site
label-gender = Gênero
label-birthdate = Data de nascimento
label-zoneinfo = Fuso horário
label-locale = Idioma
label-address = Endereço
label-updated_at = Hora da última alteração
hint-phone_number = Com o código do país, por exemplo +44 7400 123456.
hint-picture = O endereço de uma imagem, por exemplo https://example.com/eu.jpg.
hint-zoneinfo = Por exemplo Europe/Paris.
hint-locale = Por exemplo en ou pt-BR.

## The sign-up page.

page-title = Crie sua conta
page-register = Criar conta
page-optional = (opcional)
page-choose = Escolha uma opção
page-check = Confira este valor.
page-show-password = Mostrar
page-consent = Eu aceito: { "{title}" }
page-code = Digite seu código
page-code-intro = Enviamos um código para você. Digite-o aqui para confirmar sua conta.
page-code-destination = Enviamos um código para { "{destination}" }. Digite-o aqui para confirmar sua conta.
page-code-label = Código
page-confirm = Confirmar
page-resend = Enviar um novo código
page-resend-in = Enviar um novo código (em { "{time}" })
page-resent = Enviamos um novo código. Os anteriores não valem mais.
page-undelivered = Não foi possível enviar seu código. Peça um novo.
page-start-over = Usar outros dados
page-done = Sua conta está confirmada
page-done-text = Você já pode entrar.
page-sign-in = Entrar
page-reset = Redefinir a senha
page-waiting = Sua conta precisa de aprovação
page-waiting-text = Você poderá entrar assim que ela for aprovada.
page-offline = Parece que você está sem conexão. Verifique-a e tente novamente.
page-unexpected = Algo deu errado. Tente novamente.
page-no-script = Esta página precisa de JavaScript. Ative-o e recarregue a página.
