/*
 * paging.c - the pages of a process: mapped when it first touches them.
 *
 * It never waits for anybody: the image was read whole before the start, so everybody, file
 * servers too, can be paged from here.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/frame.h>
#include <myelin/objects.h>
#include <myelin/vspace.h>

#include "process.h"

/* A VSpace takes few gifts of page tables, so after every fourth they become larger. */
#define TABLES_BITS_LEAST 14
#define TABLES_BITS_MOST  20

static unsigned tables_bits(const struct process *process)
{
    unsigned bits = TABLES_BITS_LEAST + process->tables_given / 4;

    return bits < TABLES_BITS_MOST ? bits : TABLES_BITS_MOST;
}

static error_t give_tables(struct process *process)
{
    cap_t tables;
    error_t error =
        holding_retype(&process->holding, OBJECT_UNTYPED, tables_bits(process), "tables", &tables);

    if (error)
        return error;
    error = vspace_give(process->vspace, tables);
    if (error)
        cap_delete(tables);
    else
        process->tables_given++;
    return error;
}

error_t map_page(struct process *process, cap_t frame, uint64_t address, uint32_t rights)
{
    error_t error = frame_map(process->vspace, frame, address, rights);

    if (error != ENOMEM)
        return error;
    error = give_tables(process);
    return error ? error : frame_map(process->vspace, frame, address, rights);
}

static error_t clear_page(struct page *page)
{
    void *window = window_open(page->frame);

    if (!window)
        return ENOMEM;
    memset(window, 0, PAGE_BYTES);
    window_close(page->frame);
    return SUCCESS;
}

static void add_page(struct page **list, struct page *page)
{
    page->next = *list;
    *list = page;
}

error_t take_page(struct process *process, struct page **taken)
{
    struct page *page = process->spare;
    error_t error;

    if (!page)
        return page_make(&process->holding, taken);
    error = clear_page(page);
    if (error)
        return error;
    process->spare = page->next;
    *taken = page;
    return SUCCESS;
}

/* Takes back a page that is mapped nowhere. */
static void drop_page(struct process *process, struct page *page)
{
    if (page->shared) {
        cap_delete(page->frame);
        page_record_give(page);
    } else {
        add_page(&process->spare, page);
    }
}

/* The part of the page at `address` that comes from the image. */
struct image_part {
    uint64_t start, end; /* addresses; start >= end: none */
    uint64_t offset;     /* of start, in the image */
};

static struct image_part part_of_image(const struct region *region, uint64_t address)
{
    struct image_part part = {.start = region->file_start, .end = region->file_end};

    if (part.start < address)
        part.start = address;
    if (part.end > address + PAGE_BYTES)
        part.end = address + PAGE_BYTES;
    part.offset = part.start - region->file_start + region->file_offset;
    return part;
}

/* A page that is not written can be the image's own, unless zeros must follow in it. */
static struct page *image_page(const struct process *process, const struct region *region,
                               const struct image_part *part, uint64_t address)
{
    if (part->start >= part->end || (region->rights & CAP_RIGHTS_WRITE))
        return NULL;
    if (region->zero_tail && part->end < address + PAGE_BYTES)
        return NULL;
    return store_page(&process->image, part->offset);
}

error_t share_page(const struct region *region, const struct page *of, struct page **shared)
{
    struct page *page = page_record_take();
    error_t error;

    if (!page)
        return ENOMEM;
    error = cap_derive(of->frame, region->rights, &page->frame);
    if (error) {
        page_record_give(page);
        return error;
    }
    page->shared = true;
    *shared = page;
    return SUCCESS;
}

/* A page of its own, filled from the image where the region says so. */
static error_t copy_page(struct process *process, const struct image_part *part,
                         struct page **copied)
{
    struct page *page;
    error_t error = take_page(process, &page);
    char *window;

    if (error)
        return error;
    *copied = page;
    if (part->start >= part->end)
        return SUCCESS;
    window = window_open(page->frame);
    error = window ? store_read(&process->image, part->offset, window + part->start % PAGE_BYTES,
                                part->end - part->start)
                   : ENOMEM;
    if (window)
        window_close(page->frame);
    if (error)
        drop_page(process, page);
    return error;
}

/* Takes the page at *link, which is mapped, out of its list and unmaps it. */
static struct page *unmap_page(struct process *process, struct page **link)
{
    struct page *page = *link;

    *link = page->next;
    process->page_count--;
    frame_unmap(process->vspace, page->frame);
    return page;
}

const struct page *mapped_page(const struct process *process, uint64_t address)
{
    const struct page *page = process->pages;

    while (page && page->address != address)
        page = page->next;
    return page;
}

/* The page that was hidden at `address`, taken out of its list, or NULL. */
static struct page *take_hidden(struct process *process, uint64_t address)
{
    for (struct page **link = &process->hidden; *link; link = &(*link)->next) {
        struct page *page = *link;

        if (page->address == address) {
            *link = page->next;
            return page;
        }
    }
    return NULL;
}

/* Finds or makes what belongs at `address`; it is in no list. */
static error_t find_page(struct process *process, const struct region *region, uint64_t address,
                         struct page **page)
{
    struct image_part part = part_of_image(region, address);
    struct page *image = image_page(process, region, &part, address);

    *page = take_hidden(process, address);
    if (*page || (region->lender && lend_page(region, address, page) == SUCCESS))
        return SUCCESS;
    return image ? share_page(region, image, page) : copy_page(process, &part, page);
}

/* Another thread's fault may have made it present already. */
error_t page_in(struct process *process, const struct region *region, uint64_t address)
{
    struct page *page;
    error_t error = find_page(process, region, address, &page);

    if (error)
        return error;
    error = map_page(process, page->frame, address, region->rights);
    if (error) {
        drop_page(process, page);
        return error == EEXIST ? SUCCESS : error;
    }
    page->address = address;
    add_page(&process->pages, page);
    process->page_count++;
    return SUCCESS;
}

void unmap_pages(struct process *process, uint64_t start, uint64_t end)
{
    struct page **link = &process->pages;

    while (*link) {
        if ((*link)->address >= start && (*link)->address < end)
            drop_page(process, unmap_page(process, link));
        else
            link = &(*link)->next;
    }
    for (link = &process->hidden; *link;) {
        struct page *page = *link;

        if (page->address >= start && page->address < end) {
            *link = page->next;
            drop_page(process, page);
        } else {
            link = &page->next;
        }
    }
}

/* The mapped page at *link gets other rights; false: it is no longer in the list. */
static bool protect_page(struct process *process, struct page **link, uint32_t rights)
{
    struct page *page = *link;

    if (!page->shared && rights) {
        frame_protect(process->vspace, page->frame, rights);
        return true;
    }
    unmap_page(process, link);
    if (page->shared)
        drop_page(process, page); /* the next access shares or copies it anew */
    else
        add_page(&process->hidden, page);
    return false;
}

void protect_pages(struct process *process, uint64_t start, uint64_t end, uint32_t rights)
{
    struct page **link = &process->pages;

    while (*link) {
        if ((*link)->address < start || (*link)->address >= end ||
            protect_page(process, link, rights))
            link = &(*link)->next;
    }
}
