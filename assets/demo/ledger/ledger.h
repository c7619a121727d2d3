/* A list of entries with a running balance. */
#pragma once

#include <stddef.h>

enum { LEDGER_MAX = 64 };

struct ledger {
    long cents[LEDGER_MAX];
    size_t count;
};

/* Adds an entry; returns 0 when the ledger is full. */
int ledger_add(struct ledger *ledger, const char *amount);

/* The sum of all entries, in cents. */
long ledger_balance(const struct ledger *ledger);

/* The largest entry, in cents; 0 for an empty ledger. */
long ledger_largest(const struct ledger *ledger);
