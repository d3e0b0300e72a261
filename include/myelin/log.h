/*
 * log.h - lines for the kernel's log, for programs that have the startup capability "trace".
 */
#pragma once

/* Appends a line, as printf; what is behind its 250th byte is cut off. Without "trace" nothing
   happens. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);
