/*
 * grants-fetch.c - case 2: A requests more than 56 bytes from B. It grants B a buffer to write.
 */
#include "client.h"

static char buffer[GRANTS_TEXT_MOST];

int main(void)
{
    struct granting granting = grants_begin(buffer, sizeof(buffer), CAP_RIGHTS_WRITE);
    uint64_t length;

    must("calling", grants_fetch(granting.endpoint, granting.grant, &length));
    grants_finish(&granting);
    printf("got %lu bytes:\n%.*s", length, (int)length, buffer);
    return 0;
}
