/*
 * emit_kernel.c - NAME_kernel.h and NAME_kernel.c: the kernel's side of an object.
 *
 * Everything that the interface says is checked (words, the right on the object, values, types
 * and rights of capabilities, a slot for the one that is answered) before the method is called.
 * Strings and bytes stay in the message: the method gets the word where they begin, and takes
 * each with invocation_word, once. Bytes that it answers it puts itself, with invocation_put.
 */
#include "emit.h"

#include "vocabulary.h"

#define IN  DIRECTION_IN
#define OUT DIRECTION_OUT

/* ---- the methods' prototypes ---- */

static void add_kernel_parameter(struct output *out, const struct parameter *each,
                                 struct items *items)
{
    const struct type *type = &each->type;
    bool is_out = each->direction == OUT;

    if (type->kind == TYPE_DEADLINE || (is_out && parameter_is_variable(each)))
        return;
    if (type->kind == TYPE_CAP) {
        if (!is_out)
            items_add(out, items, "struct slot *%s", each->name);
    } else if (parameter_is_variable(each)) {
        items_add(out, items, "unsigned %s_word", each->name);
        items_add(out, items, "uint64_t %s_length", each->name);
    } else if (type->kind == TYPE_NAME) {
        items_add(out, items, "%schar *%s", is_out ? "" : "const ", each->name);
    } else if (type->kind == TYPE_STRUCT) {
        items_add(out, items, "%s%s *%s", is_out ? "" : "const ", type_name(out, type), each->name);
    } else if (type->is_array) {
        items_add(out, items, "%s%s", is_out ? "" : "const ", variable_text(out, type, each->name));
    } else {
        items_add(out, items, "%s %s%s", type_name(out, type), is_out ? "*" : "", each->name);
    }
}

static void emit_method_prototype(struct output *out, const struct method *method)
{
    struct items items = {0};

    items_add(out, &items, "struct invocation *invocation");
    for (const struct parameter *each = method->parameters; each; each = each->next)
        add_kernel_parameter(out, each, &items);
    emit_method_doc(out, method);
    emit_items(
        out, arena_format(out->arena, "error_t %s_handle_%s(", out->interface->name, method->name),
        &items, "", ");");
    emit(out, "\n");
}

void emit_kernel_header(struct output *out)
{
    const char *name = out->interface->name;

    emit_file_comment(out, arena_format(out->arena, "%s_kernel.h", name),
                      arena_format(out->arena, "what the kernel's '%s' answers.", name),
                      "Each method is called with its arguments checked; it may answer RESTART. "
                      "A capability that\nit makes goes into invocation->out_cap; there is a "
                      "slot for it.");
    emit(out, "#pragma once\n\n#include <cap/cap.h>\n#include <myelin/idl/%s_types.h>\n\n", name);
    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (!method_is_standard(method))
            emit_method_prototype(out, method);
    emit(out,
         "/* Answers a call on the object. */\n"
         "error_t %s_invoke(struct invocation *invocation);\n",
         name);
}

/* ---- taking the arguments ---- */

static bool uses_error(const struct method *method)
{
    if (method->needs || method->in.caps || method->out.caps)
        return true;
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == OUT && each->words && !parameter_is_variable(each))
            return true;
    return false;
}

static void emit_kernel_locals(struct output *out, const struct method *method)
{
    if (method->in.fixed_words)
        emit(out, "    uint64_t words[%u];\n", method->in.fixed_words);
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        const struct type *type = &each->type;

        if (type->kind == TYPE_CAP || type->kind == TYPE_DEADLINE)
            continue;
        if (parameter_is_variable(each)) {
            if (each->direction == IN)
                emit(out, "    uint64_t %s_length;\n", each->name);
        } else if (each->direction == OUT) {
            emit(out, "    %s = %s;\n", variable_text(out, type, each->name),
                 type->kind == TYPE_ENUM ? arena_format(out->arena, "(%s)0", type_name(out, type))
                 : type_is_scalar(type)  ? "0"
                                         : "{0}");
        } else if (!type_is_scalar(type)) {
            emit(out, "    %s;\n", variable_text(out, type, each->name));
        }
    }
    if (uses_error(method))
        emit(out, "    error_t error;\n");
    if (uses_error(method) || method->in.fixed_words || method->in.variables)
        emit(out, "\n");
}

