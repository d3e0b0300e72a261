/* parser.c - whole files: an interface, or the list of errors. */
#include "parser.h"

/* ---- constants, enums, flags, events ---- */

static struct value *parse_value(struct parser *parser, const char *what)
{
    struct value *value = arena_take(parser->arena, sizeof(*value));

    value->place = parser->token.place;
    value->doc = parser->token.doc;
    value->name = parser_expect_word(parser, what).text;
    parser_expect(parser, "=", "and a number after the name");
    value->number = parser_expect_amount(parser, "a number");
    return value;
}

static struct value **end_of(struct value **list)
{
    while (*list)
        list = &(*list)->next;
    return list;
}

static void parse_constant(struct parser *parser)
{
    const char *doc = parser_take(parser).doc;
    struct value *value = parse_value(parser, "the constant's name");

    value->doc = doc;
    parser_expect(parser, ";", "after a constant");
    *end_of(&parser->interface->constants) = value;
}

/* { NAME = 1, NAME = 2 } - a comma after the last is welcome. */
static struct value *parse_values(struct parser *parser)
{
    struct value *first = NULL, **end = &first;

    parser_expect(parser, "{", "before the values");
    do {
        if (first && parser_accepts(parser, "}"))
            break;
        *end = parse_value(parser, "the name of a value");
        end = &(*end)->next;
    } while (parser_list_goes_on(parser, "}", "after a value"));
    return first;
}

static struct declaration *new_declaration(struct parser *parser, enum declaration_kind kind)
{
    struct declaration *declaration = arena_take(parser->arena, sizeof(*declaration));
    struct declaration **end = &parser->interface->declarations;

    declaration->kind = kind;
    declaration->doc = parser_take(parser).doc;
    declaration->place = parser->token.place;
    declaration->name = parser_expect_word(parser, "the name of the type").text;
    while (*end)
        end = &(*end)->next;
    *end = declaration;
    return declaration;
}

static void parse_enum(struct parser *parser, enum declaration_kind kind)
{
    struct declaration *declaration = new_declaration(parser, kind);

    parser_expect(parser, ":", "and an integer type after the name");
    declaration->base = parse_type(parser, "an unsigned integer type");
    declaration->values = parse_values(parser);
}

static void parse_struct(struct parser *parser)
{
    struct declaration *declaration = new_declaration(parser, DECLARED_STRUCT);
    struct field **end = &declaration->fields;

    parser_expect(parser, "{", "before the fields");
    while (!parser_accepts(parser, "}")) {
        struct field *field = arena_take(parser->arena, sizeof(*field));

        field->doc = parser->token.doc;
        field->type = parse_type(parser, "the type of a field, or '}'");
        field->place = parser->token.place;
        field->name = parser_expect_word(parser, "the field's name").text;
        parse_array(parser, &field->type);
        parser_expect(parser, ";", "after a field");
        *end = field;
        end = &field->next;
    }
}

static void parse_interface_errors(struct parser *parser)
{
    struct error_use **end = &parser->interface->errors;

    parser_take(parser);
    parser_expect(parser, "{", "before the errors");
    while (*end)
        end = &(*end)->next;
    while (!parser_accepts(parser, "}")) {
        *end = parse_error_use(parser);
        end = &(*end)->next;
        parser_expect(parser, ";", "after an error");
    }
}

static void parse_events(struct parser *parser)
{
    struct value **end = end_of(&parser->interface->events);

    parser_take(parser);
    parser_expect(parser, "{", "before the events");
    while (!parser_accepts(parser, "}")) {
        *end = parse_value(parser, "the name of an event");
        end = &(*end)->next;
        parser_expect(parser, ";", "after an event");
    }
}

static void append_method(struct parser *parser)
{
    struct method **end = &parser->interface->methods;

    while (*end)
        end = &(*end)->next;
    *end = parse_method(parser);
}

__attribute__((noreturn)) static void fail_declaration(struct parser *parser)
{
    static const char *const words[] = {"const",  "enum",   "flags",  "struct",
                                        "errors", "events", "method", "oneway"};
    struct suggestion suggestion = {.word = parser->token.text};

    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        suggestion_try(&suggestion, words[i]);
    parser_fail(parser, "a declaration (const, enum, flags, struct, errors, events or method)",
                &suggestion);
}

