/*
 * emit_client.c - NAME.h: an inline function for each method.
 *
 * A short one puts its words straight into registers. All others write to the UTCB, which
 * idl_call takes from there; one with leases is repeated where a lent page has gone again.
 */
#include "emit.h"

#include <string.h>

#include "vocabulary.h"

#define IN  DIRECTION_IN
#define OUT DIRECTION_OUT

static bool has_deadline(const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->type.kind == TYPE_DEADLINE)
            return true;
    return false;
}

/* ---- what is given is looked at first ---- */

static void emit_too_long(struct output *out, const struct parameter *each, const char *condition,
                          const char *error)
{
    emit(out, "    if (%s)\n        return idl_refuse(%s, %s);\n", condition, error,
         argument_text(out, each));
}

static void emit_length_check(struct output *out, const struct parameter *each)
{
    unsigned long long bound = each->type.bound;

    switch (each->type.kind) {
    case TYPE_NAME:
        emit_too_long(out, each, arena_format(out->arena, "!idl_name_fits(%s)", each->name),
                      "ENAMETOOLONG");
        break;
    case TYPE_STRING:
        emit_too_long(out, each, arena_format(out->arena, "%s_length > %llu", each->name, bound),
                      "ENAMETOOLONG");
        break;
    case TYPE_BYTES:
    case TYPE_LEASE:
        emit_too_long(out, each, arena_format(out->arena, "%s_length > %llu", each->name, bound),
                      "EMSGSIZE");
        break;
    default:
        break;
    }
}

static void emit_length_checks(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == IN && each->type.kind != TYPE_LEASE)
            emit_length_check(out, each);
}

/* Those of leases come before their pages are touched. */
static void emit_lease_checks(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->type.kind == TYPE_LEASE)
            emit_length_check(out, each);
}

static void emit_stores(struct output *out, const struct method *method, const char *words)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == IN && each->words && !parameter_is_variable(each))
            emit_store(out, "    ", words, each->word, &each->type, each->name);
}

/* ---- what comes is looked at, too ---- */

static void emit_answer_checks(struct output *out, const struct method *method, const char *words,
                               const char *refusal)
{
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        const char *invalid;

        if (each->direction != OUT || !each->words || parameter_is_variable(each))
            continue;
        invalid = invalid_text(out, words, each->word, &each->type);
        if (invalid)
            emit(out, "    if (%s)\n        return %s;\n", invalid,
                 arena_format(out->arena, refusal, "ERANGE"));
    }
}

static void emit_answer_loads(struct output *out, const struct method *method, const char *words)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == OUT && each->words && !parameter_is_variable(each))
            emit_load(out, "    ", words, each->word, &each->type, each->name);
}

/* ---- short ones ---- */

static void emit_registers(struct output *out, const struct method *method)
{
    struct items items = {0};

    items_add(out, &items, ".tag = TAG(%s, %s, %u)%s", method->oneway ? "OP_SEND" : "OP_CALL",
              label_name(out, method), method->in.fixed_words,
              has_deadline(method) ? " | TAG_DEADLINE" : "");
    items_add(out, &items, ".handle = %s", out->interface->name);
    items_add(out, &items, ".token = idl_unused()");
    items_add(out, &items, ".deadline = %s", has_deadline(method) ? "deadline" : "idl_unused()");
    emit_items(out, "    struct ipc_registers r = {", &items, "", "};");
    emit(out, "\n");
}

static void emit_short_body(struct output *out, const struct method *method)
{
    emit_registers(out, method);
    emit_length_checks(out, method);
    emit_stores(out, method, "r.words");
    emit(out, "    ipc_enter(&r);\n");
    if (method->oneway)
        emit(out, "    if (r.deadline)\n");
    else
        emit(out, "    if ((r.tag & IDL_ANSWER_MASK) != IDL_ANSWER(%u, 0))\n",
             method->out.fixed_words);
    emit(out,
         "        return idl_failure(%s, r.tag, r.deadline, r.words[0],\n"
         "                           r.words[1], r.words[2]);\n",
         label_name(out, method));
    emit_answer_checks(out, method, "r.words", "idl_refuse(%s, 0)");
    emit_answer_loads(out, method, "r.words");
    emit(out, "    return SUCCESS;\n");
}