static void emit_count_check(struct output *out, const struct method *method)
{
    if (method->in.variables)
        emit(out, "    if (invocation->words < %u)\n", method->in.least_words);
    else
        emit(out, "    if (invocation->words != %u)\n", method->in.fixed_words);
    emit(out,
         "        return invocation_fail(invocation, EMSGSIZE, ARGUMENT_TAG, %u, "
         "invocation->words);\n",
         method->in.least_words);
}

static void emit_value_check(struct output *out, const struct parameter *each)
{
    const char *invalid;

    if (each->type.kind == TYPE_NAME)
        return;
    invalid = invalid_text(out, "words", each->word, &each->type);
    if (invalid)
        emit(out,
             "    if (%s)\n        return invocation_fail(invocation, %s, ARGUMENT_WORD(%u), 0, "
             "words[%u]);\n",
             invalid, invalid_error(&each->type), each->word, each->word);
}

/* The kernel's objects have at most one variable parameter, behind the fixed ones. */
static void emit_length_take(struct output *out, const struct method *method,
                             const struct parameter *each)
{
    unsigned word = method->in.fixed_words;

    emit(out, "    %s_length = invocation_word(invocation, %u);\n", each->name, word);
    emit(out,
         "    if (%s_length > %llu || invocation->words != %u + (%s_length + 7) / 8)\n"
         "        return invocation_fail(invocation, EMSGSIZE, ARGUMENT_WORD(%u), %llu,\n"
         "                               %s_length);\n",
         each->name, (unsigned long long)each->type.bound, word + 1, each->name, word,
         (unsigned long long)each->type.bound, each->name);
}

static void emit_cap_check(struct output *out, const struct parameter *each)
{
    const struct cap_spec *cap = &each->cap;
    const char *indent = cap->optional ? "    " : "";
    const char *type = "OBJECT_NONE";

    for (const struct vocable *entry = object_types; entry->word; entry++)
        if (entry->number && cap->types == 1u << entry->number)
            type = entry->c_name;
    if (cap->optional)
        emit(out, "    if (invocation->cap_count > %u) {\n", each->index);
    emit(out, "%s    error = invocation_need_cap(invocation, %u, %s, %s);\n", indent, each->index,
         type, rights_c_text(out->arena, cap->rights));
    emit(out, "%s    if (error)\n%s        return error;\n", indent, indent);
    if (cap->optional)
        emit(out, "    }\n");
}

static void emit_words_take(struct output *out, unsigned count)
{
    if (count > 3) {
        emit(out,
             "    for (unsigned i = 0; i < %u; i++)\n"
             "        words[i] = invocation_word(invocation, i);\n",
             count);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        emit(out, "    words[%u] = invocation_word(invocation, %u);\n", i, i);
}

static void emit_kernel_checks(struct output *out, const struct method *method)
{
    const struct parameter *each;

    emit_count_check(out, method);
    if (method->needs)
        emit(out,
             "    error = invocation_need(invocation, %s);\n"
             "    if (error)\n        return error;\n",
             rights_c_text(out->arena, method->needs));
    emit_words_take(out, method->in.fixed_words);
    for (each = method->parameters; each; each = each->next) {
        if (each->direction != IN)
            continue;
        if (each->type.kind == TYPE_CAP)
            emit_cap_check(out, each);
        else if (parameter_is_variable(each))
            emit_length_take(out, method, each);
        else if (each->words)
            emit_value_check(out, each);
    }
    if (method->out.caps)
        emit(out, "    error = invocation_need_slot(invocation);\n"
                  "    if (error)\n        return error;\n");
}

static void emit_kernel_copies(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction != IN || parameter_is_variable(each) || !each->words ||
            type_is_scalar(&each->type))
            continue;
        if (each->type.kind == TYPE_NAME)
            emit(out,
                 "    memcpy(%s, &words[%u], OBJECT_NAME_BYTES);\n"
                 "    %s[OBJECT_NAME_BYTES] = '\\0';\n",
                 each->name, each->word, each->name);
        else
            emit_load(out, "    ", "words", each->word, &each->type,
                      each->type.kind == TYPE_STRUCT ? arena_format(out->arena, "&%s", each->name)
                                                     : each->name);
    }
}

