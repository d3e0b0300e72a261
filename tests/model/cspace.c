/* cspace.c - "All methods of CSpace; the capability meant is message capability 0, from the
   caller's own space." */

#include <myelin/idl/cspace_types.h>

#include "model.h"

static int target(const struct call *call)
{
    return cap_of(call->target)->object;
}

static struct answer make(struct call *call, const struct making *how)
{
    struct answer answer = check_making(call->cap[0], how, ARGUMENT_CAP(0));

    if (!answer.error)
        call->out_cap = make_cap(call->cap[0], how);
    return answer;
}

static struct answer derive(struct call *call)
{
    const struct making how = {
        .rights = call->word[0], .offset = call->word[1], .length = call->word[2]};

    return make(call, &how);
}

/* "`MINT` with badge 0 is `EINVAL`." */
static struct answer mint(struct call *call)
{
    const struct making how = {.mint = true, .badge = call->word[0], .rights = call->word[1]};

    if (!how.badge)
        return refuse(EINVAL, ARGUMENT_WORD(0), 1, 0);
    return make(call, &how);
}

/* "One whose caller is stopped, cancelled (`ECANCELED`) or dies has ended there; what it has done
   stays done": how far that is, is not told, so the program ends here. */
static struct answer finish(const struct call *call)
{
    bury_all();
    if (!is_running(call->caller))
        model.full = true;
    return DONE;
}

static struct answer delete_cap(struct call *call)
{
    cap_delete(call->cap[0]);
    return finish(call);
}

static struct answer revoke(struct call *call)
{
    cap_revoke(call->cap[0]);
    return finish(call);
}

/* "A Reply capability that takes the place of the token, which is void from then on." */
static struct answer reply_save(struct call *call)
{
    struct answer answer = check_token(call->caller, call->word[0], ARGUMENT_WORD(0));

    if (!answer.error)
        call->out_cap = reply_for_token(call->caller);
    return answer;
}

/* "`INSERT` | copy, derivation or move | all but what is said above | in the space that is called"
 */
static struct answer insert(struct call *call)
{
    struct answer answer;

    if (!space_has_free(target(call), 1))
        return refuse(ENOSPC, ARGUMENT_HANDLE, 1, 0);
    answer = check_item(call->cap[0], call->how[0], ARGUMENT_CAP(0));
    if (answer.error)
        return answer;
    call->out_words = 1;
    /* The slot is taken first: one that is emptied by a move is not used for what was in it. */
    call->out[0] = item_into_space(call->cap[0], call->how[0], target(call));
    return DONE;
}

/* The used slot with the lowest index from that one on, or NULL. */
static const struct model_slot *first_used(int space, uint64_t from)
{
    const struct model_space *s = &object_at(space)->space;
    const struct model_slot *first = NULL;

    for (int i = 0; i < s->count; i++)
        if (s->slot[i].cap != NONE && s->slot[i].index >= from &&
            (!first || s->slot[i].index < first->index))
            first = &s->slot[i];
    return first;
}

static uint64_t extent(const struct cap *cap)
{
    switch (cap->type) {
    case OBJECT_UNTYPED:
    case OBJECT_FRAME:
    case OBJECT_MEMORYGRANT:
        return cap->size;
    case OBJECT_IRQ:
    case OBJECT_IOPORT:
    case OBJECT_CPU:
        return cap->start | cap->size << 32;
    default:
        return 0;
    }
}

static const char *name_of(const struct cap *cap)
{
    bool named =
        cap->object != NONE && cap->type != OBJECT_REPLY && cap->type != OBJECT_MEMORYGRANT;

    return named ? object_at(cap->object)->name : NULL;
}

static struct answer inspect(struct call *call)
{
    const struct model_slot *slot = first_used(target(call), call->word[0]);
    uint64_t slots = 1ull << object_at(target(call))->space.bits, from = call->word[0];
    const struct cap *cap;

