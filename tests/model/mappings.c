/* mappings.c - address spaces, and the Frames mapped into them. */

#include "model.h"

static struct model_vspace *vspace_of(int vspace)
{
    return &object_at(vspace)->vspace;
}

#define TOP_LEVEL 3 /* tables of four levels of 512; that one is there from the beginning */

static uint64_t bytes_of(unsigned level)
{
    return PAGE_BYTES << 9 * (level + 1);
}

void vspace_begin(int vspace)
{
    struct model_vspace *v = vspace_of(vspace);

    v->id = supply_take(&model.vspace_ids);
    v->serial = model.vspace_serial[v->id % SLOTS_MAX];
}

/* ---- what is mapped ---- */

static int page_at(const struct model_vspace *v, uint64_t address, uint64_t bytes)
{
    for (int i = 0; i < v->page_count; i++)
        if (address < v->page[i].address + v->page[i].bytes && v->page[i].address < address + bytes)
            return i;
    return NONE;
}

const struct page *page_mapped(int vspace, uint64_t address)
{
    int page = page_at(vspace_of(vspace), address, 1);

    return page == NONE ? NULL : &vspace_of(vspace)->page[page];
}

static int table_at(const struct model_vspace *v, unsigned level, uint64_t address)
{
    for (int i = 0; i < v->table_count; i++)
        if (v->table[i].level == level && v->table[i].address == (address & -bytes_of(level)))
            return i;
    return NONE;
}

/* "Page tables come from a pool the user gives the VSpace: an empty pool is `ENOMEM`." */
static error_t take_table(struct model_vspace *v, unsigned level, uint64_t address)
{
    if (!v->free)
        return ENOMEM;
    if (v->table_count == TABLES_MAX - 1) {
        model.full = true;
        return ENOMEM;
    }
    v->free--;
    v->table[v->table_count].level = level;
    v->table[v->table_count++].address = address & -bytes_of(level);
    return SUCCESS;
}

/* The tables on the way to what translates one page of that size. */
static error_t need_tables(struct model_vspace *v, uint64_t address, uint64_t bytes)
{
    unsigned lowest = bytes == LARGE_PAGE_BYTES ? 1 : 0;

    for (unsigned level = TOP_LEVEL; level-- > lowest;) {
        int large = page_at(v, address, 1);

        if (level == 0 && large != NONE && v->page[large].bytes == LARGE_PAGE_BYTES)
            return EEXIST;
        if (table_at(v, level, address) == NONE && take_table(v, level, address))
            return ENOMEM;
    }
    return SUCCESS;
}

/* A table in which nothing is mapped any more makes way for a large page. */
static void give_up_table(struct model_vspace *v, uint64_t address)
{
    int table = table_at(v, 0, address);

    if (table == NONE)
        return;
    v->table[table] = v->table[--v->table_count];
    v->free++;
}

static error_t map(struct model_vspace *v, const struct page *page)
{
    error_t error = need_tables(v, page->address, page->bytes);

    if (error)
        return error;
    if (page_at(v, page->address, page->bytes) != NONE)
        return EEXIST;
    if (v->page_count == PAGES_MAX - 1) {
        model.full = true;
        return ENOMEM;
    }
    if (page->bytes == LARGE_PAGE_BYTES)
        give_up_table(v, page->address);
    v->page[v->page_count++] = *page;
    return SUCCESS;
}

/* ---- Frames ---- */

bool frame_mapped(int cap)
{
    return cap_of(cap)->mapped_in != NONE;
}

bool frame_has_utcb(int cap)
{
    const struct list *children = &cap_of(cap)->children;

    for (int i = 0; cap_of(cap)->type == OBJECT_FRAME && i < children->count; i++)
        if (cap_of(children->item[i])->place == IN_THREAD)
            return true;
    return false;
}

void frame_forget(int cap)
{
    struct cap *frame = cap_of(cap);

    while (frame_has_utcb(cap))
        cap_end(frame->children.item[0]);
    if (frame->mapped_in != NONE) {
        struct model_vspace *v = vspace_of(frame->mapped_in);
        int page = page_at(v, frame->mapped_at, 1);

        v->page[page] = v->page[--v->page_count];
    }
    frame->mapped_in = NONE;
    frame->mapped_at = 0;
    frame->mapped_rights = 0;
}

/* Its Frames are mapped nowhere any more. What it was made of comes back "only as part of its
   parent, when that space has ended". */
