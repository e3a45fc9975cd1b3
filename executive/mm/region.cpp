// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/region.hpp"

namespace mm {

size_t Region::run_of(uint32_t page) const {
    size_t low = 0;
    size_t high = runs.size();
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        (runs[middle].first_page <= page ? low : high) = middle;
    }
    return low;
}

uint32_t Region::run_end(uint32_t page) const {
    size_t index = run_of(page) + 1;
    return index < runs.size() ? runs[index].first_page : static_cast<uint32_t>(pages);
}

// Makes a run start at `page` and returns its index; the end of the region is the index behind the last.
size_t Region::split(uint32_t page) {
    if (page >= pages) return runs.size();
    size_t index = run_of(page);
    if (runs[index].first_page == page) return index;
    Run run{page, runs[index].protection};
    MUST(runs.push_back(run));
    for (size_t i = runs.size() - 1; i > index + 1; --i)
        runs[i] = runs[i - 1];
    runs[index + 1] = run;
    return index + 1;
}

void Region::set(uint32_t first, uint32_t end, uint32_t protection) {
    size_t begin = split(first);
    size_t behind = split(end);
    runs[begin].protection = protection;
    for (size_t i = behind; i-- > begin + 1;)
        runs.remove(i);
    if (begin + 1 < runs.size() && runs[begin + 1].protection == protection) runs.remove(begin + 1);
    if (begin > 0 && runs[begin - 1].protection == protection) runs.remove(begin);
}

uint64_t Region::committed(uint32_t first, uint32_t end) const {
    uint64_t count = 0;
    for (uint32_t page = first; page < end;) {
        uint32_t next = run_end(page) < end ? run_end(page) : end;
        if (protection(page)) count += next - page;
        page = next;
    }
    return count;
}

bool valid_protection(uint32_t protection) {
    uint32_t access = protection & 0xff;
    uint32_t modifiers = protection & ~0xffu;
    if (access == 0 || (access & (access - 1)) != 0) return false;
    if (modifiers & ~(PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE)) return false;
    return access != PAGE_NOACCESS || modifiers == 0;
}

}  // namespace mm
