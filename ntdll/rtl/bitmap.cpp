// SPDX-License-Identifier: GPL-3.0-only
// Bitmaps of any size. Searches walk in runs, which skip whole words at a time.
#include "ntdll/ntdll.hpp"

namespace {

constexpr ULONG not_found = 0xffffffff;

bool test(PCRTL_BITMAP map, ULONG bit) {
    return map->Buffer[bit / 32] >> (bit % 32) & 1;
}

// The first bit at or after `from` that is `value`, or the map's size.
ULONG next(PCRTL_BITMAP map, ULONG from, bool value) {
    while (from < map->SizeOfBitMap) {
        const ULONG word = (value ? map->Buffer[from / 32] : ~map->Buffer[from / 32]) >> from % 32;
        if (word) {
            from += static_cast<ULONG>(__builtin_ctz(word));
            return from < map->SizeOfBitMap ? from : map->SizeOfBitMap;
        }
        from = (from / 32 + 1) * 32;
    }
    return map->SizeOfBitMap;
}

struct Run {
    ULONG start;
    ULONG length;
};

// The first run of `value` bits that begins at or after `from`; length 0 at the end.
Run next_run(PCRTL_BITMAP map, ULONG from, bool value) {
    const ULONG start = next(map, from, value);
    return {start, next(map, start, !value) - start};
}

void fill(PRTL_BITMAP map, ULONG start, ULONG count, bool value) {
    while (count) {
        const ULONG offset = start % 32;
        const ULONG here = count < 32 - offset ? count : 32 - offset;
        const ULONG mask = (here == 32 ? ~0u : (1u << here) - 1) << offset;
        ULONG& word = map->Buffer[start / 32];
        word = value ? word | mask : word & ~mask;
        start += here;
        count -= here;
    }
}

bool all(PCRTL_BITMAP map, ULONG start, ULONG count, bool value) {
    if (!count || start >= map->SizeOfBitMap || count > map->SizeOfBitMap - start) return false;
    return next(map, start, !value) >= start + count;
}

ULONG find_from(PCRTL_BITMAP map, ULONG from, ULONG end, ULONG count, bool value) {
    for (Run run = next_run(map, from, value); run.length;
         run = next_run(map, run.start + run.length, value)) {
        if (run.start >= end) break;
        if (run.length >= count) return run.start;
    }
    return not_found;
}

// The first run of `count` bits from the hint's byte on, then from the start.
ULONG find(PCRTL_BITMAP map, ULONG count, ULONG hint, bool value) {
    if (count > map->SizeOfBitMap) return not_found;
    hint = hint < map->SizeOfBitMap ? hint & ~7u : 0;
    if (!count) return hint;
    const ULONG found = find_from(map, hint, map->SizeOfBitMap, count, value);
    return found != not_found || !hint ? found : find_from(map, 0, hint, count, value);
}

ULONG count_set(PCRTL_BITMAP map) {
    ULONG total = 0;
    for (Run run = next_run(map, 0, true); run.length; run = next_run(map, run.start + run.length, true)) {
        total += run.length;
    }
    return total;
}

}  // namespace

