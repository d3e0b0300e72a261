/* words.c - what is said in a message's words: mostly what makes sense there. */

#include <myelin/idl/untyped_types.h>
#include <string.h>

#include "choose.h"

static const struct {
    uint64_t type, size;
} kinds[] = {
    {OBJECT_UNTYPED, 12},
    {OBJECT_UNTYPED, 14},
    {OBJECT_UNTYPED, 17},
    {OBJECT_UNTYPED, 21},
    {OBJECT_UNTYPED, 22},
    {OBJECT_CSPACE, 6},
    {OBJECT_CSPACE, 6},
    {OBJECT_CSPACE, 7},
    {OBJECT_VSPACE, 0},
    {OBJECT_VSPACE, 0},
    {OBJECT_FRAME, 12},
    {OBJECT_FRAME, 12},
    {OBJECT_FRAME, 12},
    {OBJECT_FRAME, 21},
    {OBJECT_THREAD, 0},
    {OBJECT_SCHEDCONTEXT, 0},
    {OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN},
    {OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY},
    {OBJECT_NOTIFICATION, 0},
    {OBJECT_NOTIFICATION, 0},
    {OBJECT_CHANNEL, CHANNEL_SIZE(2, 7, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 128, 4)},
    {OBJECT_WAITSET, 3},
    /* What cannot be made. */
    {OBJECT_UNTYPED, 11},
    {OBJECT_UNTYPED, 48},
    {OBJECT_CSPACE, 5},
    {OBJECT_CSPACE, 25},
    {OBJECT_FRAME, 13},
    {OBJECT_ENDPOINT, 2},
    {OBJECT_NOTIFICATION, 1},
    {OBJECT_CHANNEL, CHANNEL_SIZE(0, 7, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(65537, 7, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 6, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 129, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 5)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0) | 1ull << 60},
    {OBJECT_WAITSET, 0},
    {OBJECT_WAITSET, 16777217},
    {OBJECT_THREAD, 7},
    {OBJECT_REPLY, 0},
    {OBJECT_IOSPACE, 0},
    {OBJECT_MEMORYGRANT, 0},
    {99, 0},
};

const uint64_t extremes[16] = {0,
                               1,
                               4095,
                               4096,
                               4097,
                               UINT32_MAX,
                               1ull << 32,
                               USER_ADDRESS_END - 4096,
                               USER_ADDRESS_END,
                               USER_ADDRESS_END + 1,
                               1ull << 63,
                               UINT64_MAX - 1,
                               UINT64_MAX,
                               LARGE_PAGE_BYTES,
                               LARGE_PAGE_BYTES - 1,
                               0x10000};

uint64_t choose_address(uint8_t byte)
{
    if (byte < 0x60)
        return MEMORY_BEGINS + (byte & 15) * PAGE_BYTES + (byte & 16 ? LARGE_PAGE_BYTES : 0);
    if (byte < 0xc0)
        return MEMORY_BEGINS + (byte & 3) * LARGE_PAGE_BYTES;
    return byte < 0xf0 ? (uint64_t)byte << 39 : extremes[byte & 15];
}

/* In the few pages that there are from the beginning, and what comes after them. */
uint64_t choose_memory(uint8_t byte)
{
    if (byte < 0xe8)
        return MEMORY_BEGINS + (byte >> 5) * (PAGE_BYTES / 2) + (byte & 31) * 8;
    return byte < 0xf8 ? choose_address(byte) : extremes[byte & 15];
}

uint64_t choose_part(uint8_t byte)
{
    static const uint64_t parts[8] = {
        0, 8, 100, 1000, PAGE_BYTES - 8, PAGE_BYTES, PAGE_BYTES + 64, 2 * PAGE_BYTES};

    if (byte < 0xf0)
        return byte & 8 ? byte : parts[byte & 7];
    return extremes[byte & 15];
}

static uint64_t choose_length(uint8_t byte)
{
    static const uint64_t lengths[8] = {
        0, 0, PAGE_BYTES, PAGE_BYTES, 100, LARGE_PAGE_BYTES, 2 * PAGE_BYTES, 8};

    return byte < 0xe0 ? lengths[byte & 7] : extremes[byte & 15];
}

/* Mostly the one that it was given last. */
uint64_t choose_token(uint8_t byte)
{
    const struct model_thread *t = &object_at(model.running)->thread;
    int space = thread_space(model.running);

    if (byte < 0xa0 && t->caller != NONE && object_at(t->caller)->thread.reply == NONE)
        return t->token;
    if (byte < 0xe0)
        return choose_handle(space, OBJECT_REPLY, byte & 0x7f);
    return byte < 0xf0 ? t->token : choose_handle(space, OBJECT_NONE, byte);
}

