/*
 * kitchen.c - handlers of good/kitchen.idl: each gives back what it was given, changed so that a
 * value that went astray is seen.
 */
#include <myelin/cap.h>
#include <myelin/idl/kitchen_server.h>

#include "kitchen.h"

uint64_t noted_hint;
char noted_shout[KITCHEN_SHOUT_MOST + 1];
uint64_t noted_cap_how[2];

error_t kitchen_handle_nothing(struct idl_request *request)
{
    return request->badge == 77 ? SUCCESS : EINVAL;
}

error_t kitchen_handle_scalars(struct idl_request *request, uint8_t a, uint16_t b, uint32_t c,
                               uint64_t d, int8_t e, int16_t f, int32_t g, uint8_t *aa,
                               uint16_t *bb, uint32_t *cc, uint64_t *dd, int8_t *ee, int16_t *ff,
                               int32_t *gg)
{
    (void)request;
    *aa = a;
    *bb = b;
    *cc = c;
    *dd = d;
    *ee = e;
    *ff = f;
    *gg = g;
    return SUCCESS;
}

error_t kitchen_handle_more(struct idl_request *request, int64_t a, bool b, enum kitchen_heat c,
                            uint64_t d, int64_t *aa, bool *bb, enum kitchen_heat *cc, uint64_t *dd)
{
    if (a == -1)
        return EBUSY;
    if (a == -2) {
        request->argument = 1;
        return EIO; /* which the interface does not name */
    }
    *aa = a;
    *bb = !b;
    *cc = c;
    *dd = d;
    return SUCCESS;
}

error_t kitchen_handle_structs(struct idl_request *request, const struct kitchen_recipe *recipe,
                               const struct pantry_shelf *shelf, struct kitchen_recipe *recipe_out,
                               struct pantry_shelf *shelf_out)
{
    (void)request;
    *recipe_out = *recipe;
    *shelf_out = *shelf;
    shelf_out->width++;
    return SUCCESS;
}

error_t kitchen_handle_arrays(struct idl_request *request, const uint64_t a[4], const uint8_t b[5],
                              int16_t c[7], uint32_t d[2])
{
    (void)request;
    for (unsigned i = 0; i < 7; i++)
        c[i] = (int16_t)-b[i % 5];
    d[0] = (uint32_t)(a[0] + a[1]);
    d[1] = (uint32_t)(a[2] + a[3]);
    return SUCCESS;
}

error_t kitchen_handle_names(struct idl_request *request, const char *first, const char *second,
                             char joined[OBJECT_NAME_BYTES + 1])
{
    (void)request;
    strcpy(joined, first);
    strncat(joined, second, OBJECT_NAME_BYTES - strlen(first));
    return SUCCESS;
}

error_t kitchen_handle_texts(struct idl_request *request, const char *a, uint64_t number,
                             const void *b, size_t b_length, void *c, size_t *c_length,
                             uint64_t *length, char d[200 + 1])
{
    (void)request;
    if (number > 500)
        return ERANGE;
    memset(c, 'c', number);
    memcpy(c, b, b_length < number ? b_length : number);
    *c_length = number;
    *length = strlen(a);
    memset(d, 'd', 200);
    memcpy(d, a, strlen(a));
    d[number < 200 ? number : 200] = '\0';
    return SUCCESS;
}

error_t kitchen_handle_large(struct idl_request *request, const void *data, size_t data_length,
                             void *data_out, size_t *data_out_length)
{
    (void)request;
    for (size_t i = 0; i < data_length; i++)
        ((char *)data_out)[i] = ((const char *)data)[data_length - 1 - i];
    *data_out_length = data_length;
    return SUCCESS;
}

error_t kitchen_handle_caps(struct idl_request *request, cap_t a, cap_t b, uint64_t b_how, cap_t c,
                            uint64_t c_how, cap_t d, uint64_t d_how, cap_t *e, cap_t *f,
                            uint64_t *f_how, cap_t *g, uint64_t tag, uint64_t *tag_out)
{
    (void)d_how;
    if (tag == 13) {
        request->argument = 0x101;
        return ENOENT;
    }
    noted_cap_how[0] = b_how;
    noted_cap_how[1] = c_how;
    *e = a;
    *f = d ? d : b;
    *f_how = CAP_DERIVE | CAP_RIGHTS_USE;
    *g = tag == 14 ? c : CAP(OBJECT_NOTIFICATION, 9);
    *tag_out = tag + (d == CAP_NULL);
    return SUCCESS;
}

error_t kitchen_handle_lend(struct idl_request *request, const struct idl_lease *source,
                            const struct idl_lease *target, const struct idl_lease *state,
                            uint64_t count, uint64_t *copied)
{
    char bytes[256];
    error_t error = SUCCESS;

    (void)request;
    if (source->length != target->length)
        return EINVAL;
    for (*copied = 0; !error && *copied < count; *copied += sizeof(bytes)) {
        error = idl_lease_read(source, *copied, bytes, sizeof(bytes));
        if (!error)
            error = idl_lease_write(target, *copied, bytes, sizeof(bytes));
    }
    if (!error)
        error = idl_lease_write(state, state->length - 1, "!", 1);
    return error;
}

error_t kitchen_handle_wait(struct idl_request *request, uint64_t number, uint64_t *same)
{
    (void)request;
    *same = number;
    return SUCCESS;
}

error_t kitchen_handle_hint(struct idl_request *request, uint64_t number)
{
    noted_hint = request->reply ? 0 : number;
    return SUCCESS;
}

error_t kitchen_handle_shout(struct idl_request *request, const char *text)
{
    (void)request;
    strcpy(noted_shout, text);
    return SUCCESS;
}

error_t kitchen_handle_many(struct idl_request *request, uint32_t a, int16_t b, int64_t *sum,
                            bool *negative)
{
    (void)request;
    if (!a || !b)
        return ERANGE;
    *sum = (int64_t)a + b;
    *negative = *sum < 0;
    return SUCCESS;
}

error_t kitchen_handle_later(struct idl_request *request, uint64_t number, uint64_t *number_out,
                             char text[30 + 1])
{
    cap_t reply;

    (void)number_out;
    (void)text;
    cap_reply_save(request->reply, &reply);
    if (number == 0)
        idl_answer_error(reply, EINTR);
    else if (kitchen_answer_later(reply, number, "0123456789012345678901234567890") != ENAMETOOLONG)
        return EIO;
    else
        kitchen_answer_later(reply, number + 1, "012345678901234567890123456789");
    return IDL_LATER;
}
