/*
 * grants-both.c - case 3: A sends more than 56 bytes and expects more than 56 bytes back, in the
 * same memory. It grants B that memory to read and write.
 */
#include <string.h>

#include "client.h"

static char text[] = "this text goes to the server as it is, and comes back as the server has made "
                     "it: in the same place.";

int main(void)
{
    struct granting granting = grants_begin(text, strlen(text), CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);

    must("calling", grants_shout(granting.endpoint, granting.grant));
    grants_finish(&granting);
    puts(text);
    return 0;
}
