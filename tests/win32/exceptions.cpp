// SPDX-License-Identifier: GPL-3.0-only
// C++ exceptions through frames with destructors, in several threads, and system exceptions beside them.
#include <stdio.h>
#include <windows.h>

#include <stdexcept>
#include <string>

namespace {

int alive;

struct Guard {
    Guard() { ++alive; }
    ~Guard() { --alive; }
};

void deep(int depth) {
    Guard guard;
    if (depth == 0) throw std::runtime_error("from below");
    deep(depth - 1);
}

DWORD WINAPI in_thread(void* argument) {
    try {
        throw static_cast<int>(reinterpret_cast<INT_PTR>(argument));
    } catch (int value) {
        return static_cast<DWORD>(value + 1);
    }
}

volatile char* page;

LONG CALLBACK resume(EXCEPTION_POINTERS* pointers) {
    EXCEPTION_RECORD* record = pointers->ExceptionRecord;
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION) return EXCEPTION_CONTINUE_SEARCH;
    printf("fault: %s at +%d\n", record->ExceptionInformation[0] ? "write" : "read",
           static_cast<int>(record->ExceptionInformation[1] - reinterpret_cast<ULONG_PTR>(page)));
    DWORD old;
    VirtualProtect(const_cast<char*>(page), 4096, PAGE_READWRITE, &old);
    return EXCEPTION_CONTINUE_EXECUTION;
}

LONG WINAPI last_filter(EXCEPTION_POINTERS* pointers) {
    printf("unhandled %lx\n", pointers->ExceptionRecord->ExceptionCode);
    fflush(stdout);
    ExitProcess(9);
}

}  // namespace

int main() {
    try {
        deep(10);
    } catch (const std::exception& error) {
        printf("caught %s, %d alive\n", error.what(), alive);
    }
    try {
        try {
            throw std::string("text");
        } catch (const std::string&) {
            throw;
        }
    } catch (...) {
        printf("rethrown\n");
    }
    try {
        std::string().at(5);
    } catch (const std::out_of_range&) {
        printf("out of range\n");
    }
    HANDLE threads[4];
    DWORD sum = 0;
    for (INT_PTR i = 0; i < 4; ++i)
        threads[i] = CreateThread(nullptr, 0, in_thread, reinterpret_cast<void*>(i), 0, nullptr);
    WaitForMultipleObjects(4, threads, TRUE, INFINITE);
    for (HANDLE thread : threads) {
        DWORD code;
        GetExitCodeThread(thread, &code);
        sum += code;
    }
    printf("threads: %lu\n", sum);
    page = static_cast<char*>(VirtualAlloc(nullptr, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_NOACCESS));
    void* handler = AddVectoredExceptionHandler(1, resume);
    page[12] = 3;
    printf("page %d\n", page[12]);
    RemoveVectoredExceptionHandler(handler);
    printf("bad pointers %d %d\n", IsBadReadPtr(reinterpret_cast<void*>(16), 4), IsBadReadPtr("text", 4));
    SetUnhandledExceptionFilter(last_filter);
    *reinterpret_cast<volatile int*>(32) = 1;
    return 0;
}
