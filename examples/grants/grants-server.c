/*
 * grants-server.c - B in the three cases: reads, writes, or changes memory that A has granted.
 *
 * To copy is the rule: A may take its memory away at any time, and then a copy says so (EFAULT,
 * ESTALE) while B goes on.
 */
#include <ctype.h>
#include <string.h>

#include <myelin/cap.h>
#include <myelin/ipc.h>
#include <myelin/memorygrant.h>
#include <myelin/startup.h>

#include "grants.h"

static const char poem[] = "A client may ask, and a server may say;\n"
                           "a message keeps fifty-six bytes, so they say,\n"
                           "and what must be longer is granted today.\n";

static char text[GRANTS_TEXT_MAX];

/* Case 1: A sends more than 56 bytes. */
static error_t count(cap_t grant, size_t length, word_t *words)
{
    error_t error = grant_read(grant, 0, text, length);

    *words = 0;
    for (size_t i = 0; i < length && !error; i++)
        *words += text[i] > ' ' && (i == 0 || text[i - 1] <= ' ');
    return error;
}

/* Case 2: A asks for more than 56 bytes. */
static error_t fetch(cap_t grant, size_t length, word_t *written)
{
    *written = sizeof(poem) - 1 < length ? sizeof(poem) - 1 : length;
    return grant_write(grant, 0, poem, *written);
}

/* Case 3: both. */
static error_t shout(cap_t grant, size_t length)
{
    error_t error = grant_read(grant, 0, text, length);

    for (size_t i = 0; i < length; i++)
        text[i] = (char)toupper((unsigned char)text[i]);
    return error ? error : grant_write(grant, 0, text, length);
}

static error_t serve(uint32_t label, cap_t grant, word_t *result)
{
    struct grant_info info;
    error_t error = grant_inspect(grant, &info);

    if (error)
        return error;
    if (info.length > GRANTS_TEXT_MAX)
        return EMSGSIZE;
    switch (label) {
    case GRANTS_COUNT:
        return count(grant, info.length, result);
    case GRANTS_FETCH:
        return fetch(grant, info.length, result);
    case GRANTS_SHOUT:
        return shout(grant, info.length);
    default:
        return ENOSYS;
    }
}

int main(void)
{
    static struct message message = {.accept = 1};

    while (message_reply_receive(startup_cap("grants"), &message) == SUCCESS) {
        cap_t grant = message.cap_count ? message.caps[0].cap : CAP_NULL;
        word_t result = 0;
        error_t error = serve(message.label, grant, &result);

        if (grant)
            cap_delete(grant);
        message_begin(&message, (uint32_t)error);
        message_put(&message, result);
        message.accept = 1;
    }
    return 1;
}
