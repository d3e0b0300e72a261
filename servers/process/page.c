/*
 * page.c - the pool of page records, the window, and files held in pages.
 */
#include "page.h"

#include <string.h>

#include <myelin/cap.h>
#include <myelin/frame.h>
#include <myelin/objects.h>

#define WINDOW_ADDRESS   0x500000000000ull             /* a page that is not viewed */
#define PASSING_ADDRESS  (WINDOW_ADDRESS + PAGE_BYTES) /* the same, of a store */
#define VIEWS_ADDRESS    0x510000000000ull
#define RECORDS_ADDRESS  0x500040000000ull
#define FIRST_RECORDS    4096 /* without more memory */
#define RECORDS_IN_PAGE  (PAGE_BYTES / sizeof(struct page))
#define SLOTS_FOR_OTHERS 1024

/*
 * Records lie in an array that grows by pages of this server's own; they are used again but
 * never given back. With each such page it is also seen to that there are capability slots for
 * the Frames that its records will have.
 */
static struct page first_records[FIRST_RECORDS];
static struct page *next_record = first_records, *end_of_records = first_records + FIRST_RECORDS;
static struct page *unused_first;
static struct holding own_holding;
static uint64_t own_pages;
static uint64_t records_used;

static error_t more_records(void)
{
    uint64_t address = RECORDS_ADDRESS + own_pages * PAGE_BYTES;
    cap_t frame;
    error_t error = slots_ensure(RECORDS_IN_PAGE + SLOTS_FOR_OTHERS);

    if (!error)
        error = holding_retype(&own_holding, OBJECT_FRAME, PAGE_SIZE_BITS, "records", &frame);
    if (error)
        return error;
    error = frame_map(CAP_NULL, frame, address, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    if (error) {
        cap_delete(frame);
        return error;
    }
    own_pages++;
    next_record = (struct page *)address;
    end_of_records = next_record + RECORDS_IN_PAGE;
    return SUCCESS;
}

struct page *page_record_take(void)
{
    struct page *page = unused_first;

    if (page)
        unused_first = page->next;
    else if (next_record < end_of_records || more_records() == SUCCESS)
        page = next_record++;
    else
        return NULL;
    *page = (struct page){0};
    records_used++;
    return page;
}

void page_record_give(struct page *page)
{
    records_used--;
    page->next = unused_first;
    unused_first = page;
}

uint64_t page_slots(void)
{
    return records_used + own_pages;
}

void page_list_forget(struct page **list)
{
    while (*list) {
        struct page *page = *list;

        *list = page->next;
        page_record_give(page);
    }
}

error_t page_make(struct holding *holding, struct page **made)
{
    struct page *page = page_record_take();
    error_t error;

    if (!page)
        return ENOMEM;
    error = holding_retype(holding, OBJECT_FRAME, PAGE_SIZE_BITS, "page", &page->frame);
    if (error) {
        page_record_give(page);
        return error;
    }
    *made = page;
    return SUCCESS;
}

static void *map_here(cap_t frame, uint64_t address)
{
    if (frame_map(CAP_NULL, frame, address, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE))
        return NULL;
    return (void *)address;
}

void *window_open(cap_t frame)
{
    return map_here(frame, WINDOW_ADDRESS);
}

void window_close(cap_t frame)
{
    frame_unmap(CAP_NULL, frame);
}

/* Each record has a place of its own; records are used again, so the places are few. */
static uint64_t view_address(const struct page *page)
{
    bool is_first = page >= first_records && page < first_records + FIRST_RECORDS;
    uint64_t number = is_first ? (uint64_t)(page - first_records)
                               : FIRST_RECORDS + (uint64_t)(page - (struct page *)RECORDS_ADDRESS);

    return VIEWS_ADDRESS + number * PAGE_BYTES;
}

/* A page of a store stays mapped, once it was, until its Frame dies; or if there is no page table
   for that, from view_open to view_close. */
static char *view_open(struct page *page)
{
    if (!page->viewed)
        page->viewed = map_here(page->frame, view_address(page)) != NULL;
    return page->viewed ? (char *)view_address(page) : map_here(page->frame, PASSING_ADDRESS);
}

static void view_close(const struct page *page)
{
    if (!page->viewed)
        frame_unmap(CAP_NULL, page->frame);
}

struct page *store_page(const struct store *store, uint64_t offset)
{
    struct page *page = offset < page_round_up(store->size) ? store->first : NULL;

    while (page && page->address != (offset & ~(PAGE_BYTES - 1)))
        page = page->next;
    return page;
}

static error_t store_page_make(struct store *store, struct holding *holding, uint64_t offset,
                               struct page **page)
{
    error_t error;

    *page = store_page(store, offset);
    if (*page)
        return SUCCESS;
    error = page_make(holding, page);
    if (error)
        return error;
    (*page)->address = offset & ~(PAGE_BYTES - 1);
    (*page)->next = store->first;
    store->first = *page;
    return SUCCESS;
}

/* The part of [offset, offset + length) that lies in its first page. */
static size_t part_in_page(uint64_t offset, size_t length)
{
    size_t room = PAGE_BYTES - offset % PAGE_BYTES;

    return length < room ? length : room;
}

/* Where bytes come from: memory of this server, or a lease. */
struct source {
    const char *bytes; /* NULL: of the lease */
    const struct idl_lease *lease;
};

static error_t copy_from(const struct source *source, uint64_t at, void *to, size_t length)
{
    if (!source->bytes)
        return idl_lease_read(source->lease, at, to, length);
    memcpy(to, source->bytes + at, length);
    return SUCCESS;
}

/* Writes what lies in one page. */
static error_t write_part(struct store *store, struct holding *holding, uint64_t offset,
                          const struct source *source, uint64_t at, size_t length)
{
    struct page *page;
    char *view;
    error_t error = store_page_make(store, holding, offset, &page);

    if (error)
        return error;
    if (store->size < offset + length)
        store->size = offset + length;
    view = view_open(page);
    if (!view)
        return ENOMEM;
    error = copy_from(source, at, view + offset % PAGE_BYTES, length);
    view_close(page);
    return error;
}

static error_t write_all(struct store *store, struct holding *holding, uint64_t offset,
                         const struct source *source, size_t length)
{
    error_t error = SUCCESS;

    for (size_t done = 0; done < length && !error;) {
        size_t part = part_in_page(offset + done, length - done);

        error = write_part(store, holding, offset + done, source, done, part);
        done += part;
    }
    return error;
}

error_t store_write(struct store *store, struct holding *holding, uint64_t offset,
                    const void *bytes, size_t length)
{
    const struct source source = {.bytes = bytes};

    return write_all(store, holding, offset, &source, length);
}

error_t store_load(struct store *store, struct holding *holding, uint64_t offset,
                   const struct idl_lease *lease)
{
    const struct source source = {.lease = lease};

    return write_all(store, holding, offset, &source, lease->length);
}

/* Reads what lies in one page; where there is none, there are zeros. */
static error_t read_part(const struct store *store, uint64_t offset, void *bytes, size_t length)
{
    struct page *page = store_page(store, offset);
    const char *view;

    if (!page) {
        memset(bytes, 0, length);
        return SUCCESS;
    }
    view = view_open(page);
    if (!view)
        return ENOMEM;
    memcpy(bytes, view + offset % PAGE_BYTES, length);
    view_close(page);
    return SUCCESS;
}

error_t store_read(const struct store *store, uint64_t offset, void *bytes, size_t length)
{
    error_t error = SUCCESS;

    for (size_t done = 0; done < length && !error;) {
        size_t part = part_in_page(offset + done, length - done);

        error = read_part(store, offset + done, (char *)bytes + done, part);
        done += part;
    }
    return error;
}
