/*
 * emit_batch.c - methods of which one message carries many requests.
 *
 * Request: word 0 how many, then the words of each. Answer: word 0 how many, then for each its
 * error (0: success) and its words.
 */
#include "emit.h"

static const char *struct_name(struct output *out, const struct method *method, const char *what)
{
    return arena_format(out->arena, "struct %s_%s_%s", out->interface->name, method->name, what);
}

static void emit_fields(struct output *out, const struct method *method, enum direction direction)
{
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction != direction || !each->words)
            continue;
        emit_doc(out, 4, each->doc);
        emit(out, "    %s;\n", variable_text(out, &each->type, each->name));
    }
}

void emit_batch_types(struct output *out, const struct method *method)
{
    emit(out, "%s {\n", struct_name(out, method, "request"));
    emit_fields(out, method, DIRECTION_IN);
    emit(out, "};\n\n%s {\n    error_t error; /* of this request */\n",
         struct_name(out, method, "answer"));
    emit_fields(out, method, DIRECTION_OUT);
    emit(out, "};\n\n");
}

static void emit_store_loop(struct output *out, const struct method *method)
{
    emit(out,
         "    words[0] = count;\n    for (size_t i = 0; i < count; i++) {\n"
         "        word_t *one = &words[1 + i * %u];\n\n",
         method->in.fixed_words);
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == DIRECTION_IN && each->words)
            emit_store(out, "        ", "one", each->word, &each->type,
                       arena_format(out->arena, "%srequests[i].%s",
                                    each->type.kind == TYPE_STRUCT ? "&" : "", each->name));
    emit(out, "    }\n");
}

static void emit_load_one(struct output *out, const struct parameter *each)
{
    const char *target = arena_format(out->arena, "answers[i].%s", each->name);
    const char *invalid = invalid_text(out, "one", 1 + each->word, &each->type);

    if (invalid)
        emit(out, "        if (!answers[i].error && %s)\n            answers[i].error = ERANGE;\n",
             each->type.kind == TYPE_FLAGS ? arena_format(out->arena, "(%s)", invalid) : invalid);
    if (type_is_scalar(&each->type))
        emit(out, "        %s = %s;\n", target, load_text(out, "one", 1 + each->word, &each->type));
    else
        emit_load(out, "        ", "one", 1 + each->word, &each->type,
                  each->type.kind == TYPE_STRUCT ? arena_format(out->arena, "&%s", target)
                                                 : target);
}

static void emit_load_loop(struct output *out, const struct method *method)
{
    emit(out,
         "    for (size_t i = 0; i < count; i++) {\n"
         "        const word_t *one = &words[1 + i * %u];\n\n"
         "        answers[i].error = (error_t)one[0];\n",
         1 + method->out.fixed_words);
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == DIRECTION_OUT && each->words)
            emit_load_one(out, each);
    emit(out, "    }\n");
}

void emit_batch_stub(struct output *out, const struct method *method)
{
    const char *name = out->interface->name;
    struct items items = {0};

    items_add(out, &items, "cap_t %s", name);
    items_add(out, &items, "const %s *requests", struct_name(out, method, "request"));
    items_add(out, &items, "%s *answers", struct_name(out, method, "answer"));
    items_add(out, &items, "size_t count");
    emit_method_doc(out, method);
    emit_items(out, arena_format(out->arena, "static inline error_t %s_%s(", name, method->name),
               &items, "", ")");
    emit(out, "{\n    word_t *words = utcb_self()->words;\n    error_t error;\n\n");
    emit(out, "    if (count > %llu)\n        return idl_refuse(EMSGSIZE, ARGUMENT_WORD(0));\n",
         (unsigned long long)method->batch);
    emit_store_loop(out, method);
    emit(out, "    error = idl_call(%s, TAG(OP_CALL, %s, 1 + count * %u), DEADLINE_FOREVER,\n",
         name, label_name(out, method), method->in.fixed_words);
    emit(out, "                     IDL_ANSWER(1 + count * %u, 0));\n",
         1 + method->out.fixed_words);
    emit(out, "    if (error)\n        return error;\n");
    emit_load_loop(out, method);
    emit(out, "    return SUCCESS;\n}\n\n");
}

/* The server's side: each request in turn by run_one_METHOD, which emit_run wrote. */
void emit_batch_run(struct output *out, const struct method *method)
{
    unsigned in = method->in.fixed_words, answer = method->out.fixed_words;
    unsigned most = in > answer ? in : answer;

    emit(out,
         "static error_t run_%s(struct idl_request *request, word_t *words,\n"
         "%*sstruct message *message)\n{\n",
         method->name, (int)(20 + 1), "");
    emit(out, "    word_t requests[%llu * %u + 1], one[%u + 1];\n    word_t count = words[0];\n\n",
         (unsigned long long)method->batch, in, most);
    emit(out,
         "    if (count > %llu || message->word_count != 1 + count * %u)\n"
         "        return idl_deny(request, EMSGSIZE, ARGUMENT_WORD(0));\n",
         (unsigned long long)method->batch, in);
    emit(out, "    memcpy(requests, &words[1], count * %u * sizeof(word_t));\n", in);
    emit(out,
         "    for (word_t i = 0; i < count; i++) {\n"
         "        word_t *answer = &words[1 + i * %u];\n"
         "        error_t error;\n\n",
         1 + answer);
    emit(out, "        memcpy(one, &requests[i * %u], %u * sizeof(word_t));\n", in, in);
    emit(out, "        error = run_one_%s(request, one, NULL);\n", method->name);
    emit(out, "        if (error == IDL_LATER)\n            error = ENOTSUP;\n"
              "        answer[0] = (word_t)error;\n");
    emit(out,
         "        if (error)\n            memset(one, 0, sizeof(one));\n"
         "        memcpy(&answer[1], one, %u * sizeof(word_t));\n    }\n",
         answer);
    emit(out, "    message->word_count = (uint32_t)(1 + count * %u);\n    return SUCCESS;\n}\n\n",
         1 + answer);
}
