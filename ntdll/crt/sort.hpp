// SPDX-License-Identifier: GPL-3.0-only
// qsort and bsearch. Heap sort: no recursion, no extra memory, no bad input.
#pragma once

#include "ntdll/ntdll.hpp"

namespace crt {

using Compare = int (*)(const void*, const void*);

inline void swap(char* a, char* b, SIZE_T size) {
    for (; size; --size, ++a, ++b) {
        const char held = *a;
        *a = *b;
        *b = held;
    }
}

inline void sift_down(char* base, SIZE_T root, SIZE_T count, SIZE_T size, Compare compare) {
    for (SIZE_T child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0) ++child;
        if (compare(base + root * size, base + child * size) >= 0) return;
        swap(base + root * size, base + child * size, size);
    }
}

inline void heap_sort(char* base, SIZE_T count, SIZE_T size, Compare compare) {
    if (!size) return;
    for (SIZE_T root = count / 2; root-- > 0;)
        sift_down(base, root, count, size, compare);
    for (SIZE_T last = count; last-- > 1;) {
        swap(base, base + last * size, size);
        sift_down(base, 0, last, size, compare);
    }
}

inline void* binary_search(const void* key, const char* base, SIZE_T count, SIZE_T size, Compare compare) {
    while (count) {
        const char* middle = base + count / 2 * size;
        const int order = compare(key, middle);
        if (order == 0) return const_cast<char*>(middle);
        if (order > 0) {
            base = middle + size;
            count -= count / 2 + 1;
        } else {
            count /= 2;
        }
    }
    return nullptr;
}

}  // namespace crt
