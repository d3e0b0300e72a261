/*
 * roman.h - what the client asks the server of this example, and what it answers.
 *
 * With ipc_call a message is a C struct; its first word is the label: of a request the method,
 * of an answer the error.
 */
#pragma once

#include <myelin/abi.h>

#define ROMAN_WRITE       LABEL(0x1001, 1)
#define ROMAN_TEXT_BYTES  16
#define ROMAN_NUMBER_MOST 3999

struct roman_request {
    word_t label;
    word_t number;
};

struct roman_response {
    word_t error;
    char text[ROMAN_TEXT_BYTES]; /* NUL-terminated; the longest is MMMDCCCLXXXVIII */
};
