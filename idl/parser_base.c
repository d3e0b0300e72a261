/* parser_base.c - taking tokens one by one, and saying what was expected. */
#include "parser.h"

#include <string.h>

void parser_start(struct parser *parser, struct arena *arena, struct source *source)
{
    *parser = (struct parser){.arena = arena};
    lexer_start(&parser->lexer, arena, source);
    parser->token = lexer_next(&parser->lexer);
}

struct token parser_take(struct parser *parser)
{
    struct token taken = parser->token;

    parser->token = lexer_next(&parser->lexer);
    return taken;
}

bool parser_sees(const struct parser *parser, const char *text)
{
    const struct token *token = &parser->token;

    return (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) &&
           strcmp(token->text, text) == 0;
}

bool parser_accepts(struct parser *parser, const char *text)
{
    if (!parser_sees(parser, text))
        return false;
    parser_take(parser);
    return true;
}

void parser_fail(struct parser *parser, const char *what, const struct suggestion *suggestion)
{
    complain_and_stop(parser->token.place, "expected %s, found %s%s", what,
                      token_description(parser->arena, &parser->token),
                      suggestion ? suggestion_text(parser->arena, suggestion) : "");
}

struct token parser_expect_word(struct parser *parser, const char *what)
{
    if (parser->token.kind != TOKEN_WORD)
        parser_fail(parser, what, NULL);
    return parser_take(parser);
}

void parser_expect(struct parser *parser, const char *sign, const char *where)
{
    if (!parser_accepts(parser, sign))
        parser_fail(parser, arena_format(parser->arena, "'%s' %s", sign, where), NULL);
}

uint64_t parser_expect_number(struct parser *parser, const char *what)
{
    if (parser->token.kind != TOKEN_NUMBER)
        parser_fail(parser, what, NULL);
    return parser_take(parser).number;
}

uint64_t parser_expect_amount(struct parser *parser, const char *what)
{
    struct suggestion suggestion = {.word = parser->token.text};

    if (parser->token.kind == TOKEN_NUMBER)
        return parser_take(parser).number;
    if (parser->token.kind != TOKEN_WORD)
        parser_fail(parser, what, NULL);
    for (const struct value *value = parser->interface->constants; value; value = value->next) {
        if (strcmp(value->name, parser->token.text) == 0) {
            parser_take(parser);
            return value->number;
        }
        suggestion_try(&suggestion, value->name);
    }
    complain_and_stop(parser->token.place, "no constant '%s' is declared before this line%s",
                      parser->token.text, suggestion_text(parser->arena, &suggestion));
}

bool parser_list_goes_on(struct parser *parser, const char *end, const char *where)
{
    if (parser_accepts(parser, end))
        return false;
    if (!parser_accepts(parser, ","))
        parser_fail(parser, arena_format(parser->arena, "',' or '%s' %s", end, where), NULL);
    return true;
}
