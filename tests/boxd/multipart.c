#include "tests/boxd/multipart.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"

enum { BLOCK = 64 << 10, PARTS_MAX = 10000 };

bool multipart_is(const struct request *rq)
{
    const char *type = MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, "Content-Type");
    return type != NULL && strncasecmp(type, "multipart/form-data", 19) == 0;
}

static enum MHD_Result on_part(void *context, enum MHD_ValueKind kind, const char *key, const char *filename,
                               const char *type, const char *encoding, const char *data, uint64_t offset,
                               size_t size)
{
    (void)kind;
    (void)type;
    (void)encoding;
    struct multipart *m = context;
    if (offset == 0 || m->count == 0) {
        if (m->count == PARTS_MAX) {
            return MHD_NO;
        }
        m->parts = mem_grow(m->parts, &m->room, m->count + 1, sizeof *m->parts);
        struct part *part = &m->parts[m->count++];
        *part = (struct part){.name = mem_dup(key), .filename = mem_dup(filename)};
        buf_init(&part->data, REQUEST_BODY_MAX);
    }
    return buf_add(&m->parts[m->count - 1].data, data, size) ? MHD_YES : MHD_NO;
}

bool multipart_read(struct request *rq, struct multipart *out)
{
    *out = (struct multipart){.count = 0};
    struct MHD_PostProcessor *reader = MHD_create_post_processor(rq->connection, BLOCK, on_part, out);
    if (reader == NULL) {
        return false;
    }
    bool ok = rq->body.len == 0 || MHD_post_process(reader, rq->body.data, rq->body.len) == MHD_YES;
    return MHD_destroy_post_processor(reader) == MHD_YES && ok;
}

void multipart_done(struct multipart *multipart)
{
    for (size_t i = 0; i < multipart->count; i++) {
        free(multipart->parts[i].name);
        free(multipart->parts[i].filename);
        buf_done(&multipart->parts[i].data);
    }
    free(multipart->parts);
    *multipart = (struct multipart){.count = 0};
}
