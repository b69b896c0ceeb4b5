/* Just enough of JSON to look something up. */
#ifndef JSON_H
#define JSON_H

/* The text at a path of member names, "keys.user.access_key_id", in one JSON object; NULL if it is not there or no text.
   The caller frees it. */
char *json_text(const char *json, const char *path);

#endif
