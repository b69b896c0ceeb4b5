/* A search of another process's writable memory. What is looked for is remembered in pieces, so that half of a secret is
   found too. */
#ifndef SEARCH_H
#define SEARCH_H

#include <stddef.h>
#include <sys/types.h>

/* Looks for these bytes from now on, and for what they are when a part of them is base64. Too short ones are left out. */
void search_add(const char *name, const void *bytes, size_t length);
void search_add_text(const char *name, const char *text);

/* Searches the process, which must be waiting; prints where something was found, up to so many lines. Returns how many
   pieces were found. */
size_t search_process(pid_t process, size_t lines);

/* Of the last search: how many pieces were found of what has that name, and how many of them outside of memory that the
   kernel leaves out of a core dump. */
size_t search_found(const char *name);
size_t search_found_in_dump(const char *name);

/* How many pieces are looked for. */
size_t search_pieces(void);

#endif