/* ---- calling the method, putting its results ---- */

static void add_kernel_argument(struct output *out, const struct method *method,
                                const struct parameter *each, struct items *items)
{
    const struct type *type = &each->type;
    bool is_out = each->direction == OUT;

    if (type->kind == TYPE_DEADLINE || (is_out && parameter_is_variable(each)))
        return;
    if (type->kind == TYPE_CAP) {
        if (is_out)
            return;
        items_add(out, items,
                  each->cap.optional ? "invocation->cap_count > %u ? invocation->caps[%u] : NULL"
                                     : "invocation->caps[%u]",
                  each->index, each->index);
    } else if (parameter_is_variable(each)) {
        items_add(out, items, "%u", method->in.fixed_words + 1);
        items_add(out, items, "%s_length", each->name);
    } else if (!is_out && type_is_scalar(type)) {
        items_add(out, items, "%s", load_text(out, "words", each->word, type));
    } else {
        bool by_address = type->kind == TYPE_STRUCT || type_is_scalar(type);

        items_add(out, items, "%s%s", by_address ? "&" : "", each->name);
    }
}

static void emit_kernel_result(struct output *out, const struct parameter *each)
{
    const struct type *type = &each->type;

    if (type->kind == TYPE_NAME)
        emit(out, "    invocation_put_name(invocation, %s);\n", each->name);
    else if (type_is_scalar(type))
        emit(out, "    invocation_put(invocation, %s%s);\n",
             type->is_signed ? "(uint64_t)(int64_t)" : "", each->name);
    else
        emit(out,
             "    memcpy(&invocation->out[invocation->out_words], %s%s, sizeof(%s));\n"
             "    invocation->out_words += %u;\n",
             type->kind == TYPE_STRUCT ? "&" : "", each->name, each->name, each->words);
}

static void emit_kernel_call(struct output *out, const struct method *method)
{
    struct items items = {0};
    bool has_results = false;

    items_add(out, &items, "invocation");
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        add_kernel_argument(out, method, each, &items);
        has_results |= each->direction == OUT && each->words && !parameter_is_variable(each);
    }
    emit_items(out,
               arena_format(out->arena, "    %s%s_handle_%s(", has_results ? "error = " : "return ",
                            out->interface->name, method->name),
               &items, "", ");");
    if (!has_results)
        return;
    emit(out, "    if (error)\n        return error;\n");
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == OUT && each->words && !parameter_is_variable(each))
            emit_kernel_result(out, each);
    emit(out, "    return SUCCESS;\n");
}

static void emit_kernel_method(struct output *out, const struct method *method)
{
    emit(out, "static error_t answer_%s(struct invocation *invocation)\n{\n", method->name);
    emit_kernel_locals(out, method);
    emit_kernel_checks(out, method);
    emit_kernel_copies(out, method);
    emit_kernel_call(out, method);
    emit(out, "}\n\n");
}

void emit_kernel(struct output *out)
{
    const char *name = out->interface->name;

    emit_file_comment(out, arena_format(out->arena, "%s_kernel.c", name),
                      arena_format(out->arena, "takes apart what '%s' is asked.", name), NULL);
    emit(out, "#include <myelin/idl/%s_kernel.h>\n\n", name);
    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (!method_is_standard(method))
            emit_kernel_method(out, method);
    emit(out,
         "error_t %s_invoke(struct invocation *invocation)\n{\n"
         "    switch (invocation->label) {\n",
         name);
    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (!method_is_standard(method))
            emit(out, "    case %s:\n        return answer_%s(invocation);\n",
                 label_name(out, method), method->name);
    emit(out, "    default:\n        return invocation_fail(invocation, ENOSYS, ARGUMENT_TAG, 0, "
              "invocation->label);\n    }\n}\n");
}
