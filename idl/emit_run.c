/*
 * emit_run.c - the server's side of one method: checks what came, calls the handler, encodes.
 *
 * Everything is checked before the handler is called. In and out parameters share the words of
 * the message: what the handler reads is copied out first, only bytes stay where they are.
 */
#include "emit.h"

#include "vocabulary.h"

#define IN  DIRECTION_IN
#define OUT DIRECTION_OUT

static bool has_bytes_in(const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == IN && each->type.kind == TYPE_BYTES)
            return true;
    return false;
}

/* Whether the handler may write these bytes straight into the answer. */
static bool is_written_in_place(const struct method *method, const struct parameter *each)
{
    return each->index == 0 && !has_bytes_in(method);
}

/* ---- local variables ---- */

static void emit_in_local(struct output *out, const struct method *method,
                          const struct parameter *each)
{
    switch (each->type.kind) {
    case TYPE_CAP:
    case TYPE_DEADLINE:
        break;
    case TYPE_LEASE:
        emit(out, "    struct idl_lease %s = {request->reply, %u, message->leases[%u].length};\n",
             each->name, each->index, each->index);
        break;
    case TYPE_BYTES:
        emit(out, "    const void *%s;\n    size_t %s_length;\n", each->name, each->name);
        break;
    default:
        if (!type_is_scalar(&each->type))
            emit(out, "    %s;\n", variable_text(out, &each->type, each->name));
    }
    (void)method;
}

static void emit_out_local(struct output *out, const struct method *method,
                           const struct parameter *each)
{
    const struct type *type = &each->type;

    if (type->kind == TYPE_CAP) {
        emit(out, "    cap_t %s = CAP_NULL;\n", each->name);
        if (each->cap.mode == MODE_CHOSEN)
            emit(out, "    uint64_t %s_how = CAP_COPY;\n", each->name);
    } else if (type->kind == TYPE_BYTES) {
        if (is_written_in_place(method, each))
            emit(out, "    void *%s = &words[%u];\n", each->name, method->out.fixed_words + 1);
        else
            emit(out, "    char %s[%llu];\n", each->name, (unsigned long long)type->bound);
        emit(out, "    size_t %s_length = 0;\n", each->name);
    } else if (type->kind == TYPE_STRING || type->kind == TYPE_NAME) {
        emit(out, "    %s = \"\";\n", variable_text(out, type, each->name));
    } else {
        emit(out, "    %s = %s;\n", variable_text(out, type, each->name),
             type->kind == TYPE_ENUM ? arena_format(out->arena, "(%s)0", type_name(out, type))
             : type_is_scalar(type)  ? "0"
                                     : "{0}");
    }
}

static bool answer_is_empty(const struct method *method)
{
    return !method->out.fixed_words && !method->out.variables && !method->out.caps;
}

/* Types, rights, lengths of what came beside the words. */
static bool needs_passed_check(const struct parameter *each)
{
    if (each->direction == IN && each->type.kind == TYPE_CAP)
        return each->cap.types || each->cap.rights;
    return each->type.kind == TYPE_LEASE;
}

static bool has_passed_checks(const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (needs_passed_check(each))
            return true;
    return false;
}

static bool has_locals(const struct method *method)
{
    if (!answer_is_empty(method) || has_passed_checks(method) || method->in.variables)
        return true;
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->words && !type_is_scalar(&each->type))
            return true;
    return false;
}

static void emit_locals(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction == IN)
            emit_in_local(out, method, each);
        else
            emit_out_local(out, method, each);
    }
    if (method->in.variables)
        emit(out, "    struct idl_cursor rest = {words, %u, message->word_count};\n",
             method->in.fixed_words);
    if (method->out.variables)
        emit(out, "    struct idl_cursor answer = {words, %u, MESSAGE_WORDS_MAX};\n",
             method->out.fixed_words);
    if (!answer_is_empty(method) || has_passed_checks(method))
        emit(out, "    error_t error;\n");
    if (has_locals(method))
        emit(out, "\n");
}

/* ---- checks ---- */

static void emit_fixed_check(struct output *out, const struct parameter *each)
{
    const char *invalid = invalid_text(out, "words", each->word, &each->type);

    if (invalid)
        emit(out, "    if (%s)\n        return idl_deny(request, %s, %s);\n", invalid,
             invalid_error(&each->type), argument_text(out, each));
}

static void emit_variable_check(struct output *out, const struct parameter *each)
{
    unsigned long long bound = each->type.bound;

    if (each->type.kind == TYPE_STRING)
        emit(out, "    if (!idl_take_string(&rest, %llu, %s))\n", bound, each->name);
    else
        emit(out,
             "    %s = idl_take_bytes(&rest, %llu, &%s_length);\n"
             "    if (!%s)\n",
             each->name, bound, each->name, each->name);
    emit(out, "        return idl_deny(request, EMSGSIZE, %s);\n", argument_text(out, each));
}

