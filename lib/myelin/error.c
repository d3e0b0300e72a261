/*
 * error.c - errors by name and by sentence, from the one list in errors.h.
 */
#include "internal.h"

const struct ipc_error_detail *ipc_error_detail(void)
{
    return &library_state()->detail;
}

#define SENTENCE(number, sentence) \
    case number:                   \
        return sentence;
#define NAME(number, sentence) \
    case number:               \
        return #number;

const char *error_sentence(error_t error)
{
    switch (error) {
        MYELIN_ERRORS(SENTENCE)
    case SUCCESS:
        return "it worked";
    default:
        return "an error that is in no list";
    }
}

const char *error_name(error_t error)
{
    switch (error) {
        MYELIN_ERRORS(NAME)
    case SUCCESS:
        return "SUCCESS";
    default:
        return "E?";
    }
}
