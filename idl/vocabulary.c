/* vocabulary.c - object types, rights, integers, and the words of C. */
#include "vocabulary.h"

#include <string.h>

const struct vocable object_types[] = {
    {"Any", 0, "OBJECT_NONE"},
    {"Untyped", 1, "OBJECT_UNTYPED"},
    {"CSpace", 2, "OBJECT_CSPACE"},
    {"VSpace", 3, "OBJECT_VSPACE"},
    {"Frame", 4, "OBJECT_FRAME"},
    {"Thread", 5, "OBJECT_THREAD"},
    {"SchedContext", 6, "OBJECT_SCHEDCONTEXT"},
    {"Cpu", 7, "OBJECT_CPU"},
    {"Endpoint", 8, "OBJECT_ENDPOINT"},
    {"Notification", 9, "OBJECT_NOTIFICATION"},
    {"Channel", 10, "OBJECT_CHANNEL"},
    {"WaitSet", 11, "OBJECT_WAITSET"},
    {"Reply", 12, "OBJECT_REPLY"},
    {"MemoryGrant", 13, "OBJECT_MEMORYGRANT"},
    {"Irq", 14, "OBJECT_IRQ"},
    {"IrqControl", 15, "OBJECT_IRQCONTROL"},
    {"IoPort", 16, "OBJECT_IOPORT"},
    {"Trace", 17, "OBJECT_TRACE"},
    {"IoSpace", 18, "OBJECT_IOSPACE"},
    {0},
};

const struct vocable rights[] = {
    {"Read", 0x0001, "CAP_RIGHTS_READ"},       {"Write", 0x0002, "CAP_RIGHTS_WRITE"},
    {"Execute", 0x0004, "CAP_RIGHTS_EXECUTE"}, {"Send", 0x0008, "CAP_RIGHTS_SEND"},
    {"Call", 0x0010, "CAP_RIGHTS_CALL"},       {"Post", 0x0020, "CAP_RIGHTS_POST"},
    {"Recv", 0x0040, "CAP_RIGHTS_RECV"},       {"Grant", 0x0080, "CAP_RIGHTS_GRANT"},
    {"Dma", 0x0100, "CAP_RIGHTS_DMA"},         {"Manage", 0x0200, "CAP_RIGHTS_MANAGE"},
    {"Use", 0x0400, "CAP_RIGHTS_USE"},         {0},
};

const struct vocable integers[] = {
    {"u8", 1, "uint8_t"},
    {"u16", 2, "uint16_t"},
    {"u32", 4, "uint32_t"},
    {"u64", 8, "uint64_t"},
    {"i8", 1 | VOCABLE_SIGNED, "int8_t"},
    {"i16", 2 | VOCABLE_SIGNED, "int16_t"},
    {"i32", 4 | VOCABLE_SIGNED, "int32_t"},
    {"i64", 8 | VOCABLE_SIGNED, "int64_t"},
    {"char", 1, "char"},
    {0},
};

static const char *const c_words[] = {
    "auto",  "bool",   "break",    "case",     "char",   "const",  "continue", "default",
    "do",    "double", "else",     "enum",     "extern", "false",  "float",    "for",
    "goto",  "if",     "inline",   "int",      "long",   "return", "register", "restrict",
    "short", "signed", "sizeof",   "static",   "struct", "switch", "true",     "typedef",
    "union", "void",   "unsigned", "volatile", "while",  NULL,
};

/* What the generated functions call their own variables. */
static const char *const local_words[] = {
    "answer", "at", "counters", "deadline", "error", "i",    "invocation", "message", "methods",
    "one",    "r",  "reply",    "request",  "rest",  "utcb", "words",      NULL,
};

const struct vocable *vocable_find(const struct vocable *list, const char *word)
{
    for (; list->word; list++)
        if (strcmp(list->word, word) == 0)
            return list;
    return NULL;
}

void vocable_suggest(const struct vocable *list, struct suggestion *suggestion)
{
    for (; list->word; list++)
        suggestion_try(suggestion, list->word);
}

static const char *join(struct arena *arena, const char *text, const char *between,
                        const char *next)
{
    return *text ? arena_format(arena, "%s%s%s", text, between, next) : next;
}

const char *rights_text(struct arena *arena, uint32_t set)
{
    const char *text = "";

    for (const struct vocable *right = rights; right->word; right++)
        if (set & right->number)
            text = join(arena, text, ", ", right->word);
    return text;
}

const char *rights_c_text(struct arena *arena, uint32_t set)
{
    const char *text = "";

    for (const struct vocable *right = rights; right->word; right++)
        if (set & right->number)
            text = join(arena, text, " | ", right->c_name);
    return *text ? text : "0";
}

const char *types_text(struct arena *arena, uint32_t set)
{
    const char *text = "";

    if (!set)
        return "any type";
    for (const struct vocable *type = object_types; type->word; type++)
        if (type->number && set >> type->number & 1)
            text = join(arena, text, " or ", type->word);
    return text;
}

static bool contains(const char *const *list, const char *word)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

bool is_c_word(const char *word)
{
    return contains(c_words, word);
}

bool is_local_word(const char *word)
{
    return contains(local_words, word);
}