static void emit_passed_check(struct output *out, const struct parameter *each)
{
    const char *stand_in = out->interface->is_object ? "true" : "false";

    if (each->type.kind == TYPE_CAP)
        emit(out, "    error = idl_need_cap(request, message, %u, %s, %s, %s);\n", each->index,
             types_mask(out, &each->cap), rights_c_text(out->arena, each->cap.rights), stand_in);
    else
        emit(out, "    error = idl_need_lease(request, message, %u, %s, %llu);\n", each->index,
             lease_rights(each), (unsigned long long)each->type.bound);
    emit(out, "    if (error)\n        return error;\n");
}

static void emit_checks(struct output *out, const struct method *method)
{
    const struct parameter *each;

    for (each = method->parameters; each; each = each->next)
        if (each->direction == IN && each->words && !parameter_is_variable(each))
            emit_fixed_check(out, each);
    for (each = method->parameters; each; each = each->next)
        if (each->direction == IN && parameter_is_variable(each))
            emit_variable_check(out, each);
    if (method->in.variables)
        emit(out, "    if (rest.at != rest.end)\n"
                  "        return idl_deny(request, EMSGSIZE, ARGUMENT_TAG);\n");
    for (each = method->parameters; each; each = each->next)
        if (needs_passed_check(each))
            emit_passed_check(out, each);
}

/* What has no value of its own in C is copied into the local variable. */
static void emit_copies(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == IN && each->words && !parameter_is_variable(each) &&
            !type_is_scalar(&each->type))
            emit_load(out, "    ", "words", each->word, &each->type,
                      each->type.kind == TYPE_STRUCT ? arena_format(out->arena, "&%s", each->name)
                                                     : each->name);
}

/* ---- the handler ---- */

static void add_cap_argument(struct output *out, const struct parameter *each, struct items *items)
{
    if (each->direction == OUT) {
        items_add(out, items, "&%s", each->name);
        if (each->cap.mode == MODE_CHOSEN)
            items_add(out, items, "&%s_how", each->name);
        return;
    }
    if (each->cap.optional)
        items_add(out, items, "message->cap_count > %u ? message->caps[%u].cap : CAP_NULL",
                  each->index, each->index);
    else
        items_add(out, items, "message->caps[%u].cap", each->index);
    if (cap_type_is_open(&each->cap))
        items_add(out, items, "message->caps[%u].how", each->index);
}

static void add_argument(struct output *out, const struct parameter *each, struct items *items)
{
    const struct type *type = &each->type;
    bool is_out = each->direction == OUT;

    if (type->kind == TYPE_DEADLINE)
        return;
    if (type->kind == TYPE_CAP) {
        add_cap_argument(out, each, items);
    } else if (type->kind == TYPE_BYTES) {
        items_add(out, items, "%s", each->name);
        items_add(out, items, "%s%s_length", is_out ? "&" : "", each->name);
    } else if (type->kind == TYPE_LEASE || (type->kind == TYPE_STRUCT && !type->is_array)) {
        items_add(out, items, "&%s", each->name);
    } else if (!is_out && type_is_scalar(type)) {
        items_add(out, items, "%s", load_text(out, "words", each->word, type));
    } else {
        items_add(out, items, "%s%s", type_is_scalar(type) ? "&" : "", each->name);
    }
}

static void emit_handling(struct output *out, const struct method *method)
{
    const char *result = answer_is_empty(method) ? "return" : "error =";
    struct items items = {0};
    const char *prefix;

    if (method_is_standard(method)) {
        items_add(out, &items, "&%s_interface", out->interface->name);
        prefix = arena_format(out->arena, "    %s idl_%s(", result, method->name);
    } else {
        items_add(out, &items, "request");
        prefix = arena_format(out->arena, "    %s %s_handle_%s(", result, out->interface->name,
                              method->name);
    }
    for (const struct parameter *each = method->parameters; each; each = each->next)
        add_argument(out, each, &items);
    emit_items(out, prefix, &items, "", ");");
}

/* ---- the answer ---- */

static void emit_variable_store(struct output *out, const struct parameter *each)
{
    unsigned long long bound = each->type.bound;

    if (each->type.kind == TYPE_STRING) {
        emit(out, "    idl_put_bytes(&answer, %s, strnlen(%s, %llu));\n", each->name, each->name,
             bound);
        return;
    }
    emit(out, "    if (%s_length > %llu)\n        return EOVERFLOW;\n", each->name, bound);
    emit(out, "    idl_put_bytes(&answer, %s, %s_length);\n", each->name, each->name);
}