extern "C" {

void NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMap, PULONG Buffer, ULONG SizeOfBitMap) {
    BitMap->SizeOfBitMap = SizeOfBitMap;
    BitMap->Buffer = Buffer;
}
void NTAPI RtlClearBit(PRTL_BITMAP BitMap, ULONG BitNumber) {
    fill(BitMap, BitNumber, 1, false);
}
void NTAPI RtlSetBit(PRTL_BITMAP BitMap, ULONG BitNumber) {
    fill(BitMap, BitNumber, 1, true);
}
BOOLEAN NTAPI RtlTestBit(PCRTL_BITMAP BitMap, ULONG BitNumber) {
    return test(BitMap, BitNumber);
}
void NTAPI RtlClearAllBits(PRTL_BITMAP BitMap) {
    fill(BitMap, 0, BitMap->SizeOfBitMap, false);
}
void NTAPI RtlSetAllBits(PRTL_BITMAP BitMap) {
    fill(BitMap, 0, BitMap->SizeOfBitMap, true);
}
void NTAPI RtlClearBits(PRTL_BITMAP BitMap, ULONG StartingIndex, ULONG NumberToClear) {
    fill(BitMap, StartingIndex, NumberToClear, false);
}
void NTAPI RtlSetBits(PRTL_BITMAP BitMap, ULONG StartingIndex, ULONG NumberToSet) {
    fill(BitMap, StartingIndex, NumberToSet, true);
}
BOOLEAN NTAPI RtlAreBitsClear(PCRTL_BITMAP BitMap, ULONG StartingIndex, ULONG Length) {
    return all(BitMap, StartingIndex, Length, false);
}
BOOLEAN NTAPI RtlAreBitsSet(PCRTL_BITMAP BitMap, ULONG StartingIndex, ULONG Length) {
    return all(BitMap, StartingIndex, Length, true);
}
ULONG NTAPI RtlFindClearBits(PCRTL_BITMAP BitMap, ULONG NumberToFind, ULONG HintIndex) {
    return find(BitMap, NumberToFind, HintIndex, false);
}
ULONG NTAPI RtlFindSetBits(PCRTL_BITMAP BitMap, ULONG NumberToFind, ULONG HintIndex) {
    return find(BitMap, NumberToFind, HintIndex, true);
}
ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMap, ULONG NumberToFind, ULONG HintIndex) {
    const ULONG found = find(BitMap, NumberToFind, HintIndex, false);
    if (found != not_found) fill(BitMap, found, NumberToFind, true);
    return found;
}
ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMap, ULONG NumberToFind, ULONG HintIndex) {
    const ULONG found = find(BitMap, NumberToFind, HintIndex, true);
    if (found != not_found) fill(BitMap, found, NumberToFind, false);
    return found;
}
ULONG NTAPI RtlNumberOfSetBits(PCRTL_BITMAP BitMap) {
    return count_set(BitMap);
}
ULONG NTAPI RtlNumberOfClearBits(PCRTL_BITMAP BitMap) {
    return BitMap->SizeOfBitMap - count_set(BitMap);
}
ULONG NTAPI RtlFindNextForwardRunClear(PCRTL_BITMAP BitMap, ULONG FromIndex, PULONG StartingRunIndex) {
    const Run run = next_run(BitMap, FromIndex, false);
    *StartingRunIndex = run.length ? run.start : FromIndex;
    return run.length;
}
ULONG NTAPI RtlFindLastBackwardRunClear(PCRTL_BITMAP BitMap, ULONG FromIndex, PULONG StartingRunIndex) {
    ULONG end = FromIndex;
    while (end < BitMap->SizeOfBitMap && test(BitMap, end))
        --end;
    if (end >= BitMap->SizeOfBitMap) {
        *StartingRunIndex = FromIndex;
        return 0;
    }
    ULONG start = end;
    while (start > 0 && !test(BitMap, start - 1))
        --start;
    *StartingRunIndex = start;
    return end - start + 1;
}
ULONG NTAPI RtlFindFirstRunClear(PCRTL_BITMAP BitMap, PULONG StartingIndex) {
    return RtlFindNextForwardRunClear(BitMap, 0, StartingIndex);
}
ULONG NTAPI RtlFindLongestRunClear(PCRTL_BITMAP BitMap, PULONG StartingIndex) {
    Run longest = {0, 0};
    for (Run run = next_run(BitMap, 0, false); run.length;
         run = next_run(BitMap, run.start + run.length, false)) {
        if (run.length > longest.length) longest = run;
    }
    *StartingIndex = longest.start;
    return longest.length;
}
// With LocateLongest the runs come sorted, the longest first.
ULONG NTAPI RtlFindClearRuns(PCRTL_BITMAP BitMap, PRTL_BITMAP_RUN Runs, ULONG Count, BOOLEAN LocateLongest) {
    ULONG used = 0;
    for (Run run = next_run(BitMap, 0, false); run.length;
         run = next_run(BitMap, run.start + run.length, false)) {
        if (!LocateLongest) {
            if (used == Count) break;
            Runs[used++] = {run.start, run.length};
            continue;
        }
        ULONG at = used < Count ? used++ : Count;
        if (at == Count && (!Count || Runs[--at].NumberOfBits >= run.length)) continue;
        for (; at > 0 && Runs[at - 1].NumberOfBits < run.length; --at)
            Runs[at] = Runs[at - 1];
        Runs[at] = {run.start, run.length};
    }
    return used;
}
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set) {
    return Set ? static_cast<CCHAR>(63 - __builtin_clzll(Set)) : static_cast<CCHAR>(-1);
}
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set) {
    return Set ? static_cast<CCHAR>(__builtin_ctzll(Set)) : static_cast<CCHAR>(-1);
}

}  // extern "C"