/* ---- long ones ---- */

static void emit_variable_locals(struct output *out, const struct method *method)
{
    if (method->in.variables)
        emit(out, "    struct idl_cursor rest = {words, %u, MESSAGE_WORDS_MAX};\n",
             method->in.fixed_words);
    if (method->out.variables)
        emit(out, "    struct idl_cursor answer;\n");
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction == IN && each->type.kind == TYPE_STRING)
            emit(out, "    size_t %s_length = strnlen(%s, %llu + 1);\n", each->name, each->name,
                 (unsigned long long)each->type.bound);
        if (each->direction == OUT && each->type.kind == TYPE_BYTES)
            emit(out, "    const void *%s_bytes;\n", each->name);
    }
}

static void emit_variable_stores(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == IN && parameter_is_variable(each))
            emit(out, "    idl_put_bytes(&rest, %s, %s_length);\n", each->name, each->name);
}

static void emit_cap_stores(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction != IN)
            continue;
        if (each->type.kind == TYPE_CAP)
            emit(out, "    utcb->caps[%u] = (struct cap_item){%s, %s};\n", each->index, each->name,
                 cap_how(out, each));
        if (each->type.kind == TYPE_LEASE)
            emit(out, "    utcb->leases[%u] = %s;\n", each->index, each->name);
    }
}

/* How many capabilities go: one that may lack is counted at run time. */
static const char *cap_count_text(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->type.kind == TYPE_CAP && each->cap.optional)
            return method->in.caps == 1 ? arena_format(out->arena, "%s != CAP_NULL", each->name)
                                        : arena_format(out->arena, "%u + (%s != CAP_NULL)",
                                                       method->in.caps - 1, each->name);
    return arena_format(out->arena, "%u", method->in.caps);
}

static const char *tag_text(struct output *out, const struct method *method)
{
    const char *words =
        method->in.variables ? "rest.at" : arena_format(out->arena, "%u", method->in.fixed_words);
    const char *text =
        arena_format(out->arena, "TAG(%s, %s, %s)", method->oneway ? "OP_SEND" : "OP_CALL",
                     label_name(out, method), words);

    if (method->in.caps)
        text = arena_format(out->arena, "%s | IDL_CAPS(%s)", text, cap_count_text(out, method));
    if (method->in.leases)
        text = arena_format(out->arena, "%s | IDL_LEASES(%u)", text, method->in.leases);
    if (method->out.caps)
        text = arena_format(out->arena, "%s | IDL_ACCEPT(%u)", text, method->out.caps);
    if (has_deadline(method))
        text = arena_format(out->arena, "%s | TAG_DEADLINE", text);
    return text;
}

/* Then what the call returns is all there is to say. */
static bool answers_nothing(const struct method *method)
{
    return !method->out.fixed_words && !method->out.variables && !method->out.caps;
}

static void emit_call(struct output *out, const struct method *method)
{
    const char *deadline = has_deadline(method) ? "deadline" : "DEADLINE_FOREVER";
    const char *function = method->out.variables ? "idl_call_rest" : "idl_call";
    struct items items = {0};

    if (method->oneway)
        function = "idl_send";
    items_add(out, &items, "%s", out->interface->name);
    items_add(out, &items, "%s", tag_text(out, method));
    items_add(out, &items, "%s", deadline);
    if (!method->oneway)
        items_add(out, &items, "IDL_ANSWER(%u, %u)", method->out.fixed_words, method->out.caps);
    if (method->out.variables)
        items_add(out, &items, "&answer");
    if (answers_nothing(method)) {
        emit_items(out, arena_format(out->arena, "    return %s(", function), &items, "", ");");
        return;
    }
    emit_items(out, arena_format(out->arena, "    error = %s(", function), &items, "", ");");
    emit(out, "    if (error)\n        return error;\n");
}