void vspace_end(int vspace)
{
    const struct model_vspace *v = vspace_of(vspace);

    for (int cap = 0; cap < model.cap_count; cap++) {
        struct cap *c = cap_of(cap);

        if (c->type == OBJECT_FRAME && c->mapped_in == vspace) {
            c->mapped_in = NONE;
            c->mapped_at = 0;
            c->mapped_rights = 0;
        }
        if (c->type == OBJECT_UNTYPED && c->place == AS_PART && c->holder == vspace)
            cap_end(cap);
    }
    model.vspace_serial[v->id % SLOTS_MAX]++;
    supply_add(&model.vspace_ids, v->id, v->id + 1);
}

/* ---- methods of a VSpace ---- */

static int target(const struct call *call)
{
    return cap_of(call->target)->object;
}

#define MAPPABLE     (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE | CAP_RIGHTS_EXECUTE)
#define GIFT_MAX     (1ull << 31)
#define VSPACE_GIFTS 32

/* "Untyped that is given to a CSpace (`GROW`) or a VSpace (`GIVE`) moves into it" */
static struct answer give(struct call *call)
{
    struct model_vspace *v = vspace_of(target(call));
    int memory = call->cap[0];

    if (cap_of(memory)->device)
        return refuse(EINVAL, ARGUMENT_CAP(0), 0, 1);
    if (cap_of(memory)->children.count)
        return refuse(EBUSY, ARGUMENT_CAP(0), 0, 1);
    if (cap_of(memory)->size > GIFT_MAX)
        return refuse(ERANGE, ARGUMENT_CAP(0), GIFT_MAX, cap_of(memory)->size);
    if (v->gifts == VSPACE_GIFTS)
        return refuse(ENOSPC, ARGUMENT_HANDLE, VSPACE_GIFTS, VSPACE_GIFTS);
    if (model.hurried) /* "A gift is zeroed first." */
        return refuse(PREEMPTED, 0, 0, 0);
    cap_leave_place(memory);
    cap_into(memory, AS_PART, target(call), (uint64_t)v->gifts++);
    v->free += cap_of(memory)->size / PAGE_BYTES;
    return DONE;
}

/* "A mapping's rights are those asked for that the Frame capability has; Write with Execute is
   refused. Without Read nothing is mapped." */
static struct answer check_rights(int frame, uint64_t wanted, uint64_t argument)
{
    if (!(wanted & cap_of(frame)->rights & CAP_RIGHTS_READ))
        return refuse(EPERM, ARGUMENT_CAP(0), CAP_RIGHTS_READ, cap_of(frame)->rights);
    if ((wanted & CAP_RIGHTS_WRITE) && (wanted & CAP_RIGHTS_EXECUTE))
        return refuse(EINVAL, argument, CAP_RIGHTS_WRITE, wanted);
    return DONE;
}

static struct answer map_frame(struct call *call)
{
    uint64_t address = call->word[0], wanted = call->word[1];
    struct cap *frame = cap_of(call->cap[0]);
    struct answer answer = check_rights(call->cap[0], wanted, ARGUMENT_WORD(1));
    const struct page page = {.address = address,
                              .bytes = frame->size,
                              .physical = frame->start,
                              .rights = (unsigned)wanted & frame->rights & MAPPABLE,
                              .device = frame->device};
    error_t error;

    if (answer.error)
        return answer;
    if (!address || address % frame->size || address > USER_ADDRESS_END - frame->size)
        return refuse(EINVAL, ARGUMENT_WORD(0), USER_ADDRESS_END, address);
    /* "A Frame capability has at most one mapping, and holds it in its slot." */
    if (frame_mapped(call->cap[0]))
        return refuse(EBUSY, ARGUMENT_CAP(0), 0, 0);
    error = map(vspace_of(target(call)), &page);
    if (error)
        return refuse(error, error == ENOMEM ? ARGUMENT_HANDLE : ARGUMENT_WORD(0), 0, address);
    frame->mapped_in = target(call);
    frame->mapped_at = address;
    frame->mapped_rights = page.rights;
    return DONE;
}

static struct answer check_mapped(const struct call *call)
{
    if (cap_of(call->cap[0])->mapped_in != target(call))
        return refuse(ENOENT, ARGUMENT_CAP(0), vspace_of(target(call))->id, 0);
    return DONE;
}

static struct answer unmap_frame(struct call *call)
{
    struct answer answer = check_mapped(call);

    if (!answer.error)
        frame_forget(call->cap[0]);
    return answer;
}

static struct answer protect(struct call *call)
{
    struct cap *frame = cap_of(call->cap[0]);
    struct answer answer = check_mapped(call);
    struct model_vspace *v = vspace_of(target(call));
    unsigned kept = (unsigned)call->word[0] & frame->rights & MAPPABLE;

