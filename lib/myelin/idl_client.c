/*
 * idl_client.c - what the generated client stubs share: calls through the UTCB, failures.
 */
#include <myelin/idl.h>

#include "internal.h"

error_t(idl_failure)(uint32_t label, uint64_t tag, uint64_t status, uint64_t argument,
                     uint64_t expected, uint64_t found)
{
    struct ipc_error_detail *detail = &library_state()->detail;

    if (status) {
        *detail =
            (struct ipc_error_detail){(error_t)status, argument, expected, found, label, false};
    } else if (tag_label(tag)) {
        *detail = (struct ipc_error_detail){.error = (error_t)tag_label(tag),
                                            .argument = tag_words(tag) ? argument : 0,
                                            .label = label,
                                            .answered = true};
    } else {
        *detail =
            (struct ipc_error_detail){.error = EMSGSIZE, .found = tag_words(tag), .label = label};
    }
    return detail->error;
}

error_t(idl_refuse)(error_t error, uint64_t argument)
{
    library_state()->detail = (struct ipc_error_detail){.error = error, .argument = argument};
    return error;
}

error_t(idl_refuse_caps)(error_t error, unsigned caps)
{
    cap_t unwanted[MESSAGE_CAPS_MAX];

    for (unsigned i = 0; i < caps; i++)
        unwanted[i] = utcb_self()->caps[i].cap;
    for (unsigned i = 0; i < caps; i++)
        cap_delete(unwanted[i]);
    return idl_refuse(error, 0);
}

/* Seven words always travel; those that are not sent are 0. */
static void enter(struct ipc_registers *r)
{
    word_t *words = utcb_self()->words;
    unsigned count = tag_words(r->tag);

    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        r->words[i] = i < count ? words[i] : 0;
    ipc_enter(r);
    memcpy(words, r->words, sizeof(r->words));
}

static error_t failure(uint64_t tag, const struct ipc_registers *r)
{
    unsigned caps = r->deadline ? 0 : tag_caps(r->tag);
    error_t error =
        idl_failure(tag_label(tag), r->tag, r->deadline, r->words[0], r->words[1], r->words[2]);

    return caps ? idl_refuse_caps(error, caps) : error;
}

error_t idl_call(cap_t handle, uint64_t tag, uint64_t deadline, uint64_t answer)
{
    struct ipc_registers r = {.tag = tag, .handle = handle, .deadline = deadline};

    enter(&r);
    return (r.tag & IDL_ANSWER_MASK) == answer ? SUCCESS : failure(tag, &r);
}

error_t idl_call_rest(cap_t handle, uint64_t tag, uint64_t deadline, uint64_t answer,
                      struct idl_cursor *rest)
{
    struct ipc_registers r = {.tag = tag, .handle = handle, .deadline = deadline};

    enter(&r);
    if ((r.tag & IDL_ANSWER_MASK & ~0xffull) != (answer & ~0xffull) ||
        tag_words(r.tag) < tag_words(answer))
        return failure(tag, &r);
    *rest = (struct idl_cursor){utcb_self()->words, tag_words(answer), tag_words(r.tag)};
    return SUCCESS;
}

error_t idl_send(cap_t handle, uint64_t tag, uint64_t deadline)
{
    struct ipc_registers r = {.tag = tag, .handle = handle, .deadline = deadline};

    enter(&r);
    return r.deadline ? failure(tag, &r) : SUCCESS;
}

bool idl_cap_is(unsigned n, uint32_t types, uint32_t rights, bool stand_in)
{
    uint64_t how = utcb_self()->caps[n].how;
    uint32_t type = 1u << (how >> 32 & 31);

    if (stand_in && type == 1u << OBJECT_ENDPOINT)
        return true;
    return (!types || types & type) && (how & rights) == rights;
}

void idl_touch(const void *buffer, size_t length, unsigned access)
{
    library_touch(buffer, length, access);
}
