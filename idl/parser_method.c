/* parser_method.c - methods, their parameters, and types. */
#include "parser.h"

#include <string.h>

#include "vocabulary.h"

/* ---- types ---- */

struct type parse_type(struct parser *parser, const char *what)
{
    struct token word = parser_expect_word(parser, what);
    struct type type = {.place = word.place, .name = word.text};

    if (parser_accepts(parser, ".")) {
        type.owner_name = word.text;
        type.name = parser_expect_word(parser, "the name of a type after the dot").text;
    }
    return type;
}

void parse_array(struct parser *parser, struct type *type)
{
    if (!parser_accepts(parser, "["))
        return;
    type->is_array = true;
    type->count = parser_expect_amount(parser, "the number of elements");
    parser_expect(parser, "]", "after the number of elements");
}

static uint64_t parse_bound(struct parser *parser, const char *sentence)
{
    uint64_t bound;

    if (!parser_accepts(parser, "<"))
        parser_fail(parser, sentence, NULL);
    bound = parser_expect_amount(parser, "the largest number of bytes");
    parser_expect(parser, ">", "after the largest number of bytes");
    return bound;
}

/* ---- capabilities and leases ---- */

static const struct vocable *parse_vocable(struct parser *parser, const struct vocable *list,
                                           const char *what)
{
    struct suggestion suggestion = {.word = parser->token.text};
    const struct vocable *vocable = vocable_find(list, parser->token.text);

    if (parser->token.kind != TOKEN_WORD)
        parser_fail(parser, what, NULL);
    if (!vocable) {
        vocable_suggest(list, &suggestion);
        parser_fail(parser, what, &suggestion);
    }
    parser_take(parser);
    return vocable;
}

/* Read, Write, ... up to what is no comma. */
static uint32_t parse_rights(struct parser *parser)
{
    uint32_t set = 0;

    do
        set |= parse_vocable(parser, rights, "a right (Read, Write, Execute, Send, Call, ...)")
                   ->number;
    while (parser_accepts(parser, ","));
    return set;
}

static uint32_t parse_rights_in_parentheses(struct parser *parser)
{
    uint32_t set;

    parser_expect(parser, "(", "before the rights");
    set = parse_rights(parser);
    parser_expect(parser, ")", "after the rights");
    return set;
}

static uint32_t parse_cap_types(struct parser *parser)
{
    uint32_t types = 0;

    do {
        const struct vocable *type = parse_vocable(parser, object_types,
                                                   "the type of the capability (Frame, Endpoint, "
                                                   "..., or Any)");
        types |= type->number ? 1u << type->number : 0;
    } while (parser_accepts(parser, "|"));
    return types;
}

static void parse_cap_mode(struct parser *parser, struct cap_spec *cap)
{
    static const char *const words[] = {"copied", "derived", "moved", "chosen"};
    struct suggestion suggestion = {.word = parser->token.text};

    for (unsigned mode = 0; mode < sizeof(words) / sizeof(words[0]); mode++) {
        suggestion_try(&suggestion, words[mode]);
        if (!parser_accepts(parser, words[mode]))
            continue;
        cap->mode = mode;
        if (mode == MODE_DERIVED)
            cap->kept = parse_rights_in_parentheses(parser);
        cap->optional = parser_accepts(parser, "optional");
        return;
    }
    parser_fail(parser, "how the capability travels (copied, derived(...), moved or chosen)",
                &suggestion);
}

static void parse_cap(struct parser *parser, struct parameter *parameter)
{
    struct cap_spec *cap = &parameter->cap;

    parser_expect(parser, ":", "and the type after a capability's name");
    cap->types = parse_cap_types(parser);
    if (parser_sees(parser, "("))
        cap->rights = parse_rights_in_parentheses(parser);
    parse_cap_mode(parser, cap);
}

static void parse_lease(struct parser *parser, struct parameter *parameter)
{
    if (parser_accepts(parser, "read"))
        parameter->lease_access = LEASE_READ;
    else if (parser_accepts(parser, "write"))
        parameter->lease_access = LEASE_WRITE;
    else if (parser_accepts(parser, "both"))
        parameter->lease_access = LEASE_READ | LEASE_WRITE;
    else
        parser_fail(parser, "for what the buffer is lent (read, write or both)", NULL);
    parameter->type.bound = parse_bound(parser, "'<' and the largest size of the buffer");
}

/* ---- parameters ---- */

static enum type_kind kind_of_word(const char *word)
{
    static const struct {
        const char *word;
        enum type_kind kind;
    } kinds[] = {{"name", TYPE_NAME},
                 {"string", TYPE_STRING},
                 {"bytes", TYPE_BYTES},
                 {"cap", TYPE_CAP},
                 {"bool", TYPE_BOOL}};

    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].word, word) == 0)
            return kinds[i].kind;
    return TYPE_INTEGER; /* or a declared one: check.c finds out */
}

