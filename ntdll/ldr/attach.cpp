// SPDX-License-Identifier: GPL-3.0-only
// Telling modules about processes and threads: TLS callbacks and entry points, dependencies first.
#include "ntdll/ldr/ldr.hpp"
#include "ntdll/sxs/context.hpp"

namespace ldr {
namespace {

struct Notification {
    LIST_ENTRY links;
    PLDR_DLL_NOTIFICATION_FUNCTION function;
    PVOID context;
};

LIST_ENTRY notifications = {&notifications, &notifications};

bool call_entry(Module& module, ULONG reason, PVOID context) {
    if (!module.is_dll() || !module.entry.EntryPoint) return true;
    const auto routine = reinterpret_cast<PLDR_INIT_ROUTINE>(module.entry.EntryPoint);
    const sxs::Activated activated(reinterpret_cast<sxs::Context*>(module.entry.EntryPointActivationContext));
    return routine(module.entry.DllBase, reason, context);
}

LONG note_exception(const EXCEPTION_RECORD& record, const Module& module, NTSTATUS& code) {
    // A program that does not come to run shows its fault as one of its own.
    if (!loader.process_ready) return EXCEPTION_CONTINUE_SEARCH;
    code = record.ExceptionCode;
    DbgPrint("%wZ: exception %08x at %p as it was attached\n", &module.entry.BaseDllName,
             static_cast<ULONG>(code), record.ExceptionAddress);
    return EXCEPTION_EXECUTE_HANDLER;
}

// The entry point's answer. On NT a DLL that raises an exception does not load, and LdrLoadDll returns its
// code.
__attribute__((noinline)) NTSTATUS announce(Module* module, PVOID context, bool& accepted) {
    NTSTATUS code = STATUS_SUCCESS;
    __try {
        call_tls_callbacks(module, DLL_PROCESS_ATTACH);
        accepted = call_entry(*module, DLL_PROCESS_ATTACH, context);
    } __except (note_exception(*static_cast<EXCEPTION_POINTERS*>(_exception_info())->ExceptionRecord, *module,
                               code)) {
        accepted = false;
        return NT_SUCCESS(code) ? STATUS_DLL_INIT_FAILED : code;
    }
    return STATUS_SUCCESS;
}

NTSTATUS attach_one(Module* module, PVOID context) {
    module->state = State::Attaching;
    module->entry.Flags |= LDRP_LOAD_IN_PROGRESS;
    if (!module->initialised_list) {
        InsertTailList(&loader.data.InInitializationOrderModuleList,
                       &module->entry.InInitializationOrderLinks);
        module->initialised_list = true;
    }
    bool accepted = false;
    const NTSTATUS raised = announce(module, context, accepted);
    module->entry.Flags &= ~LDRP_LOAD_IN_PROGRESS;
    if (!NT_SUCCESS(raised)) {
        // It has not come up far enough to be told of its end.
        module->state = State::Detached;
        return raised;
    }
    module->entry.Flags |= LDRP_PROCESS_ATTACH_CALLED | LDRP_ENTRY_PROCESSED;
    module->state = State::Ready;
    module->node.State = LdrModulesReadyToRun;
    if (accepted) return STATUS_SUCCESS;
    tell_dll_failure(STATUS_DLL_INIT_FAILED, module->entry.BaseDllName);
    detach(module, nullptr);
    return STATUS_DLL_INIT_FAILED;
}

template <typename Visit>
void for_each_initialised_backwards(Visit visit) {
    PLIST_ENTRY head = &loader.data.InInitializationOrderModuleList;
    for (PLIST_ENTRY link = head->Blink; link != head;) {
        PLIST_ENTRY next = link->Blink;
        visit(*reinterpret_cast<Module*>(
            CONTAINING_RECORD(link, LDR_DATA_TABLE_ENTRY, InInitializationOrderLinks)));
        link = next;
    }
}

}  // namespace

// Attaches a module after all it depends on. Circles are cut where they were entered.
NTSTATUS attach(Module* module, bool static_load) {
    if (module->state != State::Snapped) return STATUS_SUCCESS;
    module->state = State::Attaching;
    for (ULONG i = 0; i < module->dependency_count; ++i) {
        const NTSTATUS status = attach(module->dependencies[i], static_load);
        if (!NT_SUCCESS(status)) {
            module->state = State::Snapped;
            return status;
        }
    }
    return attach_one(module, static_load ? reinterpret_cast<PVOID>(1) : nullptr);
}

// `context` is non-null when the process ends.
void detach(Module* module, PVOID context) {
    module->entry.Flags &= ~LDRP_PROCESS_ATTACH_CALLED;
    call_tls_callbacks(module, DLL_PROCESS_DETACH);
    call_entry(*module, DLL_PROCESS_DETACH, context);
    module->state = State::Detached;
}

void call_thread_routines(ULONG reason) {
    const auto call = [reason](Module& module) {
        if (!module.attached() || (module.entry.Flags & LDRP_DONT_CALL_FOR_THREADS)) return;
        call_tls_callbacks(&module, reason);
        call_entry(module, reason, nullptr);
    };
    // The program's come last both ways, as NT has it.
    if (reason == DLL_THREAD_DETACH) {
        for_each_initialised_backwards(call);
        if (loader.program) call_tls_callbacks(loader.program, reason);
        return;
    }
    PLIST_ENTRY head = &loader.data.InInitializationOrderModuleList;
    for (PLIST_ENTRY link = head->Flink; link != head;) {
        PLIST_ENTRY next = link->Flink;
        call(*reinterpret_cast<Module*>(
            CONTAINING_RECORD(link, LDR_DATA_TABLE_ENTRY, InInitializationOrderLinks)));
        link = next;
    }
    if (loader.program) call_tls_callbacks(loader.program, reason);
}

void notify(ULONG reason, Module& module) {
    const LDR_DLL_NOTIFICATION_DATA data = {0, &module.entry.FullDllName, &module.entry.BaseDllName,
                                            module.entry.DllBase, module.entry.SizeOfImage};
    for (PLIST_ENTRY link = notifications.Flink; link != &notifications;) {
        Notification* entry = CONTAINING_RECORD(link, Notification, links);
        link = link->Flink;
        entry->function(reason, &data, entry->context);
    }
}

}  // namespace ldr

