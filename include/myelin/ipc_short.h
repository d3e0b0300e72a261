/*
 * ipc_short.h - the part of ipc.h for structs of a label and up to seven words, of a size that the
 * compiler knows: they go from memory to registers and back in the caller's own code. Whatever else
 * happens - an error, an answer of another length, bits - the library looks at (lib/myelin/ipc.c).
 */
#pragma once

#include <string.h>

/* Of that struct: words behind its label. */
static inline unsigned ipc_short_words(size_t size)
{
    return (unsigned)(size / sizeof(word_t)) - 1;
}

static inline bool ipc_is_short(size_t size)
{
    return size % sizeof(word_t) == 0 && size >= sizeof(word_t) &&
           size <= (1 + MESSAGE_REGISTER_WORDS) * sizeof(word_t);
}

/* False: the label is none. */
static inline bool ipc_load_short(struct ipc_registers *r, enum operation operation,
                                  const void *bytes, size_t size)
{
    word_t words[1 + MESSAGE_REGISTER_WORDS] = {0};

    memcpy(words, bytes, size);
    r->tag = words[0] << TAG_LABEL_SHIFT | TAG(operation, 0, ipc_short_words(size));
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        r->words[i] = words[1 + i];
    return words[0] <= UINT32_MAX;
}

static inline void ipc_store_short(const struct ipc_registers *r, void *bytes, size_t size)
{
    word_t words[1 + MESSAGE_REGISTER_WORDS] = {tag_label(r->tag)};

    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        words[1 + i] = r->words[i];
    memcpy(bytes, words, size);
}

/* ---- in the library, for structs of any size, and for what else came ---- */

error_t ipc_call_struct(cap_t endpoint, const void *request, size_t request_size, void *response,
                        size_t response_size);
error_t ipc_call_ended(const struct ipc_registers *r, uint32_t label, void *response,
                       size_t response_size);
error_t ipc_reply_receive_struct(cap_t endpoint, const void *response, size_t response_size,
                                 void *request, size_t request_size, cap_t *reply_cap,
                                 uint64_t *badge);
/* The same, after such a reply_recv has been made, which ended so. */
error_t ipc_reply_receive_ended(const struct ipc_registers *r, cap_t endpoint, const void *response,
                                size_t response_size, void *request, size_t request_size,
                                cap_t *reply_cap, uint64_t *badge);

/* ---- the two that are in place ---- */

static inline error_t ipc_call(cap_t endpoint, const void *request, size_t request_size,
                               void *response, size_t response_size)
{
    struct ipc_registers r = {.handle = endpoint}, all;
    bool known = __builtin_constant_p(request_size) && __builtin_constant_p(response_size);

    if (!known || !ipc_is_short(request_size) || !ipc_is_short(response_size) ||
        !ipc_load_short(&r, OP_CALL, request, request_size))
        return ipc_call_struct(endpoint, request, request_size, response, response_size);
    ipc_enter(&r);
    if (r.deadline || tag_words(r.tag) != ipc_short_words(response_size)) {
        all = r; /* only this lies in memory */
        return ipc_call_ended(&all, *(const uint32_t *)request, response, response_size);
    }
    ipc_store_short(&r, response, response_size);
    return SUCCESS;
}

static inline error_t ipc_reply_receive(cap_t endpoint, const void *response, size_t response_size,
                                        void *request, size_t request_size, cap_t *reply_cap,
                                        uint64_t *badge)
{
    struct ipc_registers r = {.handle = endpoint, .token = *reply_cap}, all;
    bool known = __builtin_constant_p(request_size) && __builtin_constant_p(response_size);
    uint32_t plain = (uint32_t)TAG(OP_CALL, 0, ipc_short_words(request_size));

    if (!known || !ipc_is_short(request_size) || !ipc_is_short(response_size) || !*reply_cap ||
        !ipc_load_short(&r, OP_REPLY_RECV, response, response_size))
        return ipc_reply_receive_struct(endpoint, response, response_size, request, request_size,
                                        reply_cap, badge);
    ipc_enter(&r);
    if (r.deadline || (uint32_t)r.tag != plain) {
        all = r;
        return ipc_reply_receive_ended(&all, endpoint, response, response_size, request,
                                       request_size, reply_cap, badge);
    }
    ipc_store_short(&r, request, request_size);
    *reply_cap = r.token;
    *badge = r.handle;
    return SUCCESS;
}
