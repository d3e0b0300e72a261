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
    uint64_t size = 1ull << untyped->size_bits;

    *offset = round_up(untyped->data, 1ull << size_bits);
    return size_bits <= untyped->size_bits && *offset <= size - (1ull << size_bits);
}

void untyped_use(struct slot *untyped, uint64_t end)
{
    uint64_t zero_end = round_up(untyped->data, ZERO_UNIT) + untyped->extra * ZERO_UNIT;
    uint64_t zero_start = round_up(end, ZERO_UNIT);

    untyped->data = end;
    untyped->extra = (uint16_t)(zero_end > zero_start ? (zero_end - zero_start) / ZERO_UNIT : 0);
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
    if (bytes < ZERO_UNIT) {
        memset(arch_memory(untyped->object + offset), 0, bytes);
        return true;
    }
    untyped_use(untyped, offset);
    while (untyped->extra * ZERO_UNIT < bytes) {
        memset(arch_memory(untyped->object + offset + untyped->extra * ZERO_UNIT), 0, ZERO_UNIT);
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
    uint64_t offset;
    uint64_t where; /* of device memory: where it is asked to begin */
    const char *title;
};

/* log2 of the memory that the object takes; 0: no such object, or not of that size. */
static unsigned object_size_bits(uint64_t type, uint64_t size)
{
    switch (type) {
    case OBJECT_UNTYPED:
        return size >= UNTYPED_BITS_MIN && size <= UNTYPED_BITS_MAX ? (unsigned)size : 0;
    case OBJECT_FRAME:
        return size == PAGE_SIZE_BITS || size == LARGE_PAGE_SIZE_BITS ? (unsigned)size : 0;
    case OBJECT_CSPACE:
        return size >= CSPACE_BITS_MIN && size <= CSPACE_BITS_MAX ? cspace_size_bits((unsigned)size)
                                                                  : 0;
    case OBJECT_ENDPOINT:
        return size <= UNTYPED_ENDPOINT_CALL_ONLY ? SMALL_OBJECT_BITS : 0;
    case OBJECT_NOTIFICATION:
        return size == 0 ? SMALL_OBJECT_BITS : 0;
    case OBJECT_SCHEDCONTEXT:
        return size == 0 ? SMALL_OBJECT_BITS + 1 : 0;
    case OBJECT_THREAD:
        return size == 0 ? THREAD_SIZE_BITS : 0;
    case OBJECT_VSPACE:
        return size == 0 ? VSPACE_SIZE_BITS : 0;
    case OBJECT_WAITSET:
        return size >= 1 && size <= WAITSET_SOURCES_MAX ? SMALL_OBJECT_BITS : 0;
    default:
        return 0;
    }
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

static bool can_be_made(uint64_t type)
{
    switch (type) {
    case OBJECT_UNTYPED:
    case OBJECT_CSPACE:
    case OBJECT_VSPACE:
    case OBJECT_FRAME:
    case OBJECT_THREAD:
    case OBJECT_SCHEDCONTEXT:
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
    case OBJECT_CHANNEL:
    case OBJECT_WAITSET:
        return true;
    default:
        return false;
    }
}

static bool is_later_type(uint64_t type)
{
    return type == OBJECT_MEMORYGRANT || type == OBJECT_IOSPACE;
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

    if (is_later_type(request->type))
        return invocation_fail(invocation, ENOTSUP, ARGUMENT_WORD(0), OBJECT_NONE, request->type);
    if (!can_be_made(request->type))
        return invocation_fail(invocation, EINVAL, ARGUMENT_WORD(0), OBJECT_NONE, request->type);
    error = check_size(invocation, request);
    if (error)
        return error;
    return invocation->target->device ? place_device(invocation, request)
                                      : place_memory(invocation, request);
}

/* Makes the object in its zeroed memory. */
static error_t construct(struct invocation *invocation, const struct request *request)
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
    object->type = (uint8_t)request->type;
    memcpy(object->name, request->title, OBJECT_NAME_BYTES);
    return SUCCESS;
}

static uint16_t first_rights(const struct request *request)
{
    if (request->type == OBJECT_ENDPOINT && request->size == UNTYPED_ENDPOINT_CALL_ONLY)
        return CAP_RIGHTS_ALL & ~CAP_RIGHTS_SEND;
    return CAP_RIGHTS_ALL;
}

/* The owner capability, in the caller's space. */
static void own(struct invocation *invocation, const struct request *request)
{
    struct slot *untyped = invocation->target;
    struct slot *slot = cspace_take(thread_cspace(invocation->caller));
    uint64_t base = untyped->object + request->offset;

    slot->type = (uint8_t)request->type;
    slot->rights = first_rights(request);
    slot_mark_fast(slot);
    slot->owner = 1;
    slot->device = untyped->device;
    slot->size_bits = (uint8_t)request->size_bits;
    slot->data = 0;
    slot->extra = 0;
    if (request->type == OBJECT_UNTYPED || request->type == OBJECT_FRAME) {
        slot->object = base;
    } else {
        struct object *object = arch_memory(base);

        slot->object = (uint64_t)object;
        object->owner = slot;
    }
    tree_insert_last(slot, untyped);
    invocation->out_cap = slot;
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
    if (!untyped->device && request.type != OBJECT_UNTYPED &&
        !untyped_zero(untyped, request.offset, 1ull << request.size_bits))
        return RESTART;
    error = construct(invocation, &request);
    if (error)
        return error;

    /* Commit. */
    if (!untyped->device)
        untyped_use(untyped, request.offset + (1ull << request.size_bits));
    own(invocation, &request);
    return SUCCESS;
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
