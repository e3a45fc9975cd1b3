// SPDX-License-Identifier: GPL-3.0-only
// The loader. A Module is an image mapped into this process with its place on the PEB's lists. It lives as
// long as somebody references it: a LdrLoadDll, or a module that imports from it. Everything here runs under
// the loader lock.
#pragma once

#include "ntdll/ldr/exports.hpp"

namespace ldr {

constexpr ULONG max_dependencies = 256;
constexpr unsigned max_depth = 64;  // of imports loading imports, and of forwarders
constexpr ULONG pinned = 0xffffffff;
constexpr ULONG no_tls = 0xffffffff;

enum class State : UCHAR { Mapped, Snapped, Attaching, Ready, Detached };

struct Module {
    LDR_DATA_TABLE_ENTRY entry;  // first: this is what the PEB's lists link
    LDR_DDAG_NODE node;
    Image image;
    Exports exports;  // once `exports_open`
    bool exports_open;
    State state;
    bool initialised_list;  // on the initialisation order list
    bool mark;              // scratch of the attach walk
    ULONG references;
    ULONG dependency_count;
    Module** dependencies;
    ULONG tls_index;
    const IMAGE_TLS_DIRECTORY* tls;

    static Module* of(PLIST_ENTRY load_order) {
        return reinterpret_cast<Module*>(
            CONTAINING_RECORD(load_order, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks));
    }
    bool is_dll() const { return entry.Flags & LDRP_IMAGE_DLL; }
    bool attached() const { return entry.Flags & LDRP_PROCESS_ATTACH_CALLED; }
};

// The process-wide state.
struct Loader {
    PEB_LDR_DATA data;
    RTL_CRITICAL_SECTION lock;
    Module* program;
    Module* ntdll;
    Module* first_loaded;      // the first module of the load in progress
    const WCHAR* search_path;  // where that looks for what its modules import; null: in the default places
    unsigned depth;
    bool process_ready;
    bool failure_told;  // why the process does not come to be ready
};
extern Loader loader;

// --- modules.cpp
Module* create_module(const Image& image, const UNICODE_STRING& full_name);
void destroy_module(Module* module);
Module* find_by_name(const UNICODE_STRING& base_name);
Module* find_by_full_name(const UNICODE_STRING& full_name);
Module* find_by_base(PVOID base);
Module* find_by_address(PVOID address);
bool add_dependency(Module* module, Module* on);

template <typename Visit>
void for_each_module(Visit visit) {
    PLIST_ENTRY head = &loader.data.InLoadOrderModuleList;
    for (PLIST_ENTRY link = head->Flink; link != head;) {
        PLIST_ENTRY next = link->Flink;
        visit(*Module::of(link));
        link = next;
    }
}

// --- path.cpp
// A path of bounded length that is built piece by piece; `text` is terminated.
struct Path {
    static constexpr ULONG limit = 1024;
    WCHAR text[limit];
    ULONG length;  // in characters

    bool append(const WCHAR* piece, SIZE_T count);
    bool append(const WCHAR* piece);
    UNICODE_STRING string();
};
// The file name a DLL name means: ".dll" is added when it has no extension.
bool with_extension(const UNICODE_STRING& name, Path& path);
UNICODE_STRING base_name(const UNICODE_STRING& path);
bool has_directory(const UNICODE_STRING& name);
// Finds and maps a DLL. `full_name` receives the name it was found under.
NTSTATUS map_dll(const UNICODE_STRING& name, const WCHAR* search_path, Image& image, Path& full_name);
// The host of an api set ("api-ms-win-..."), or the name itself.
NTSTATUS resolve_api_set(const UNICODE_STRING& name, UNICODE_STRING& host);

// --- snap.cpp
NTSTATUS snap_imports(Module* module);
// What is imported: by name if `name.text` is not null, else by ordinal.
struct Wanted {
    ExportName name;
    ULONG hint;
    ULONG ordinal;
};
// What a search remembers for the next one that begins in the same module.
struct Binding {
    Exports::Cursor cursor;
    // The last forwarder: its text up to the dot, and where it led.
    const char* forwarder;
    SIZE_T forwarder_length;
    Module* target;
    Exports::Cursor target_cursor;
};
// The address an export leads to, through forwarders. `importer` gains the modules on the way as
// dependencies.
NTSTATUS resolve_export(Module* module, Wanted wanted, Module* importer, Binding& binding, PVOID& address);
// Stands in for a function that does not exist: calling it raises an exception that names it.
PVOID missing_function(const char* dll, const char* name);

// --- failure.cpp
// Tells that a DLL without which the program does not start could not be loaded or attached.
void tell_dll_failure(NTSTATUS status, const UNICODE_STRING& dll);
// Tells that the process cannot start, if nothing more exact was told.
void tell_start_failure(NTSTATUS status);

// --- load.cpp
// Finds or loads a DLL; the module gains a reference. New modules are snapped but not yet attached.
NTSTATUS load_module(const UNICODE_STRING& name, const WCHAR* search_path, Module*& module);
void release_module(Module* module);
// Where a bare name is to be loaded from, if an assembly of the thread's activation context or of the
// process's has such a DLL.
void redirect(Path& path);

// --- attach.cpp
NTSTATUS attach(Module* module, bool static_load);
void detach(Module* module, PVOID context);
void call_thread_routines(ULONG reason);
void notify(ULONG reason, Module& module);

// --- tls.cpp
NTSTATUS add_tls(Module* module);
void remove_tls(Module* module);
NTSTATUS allocate_thread_tls();
void free_thread_tls();
void call_tls_callbacks(Module* module, ULONG reason);

class LoaderLock {
public:
    LoaderLock() { RtlEnterCriticalSection(&loader.lock); }
    ~LoaderLock() { RtlLeaveCriticalSection(&loader.lock); }
    LoaderLock(const LoaderLock&) = delete;
    LoaderLock& operator=(const LoaderLock&) = delete;
};

inline PVOID allocate(SIZE_T size) {
    return RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, size);
}
inline void release(PVOID data) {
    RtlFreeHeap(rtl::process_heap(), 0, data);
}

}  // namespace ldr
