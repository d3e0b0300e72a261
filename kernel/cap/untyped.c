/*
 * untyped.c - Untyped memory, and retype: the only way in which kernel objects come to be.
 *
 * The state is in the slot, so an Untyped has exactly one capability: `data` is how many bytes
 * are used, and `extra` how many units of ZERO_UNIT behind that (from the next multiple on)
 * are known to be zero: the progress of zeroing a large piece, which is preemptible.
 */

#include <arch.h>
#include <cap/cap.h>
#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/untyped_kernel.h>
#include <myelin/idl/waitset_types.h>
#include <task/task.h>

#define ZERO_UNIT         32768ull /* times 65536: no piece to be zeroed is larger */
#define ZEROED_MAX        UINT16_MAX
#define UNTYPED_BITS_MIN  12
#define UNTYPED_BITS_MAX  47
#define SMALL_OBJECT_BITS 8

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) & ~(unit - 1);
}

void untyped_init(struct slot *slot, uint64_t base, unsigned size_bits, bool device)
{
    slot->object = base;
    slot->data = 0;
    slot->type = OBJECT_UNTYPED;
    slot->rights = CAP_RIGHTS_ALL;
    slot->size_bits = (uint8_t)size_bits;
    slot->device = device;
    slot->extra = 0;
    slot->owner = 1;
}

bool untyped_fits(const struct slot *untyped, unsigned size_bits, uint64_t *offset)
{
    uint64_t size = 1ull << untyped->size_bits, bytes = 1ull << size_bits;

    *offset = round_up(untyped->data, bytes);
    return *offset + bytes <= size;
}

static void keep_zeroed(struct slot *untyped, uint64_t end)
{
    uint64_t zero_end = round_up(untyped->data, ZERO_UNIT) + untyped->extra * ZERO_UNIT;
    uint64_t zero_start = round_up(end, ZERO_UNIT);

    untyped->extra = (uint16_t)(zero_end > zero_start ? (zero_end - zero_start) / ZERO_UNIT : 0);
}

void untyped_use(struct slot *untyped, uint64_t end)
{
    if (untyped->extra)
        keep_zeroed(untyped, end);
    untyped->data = end;
}

error_t untyped_refresh(struct slot *untyped)
{
    if (slot_has_children(untyped) || !untyped->data)
        return SUCCESS;
    if (!reaper_idle()) {
        while (!reaper_step() && !arch_preemption_pending())
            continue;
        return RESTART; /* even the caller, or this slot, may have been in what was emptied */
    }
    untyped->data = 0;
    untyped->extra = 0;
    return SUCCESS;
}

bool untyped_zero(struct slot *untyped, uint64_t offset, uint64_t bytes)
{
    char *memory = arch_memory(untyped->object + offset);

    if (bytes == 1ull << SMALL_OBJECT_BITS) {
        __builtin_memset_inline(memory, 0, 1ull << SMALL_OBJECT_BITS);
        return true;
    }
    if (bytes < ZERO_UNIT) {
        memset(memory, 0, bytes);
        return true;
    }
    untyped_use(untyped, offset);
    while (untyped->extra * ZERO_UNIT < bytes) {
        memset(memory + untyped->extra * ZERO_UNIT, 0, ZERO_UNIT);
        if (untyped->extra == ZEROED_MAX) /* the last unit of the largest piece */
            return true;
        untyped->extra++;
        if (arch_preemption_pending()) /* also at the end: there is more to do */
            return false;
    }
    return true;
}

/* What one retype is to make. */
struct request {
    uint64_t type;
    uint64_t size; /* as the method has it */
    unsigned size_bits;
    uint64_t bytes; /* 1 << size_bits */
    uint64_t offset;
    uint64_t where; /* of device memory: where it is asked to begin */
    const char *title;
    struct object *object; /* where it has been made; NULL: it is but memory */
};

/*
 * What can be made, of which sizes, and what its owner is like. Most take the same memory whatever
 * their size; first.size_bits == 0: that depends on it (object_size_bits).
 */
