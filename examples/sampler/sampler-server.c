/*
 * sampler-server.c - a whole server made with the interface compiler: handlers, and one line of
 * loop.
 *
 * What it speaks is idl/interfaces/sampler.idl. sampler-client starts it and gives it "requests".
 */
#include <ctype.h>
#include <string.h>

#include <myelin/cap.h>
#include <myelin/idl/sampler_server.h>
#include <myelin/startup.h>

error_t sampler_handle_add(struct idl_request *request, uint64_t a, uint64_t b, uint64_t c,
                           uint64_t *sum)
{
    (void)request;
    if (__builtin_add_overflow(a, b, sum) || __builtin_add_overflow(*sum, c, sum))
        return EOVERFLOW;
    return SUCCESS;
}

error_t sampler_handle_mirror(struct idl_request *request, const struct sampler_point *point,
                              enum sampler_axis axis, struct sampler_point *mirrored)
{
    if (point->x == INT32_MIN || point->y == INT32_MIN)
        return idl_deny(request, ERANGE, 1);
    *mirrored = *point;
    if (axis == SAMPLER_X)
        mirrored->y = -point->y;
    else
        mirrored->x = -point->x;
    return SUCCESS;
}

error_t sampler_handle_shout(struct idl_request *request, const char *text, const void *data,
                             size_t data_length, char loud[SAMPLER_TEXT_MOST + 1], void *reversed,
                             size_t *reversed_length)
{
    const char *from = data;
    char *to = reversed;

    (void)request;
    for (size_t i = 0; i <= strlen(text); i++)
        loud[i] = (char)toupper((unsigned char)text[i]);
    for (size_t i = 0; i < data_length; i++)
        to[i] = from[data_length - 1 - i];
    *reversed_length = data_length;
    return SUCCESS;
}

error_t sampler_handle_ring(struct idl_request *request, cap_t bell)
{
    error_t error = ipc_notify(bell, 0);

    (void)request;
    if (!error)
        cap_delete(bell);
    return error;
}

error_t sampler_handle_fill(struct idl_request *request, uint8_t value,
                            const struct idl_lease *buffer, uint64_t *filled)
{
    char part[512];
    error_t error = SUCCESS;

    (void)request;
    memset(part, value, sizeof(part));
    while (!error && *filled < buffer->length) {
        size_t left = buffer->length - *filled;
        size_t length = left < sizeof(part) ? left : sizeof(part);

        error = idl_lease_write(buffer, *filled, part, length);
        *filled += length;
    }
    return error;
}

error_t sampler_handle_square(struct idl_request *request, uint32_t root, uint64_t *squared)
{
    (void)request;
    *squared = (uint64_t)root * root;
    return SUCCESS;
}

int main(void)
{
    return sampler_serve(startup_cap("requests"));
}
