/*
 * snapshot.c - the simulated machine's memory, the kernel's variables, and the windows, put back
 * exactly. All of it is write-protected when the exploration begins; the first write to a page
 * faults, its content is kept, and from then on the page belongs to the snapshots. So nothing can
 * change unseen, and what never changes costs nothing.
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worlds.h"

#define PAGES_MAX 2048u

/* The linker gives them (globals.h). */
extern char __start_kernel_bss[], __stop_kernel_bss[], __start_kernel_data[], __stop_kernel_data[];

/* The pages that have been written: where, what was there first, what is there in `kept`. */
static struct {
    char *at;
    char first[PAGE_BYTES], kept[PAGE_BYTES];
} *pages;
static unsigned page_count;
static uint8_t is_live[HOST_MEMORY_BYTES / PAGE_BYTES];

/* The variables: whole pages of them are protected, what is left at the ends is always kept. */
static struct variables {
    char *start, *stop, *first_page, *last_page;
    char first[2 * PAGE_BYTES], kept[2 * PAGE_BYTES];
} variables[2];

static bool active;
static struct sigaction earlier;

unsigned snapshot_pages(void)
{
    return page_count;
}

/* ---- writes to protected pages ---- */

static void unprotect(char *at)
{
    if (mprotect(at, PAGE_BYTES, PROT_READ | PROT_WRITE))
        abort();
}

/* In all windows through which the page is seen. */
static void unprotect_windows(uint64_t page)
{
    for (unsigned window = 0; window < HOST_WINDOWS; window++)
        for (unsigned i = 0; i < HOST_PLACEMENTS && host.placed[window][i].pages; i++) {
            struct host_placement piece = host.placed[window][i];

            if (page >= piece.physical && page < (uint64_t)piece.physical + piece.pages)
                unprotect(host_window(window) + (piece.at + page - piece.physical) * PAGE_BYTES);
        }
}

/* The page there belongs to the snapshots from now on. */
static void add_at(char *at)
{
    if (page_count == PAGES_MAX)
        abort();
    pages[page_count].at = at;
    memcpy(pages[page_count].first, at, PAGE_BYTES);
    memcpy(pages[page_count].kept, at, PAGE_BYTES);
    page_count++;
    unprotect(at);
}

static void add_page(uint64_t page)
{
    is_live[page] = 1;
    add_at(arch_memory(page * PAGE_BYTES));
    unprotect_windows(page);
}

/* The physical page at that address, in memory or in a window; or none. */
static bool find_page(const char *address, uint64_t *page)
{
    const char *memory = arch_memory(0);

    if (address >= memory && address < memory + HOST_MEMORY_BYTES) {
        *page = (uint64_t)(address - memory) / PAGE_BYTES;
        return true;
    }
    for (unsigned window = 0; window < HOST_WINDOWS; window++)
        for (unsigned i = 0; i < HOST_PLACEMENTS && host.placed[window][i].pages; i++) {
            struct host_placement piece = host.placed[window][i];
            const char *at = host_window(window) + piece.at * PAGE_BYTES;

            if (address >= at && address < at + piece.pages * PAGE_BYTES) {
                *page = piece.physical + (uint64_t)(address - at) / PAGE_BYTES;
                return true;
            }
        }
    return false;
}

static bool is_variable(const char *address)
{
    for (unsigned i = 0; i < 2; i++)
        if (address >= variables[i].first_page && address < variables[i].last_page)
            return true;
    return false;
}

/* Any other fault is what it was before: the test's failure. */
static void write_fault(int signal, siginfo_t *info, void *context)
{
    char *address = info->si_addr;
    uint64_t page;

    if (is_variable(address)) {
        add_at(address - (uintptr_t)address % PAGE_BYTES);
        return;
    }
    if (find_page(address, &page) && !is_live[page]) {
        add_page(page);
        return;
    }
    active = false;
    if (earlier.sa_flags & SA_SIGINFO)
        earlier.sa_sigaction(signal, info, context);
    else
        earlier.sa_handler(signal);
}

/* ---- the kernel's variables ---- */

/* Those before the first whole page and behind the last one: to `to`, or from it. */
static void copy_ends(const struct variables *v, char *other, bool back)
{
    size_t before = (size_t)(v->first_page - v->start), behind = (size_t)(v->stop - v->last_page);

    memcpy(back ? v->start : other, back ? other : v->start, before);
    memcpy(back ? v->last_page : other + PAGE_BYTES, back ? other + PAGE_BYTES : v->last_page,
           behind);
}

