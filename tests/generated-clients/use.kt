// Uses the generated models like an app, so that the compiler and a run detect changes of unions.

import java.io.File
import java.util.Base64
import kotlinx.serialization.json.*
import vestibule.infrastructure.Serializer
import vestibule.models.*

val json: Json = Serializer.kotlinxSerializationJson

fun proof(check: BotCheck): String = when (check) {
    is BotCheck.NoneWrapper -> "none"
    is BotCheck.SiteverifyWrapper -> "${check.value.provider.value} ${check.value.siteKey}"
    is BotCheck.ProofOfWorkWrapper -> check.value.challenge
}

fun explain(status: Int, body: String): List<String> {
    if (status == 422) {
        try {
            return explain(json.decodeFromString<SignUpRejection>(body))
        } catch (_: IllegalArgumentException) {
            // A type of a later version.
        }
    }
    val problem = json.decodeFromString<Problem>(body)
    return problem.errors?.map { "${it.pointer} ${it.code}" } ?: listOf(problem.code)
}

fun explain(rejection: SignUpRejection): List<String> = when (rejection) {
    is SignUpRejection.InvalidRegistrationWrapper -> rejection.value.errors.map { "${it.pointer} ${it.code.value}" }
    is SignUpRejection.RegistrationRejectedWrapper -> rejection.value.errors.orEmpty().map { it.code }
    is SignUpRejection.NotHumanWrapper -> listOf("another proof")
    is SignUpRejection.IdempotencyKeyReusedWrapper -> listOf("another key")
}

/** Returns the example of a problem in the document. */
fun example(document: JsonObject, code: String, vararg path: String): String =
    path.fold(document) { value, name -> value.getValue(name).jsonObject }
        .getValue("examples").jsonObject.getValue(code).jsonObject.getValue("value").toString()

fun decoded(proof: String): JsonElement = json.parseToJsonElement(String(Base64.getDecoder().decode(proof)))

fun main(arguments: Array<String>) {
    val docs = File(arguments[0])
    val document = json.parseToJsonElement(docs.resolve("openapi.json").readText()).jsonObject
    val vectors = json.parseToJsonElement(docs.resolve("proof-of-work-vectors.json").readText())
    for (vector in vectors.jsonObject.getValue("vectors").jsonArray) {
        val challenge = vector.jsonObject.getValue("challenge")
        val proof = decoded(solve(json.decodeFromJsonElement<ProofOfWorkChallenge>(challenge)))
        val expected = decoded(vector.jsonObject.getValue("human_proof").jsonPrimitive.content)
        check(proof == expected) { "expected $expected, found $proof" }
    }
    fun rejection(status: String, code: String) = example(
        document, code, "paths", "/register", "post", "responses", status, "content", "application/problem+json",
    )
    val policy = """{"username_mode": "email", "fields": [{"name": "email", "pointer": "/email", "label": "Email address",
        "required": true, "format": "later", "input": "email", "autocomplete": "username", "rules": [
        {"code": "too_long", "params": {"max": 128}}]}], "consents": [], "links": {}, "human_proof": {"kind": "none"},
        "confirmation": {"code_length": 6, "resend_interval_seconds": 60}, "schema": {"type": "object"}}"""
    for ((expected, found) in listOf(
        "none" to proof(json.decodeFromString("""{"kind": "none"}""")),
        "turnstile k" to proof(json.decodeFromString(
            """{"kind": "siteverify", "provider": "turnstile", "site_key": "k", "always": true, "later": 1}""",
        )),
        "/register/challenge" to proof(json.decodeFromString(
            """{"kind": "proof_of_work", "challenge": "/register/challenge", "always": true}""",
        )),
        "/email invalid_email" to explain(422, rejection("422", "invalid_registration")).first(),
        "another proof" to explain(422, example(document, "not_human", "components")).single(),
        "/email taken" to explain(409, rejection("409", "account_exists")).single(),
        "later" to explain(422, """{"type": "/problems/later", "title": "t", "status": 422, "code": "later",
            "request_id": "r"}""").single(),
        "128" to json.decodeFromString<Policy>(policy).fields.single().rules.single().params?.max.toString(),
    )) check(expected == found) { "expected $expected, found $found" }
}