static struct parameter *new_parameter(struct parser *parser)
{
    struct parameter *parameter = arena_take(parser->arena, sizeof(*parameter));

    parameter->place = parser->token.place;
    parameter->doc = parser->token.doc;
    return parameter;
}

static void take_parameter_name(struct parser *parser, struct parameter *parameter)
{
    parameter->place = parser->token.place;
    parameter->name = parser_expect_word(parser, "the parameter's name").text;
}

static void parse_typed(struct parser *parser, struct parameter *parameter)
{
    struct type *type = &parameter->type;

    *type = parse_type(parser, "the parameter's type");
    type->kind = type->owner_name ? TYPE_INTEGER : kind_of_word(type->name);
    take_parameter_name(parser, parameter);
    if (type->kind == TYPE_CAP)
        parse_cap(parser, parameter);
    else if (type->kind == TYPE_STRING || type->kind == TYPE_BYTES)
        type->bound = parse_bound(parser, "'<' and the largest number of bytes");
    else
        parse_array(parser, type);
}

static struct parameter *parse_parameter(struct parser *parser)
{
    struct parameter *parameter = new_parameter(parser);
    struct suggestion suggestion = {.word = parser->token.text};

    if (parser_accepts(parser, "deadline")) {
        parameter->type.kind = TYPE_DEADLINE;
        parameter->name = "deadline";
    } else if (parser_accepts(parser, "lease")) {
        parameter->type.kind = TYPE_LEASE;
        take_parameter_name(parser, parameter);
        parse_lease(parser, parameter);
    } else if (parser_accepts(parser, "in")) {
        parse_typed(parser, parameter);
    } else if (parser_accepts(parser, "out")) {
        parameter->direction = DIRECTION_OUT;
        parse_typed(parser, parameter);
    } else {
        suggestion_try(&suggestion, "lease");
        suggestion_try(&suggestion, "deadline");
        parser_fail(parser, "a parameter (in, out, lease or deadline)", &suggestion);
    }
    return parameter;
}

static struct parameter *parse_parameters(struct parser *parser)
{
    struct parameter *first = NULL, **end = &first;

    parser_expect(parser, "(", "before the parameters");
    if (parser_accepts(parser, ")"))
        return NULL;
    do {
        *end = parse_parameter(parser);
        end = &(*end)->next;
    } while (parser_list_goes_on(parser, ")", "after a parameter"));
    return first;
}

/* ---- methods ---- */

struct error_use *parse_error_use(struct parser *parser)
{
    struct error_use *use = arena_take(parser->arena, sizeof(*use));

    use->place = parser->token.place;
    use->name = parser_expect_word(parser, "the name of an error").text;
    if (parser->token.kind == TOKEN_TEXT)
        use->sentence = parser_take(parser).text;
    return use;
}

static struct error_use *parse_method_errors(struct parser *parser)
{
    struct error_use *first = NULL, **end = &first;

    do {
        *end = parse_error_use(parser);
        end = &(*end)->next;
    } while (parser_accepts(parser, ","));
    return first;
}

static void parse_clauses(struct parser *parser, struct method *method)
{
    struct suggestion suggestion = {0};

    while (!parser_accepts(parser, ";")) {
        if (parser_accepts(parser, "needs")) {
            method->needs = parse_rights(parser);
        } else if (parser_accepts(parser, "errors")) {
            method->errors = parse_method_errors(parser);
        } else if (parser_accepts(parser, "idempotent")) {
            method->idempotent = true;
        } else {
            suggestion.word = parser->token.text;
            suggestion_try(&suggestion, "needs");
            suggestion_try(&suggestion, "errors");
            suggestion_try(&suggestion, "idempotent");
            parser_fail(parser, "';', or needs, errors or idempotent", &suggestion);
        }
    }
}

struct method *parse_method(struct parser *parser)
{
    struct method *method = arena_take(parser->arena, sizeof(*method));

    method->doc = parser->token.doc;
    method->oneway = parser_accepts(parser, "oneway");
    parser_expect(parser, "method", "after 'oneway'");
    method->place = parser->token.place;
    method->name = parser_expect_word(parser, "the method's name").text;
    parser_expect(parser, "=", "and the method's number");
    method->number = parser_expect_number(parser, "the method's number");
    if (parser_accepts(parser, "batch")) {
        parser_expect(parser, "<", "and the most requests in one message, after 'batch'");
        method->batch = parser_expect_amount(parser, "the most requests in one message");
        parser_expect(parser, ">", "after the most requests in one message");
        if (method->batch == 0)
            complain(method->place, "a batch of 0 requests: at least 1");
    }
    method->parameters = parse_parameters(parser);
    parse_clauses(parser, method);
    return method;
}
