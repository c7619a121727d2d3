/*
 * What failing_calls.so and the torture that uses it agree on.
 */
#pragma once

enum fail_kind {
    FAIL_READ,
    FAIL_WRITE,
    FAIL_CONNECT,
    FAIL_OPEN,
    FAIL_POLL,
    FAIL_SOCKET, /* sockets, pipes, event descriptors */
    FAIL_SPAWN,  /* processes */
    FAIL_THREAD,
    FAIL_KINDS
};

#define FAIL_KIND_NAMES                                                                                      \
    {                                                                                                        \
        "read", "write", "connect", "open", "poll", "socket", "spawn", "thread"                              \
    }
