/*
 * fuzz.h - what a generated fuzz driver (NAME_fuzz.c) uses.
 */
#pragma once

#include <myelin/idl.h>

#define FUZZ_CAP ((cap_t)0x1000001)

/* The interface under test; the generated driver defines it. */
extern const struct idl_interface *const fuzz_interface;

/* Ends the program, as a finding, if something does not hold. */
#define fuzz_expect(condition) fuzz_expectation(condition, #condition)
void fuzz_expectation(bool holds, const char *condition);
/* Reads all these bytes, so that AddressSanitizer sees one too many. */
void fuzz_read(const void *bytes, size_t length);
/* What a weak handler answers: mostly success. */
error_t fuzz_outcome(struct idl_request *request);
