#!/bin/sh
# The demo's chatty server: request lines at an uneven pace, for ever.
exec awk '
BEGIN {
    srand()
    split("/api/orders /api/orders/1042 /api/customers /health /api/search?q=tea /api/cart /login", path, " ")
    for (n = 1;; n++) {
        r = rand()
        code = r < 0.93 ? 200 : r < 0.96 ? 304 : r < 0.985 ? 404 : 500
        verb = rand() < 0.8 ? "GET" : "POST"
        ms = int(2 + 30 * rand() * rand() + (rand() < 0.03 ? 600 * rand() : 0))
        line = sprintf("%s %s %d %dms", verb, path[int(rand() * 7) + 1], code, ms)
        if (code == 500) {
            printf("error: upstream closed the connection (request %d)\n", n) > "/dev/stderr"
        }
        print line
        if (n % 40 == 0) {
            printf("stats: %d requests, %.1f%% cached, heap %d MB\n", n, 88 + 6 * rand(), 120 + 40 * rand())
        }
        fflush()
        system("sleep " (0.2 + 2.2 * rand() * rand()))
    }
}'