    if (!answer.error)
        answer = check_rights(call->cap[0], call->word[0], ARGUMENT_WORD(0));
    if (answer.error)
        return answer;
    if (!(kept & CAP_RIGHTS_WRITE) && frame_has_utcb(call->cap[0]))
        return refuse(EBUSY, ARGUMENT_CAP(0), CAP_RIGHTS_WRITE, kept);
    frame->mapped_rights = kept;
    v->page[page_at(v, frame->mapped_at, 1)].rights = kept;
    return DONE;
}

uint64_t space_identity(int vspace)
{
    return vspace_of(vspace)->id | vspace_of(vspace)->serial << 32;
}

static struct answer inspect(struct call *call)
{
    const struct model_vspace *v = vspace_of(target(call));

    call->out[0] = v->free;
    call->out[1] = (uint64_t)v->table_count;
    call->out[2] = (uint64_t)v->page_count;
    call->out[3] = space_identity(target(call));
    call->out_words = 4;
    return DONE;
}

/* "`VSPACE_GRANT` makes a MemoryGrant: a range of addresses of that space, at least one byte, for
   reading, writing or both. It is nothing but a slot, a child of the VSpace capability" */
static struct answer grant(struct call *call)
{
    uint64_t address = call->word[0], length = call->word[1], rights = call->word[2];
    const uint64_t lendable = CAP_RIGHTS_READ | CAP_RIGHTS_WRITE;

    if (!length)
        return refuse(EINVAL, ARGUMENT_WORD(1), 1, 0);
    if (address > USER_ADDRESS_END || length > USER_ADDRESS_END - address)
        return refuse(ERANGE, ARGUMENT_WORD(0), USER_ADDRESS_END, address);
    if (!rights || (rights & ~lendable))
        return refuse(EINVAL, ARGUMENT_WORD(2), lendable, rights);
    call->out_cap = cap_new(OBJECT_MEMORYGRANT, (unsigned)rights);
    cap_of(call->out_cap)->object = target(call);
    cap_of(call->out_cap)->start = address;
    cap_of(call->out_cap)->size = length;
    cap_adopt(call->target, call->out_cap);
    return DONE;
}

static struct answer locate(struct call *call)
{
    const struct cap *granted = cap_of(call->cap[0]);

    if (granted->object != target(call))
        return refuse(ENOENT, ARGUMENT_CAP(0), space_identity(target(call)),
                      space_identity(granted->object));
    call->out[0] = granted->start;
    call->out_words = 1;
    return DONE;
}

#include <myelin/idl/frame_types.h>
#include <myelin/idl/vspace_types.h>

#define A_FRAME                          \
    {                                    \
        {                                \
            OBJECT_FRAME, 0, true, false \
        }                                \
    }

const struct method vspace_methods[] = {
    {VSPACE_LABEL_GIVE,
     CAP_RIGHTS_MANAGE,
     0,
     {{OBJECT_UNTYPED, CAP_RIGHTS_MANAGE, true, false}},
     false,
     give},
    {VSPACE_LABEL_MAP, CAP_RIGHTS_WRITE, 2, A_FRAME, false, map_frame},
    {VSPACE_LABEL_UNMAP, CAP_RIGHTS_WRITE, 0, A_FRAME, false, unmap_frame},
    {VSPACE_LABEL_PROTECT, CAP_RIGHTS_WRITE, 1, A_FRAME, false, protect},
    {VSPACE_LABEL_INSPECT, CAP_RIGHTS_READ, 0, {{0}}, false, inspect},
    {VSPACE_LABEL_GRANT, CAP_RIGHTS_GRANT, 3, {{0}}, true, grant},
    {VSPACE_LABEL_LOCATE,
     CAP_RIGHTS_READ,
     0,
     {{OBJECT_MEMORYGRANT, 0, true, false}},
     false,
     locate},
    {0},
};

/* ---- methods of a Frame ---- */

/* "A Frame's physical address is told only with the Dma right." */
static struct answer physical(struct call *call)
{
    call->out[0] = cap_of(call->target)->start;
    call->out[1] = cap_of(call->target)->size;
    call->out_words = 2;
    return DONE;
}

static struct answer inspect_frame(struct call *call)
{
    const struct cap *frame = cap_of(call->target);

    call->out[0] = frame->size;
    call->out[1] = frame->mapped_at;
    call->out[2] = frame->mapped_rights;
    call->out_words = 3;
    return DONE;
}

const struct method frame_methods[] = {
    {FRAME_LABEL_PHYSICAL, CAP_RIGHTS_DMA, 0, {{0}}, false, physical},
    {FRAME_LABEL_INSPECT, 0, 0, {{0}}, false, inspect_frame},
    {0},
};
