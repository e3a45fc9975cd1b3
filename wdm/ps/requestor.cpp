// SPDX-License-Identifier: GPL-3.0-only
//
// Who asks: the process and thread of the request that a thread dispatches, or that an IRP is about. As on NT
// a dispatch routine runs "in" its client's process; here only the numbers say so.
#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/io/irp.hpp"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/ps/process.hpp"
#include "wdm/rtl/list.hpp"

namespace ps {
namespace {

// Bodies that nobody references: a driver may look at one without a reference as long as its request lasts.
constexpr ULONG kIdle = 64;

constinit _EPROCESS host_process{};
constinit platform::Lock lock;
constinit _EPROCESS* bodies = nullptr;  // the one asked for last comes first

void set_header(_EPROCESS& process, ULONG64 id) {
    process.header.Type = KOBJECT_PROCESS;
    rtl::initialise(process.header.WaitListHead);
    process.id = id;
}

// Caller holds the lock.
void drop_idle() {
    ULONG idle = 0;
    for (_EPROCESS** link = &bodies; *link != nullptr;) {
        _EPROCESS* process = *link;
        if (process->references != 0 || ++idle <= kIdle) {
            link = &process->next;
            continue;
        }
        *link = process->next;
        platform::release(process);
    }
}

}  // namespace

_EPROCESS& host() {
    if (host_process.id == 0) set_header(host_process, platform::current_process_id());
    return host_process;
}

_EPROCESS* body_of(ULONG64 id) {
    if (id == host().id) return &host_process;
    platform::Guard guard(lock);
    _EPROCESS** link = &bodies;
    while (*link != nullptr && (*link)->id != id)
        link = &(*link)->next;
    _EPROCESS* process = *link;
    if (process != nullptr) {
        *link = process->next;
    } else {
        void* memory = platform::allocate(sizeof(_EPROCESS));
        if (memory == nullptr) return nullptr;
        process = new (memory) _EPROCESS{};
        set_header(*process, id);
    }
    process->next = bodies;
    bodies = process;
    drop_idle();
    return process;
}

void reference(_EPROCESS& process) {
    platform::Guard guard(lock);
    ++process.references;
}

void dereference(_EPROCESS& process) {
    platform::Guard guard(lock);
    --process.references;
}

ULONG64 current_request() {
    const _KTHREAD& me = ke::current();
    return me.dispatch_line != nullptr ? __atomic_load_n(me.dispatch_line, __ATOMIC_RELAXED) : 0;
}

const WDM_SUBJECT* current_subject() {
    if (current_request() == 0) return nullptr;
    const WDM_SUBJECT& subject = ke::current().subject;
    return subject.Process != 0 ? &subject : nullptr;
}

}  // namespace ps

extern "C" {

PEPROCESS PsInitialSystemProcess = &ps::host_process;

PEPROCESS PsGetCurrentProcess(void) {
    const WDM_SUBJECT* subject = ps::current_subject();
    _EPROCESS* process = subject != nullptr ? ps::body_of(subject->Process) : nullptr;
    return process != nullptr ? process : &ps::host();
}

PEPROCESS IoGetCurrentProcess(void) {
    return PsGetCurrentProcess();
}

HANDLE PsGetProcessId(PEPROCESS process) {
    return reinterpret_cast<HANDLE>(process->id);
}

HANDLE PsGetCurrentProcessId(void) {
    const WDM_SUBJECT* subject = ps::current_subject();
    return reinterpret_cast<HANDLE>(subject != nullptr ? subject->Process : ps::host().id);
}

// Of another thread than the caller nobody knows here whose request it serves.
PEPROCESS IoThreadToProcess(PKTHREAD thread) {
    return thread == &ke::current() ? PsGetCurrentProcess() : &ps::host();
}

PEPROCESS PsGetThreadProcess(PKTHREAD thread) {
    return IoThreadToProcess(thread);
}

HANDLE PsGetThreadProcessId(PKTHREAD thread) {
    return PsGetProcessId(IoThreadToProcess(thread));
}

HANDLE PsGetCurrentThreadId(void) {
    const WDM_SUBJECT* subject = ps::current_subject();
    return reinterpret_cast<HANDLE>(subject != nullptr ? subject->Thread : ke::current().id);
}

HANDLE PsGetThreadId(PKTHREAD thread) {
    return thread == &ke::current() ? PsGetCurrentThreadId() : reinterpret_cast<HANDLE>(thread->id);
}

KPROCESSOR_MODE ExGetPreviousMode(void) {
    const WDM_SUBJECT* subject = ps::current_subject();
    return static_cast<KPROCESSOR_MODE>(subject != nullptr ? subject->Mode : KernelMode);
}

// A program's thread is none.
BOOLEAN PsIsSystemThread(PKTHREAD thread) {
    return thread != &ke::current() || ExGetPreviousMode() == KernelMode;
}

BOOLEAN IoIsSystemThread(PKTHREAD thread) {
    return PsIsSystemThread(thread);
}

// The Executive's own requests are the system's; an IRP that a driver has made is the system's or nobody's.
PEPROCESS IoGetRequestorProcess(PIRP irp) {
    const WDM_SUBJECT* subject = io::subject_of(*irp);
    if (subject == nullptr) return irp->Tail.Overlay.Thread != nullptr ? &ps::host() : nullptr;
    return subject->Process != 0 ? ps::body_of(subject->Process) : &ps::host();
}

ULONG IoGetRequestorProcessId(PIRP irp) {
    PEPROCESS process = IoGetRequestorProcess(irp);
    return process != nullptr ? static_cast<ULONG>(process->id) : 0;
}

NTSTATUS IoGetRequestorSessionId(PIRP irp, PULONG session) {
    const WDM_SUBJECT* subject = io::subject_of(*irp);
    *session = subject != nullptr ? subject->Session : ~0u;
    return subject != nullptr ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

}  // extern "C"