extern "C" {

NTSTATUS NTAPI LdrRegisterDllNotification(ULONG Flags, PLDR_DLL_NOTIFICATION_FUNCTION Function, PVOID Context,
                                          PVOID* Cookie) {
    if (Flags || !Function || !Cookie) return STATUS_INVALID_PARAMETER;
    auto* entry = static_cast<ldr::Notification*>(ldr::allocate(sizeof(ldr::Notification)));
    if (!entry) return STATUS_NO_MEMORY;
    entry->function = Function;
    entry->context = Context;
    ldr::LoaderLock lock;
    InsertTailList(&ldr::notifications, &entry->links);
    *Cookie = entry;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrUnregisterDllNotification(PVOID Cookie) {
    ldr::LoaderLock lock;
    for (PLIST_ENTRY link = ldr::notifications.Flink; link != &ldr::notifications; link = link->Flink) {
        if (CONTAINING_RECORD(link, ldr::Notification, links) != Cookie) continue;
        RemoveEntryList(link);
        ldr::release(Cookie);
        return STATUS_SUCCESS;
    }
    return STATUS_DLL_NOT_FOUND;
}

// Tells every module, last initialised first, that the process ends. Later loader calls find nothing to do.
void NTAPI LdrShutdownProcess(void) {
    using namespace ldr;
    if (!loader.process_ready || loader.data.ShutdownInProgress) return;
    LoaderLock lock;
    loader.data.ShutdownInProgress = TRUE;
    loader.data.ShutdownThreadId = rtl::teb()->ClientId.UniqueThread;
    RtlProcessFlsData(rtl::teb()->FlsData, 1);
    for_each_initialised_backwards([](Module& module) {
        if (module.attached()) detach(&module, reinterpret_cast<PVOID>(1));
    });
    call_tls_callbacks(loader.program, DLL_PROCESS_DETACH);
}

void NTAPI LdrShutdownThread(void) {
    using namespace ldr;
    if (!loader.process_ready || loader.data.ShutdownInProgress) return;
    RtlProcessFlsData(rtl::teb()->FlsData, 1);
    LoaderLock lock;
    call_thread_routines(DLL_THREAD_DETACH);
    free_thread_tls();
    RtlProcessFlsData(rtl::teb()->FlsData, 2);
    if (rtl::teb()->TlsExpansionSlots) {
        release(rtl::teb()->TlsExpansionSlots);
        rtl::teb()->TlsExpansionSlots = nullptr;
    }
}

}  // extern "C"
