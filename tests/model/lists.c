/* lists.c - numbers in an order, and numbers that may be taken. */

#include <string.h>

#include "model.h"

static void insert(struct list *list, int at, int item)
{
    if (list->count == LIST_MAX) {
        model.full = true;
        return;
    }
    memmove(&list->item[at + 1], &list->item[at],
            (size_t)(list->count - at) * sizeof(list->item[0]));
    list->item[at] = (int16_t)item;
    list->count++;
}

void list_add(struct list *list, int item)
{
    insert(list, list->count, item);
}

void list_add_first(struct list *list, int item)
{
    insert(list, 0, item);
}

int list_find(const struct list *list, int item)
{
    for (int i = 0; i < list->count; i++)
        if (list->item[i] == item)
            return i;
    return NONE;
}

void list_remove(struct list *list, int item)
{
    int at = list_find(list, item);

    if (at == NONE)
        return;
    list->count--;
    memmove(&list->item[at], &list->item[at + 1],
            (size_t)(list->count - at) * sizeof(list->item[0]));
}

void list_replace(struct list *list, int item, const struct list *in)
{
    int at = list_find(list, item);

    list_remove(list, item);
    for (int i = 0; i < in->count; i++)
        insert(list, at + i, in->item[i]);
}

void supply_add(struct supply *supply, uint64_t from, uint64_t to)
{
    if (supply->count == SLOTS_MAX) {
        model.full = true;
        return;
    }
    supply->range[supply->count].from = from;
    supply->range[supply->count].to = to;
    supply->count++;
}

void supply_add_last(struct supply *supply, uint64_t from, uint64_t to)
{
    int count = supply->count;

    supply_add(supply, from, to);
    if (supply->count == count)
        return;
    for (int i = count; i > 0; i--)
        supply->range[i] = supply->range[i - 1];
    supply->range[0].from = from;
    supply->range[0].to = to;
}

uint64_t supply_count(const struct supply *supply)
{
    uint64_t count = 0;

    for (int i = 0; i < supply->count; i++)
        count += supply->range[i].to - supply->range[i].from;
    return count;
}

uint64_t supply_take(struct supply *supply)
{
    int last = supply->count - 1;
    uint64_t taken = supply->range[last].from++;

    if (supply->range[last].from == supply->range[last].to)
        supply->count--;
    return taken;
}