static void parse_declaration(struct parser *parser)
{
    if (parser_sees(parser, "const"))
        parse_constant(parser);
    else if (parser_sees(parser, "enum"))
        parse_enum(parser, DECLARED_ENUM);
    else if (parser_sees(parser, "flags"))
        parse_enum(parser, DECLARED_FLAGS);
    else if (parser_sees(parser, "struct"))
        parse_struct(parser);
    else if (parser_sees(parser, "errors"))
        parse_interface_errors(parser);
    else if (parser_sees(parser, "events"))
        parse_events(parser);
    else if (parser_sees(parser, "method") || parser_sees(parser, "oneway"))
        append_method(parser);
    else
        fail_declaration(parser);
}

/* ---- the interface ---- */

static void parse_imports(struct parser *parser)
{
    struct import **end = &parser->interface->imports;

    while (parser_accepts(parser, "import")) {
        struct import *import = arena_take(parser->arena, sizeof(*import));

        import->place = parser->token.place;
        import->name = parser_expect_word(parser, "the name of an interface").text;
        parser_expect(parser, ";", "after an import");
        *end = import;
        end = &import->next;
    }
}

static void parse_heading(struct parser *parser)
{
    struct interface *interface = parser->interface;
    struct suggestion suggestion = {.word = parser->token.text};

    interface->doc = parser->token.doc;
    interface->is_object = parser_sees(parser, "object");
    if (!interface->is_object && !parser_sees(parser, "interface")) {
        suggestion_try(&suggestion, "interface");
        suggestion_try(&suggestion, "object");
        suggestion_try(&suggestion, "import");
        parser_fail(parser, "'interface', 'object' or 'import'", &suggestion);
    }
    parser_take(parser);
    interface->place = parser->token.place;
    interface->name = parser_expect_word(parser, "the interface's name").text;
    parser_expect(parser, "=", "and the interface's id");
    interface->id = parser_expect_number(parser, "the interface's id");
    parser_expect(parser, "version", "and a number after the id");
    interface->version = parser_expect_number(parser, "the interface's version");
    interface->is_service = parser_accepts(parser, "service");
}

struct interface *parse_interface(struct arena *arena, struct source *source)
{
    struct parser parser;

    parser_start(&parser, arena, source);
    parser.interface = arena_take(arena, sizeof(*parser.interface));
    parser.interface->source = source;
    parse_imports(&parser);
    parse_heading(&parser);
    parser_expect(&parser, "{", "before the declarations");
    while (!parser_accepts(&parser, "}"))
        parse_declaration(&parser);
    if (parser.token.kind != TOKEN_END)
        parser_fail(&parser, "the end of the file (one interface a file)", NULL);
    return parser.interface;
}

/* ---- errors.idl ---- */

static struct error_entry *parse_error_entry(struct parser *parser)
{
    struct error_entry *entry = arena_take(parser->arena, sizeof(*entry));

    entry->place = parser->token.place;
    entry->doc = parser->token.doc;
    entry->name = parser_expect_word(parser, "the name of an error").text;
    parser_expect(parser, "=", "and the error's number");
    if (parser->token.kind == TOKEN_WORD) {
        entry->alias = parser_take(parser).text;
        parser_expect(parser, "=", "and the error's number");
    }
    entry->number = (int)parser_expect_number(parser, "the error's number");
    if (parser->token.kind != TOKEN_TEXT)
        parser_fail(parser, "the error's sentence, in quotes", NULL);
    entry->sentence = parser_take(parser).text;
    parser_expect(parser, ";", "after an error");
    return entry;
}

struct error_entry *parse_errors(struct arena *arena, struct source *source)
{
    struct error_entry *first = NULL, **end = &first;
    struct parser parser;

    parser_start(&parser, arena, source);
    parser_expect(&parser, "errors", "at the beginning of the list of errors");
    parser_expect(&parser, "{", "before the errors");
    while (!parser_accepts(&parser, "}")) {
        *end = parse_error_entry(&parser);
        end = &(*end)->next;
    }
    return first;
}