#define FIRST(what, bits, ...) \
    {.type = OBJECT_##what, .size_bits = (bits), .rights = CAP_RIGHTS_ALL, .owner = 1, __VA_ARGS__}
static const struct making {
    uint32_t least, most; /* size */
    struct slot first;
} makings[OBJECT_TYPES] = {
    [OBJECT_UNTYPED] = {UNTYPED_BITS_MIN, UNTYPED_BITS_MAX, FIRST(UNTYPED, 0)},
    [OBJECT_CSPACE] = {CSPACE_BITS_MIN, CSPACE_BITS_MAX, FIRST(CSPACE, 0)},
    [OBJECT_VSPACE] = {0, 0, FIRST(VSPACE, VSPACE_SIZE_BITS)},
    [OBJECT_FRAME] = {PAGE_SIZE_BITS, LARGE_PAGE_SIZE_BITS, FIRST(FRAME, 0)},
    [OBJECT_THREAD] = {0, 0, FIRST(THREAD, THREAD_SIZE_BITS)},
    [OBJECT_SCHEDCONTEXT] = {0, 0, FIRST(SCHEDCONTEXT, SMALL_OBJECT_BITS + 1)},
    [OBJECT_ENDPOINT] = {0, UNTYPED_ENDPOINT_CALL_ONLY,
                         FIRST(ENDPOINT, SMALL_OBJECT_BITS, .callable = 1)},
    [OBJECT_NOTIFICATION] = {0, 0, FIRST(NOTIFICATION, SMALL_OBJECT_BITS, .notable = 1)},
    [OBJECT_CHANNEL] = {0, 0, FIRST(CHANNEL, 0)}, /* channel_size_bits */
    [OBJECT_WAITSET] = {1, WAITSET_SOURCES_MAX, FIRST(WAITSET, SMALL_OBJECT_BITS)},
};
#undef FIRST

/* log2 of the memory that the object takes; 0: not of that size. */
static unsigned object_size_bits(uint64_t type, uint64_t size)
{
    const struct making *making = &makings[type];

    if (size < making->least || size > making->most)
        return 0;
    if (making->first.size_bits)
        return making->first.size_bits;
    if (type == OBJECT_CSPACE)
        return cspace_size_bits((unsigned)size);
    if (type == OBJECT_FRAME && size != PAGE_SIZE_BITS && size != LARGE_PAGE_SIZE_BITS)
        return 0;
    return (unsigned)size;
}

static error_t check_size(struct invocation *invocation, struct request *request)
{
    if (request->type == OBJECT_CHANNEL) {
        request->size_bits =
            channel_size_bits(request->size, ARGUMENT_WORD(1), &invocation->failure);
        return request->size_bits ? SUCCESS : invocation->failure.error;
    }
    request->size_bits = object_size_bits(request->type, request->size);
    if (request->size_bits)
        return SUCCESS;
    return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(1), 0, request->size);
}

/* Some will be; of the others there is one for each machine, or they are made of others. */
static error_t cannot_be_made(struct invocation *invocation, uint64_t type)
{
    bool later = type == OBJECT_MEMORYGRANT || type == OBJECT_IOSPACE;

    return invocation_fail(invocation, later ? ENOTSUP : EINVAL, ARGUMENT_WORD(0), OBJECT_NONE,
                           type);
}

/* Device memory is found by its address, so the request names it. */
static error_t place_device(struct invocation *invocation, struct request *request)
{
    struct slot *untyped = invocation->target;
    uint64_t size = 1ull << untyped->size_bits;

    if (request->type != OBJECT_FRAME)
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), OBJECT_FRAME, request->type);
    request->offset = request->where;
    if (request->offset % (1ull << request->size_bits) || request->size_bits > untyped->size_bits ||
        request->offset > size - (1ull << request->size_bits))
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(4), size, request->offset);
    return SUCCESS;
}

static error_t place_memory(struct invocation *invocation, struct request *request)
{
    struct slot *untyped = invocation->target;

    if (untyped_refresh(untyped))
        return RESTART;
    if (request->type == OBJECT_UNTYPED && request->size_bits >= untyped->size_bits)
        return invocation_fail(invocation, ERANGE, ARGUMENT_WORD(1), untyped->size_bits - 1u,
                               request->size_bits);
    if (!untyped_fits(untyped, request->size_bits, &request->offset))
        return invocation_fail(invocation, ENOMEM, ARGUMENT_HANDLE, 1ull << request->size_bits,
                               (1ull << untyped->size_bits) - untyped->data);
    return SUCCESS;
}

