/* One HTTP request over loopback, for the sandbox's control pages. */
#ifndef HTTP_H
#define HTTP_H

/* Sends `method` for `path` of `origin` ("http://127.0.0.1:1234") with a JSON body or NULL; returns the body of the
   answer, which the caller frees. Anything but status 2xx fails the test. */
char *http_request(const char *origin, const char *method, const char *path, const char *json);

#endif