/* A number that is mostly usual; false: it is about something else. */
static bool choose_number(enum meaning meaning, uint8_t byte, uint64_t *number)
{
    static const struct {
        uint64_t first, factor;
        uint8_t count;
    } usual[] = {
        [BADGE] = {0, 1, 8},
        [INDEX] = {0, 1, 64},
        [COUNT] = {0, 1, 8},
        [PRIORITY] = {0, 1, 64},
        [BUDGET] = {20000, 20000, 50},
        [PERIOD] = {1000000, 1000000, 20},
        [ROLE] = {0, 1, 2},
        [FLAG] = {0, 1, 2},
        [TEXT] = {25, 1, 8},
        [IMAGE] = {0, 8, 80},
        [CHUNK] = {0, 8, 34},
        [CONTENT] = {24, 1, 1},
    };

    if (meaning >= sizeof(usual) / sizeof(usual[0]) || !usual[meaning].count)
        return false;
    *number = byte < 0xf0
                  ? usual[meaning].first + byte % usual[meaning].count * usual[meaning].factor
                  : extremes[byte & 15];
    return true;
}

static uint64_t choose_word(enum meaning meaning, uint8_t byte)
{
    uint64_t number;

    if (choose_number(meaning, byte, &number))
        return number;
    switch (meaning) {
    case RIGHTS:
        return byte < 0x60 ? CAP_RIGHTS_ALL : byte * 41u & (byte & 1 ? CAP_RIGHTS_ALL : 0xffff);
    case ADDRESS:
        return choose_address(byte);
    case LENGTH:
        return choose_length(byte);
    case LINE:
        return byte < 0xa0 ? byte % 6u : byte < 0xf0 ? byte % 26 : extremes[byte & 15];
    case PORT:
        return byte < 0xe0 ? byte * 64u : extremes[byte & 15];
    case WHEN:
        return byte < 0x20 ? 0 : model.now + byte * byte * 101u;
    case USER_ADDRESS:
        return byte < 0xc0 ? MEMORY_BEGINS + byte * UTCB_SIZE : choose_address(byte);
    case TOKEN:
        return choose_token(byte);
    case MEMORY:
        return choose_memory(byte);
    case OFFSET:
        return byte < 0xc0 ? (byte & 3) * 8u : choose_part(byte);
    case LEAST:
        return byte < 0xf0 ? byte * byte / 4u : extremes[byte & 15];
    case PART:
        return choose_part(byte);
    case NUMBER:
        return byte < 0xe0 ? byte & 1 : byte;
    case LENDABLE:
        return byte < 0xf0 ? 1 + byte % 3 : byte;
    case WIDTH:
        return 1u << (byte & 3);
    case ANYTHING:
        return byte < 0xe0 ? byte : extremes[byte & 15];
    default:
        return 0;
    }
}

static void put_kind(struct deed *deed, uint8_t byte)
{
    unsigned n = byte % (sizeof(kinds) / sizeof(kinds[0]));

    deed->now.word[0] = kinds[n].type;
    deed->now.word[1] = kinds[n].size;
}

/* So that what is said of the object is of use to people: its type and a number. */
static void put_title(struct deed *deed)
{
    static const char *const names[OBJECT_TYPES] = {
        [OBJECT_CSPACE] = "space",      [OBJECT_VSPACE] = "vspace",
        [OBJECT_THREAD] = "thread",     [OBJECT_SCHEDCONTEXT] = "time",
        [OBJECT_ENDPOINT] = "endpoint", [OBJECT_NOTIFICATION] = "bell",
        [OBJECT_CHANNEL] = "channel",   [OBJECT_WAITSET] = "set",
    };
    uint64_t type = deed->now.word[0];
    char name[OBJECT_NAME_BYTES] = {0};

    if (type < OBJECT_TYPES && names[type])
        strcpy(name, names[type]);
    name[strlen(name)] = (char)('A' + model.object_count / 26 % 26);
    name[strlen(name)] = (char)('a' + model.object_count % 26);
    memcpy(&deed->now.word[2], name, sizeof(name));
}

/* Of a thread: where it will be, and words that mean something as a system call, or nothing. */
static void put_registers(struct deed *deed, const struct step *step)
{
    uint64_t *word = deed->words;
    uint8_t where = step->byte[THE_WORDS];

    for (unsigned i = 0; i < 20; i++)
        word[i] = extremes[(step->byte[THE_WORDS + 1 + i % 4] + i) & 15];
    word[0] = where < 0xc0 ? choose_memory(where) : extremes[where & 15];
    if (step->byte[THE_CAPS] < 0xc0)
        word[18] = choose_memory(step->byte[THE_CAPS]); /* FS base */
    memcpy(deed->now.word, word, sizeof(deed->now.word));
}

void put_words(struct deed *deed, const struct recipe *recipe, const struct step *step)
{
    if (recipe->words > RECIPE_WORDS)
        put_registers(deed, step);
    for (unsigned i = 0; i < recipe->words && i < RECIPE_WORDS; i++) {
        uint8_t byte = step->byte[THE_WORDS + i];

        if (recipe->word[i] == KIND)
            put_kind(deed, byte);
        else if (recipe->word[i] == NAME)
            put_title(deed);
        else if (recipe->word[i] != NOTHING && recipe->word[i] != REGISTERS)
            deed->now.word[i] = choose_word(recipe->word[i], byte);
    }
}