static error_t check_request(struct invocation *invocation, struct request *request)
{
    error_t error;

    if (request->type >= OBJECT_TYPES || !makings[request->type].first.owner)
        return cannot_be_made(invocation, request->type);
    error = check_size(invocation, request);
    if (error)
        return error;
    request->bytes = 1ull << request->size_bits;
    return SUCCESS;
}

/* Makes the object in its zeroed memory. */
static error_t construct(struct invocation *invocation, struct request *request)
{
    void *memory = arch_memory(invocation->target->object + request->offset);
    struct object *object = memory;

    switch (request->type) {
    case OBJECT_UNTYPED:
    case OBJECT_FRAME:
        return SUCCESS;
    case OBJECT_CSPACE:
        if (cspace_create(memory, (unsigned)request->size, &invocation->failure))
            return invocation->failure.error;
        break;
    case OBJECT_VSPACE:
        if (vspace_create(memory, &invocation->failure))
            return invocation->failure.error;
        break;
    case OBJECT_THREAD:
        thread_create(memory);
        break;
    case OBJECT_ENDPOINT:
        ((struct endpoint *)memory)->call_only = request->size == UNTYPED_ENDPOINT_CALL_ONLY;
        break;
    case OBJECT_CHANNEL:
        channel_create(memory, request->size);
        break;
    case OBJECT_WAITSET:
        waitset_create(memory, request->size);
        break;
    default:
        break;
    }
    request->object = object;
    object->type = (uint8_t)request->type;
    memcpy(object->name, request->title, OBJECT_NAME_BYTES);
    return SUCCESS;
}

/* The owner capability, in the caller's space. */
static struct slot *own(struct invocation *invocation, const struct request *request)
{
    struct slot *untyped = invocation->target;
    struct slot *slot = cspace_take(thread_cspace(invocation->caller));

    slot->kind = makings[request->type].first.kind;
    slot->size_bits = (uint8_t)request->size_bits;
    slot->data = 0;
    if (request->type == OBJECT_ENDPOINT && request->size == UNTYPED_ENDPOINT_CALL_ONLY)
        slot->rights &= ~CAP_RIGHTS_SEND;
    if (request->object) {
        slot->object = (uint64_t)request->object;
        request->object->owner = slot;
    } else {
        slot->object = untyped->object + request->offset;
    }
    tree_insert_last(slot, untyped);
    invocation->out_cap = slot;
    return slot;
}

/* Device memory is never zeroed, and nothing is made of it but Frames. */
static error_t retype_device(struct invocation *invocation, struct request *request)
{
    error_t error = place_device(invocation, request);

    if (error)
        return error;

    /* Commit. */
    own(invocation, request)->device = 1;
    return SETTLED;
}

error_t untyped_handle_retype(struct invocation *invocation, uint64_t type, uint64_t size,
                              const char *title, uint64_t offset)
{
    struct slot *untyped = invocation->target;
    struct request request = {.type = type, .size = size, .where = offset, .title = title};
    error_t error;

    if (revoke_help(invocation->caller))
        return RESTART;
    error = check_request(invocation, &request);
    if (error)
        return error;
    if (untyped->device)
        return retype_device(invocation, &request);
    error = place_memory(invocation, &request);
    if (error)
        return error;
    if (request.type != OBJECT_UNTYPED && !untyped_zero(untyped, request.offset, request.bytes))
        return RESTART;
    error = construct(invocation, &request);
    if (error)
        return error;

    /* Commit. */
    untyped_use(untyped, request.offset + request.bytes);
    own(invocation, &request);
    return SETTLED;
}

error_t untyped_handle_inspect(struct invocation *invocation, struct untyped_info *info)
{
    const struct slot *untyped = invocation->target;

    *info = (struct untyped_info){
        .size = 1ull << untyped->size_bits,
        .used = slot_has_children(untyped) ? untyped->data : 0,
        .children = slot_has_children(untyped),
        .device = untyped->device,
    };
    return SUCCESS;
}
