// SPDX-License-Identifier: GPL-3.0-only
// Fibers, and storage that belongs to fibers and threads.
#include "say.h"

static void* home;
static DWORD slot;
static int fls_freed;
static __thread int own = 5;

static void CALLBACK freed(void* value) {
    fls_freed += (int)(INT_PTR)value;
}

static void CALLBACK steps(void* parameter) {
    for (int i = 0; i < 3; i++) {
        printf("fiber %d, step %d, local %d\n", (int)(INT_PTR)GetFiberData(), i,
               (int)(INT_PTR)FlsGetValue(slot));
        FlsSetValue(slot, (void*)(INT_PTR)((INT_PTR)parameter * 10 + i));
        SwitchToFiber(home);
    }
    SwitchToFiber(home);
}

static DWORD WINAPI with_storage(void* index) {
    printf("thread: TLS %p, own %d\n", TlsGetValue((DWORD)(INT_PTR)index), own);
    own = 9;
    TlsSetValue((DWORD)(INT_PTR)index, (void*)7);
    FlsSetValue(slot, (void*)1000);
    return (DWORD)(INT_PTR)TlsGetValue((DWORD)(INT_PTR)index) + own;
}

static DWORD WINAPI in_fiber(void* unused) {
    (void)unused;
    YES(ConvertThreadToFiberEx(NULL, FIBER_FLAG_FLOAT_SWITCH) != NULL);
    YES(ConvertThreadToFiber(NULL) != NULL);
    NUM(IsThreadAFiber());
    YES(ConvertFiberToThread());
    YES(ConvertFiberToThread());
    return 0;
}

int main(void) {
    void* fibers[2];
    DWORD index = TlsAlloc(), code, more[1100];
    HANDLE thread;
    int count = 0;
    NUM(IsThreadAFiber());
    home = ConvertThreadToFiber((void*)99);
    NUM(IsThreadAFiber());
    NUM((INT_PTR)GetFiberData());
    NUM(GetCurrentFiber() == home);
    slot = FlsAlloc(freed);
    FlsSetValue(slot, (void*)1);
    for (INT_PTR i = 0; i < 2; i++)
        fibers[i] = CreateFiberEx(0x1000, 0x10000, 0, steps, (void*)(i + 1));
    for (int i = 0; i < 3; i++) {
        SwitchToFiber(fibers[0]);
        SwitchToFiber(fibers[1]);
    }
    NUM((INT_PTR)FlsGetValue(slot));
    DeleteFiber(fibers[0]);
    NUM(fls_freed);
    DeleteFiber(fibers[1]);
    NUM(fls_freed);
    TlsSetValue(index, (void*)5);
    thread = CreateThread(NULL, 0, with_storage, (void*)(INT_PTR)index, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    NUM(code);
    NUM(own);
    NUM((INT_PTR)TlsGetValue(index));
    NUM(fls_freed);
    YES(FlsFree(slot));
    NUM(fls_freed);
    YES(FlsFree(slot));
    thread = CreateThread(NULL, 0, in_fiber, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    YES(TlsFree(index));
    YES(TlsFree(index));
    YES(TlsSetValue(5000, NULL));
    while (count < 1100 && (more[count] = TlsAlloc()) != TLS_OUT_OF_INDEXES)
        count++;
    printf("more than a thousand: %d, error %lu\n", count > 1000 && count <= 1088, GetLastError());
    TlsSetValue(more[count - 1], (void*)3);
    NUM((INT_PTR)TlsGetValue(more[count - 1]));
    while (count--)
        TlsFree(more[count]);
    YES(ConvertFiberToThread());
    return 0;
}