static void find_variables(struct variables *v, char *start, char *stop)
{
    char *first = start + (-(uintptr_t)start & (PAGE_BYTES - 1));
    char *last = stop - ((uintptr_t)stop & (PAGE_BYTES - 1));

    v->start = start;
    v->stop = stop;
    v->first_page = first <= last ? first : stop; /* without a whole page all is one end */
    v->last_page = first <= last ? last : stop;
    if (v->last_page > v->first_page &&
        mprotect(v->first_page, (size_t)(v->last_page - v->first_page), PROT_READ))
        abort();
    copy_ends(v, v->first, false);
    copy_ends(v, v->kept, false);
}

/* What a step has placed in a window was zeroed before, so it is in the snapshots. */
static void check_placed(const struct host *now)
{
    for (unsigned window = 0; window < HOST_WINDOWS; window++) {
        const struct host_placement *piece = now->placed[window];

        for (unsigned i = 0; i < HOST_PLACEMENTS && piece[i].pages; i++)
            for (unsigned n = 0; n < piece[i].pages; n++)
                assert_true(is_live[piece[i].physical + n] ||
                            !memcmp(&piece[i], &host.placed[window][i], sizeof(*piece)));
    }
}

/* Of the piece those pages that do not belong to the snapshots, as few system calls as can be. */
static void protect_piece(unsigned window, const struct host_placement *piece)
{
    uint64_t end, n = 0;

    for (; n < piece->pages; n = end) {
        bool live = is_live[piece->physical + n];

        end = n + 1;
        while (end < piece->pages && is_live[piece->physical + end] == live)
            end++;
        if (!live && mprotect(host_window(window) + (piece->at + n) * PAGE_BYTES,
                              (end - n) * PAGE_BYTES, PROT_READ))
            abort();
    }
}

/* They must not be written unseen through a window that was placed anew, unlike in `now`. */
static void protect_windows(const struct host *now)
{
    for (unsigned window = 0; window < HOST_WINDOWS; window++) {
        const struct host_placement *piece = host.placed[window];

        if (now && !memcmp(piece, now->placed[window], sizeof(host.placed[window])))
            continue;
        for (unsigned i = 0; i < HOST_PLACEMENTS && piece[i].pages; i++)
            protect_piece(window, &piece[i]);
    }
}

/* ---- the snapshots ---- */

static void put_back(bool first)
{
    static struct host now;

    memcpy(now.placed, host.placed, sizeof(now.placed));
    for (unsigned i = 0; i < page_count; i++)
        memcpy(pages[i].at, first ? pages[i].first : pages[i].kept, PAGE_BYTES);
    for (unsigned i = 0; i < 2; i++)
        copy_ends(&variables[i], first ? variables[i].first : variables[i].kept, true);
    if (!memcmp(now.placed, host.placed, sizeof(host.placed)))
        return;
    check_placed(&now);
    host_place_again(&now);
    protect_windows(&now);
}

void snapshot_begin(void)
{
    struct sigaction ours = {.sa_sigaction = write_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};

    if (!pages)
        pages = malloc(PAGES_MAX * sizeof(*pages));
    if (!pages || mprotect(arch_memory(0), HOST_MEMORY_BYTES, PROT_READ))
        abort();
    memset(is_live, 0, sizeof(is_live));
    page_count = 0;
    sigaction(SIGSEGV, &ours, &earlier);
    active = true;
    protect_windows(NULL);
    find_variables(&variables[0], __start_kernel_bss, __stop_kernel_bss);
    find_variables(&variables[1], __start_kernel_data, __stop_kernel_data);
}

void snapshot_end(void)
{
    if (!active)
        return;
    active = false;
    for (unsigned i = 0; i < 2; i++)
        mprotect(variables[i].first_page,
                 (size_t)(variables[i].last_page - variables[i].first_page),
                 PROT_READ | PROT_WRITE);
    for (unsigned window = 0; window < HOST_WINDOWS; window++)
        for (unsigned i = 0; i < HOST_PLACEMENTS && host.placed[window][i].pages; i++)
            mprotect(host_window(window) + host.placed[window][i].at * PAGE_BYTES,
                     host.placed[window][i].pages * PAGE_BYTES, PROT_READ | PROT_WRITE);
    if (mprotect(arch_memory(0), HOST_MEMORY_BYTES, PROT_READ | PROT_WRITE))
        abort();
    sigaction(SIGSEGV, &earlier, NULL);
}

void snapshot_keep(void)
{
    for (unsigned i = 0; i < page_count; i++)
        memcpy(pages[i].kept, pages[i].at, PAGE_BYTES);
    for (unsigned i = 0; i < 2; i++)
        copy_ends(&variables[i], variables[i].kept, false);
}

void snapshot_back(void)
{
    put_back(false);
}

void snapshot_back_to_first(void)
{
    put_back(true);
}