static const char *refusal_of(struct output *out, const struct method *method)
{
    if (!method->out.caps)
        return "idl_refuse(%s, 0)";
    return arena_format(out->arena, "idl_refuse_caps(%%s, %u)", method->out.caps);
}

static void emit_refusal(struct output *out, const struct method *method, const char *error)
{
    emit(out, "        return %s;\n", arena_format(out->arena, refusal_of(out, method), error));
}

static void emit_variable_load(struct output *out, const struct method *method,
                               const struct parameter *each)
{
    const char *name = each->name;

    if (each->type.kind == TYPE_STRING) {
        emit(out, "    if (!idl_take_string(&answer, %llu, %s))\n",
             (unsigned long long)each->type.bound, name);
        emit_refusal(out, method, "EMSGSIZE");
        return;
    }
    emit(out, "    %s_bytes = idl_take_bytes(&answer, %llu, %s_length);\n", name,
         (unsigned long long)each->type.bound, name);
    emit(out, "    if (!%s_bytes || *%s_length > %s_size)\n", name, name, name);
    emit_refusal(out, method, "EOVERFLOW");
    emit(out, "    memcpy(%s, %s_bytes, *%s_length);\n", name, name, name);
}

static void emit_rest_of_answer(struct output *out, const struct method *method)
{
    const char *stand_in = out->interface->is_object ? "true" : "false";

    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == OUT && parameter_is_variable(each))
            emit_variable_load(out, method, each);
    if (method->out.variables) {
        emit(out, "    if (answer.at != answer.end)\n");
        emit_refusal(out, method, "EMSGSIZE");
    }
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction != OUT || each->type.kind != TYPE_CAP ||
            (!each->cap.types && !each->cap.rights))
            continue;
        emit(out, "    if (!idl_cap_is(%u, %s, %s, %s))\n", each->index,
             types_mask(out, &each->cap), rights_c_text(out->arena, each->cap.rights), stand_in);
        emit_refusal(out, method, "EBADF");
    }
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == OUT && each->type.kind == TYPE_CAP)
            emit(out, "    *%s = utcb->caps[%u].cap;\n", each->name, each->index);
}

static bool uses_words(const struct method *method)
{
    return method->in.fixed_words || method->out.fixed_words || method->in.variables;
}

static void emit_long_body(struct output *out, const struct method *method)
{
    bool needs_utcb = method->in.caps || method->in.leases || method->out.caps;

    if (needs_utcb)
        emit(out, "    struct utcb *utcb = utcb_self();\n");
    if (uses_words(method))
        emit(out, "    word_t *words = %s->words;\n", needs_utcb ? "utcb" : "utcb_self()");
    emit_variable_locals(out, method);
    if (!answers_nothing(method))
        emit(out, "    error_t error;\n");
    emit(out, "\n");
    emit_length_checks(out, method);
    emit_stores(out, method, "words");
    emit_variable_stores(out, method);
    emit_cap_stores(out, method);
    emit_call(out, method);
    if (answers_nothing(method))
        return;
    emit_answer_checks(out, method, "words", refusal_of(out, method));
    emit_answer_loads(out, method, "words");
    emit_rest_of_answer(out, method);
    emit(out, "    return SUCCESS;\n");
}

/* ---- leases ---- */

static const char *argument_of(struct output *out, const char *parameter)
{
    const char *end = parameter + strcspn(parameter, "[");
    const char *start = end;

    while (start > parameter && start[-1] != ' ' && start[-1] != '*')
        start--;
    return arena_text(out->arena, start, (size_t)(end - start));
}

static void add_lease_argument(struct output *out, const struct parameter *each,
                               enum lease_form form, struct items *items)
{
    if (form == LEASE_HELD)
        items_add(out, items, "idl_lend_on(%s, %s_offset, %s_length, %s)", each->name, each->name,
                  each->name, lease_rights(each));
    else
        items_add(out, items, "idl_lend(%s, %s_length, %s)", each->name, each->name,
                  lease_rights(each));
}

