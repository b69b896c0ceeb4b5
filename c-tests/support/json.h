/* Just enough of JSON to look something up. */
#ifndef JSON_H
#define JSON_H

/* The text at a path of member names, "keys.user.access_key_id", in one JSON object; NULL if it is not there or no text.
   The caller frees it. */
char *json_text(const char *json, const char *path);

/* Shows `visit` every text in a JSON value, at any depth, with the name of the member that it belongs to. */
void json_each_text(const char *json, void (*visit)(const char *key, const char *text));

#endif
