/*
 * grants-server.c - B in the three cases: reads, writes, or changes memory that A has granted.
 *
 * To copy is the rule: A may take its memory away at any time, and then a copy says so (EFAULT,
 * ESTALE) while B goes on.
 */
#include <ctype.h>

#include <myelin/cap.h>
#include <myelin/idl/grants_server.h>
#include <myelin/memorygrant.h>
#include <myelin/startup.h>

static const char poem[] = "A client may ask, and a server may say;\n"
                           "a message keeps fifty-six bytes, so they say,\n"
                           "and what must be longer is granted today.\n";

static char text[GRANTS_TEXT_MOST];

/* How long a grant is that came as the request's first capability. */
static error_t length_of(struct idl_request *request, cap_t grant, size_t *length)
{
    struct grant_info info;
    error_t error = grant_inspect(grant, &info);

    if (error)
        return error;
    if (info.length > GRANTS_TEXT_MOST)
        return idl_deny(request, EMSGSIZE, ARGUMENT_CAP(0));
    *length = info.length;
    return SUCCESS;
}

/* A grant that was used with success is this server's, and not needed any more. */
static error_t used(cap_t grant, error_t error)
{
    if (!error)
        cap_delete(grant);
    return error;
}

static uint64_t words_in(size_t length)
{
    uint64_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += text[i] > ' ' && (i == 0 || text[i - 1] <= ' ');
    return count;
}

/* Case 1: A sends more than 56 bytes. */
error_t grants_handle_count(struct idl_request *request, cap_t grant, uint64_t *found)
{
    size_t length;
    error_t error = length_of(request, grant, &length);

    if (!error)
        error = grant_read(grant, 0, text, length);
    if (!error)
        *found = words_in(length);
    return used(grant, error);
}

/* Case 2: A asks for more than 56 bytes. */
error_t grants_handle_fetch(struct idl_request *request, cap_t grant, uint64_t *written)
{
    size_t length;
    error_t error = length_of(request, grant, &length);

    if (error)
        return error;
    *written = sizeof(poem) - 1 < length ? sizeof(poem) - 1 : length;
    return used(grant, grant_write(grant, 0, poem, *written));
}

/* Case 3: both. */
error_t grants_handle_shout(struct idl_request *request, cap_t grant)
{
    size_t length;
    error_t error = length_of(request, grant, &length);

    if (!error)
        error = grant_read(grant, 0, text, length);
    if (error)
        return error;
    for (size_t i = 0; i < length; i++)
        text[i] = (char)toupper((unsigned char)text[i]);
    return used(grant, grant_write(grant, 0, text, length));
}

int main(void)
{
    grants_serve(startup_cap("grants"));
    return 1;
}
