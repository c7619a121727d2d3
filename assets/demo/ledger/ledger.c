#include "ledger.h"

#include "money.h"

int ledger_add(struct ledger *ledger, const char *amount)
{
    if (ledger->count == LEDGER_MAX) {
        return 0;
    }
    ledger->cents[ledger->count++] = money_parse(amount);
    return 1;
}

long ledger_balance(const struct ledger *ledger)
{
    long sum = 0;
    for (size_t i = 0; i < ledger->count; i++) {
        sum += ledger->cents[i];
    }
    return sum;
}

long ledger_largest(const struct ledger *ledger)
{
    long largest = ledger->count == 0 ? 0 : ledger->cents[0];
    for (size_t k = 1; k < ledger->count; k++) {
        largest = ledger->cents[k] > largest ? ledger->cents[k] : largest;
    }
    return largest;
}
