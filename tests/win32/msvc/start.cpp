// SPDX-License-Identifier: GPL-3.0-only
// What the compiler for the msvc target expects of a C library's static part, as its documentation has it:
// the entry, the tables of initialisers and of thread-local storage, guards of static locals, the cookie. The
// rest is vcruntime140.dll's and the universal C runtime's.
#include <process.h>
#include <stdlib.h>
#include <windows.h>

using Initialiser = void (*)();

#pragma section(".CRT$XCA", long, read)
#pragma section(".CRT$XCZ", long, read)
#pragma section(".CRT$XDA", long, read)
#pragma section(".CRT$XDZ", long, read)
#pragma section(".CRT$XLA", long, read)
#pragma section(".CRT$XLC", long, read)
#pragma section(".CRT$XLZ", long, read)
#pragma section(".CRT$XTA", long, read)

extern "C" {
int main(int, char**);
int _configure_narrow_argv(int mode);
int _initialize_narrow_environment(void);
int* __p___argc(void);
char*** __p___argv(void);

__declspec(allocate(".CRT$XCA")) Initialiser first_initialiser = nullptr;
__declspec(allocate(".CRT$XCZ")) Initialiser last_initialiser = nullptr;
// The loader's list begins behind the first.
__declspec(allocate(".CRT$XLA")) PIMAGE_TLS_CALLBACK first_callback = nullptr;
__declspec(allocate(".CRT$XLZ")) PIMAGE_TLS_CALLBACK last_callback = nullptr;

unsigned long _tls_index = 0;
__declspec(allocate(".tls")) char _tls_start = 0;
__declspec(allocate(".tls$ZZZ")) char _tls_end = 0;
extern const IMAGE_TLS_DIRECTORY64 _tls_used = {reinterpret_cast<ULONGLONG>(&_tls_start),
                                                reinterpret_cast<ULONGLONG>(&_tls_end),
                                                reinterpret_cast<ULONGLONG>(&_tls_index),
                                                reinterpret_cast<ULONGLONG>(&first_callback + 1),
                                                0,
                                                0};

// Objects of a thread: initialised when it comes or first looks, their ends run when it leaves.
struct ThreadEnd {
    Initialiser function;
    ThreadEnd* next;
};
__declspec(allocate(".CRT$XDA")) Initialiser first_of_thread = nullptr;
__declspec(allocate(".CRT$XDZ")) Initialiser last_of_thread = nullptr;
__declspec(thread) bool __tls_guard = false;
__declspec(thread) ThreadEnd* thread_ends = nullptr;

void __dyn_tls_on_demand_init() {
    if (__tls_guard) return;
    __tls_guard = true;
    for (Initialiser* one = &first_of_thread; one != &last_of_thread; one++)
        if (*one) (*one)();
}
int __tlregdtor(Initialiser function) {
    auto* end = static_cast<ThreadEnd*>(malloc(sizeof(ThreadEnd)));
    if (!end) return -1;
    *end = {function, thread_ends};
    thread_ends = end;
    return 0;
}
void NTAPI __dyn_tls_init(PVOID, DWORD reason, PVOID) {
    if (reason == DLL_THREAD_ATTACH) __dyn_tls_on_demand_init();
    if (reason != DLL_THREAD_DETACH) return;
    while (ThreadEnd* end = thread_ends) {
        thread_ends = end->next;
        end->function();
        free(end);
    }
}
__declspec(allocate(".CRT$XLC")) PIMAGE_TLS_CALLBACK thread_objects = __dyn_tls_init;

int _crt_atexit(Initialiser function);
int atexit(Initialiser function) {
    return _crt_atexit(function);
}

int _fltused = 0x9875;
__declspec(selectany) UINT_PTR __security_cookie = 0x00002B992DDFA232ull;

// Static locals: a guard is 0 at first, -1 while one thread initialises, and the epoch of that afterwards.
int _Init_global_epoch = INT_MIN;
__declspec(thread) int _Init_thread_epoch = INT_MIN;
static SRWLOCK guard_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE guard_changed = CONDITION_VARIABLE_INIT;

void _Init_thread_header(int* guard) {
    AcquireSRWLockExclusive(&guard_lock);
    while (*guard == -1)
        SleepConditionVariableSRW(&guard_changed, &guard_lock, INFINITE, 0);
    if (*guard == 0)
        *guard = -1;
    else
        _Init_thread_epoch = _Init_global_epoch;
    ReleaseSRWLockExclusive(&guard_lock);
}

void _Init_thread_footer(int* guard) {
    AcquireSRWLockExclusive(&guard_lock);
    *guard = _Init_thread_epoch = ++_Init_global_epoch;
    ReleaseSRWLockExclusive(&guard_lock);
    WakeAllConditionVariable(&guard_changed);
}

void _Init_thread_abort(int* guard) {
    AcquireSRWLockExclusive(&guard_lock);
    *guard = 0;
    ReleaseSRWLockExclusive(&guard_lock);
    WakeAllConditionVariable(&guard_changed);
}

void start() {
    _configure_narrow_argv(1);
    _initialize_narrow_environment();
    for (Initialiser* one = &first_initialiser; one != &last_initialiser; one++)
        if (*one) (*one)();
    exit(main(*__p___argc(), *__p___argv()));
}
}

void* operator new(size_t size) {
    return malloc(size);
}
void operator delete(void* memory) noexcept {
    free(memory);
}
void operator delete(void* memory, size_t) noexcept {
    free(memory);
}

// Its table of virtual functions is in every program, as each type that is thrown points to it. The compiler
// knows the class by itself and takes its table to be elsewhere, so this one has another name.
static void type_info_destroy() {}
extern "C" Initialiser const type_info_table[] __asm__("??_7type_info@@6B@") = {type_info_destroy};