/* What the function that makes the call is given by one that got its leases in this form. */
static void once_arguments(struct output *out, const struct method *method, enum lease_form form,
                           struct items *arguments)
{
    items_add(out, arguments, "%s", out->interface->name);
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        struct items own = {0};

        if (each->type.kind == TYPE_LEASE)
            add_lease_argument(out, each, form, arguments);
        else
            client_parameter(out, each, form, &own);
        for (unsigned i = 0; i < own.count; i++)
            items_add(out, arguments, "%s", argument_of(out, own.item[i]));
    }
}

static void emit_once(struct output *out, const struct method *method, enum lease_form form,
                      const char *before)
{
    struct items arguments = {0};

    once_arguments(out, method, form, &arguments);
    emit_items(
        out, arena_format(out->arena, "%s%s_%s_once(", before, out->interface->name, method->name),
        &arguments, "", ");");
}

/* The whole call again while lent pages keep going away. */
static void emit_lending(struct output *out, const struct method *method)
{
    emit(out, "    error_t error = EFAULT;\n\n");
    emit_lease_checks(out, method);
    emit(out, "    for (unsigned i = 0; error == EFAULT && i < IDL_LEASE_TRIES; i++) {\n");
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->type.kind == TYPE_LEASE)
            emit(out, "        idl_touch(%s, %s_length, %s);\n", each->name, each->name,
                 lease_rights(each));
    emit_once(out, method, LEASE_OF_BUFFER, "        error = ");
    emit(out, "    }\n    return error;\n");
}

/* The pages are another's: he who lent them makes them present, and calls again. */
static void emit_lending_on(struct output *out, const struct method *method)
{
    emit_lease_checks(out, method);
    emit_once(out, method, LEASE_HELD, "    return ");
}

/* ---- all of them ---- */

static void emit_heading(struct output *out, const struct method *method, const char *suffix,
                         enum lease_form form)
{
    struct items parameters = {0};

    client_parameters(out, method, form, &parameters);
    emit_items(out,
               arena_format(out->arena, "static inline error_t %s_%s%s(", out->interface->name,
                            method->name, suffix),
               &parameters, "", ")");
    emit(out, "{\n");
}

/* Three functions: the first makes the call that the other two are made of. */
static void emit_lending_stubs(struct output *out, const struct method *method)
{
    emit_heading(out, method, "_once", LEASE_ITEM);
    emit_long_body(out, method);
    emit(out, "}\n\n");
    emit_method_doc(out, method);
    emit_heading(out, method, "", LEASE_OF_BUFFER);
    emit_lending(out, method);
    emit(out, "}\n\n/* The same, lending on what is lent to the caller: parts of leases that it "
              "holds. */\n");
    emit_heading(out, method, "_on", LEASE_HELD);
    emit_lending_on(out, method);
    emit(out, "}\n\n");
}

static void emit_stub(struct output *out, const struct method *method)
{
    if (method->in.leases) {
        emit_lending_stubs(out, method);
        return;
    }
    emit_method_doc(out, method);
    emit_heading(out, method, "", LEASE_OF_BUFFER);
    if (method_is_short(method))
        emit_short_body(out, method);
    else
        emit_long_body(out, method);
    emit(out, "}\n\n");
}

void emit_client(struct output *out)
{
    const struct interface *interface = out->interface;

    emit_file_comment(out, arena_format(out->arena, "%s.h", interface->name),
                      arena_format(out->arena, "calls to %s '%s'.",
                                   interface->is_object ? "the kernel object" : "a server of",
                                   interface->name),
                      "Each function waits for its answer, and returns the error of the kernel "
                      "or of the server;\nipc_error_detail() tells more. Out pointers are never "
                      "NULL, and are set by success alone.");
    emit(out, "#pragma once\n\n#include <myelin/idl.h>\n#include <myelin/idl/%s_types.h>\n",
         interface->name);
    emit(out, "\n");
    for (const struct method *method = interface->methods; method; method = method->next) {
        if (method->batch) {
            emit_batch_types(out, method);
            emit_batch_stub(out, method);
        } else {
            emit_stub(out, method);
        }
    }
}