static void emit_answer(struct output *out, const struct method *method)
{
    const struct parameter *each;

    for (each = method->parameters; each; each = each->next)
        if (each->direction == OUT && each->words && !parameter_is_variable(each))
            emit_store(out, "    ", "words", each->word, &each->type,
                       each->type.kind == TYPE_STRUCT ? arena_format(out->arena, "&%s", each->name)
                                                      : each->name);
    for (each = method->parameters; each; each = each->next)
        if (each->direction == OUT && parameter_is_variable(each))
            emit_variable_store(out, each);
    for (each = method->parameters; each; each = each->next)
        if (each->direction == OUT && each->type.kind == TYPE_CAP)
            emit(out, "    message->caps[%u] = (struct message_cap){%s, %s};\n", each->index,
                 each->name, cap_how(out, each));
    if (method->out.variables)
        emit(out, "    message->word_count = answer.at;\n");
}

static bool uses_message(const struct method *method)
{
    return method->in.variables || method->out.variables || method->in.caps || method->out.caps ||
           method->in.leases;
}

void emit_run(struct output *out, const struct method *method)
{
    const char *infix = method->batch ? "one_" : "";
    const char *prefix =
        method_is_short(method)
            ? arena_format(out->arena, "IDL_INLINE error_t run_%s%s(", infix, method->name)
            : arena_format(out->arena, "static error_t run_%s%s(", infix, method->name);
    struct items parameters = {0};

    items_add(out, &parameters, "struct idl_request *request");
    items_add(out, &parameters, "word_t *words");
    items_add(out, &parameters, "struct message *message");
    emit_items(out, prefix, &parameters, "", ")");
    emit(out, "{\n");
    emit_locals(out, method);
    if (!method->in.fixed_words && !method->out.fixed_words && !method->in.variables &&
        !method->out.variables)
        emit(out, "    (void)words;\n");
    if (!uses_message(method))
        emit(out, "    (void)message;\n");
    if (method_is_standard(method))
        emit(out, "    (void)request;\n");
    emit_checks(out, method);
    emit_copies(out, method);
    emit_handling(out, method);
    if (!answer_is_empty(method)) {
        emit(out, "    if (error)\n        return error;\n");
        emit_answer(out, method);
        emit(out, "    return SUCCESS;\n");
    }
    emit(out, "}\n\n");
}

/* ---- answers that are given later ---- */

/* Here names and strings may be longer than the interface allows; a handler's have no room. */
static void emit_text_checks(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        unsigned long long bound = each->type.bound;

        if (each->direction != OUT)
            continue;
        if (each->type.kind == TYPE_NAME)
            emit(out, "    if (!idl_name_fits(%s))\n        return ENAMETOOLONG;\n", each->name);
        if (each->type.kind == TYPE_STRING)
            emit(out, "    if (strnlen(%s, %llu + 1) > %llu)\n        return ENAMETOOLONG;\n",
                 each->name, bound, bound);
    }
}

void emit_answer_later(struct output *out, const struct method *method)
{
    struct items parameters = {0};

    answer_parameters(out, method, &parameters);
    emit_items(
        out, arena_format(out->arena, "error_t %s_answer_%s(", out->interface->name, method->name),
        &parameters, "", ")");
    emit(out, "{\n    struct message message;\n");
    if (method->out.fixed_words || method->out.variables)
        emit(out, "    word_t *words = message.words;\n");
    if (method->out.variables)
        emit(out, "    struct idl_cursor answer = {words, %u, MESSAGE_WORDS_MAX};\n",
             method->out.fixed_words);
    emit(out, "\n");
    emit_text_checks(out, method);
    emit(out, "    message_begin(&message, SUCCESS);\n    message.reply = reply;\n");
    if (method->out.fixed_words)
        emit(out, "    message.word_count = %u;\n", method->out.fixed_words);
    if (method->out.caps)
        emit(out, "    message.cap_count = %u;\n", method->out.caps);
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction != OUT)
            continue;
        if (each->words && !parameter_is_variable(each))
            emit_store(out, "    ", "words", each->word, &each->type, each->name);
        else if (parameter_is_variable(each))
            emit_variable_store(out, each);
        else
            emit(out, "    message.caps[%u] = (struct message_cap){%s, %s};\n", each->index,
                 each->name, cap_how(out, each));
    }
    if (method->out.variables)
        emit(out, "    message.word_count = answer.at;\n");
    emit(out, "    return message_reply(&message);\n}\n\n");
}
