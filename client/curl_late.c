/*
 * libcurl, loaded when its first function is called and not with the program. Debian's brings thirty other
 * libraries (Kerberos, LDAP, GnuTLS): half of the time to the first frame. Here the client's thread pays for
 * them while the console is up already; and a shell's helper, which is the same binary, never has them in its
 * address space.
 *
 * These are libcurl's own functions by name and type (curl.h); each one calls the real one.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "client/base/mem.h"

struct functions {
    __typeof__(curl_easy_cleanup) *curl_easy_cleanup;
    __typeof__(curl_easy_getinfo) *curl_easy_getinfo;
    __typeof__(curl_easy_init) *curl_easy_init;
    __typeof__(curl_easy_reset) *curl_easy_reset;
    __typeof__(curl_easy_setopt) *curl_easy_setopt;
    __typeof__(curl_easy_strerror) *curl_easy_strerror;
    __typeof__(curl_free) *curl_free;
    __typeof__(curl_getdate) *curl_getdate;
    __typeof__(curl_global_init) *curl_global_init;
    __typeof__(curl_multi_add_handle) *curl_multi_add_handle;
    __typeof__(curl_multi_cleanup) *curl_multi_cleanup;
    __typeof__(curl_multi_info_read) *curl_multi_info_read;
    __typeof__(curl_multi_init) *curl_multi_init;
    __typeof__(curl_multi_perform) *curl_multi_perform;
    __typeof__(curl_multi_poll) *curl_multi_poll;
    __typeof__(curl_multi_remove_handle) *curl_multi_remove_handle;
    __typeof__(curl_multi_setopt) *curl_multi_setopt;
    __typeof__(curl_multi_wakeup) *curl_multi_wakeup;
    __typeof__(curl_slist_append) *curl_slist_append;
    __typeof__(curl_slist_free_all) *curl_slist_free_all;
    __typeof__(curl_url) *curl_url;
    __typeof__(curl_url_cleanup) *curl_url_cleanup;
    __typeof__(curl_url_get) *curl_url_get;
    __typeof__(curl_url_set) *curl_url_set;
};

#define FUNCTION(name)                                                                                       \
    {                                                                                                        \
#name, offsetof(struct functions, name)                                                              \
    }

static const struct {
    const char *name;
    size_t slot; /* in struct functions */
} table[] = {
    FUNCTION(curl_easy_cleanup),  FUNCTION(curl_easy_getinfo),
    FUNCTION(curl_easy_init),     FUNCTION(curl_easy_reset),
    FUNCTION(curl_easy_setopt),   FUNCTION(curl_easy_strerror),
    FUNCTION(curl_free),          FUNCTION(curl_getdate),
    FUNCTION(curl_global_init),   FUNCTION(curl_multi_add_handle),
    FUNCTION(curl_multi_cleanup), FUNCTION(curl_multi_info_read),
    FUNCTION(curl_multi_init),    FUNCTION(curl_multi_perform),
    FUNCTION(curl_multi_poll),    FUNCTION(curl_multi_remove_handle),
    FUNCTION(curl_multi_setopt),  FUNCTION(curl_multi_wakeup),
    FUNCTION(curl_slist_append),  FUNCTION(curl_slist_free_all),
    FUNCTION(curl_url),           FUNCTION(curl_url_cleanup),
    FUNCTION(curl_url_get),       FUNCTION(curl_url_set),
};

/* What a linker would have filled in; written once. */
static struct functions loaded;

static void load(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        mem_give_up("boxtop: libcurl.so.4 cannot be loaded: install libcurl4\n");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        void *address = dlsym(library, table[i].name);
        if (address == NULL)
            mem_give_up("boxtop: this libcurl is too old: 7.85 or newer is needed\n");
        /* ISO C has no other way from an object's address to a function's. */
        memcpy((char *)&loaded + table[i].slot, &address, sizeof address);
    }
}

static const struct functions *real(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return &loaded;
}

/* curl.h checks the types of these by macros of the same names, which must not be expanded here. */
#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt

CURLcode curl_global_init(long flags)
{
    return real()->curl_global_init(flags);
}

time_t curl_getdate(const char *text, const time_t *unused)
{
    return real()->curl_getdate(text, unused);
}

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text)
{
    return real()->curl_slist_append(list, text);
}

void curl_slist_free_all(struct curl_slist *list)
{
    real()->curl_slist_free_all(list);
}

void curl_free(void *memory)
{
    real()->curl_free(memory);
}

/* ---- URLs ---- */

CURLU *curl_url(void)
{
    return real()->curl_url();
}

void curl_url_cleanup(CURLU *url)
{
    real()->curl_url_cleanup(url);
}

CURLUcode curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned flags)
{
    return real()->curl_url_set(url, part, text, flags);
}

CURLUcode curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned flags)
{
    return real()->curl_url_get(url, part, text, flags);
}

/* ---- one transfer ---- */

CURL *curl_easy_init(void)
{
    return real()->curl_easy_init();
}

void curl_easy_cleanup(CURL *easy)
{
    real()->curl_easy_cleanup(easy);
}

void curl_easy_reset(CURL *easy)
{
    real()->curl_easy_reset(easy);
}

const char *curl_easy_strerror(CURLcode code)
{
    return real()->curl_easy_strerror(code);
}

/* The range of an option's number says what its value is (CURLOPTTYPE_ in curl.h). */
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    const struct functions *functions = real();
    CURLcode code;
    va_list args;
    va_start(args, option);
    if (option < CURLOPTTYPE_OBJECTPOINT)
        code = functions->curl_easy_setopt(easy, option, va_arg(args, long));
    else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
        code = functions->curl_easy_setopt(easy, option, va_arg(args, curl_off_t));
    else if (option >= CURLOPTTYPE_FUNCTIONPOINT && option < CURLOPTTYPE_OFF_T)
        code = functions->curl_easy_setopt(easy, option, va_arg(args, void (*)(void)));
    else
        code = functions->curl_easy_setopt(easy, option, va_arg(args, void *));
    va_end(args);
    return code;
}

CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
    va_list args;
    va_start(args, info);
    CURLcode code = real()->curl_easy_getinfo(easy, info, va_arg(args, void *));
    va_end(args);
    return code;
}

/* ---- many ---- */

CURLM *curl_multi_init(void)
{
    return real()->curl_multi_init();
}

CURLMcode curl_multi_cleanup(CURLM *multi)
{
    return real()->curl_multi_cleanup(multi);
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    return real()->curl_multi_add_handle(multi, easy);
}

CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy)
{
    return real()->curl_multi_remove_handle(multi, easy);
}

CURLMcode curl_multi_perform(CURLM *multi, int *running)
{
    return real()->curl_multi_perform(multi, running);
}

CURLMsg *curl_multi_info_read(CURLM *multi, int *left)
{
    return real()->curl_multi_info_read(multi, left);
}

CURLMcode curl_multi_poll(CURLM *multi, struct curl_waitfd *more, unsigned count, int timeout_ms, int *ready)
{
    return real()->curl_multi_poll(multi, more, count, timeout_ms, ready);
}

CURLMcode curl_multi_wakeup(CURLM *multi)
{
    return real()->curl_multi_wakeup(multi);
}

/* Only numbers are ever set. */
CURLMcode curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
{
    va_list args;
    va_start(args, option);
    CURLMcode code = real()->curl_multi_setopt(multi, option, va_arg(args, long));
    va_end(args);
    return code;
}
