// SPDX-License-Identifier: GPL-3.0-only
// The first code of every thread in user mode. The first thread builds the process: PEB, heap, module lists,
// imports, TLS, entry points; every thread gets its TLS and is announced. Then it continues at the context it
// was made with.
#include "ntdll/rtl/startup.hpp"
#include "ntdll/ldr/ldr.hpp"
#include "ntdll/rtl/debugger.hpp"
#include "ntdll/sxs/context.hpp"

namespace ldr {
namespace {

enum Phase : ULONG { Fresh, Building, Built };
volatile ULONG phase;

void init_lists(PPEB peb) {
    PEB_LDR_DATA& data = loader.data;
    data.Length = sizeof(data);
    data.Initialized = TRUE;
    InitializeListHead(&data.InLoadOrderModuleList);
    InitializeListHead(&data.InMemoryOrderModuleList);
    InitializeListHead(&data.InInitializationOrderModuleList);
    RtlInitializeCriticalSection(&loader.lock);
    peb->Ldr = &data;
    peb->LoaderLock = &loader.lock;
}

NTSTATUS open_mapped(PVOID base, Image& image) {
    // The headers are there: the kernel mapped the image. Its size is what they say.
    const auto* nt = RtlImageNtHeader(base);
    if (!nt) return STATUS_INVALID_IMAGE_FORMAT;
    return Image::open(base, nt->OptionalHeader.SizeOfImage, image);
}

NTSTATUS add_mapped(PVOID base, const UNICODE_STRING& name, Module*& module) {
    Image image;
    const NTSTATUS status = open_mapped(base, image);
    if (!NT_SUCCESS(status)) return status;
    module = create_module(image, name);
    if (!module) return STATUS_NO_MEMORY;
    module->references = pinned;
    return STATUS_SUCCESS;
}

NTSTATUS add_initial_modules(PPEB peb, PVOID ntdll_base) {
    const UNICODE_STRING& program = peb->ProcessParameters->ImagePathName;
    NTSTATUS status = add_mapped(peb->ImageBaseAddress, program, loader.program);
    if (!NT_SUCCESS(status)) return status;
    Path path = {};
    path.append(USER_SHARED_DATA->NtSystemRoot);
    path.append(u"\\System32\\ntdll.dll");
    status = add_mapped(ntdll_base, path.string(), loader.ntdll);
    if (!NT_SUCCESS(status)) return status;
    loader.ntdll->state = State::Ready;
    InsertTailList(&loader.data.InInitializationOrderModuleList,
                   &loader.ntdll->entry.InInitializationOrderLinks);
    loader.ntdll->initialised_list = true;
    return STATUS_SUCCESS;
}

NTSTATUS attach_dependencies(Module* program) {
    program->state = State::Attaching;
    for (ULONG i = 0; i < program->dependency_count; ++i) {
        const NTSTATUS status = attach(program->dependencies[i], true);
        if (!NT_SUCCESS(status)) return status;
    }
    call_tls_callbacks(program, DLL_PROCESS_ATTACH);
    program->state = State::Ready;
    return STATUS_SUCCESS;
}

NTSTATUS build_process(PVOID ntdll_base) {
    PPEB peb = rtl::peb();
    init_lists(peb);
    NTSTATUS status = rtl::init_process(peb);
    if (!NT_SUCCESS(status)) return status;
    LoaderLock lock;
    status = add_initial_modules(peb, ntdll_base);
    if (!NT_SUCCESS(status)) return status;
    const auto& optional = loader.program->image.headers().OptionalHeader;
    peb->ImageSubsystem = optional.Subsystem;
    peb->ImageSubsystemMajorVersion = optional.MajorSubsystemVersion;
    peb->ImageSubsystemMinorVersion = optional.MinorSubsystemVersion;
    // Native programs know no assemblies.
    if (optional.Subsystem != IMAGE_SUBSYSTEM_NATIVE) status = sxs::create_process_default();
    if (!NT_SUCCESS(status)) return status;
    ++loader.depth;  // a failure ends the process: nothing is taken back
    status = snap_imports(loader.program);
    if (NT_SUCCESS(status)) status = add_tls(loader.program);
    --loader.depth;
    if (NT_SUCCESS(status)) status = allocate_thread_tls();
    if (NT_SUCCESS(status) && peb->BeingDebugged) rtl::break_for_debugger();
    if (NT_SUCCESS(status)) status = attach_dependencies(loader.program);
    if (NT_SUCCESS(status)) loader.process_ready = true;
    return status;
}

NTSTATUS build_thread() {
    rtl::init_thread(rtl::teb());
    LoaderLock lock;
    if (loader.data.ShutdownInProgress) return STATUS_SUCCESS;
    const NTSTATUS status = allocate_thread_tls();
    if (!NT_SUCCESS(status)) return status;
    if (!rtl::teb()->SkipThreadAttach) call_thread_routines(DLL_THREAD_ATTACH);
    return STATUS_SUCCESS;
}

[[noreturn]] void fail(NTSTATUS status) {
    tell_start_failure(status);
    NtTerminateProcess(NtCurrentProcess(), status);
    __builtin_trap();
}

// Threads made while the first one still builds the process wait for it. A thread that finds no memory to
// begin with ends alone, with that status: nobody has run in it yet.
void start(PVOID ntdll_base) {
    ULONG fresh = Fresh;
    if (__atomic_compare_exchange_n(&phase, &fresh, Building, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        rtl::init_thread(rtl::teb());
        const NTSTATUS status = build_process(ntdll_base);
        if (!NT_SUCCESS(status)) fail(status);
        __atomic_store_n(&phase, Built, __ATOMIC_RELEASE);
        RtlWakeAddressAll(const_cast<ULONG*>(&phase));
        return;
    }
    const ULONG building = Building;
    while (__atomic_load_n(&phase, __ATOMIC_ACQUIRE) == Building) {
        RtlWaitOnAddress(&phase, &building, sizeof(building), nullptr);
    }
    const NTSTATUS status = build_thread();
    if (!NT_SUCCESS(status)) NtTerminateThread(NtCurrentThread(), status);
}

}  // namespace
}  // namespace ldr

extern "C" DECLSPEC_NORETURN void LdrpInitialize(PCONTEXT context, PVOID ntdll_base) {
    ldr::start(ntdll_base);
    ldr::fail(NtContinue(context, TRUE));
}
