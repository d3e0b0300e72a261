/*
 * grants-send.c - case 1: A needs to send more than 56 bytes to B. It grants B a text to read.
 */
#include <string.h>

#include "client.h"

static char text[] =
    "A message is fixed at sixty-four bytes, and fifty-six of them are yours; this "
    "sentence is longer, and so it stays where it is, while the server reads it.";

int main(void)
{
    struct granting granting = grants_begin(text, strlen(text), CAP_RIGHTS_READ);
    uint64_t count;

    must("calling", grants_count(granting.endpoint, granting.grant, &count));
    grants_finish(&granting);
    printf("sent %zu bytes; the server counts %lu words\n", strlen(text), count);
    return 0;
}
