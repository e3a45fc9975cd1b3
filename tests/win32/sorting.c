// SPDX-License-Identifier: GPL-3.0-only
// Sorting and searching of the C library.
#include <search.h>
#include <stdlib.h>
#include "say.h"

static int comparisons;

static int by_value(const void* left, const void* right) {
    int a = *(const int*)left, b = *(const int*)right;
    comparisons++;
    return a < b ? -1 : a > b;
}

static int by_text(const void* left, const void* right) {
    return strcmp(*(const char**)left, *(const char**)right);
}

static int with_context(void* context, const void* left, const void* right) {
    ++*(int*)context;
    return by_value(right, left);
}

static void sort(const char* what, int* values, int count) {
    int ordered = 1;
    comparisons = 0;
    qsort(values, count, sizeof values[0], by_value);
    for (int i = 1; i < count; i++)
        ordered &= values[i - 1] <= values[i];
    printf("%s: in order %d, not quadratic %d\n", what, ordered, comparisons < 40 * count);
}

int main(void) {
    static int values[20000];
    const char* words[] = {"pear", "apple", "fig", "Apple", "banana", "fig", ""};
    const char *key = "banana", **found;
    unsigned seed = 1, count = 7, missing = 77, calls = 0, *at;
    for (int i = 0; i < 20000; i++)
        values[i] = (int)(seed = seed * 1103515245 + 12345) >> 8;
    sort("random", values, 20000);
    sort("in order already", values, 20000);
    for (int i = 0; i < 20000; i++)
        values[i] = 20000 - i;
    sort("backwards", values, 20000);
    for (int i = 0; i < 20000; i++)
        values[i] = i % 3;
    sort("few values", values, 20000);
    for (int i = 0; i < 20000; i++)
        values[i] = i < 10000 ? i : 20000 - i;
    sort("a hill", values, 20000);
    sort("none", values, 0);
    qsort(words, 7, sizeof words[0], by_text);
    for (int i = 0; i < 7; i++)
        printf("[%s] ", words[i]);
    found = bsearch(&key, words, 7, sizeof words[0], by_text);
    printf("found at %d\n", found ? (int)(found - words) : -1);
    key = "cherry";
    NUM(bsearch(&key, words, 7, sizeof words[0], by_text) == NULL);
    for (int i = 0; i < 8; i++)
        values[i] = i * i;
    at = _lfind(&values[5], values, &count, sizeof values[0], by_value);
    NUM(at - (unsigned*)values);
    at = _lsearch(&missing, values, &count, sizeof values[0], by_value);
    NUM(at - (unsigned*)values);
    NUM(count);
    qsort_s(values, 8, sizeof values[0], with_context, &calls);
    NUM(values[0]);
    NUM(values[7]);
    NUM(calls > 0);
    return 0;
}
