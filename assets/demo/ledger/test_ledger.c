#include "ledger.h"
#include "money.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void check(int right, const char *what)
{
    static int number;
    printf("%s %d - %s\n", right ? "ok" : "not ok", ++number, what);
    failures += !right;
}

static void check_format(long cents, const char *expected, const char *what)
{
    char text[32];
    money_format(cents, text, sizeof text);
    check(strcmp(text, expected) == 0, what);
    if (strcmp(text, expected) != 0) {
        printf("#   expected %s, got %s\n", expected, text);
    }
}

int main(void)
{
    struct ledger ledger = {.count = 0};
    check(money_parse("12.34") == 1234, "parses a plain amount");
    check(money_parse("-0.50") == -50, "parses a negative amount");
    check_format(1234, "12.34", "formats a plain amount");
    check_format(105, "1.05", "formats a leading zero in the cents");
    check_format(-50, "-0.50", "formats a negative amount");
    check(ledger_largest(&ledger) == 0, "an empty ledger has no largest entry");
    check(ledger_add(&ledger, "10.00") && ledger_add(&ledger, "2.50"), "takes entries");
    check(ledger_balance(&ledger) == 1250, "the balance counts every entry");
    check(ledger_add(&ledger, "40.00") && ledger_largest(&ledger) == 4000,
          "finds the largest entry at the end");
    check(ledger_add(&ledger, "-60.00") && ledger_balance(&ledger) == -750, "the balance may be negative");
    printf("1..10\n%d passed, %d failed\n", 10 - failures, failures);
    return failures > 0;
}