    if (!slot)
        return refuse(ENOENT, ARGUMENT_WORD(0), slots - 1, from < slots ? slots : from);
    cap = cap_of(slot->cap);
    call->out[0] = cap_handle(slot->cap);
    call->out[1] = (uint64_t)cap->type | (uint64_t)cap->rights << 32;
    call->out[2] = has_badge(cap->type) ? cap->badge : 0;
    put_name(call, 3, name_of(cap));
    call->out[5] = extent(cap);
    call->out[6] = cap->owner;
    call->out_words = 7;
    return DONE;
}

static struct answer statistics(struct call *call)
{
    const struct model_space *s = &object_at(target(call))->space;

    call->out[0] = 1ull << s->bits;
    for (int i = 0; i < s->count; i++)
        call->out[1] += s->slot[i].cap != NONE;
    call->out_words = 2;
    return DONE;
}

/* "A CSpace begins with 2^6 to 2^24 slots and doubles by `GROW`, which takes an Untyped of 64 bytes
   for each new slot; slots never move, handles stay."
 */
static struct answer grow(struct call *call)
{
    struct model_space *s = &object_at(target(call))->space;
    int memory = call->cap[0];
    uint64_t slots = 1ull << s->bits, need = 64 * slots;

    if (s->bits == CAP_INDEX_BITS)
        return refuse(ERANGE, ARGUMENT_HANDLE, 1ull << CAP_INDEX_BITS, 0);
    if (cap_of(memory)->size != need || cap_of(memory)->device)
        return refuse(EINVAL, ARGUMENT_CAP(0), need, cap_of(memory)->size);
    if (cap_of(memory)->children.count)
        return refuse(EBUSY, ARGUMENT_CAP(0), 0, 0);
    cap_leave_place(memory);
    cap_into(memory, AS_PART, target(call), s->bits);
    s->bits++;
    supply_add_last(&s->free, slots, 2 * slots - (s->bits == CAP_INDEX_BITS));
    return DONE;
}

/* "Whether both name the same object, badges and rights aside; a part of a Frame or range is
   another." */
static bool are_same(const struct cap *one, const struct cap *other)
{
    if (one->type != other->type || one->object != other->object)
        return false;
    return one->type == OBJECT_CPU || (one->start == other->start && one->size == other->size);
}

static struct answer compare(struct call *call)
{
    const struct cap *first = cap_of(call->cap[0]);

    call->out[0] = are_same(first, cap_of(call->cap[1]));
    call->out[1] = has_badge(first->type) ? first->badge : 0;
    call->out_words = 2;
    return DONE;
}

#define ANY {OBJECT_NONE, 0, true, false}

const struct method cspace_methods[] = {
    {CSPACE_LABEL_DERIVE, CAP_RIGHTS_USE, 3, {ANY}, true, derive},
    {CSPACE_LABEL_MINT, CAP_RIGHTS_USE, 2, {ANY}, true, mint},
    {CSPACE_LABEL_DELETE, CAP_RIGHTS_USE, 0, {ANY}, false, delete_cap},
    {CSPACE_LABEL_REVOKE, CAP_RIGHTS_USE, 0, {ANY}, false, revoke},
    {CSPACE_LABEL_REPLY_SAVE, CAP_RIGHTS_USE, 1, {{0}}, true, reply_save},
    {CSPACE_LABEL_INSERT, CAP_RIGHTS_WRITE, 0, {ANY}, false, insert},
    {CSPACE_LABEL_INSPECT, CAP_RIGHTS_READ, 1, {{0}}, false, inspect},
    {CSPACE_LABEL_STATISTICS, CAP_RIGHTS_READ, 0, {{0}}, false, statistics},
    {CSPACE_LABEL_GROW,
     CAP_RIGHTS_MANAGE,
     0,
     {{OBJECT_UNTYPED, CAP_RIGHTS_MANAGE, true, false}},
     false,
     grow},
    {CSPACE_LABEL_COMPARE, CAP_RIGHTS_USE, 0, {ANY, ANY}, false, compare},
    {0},
};
