/* What a login must not leave behind, for the search. */
#ifndef SECRETS_H
#define SECRETS_H

#include "dsn.h"

/* The secrets among the settings. */
void secrets_of_dsn(const dsn *settings);

/* What the sandbox has for secrets, all that it was sent, and the keys that this was signed with. */
void secrets_of_sandbox(void);

/* A parameter of a request to the sandbox, which the caller frees. */
char *secrets_sent(const char *parameter);

#endif
