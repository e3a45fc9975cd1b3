// SPDX-License-Identifier: GPL-3.0-only
// Static thread-local storage: TEB.ThreadLocalStoragePointer is a vector with one block for each module that
// has a TLS directory. Vectors are on a list, so that a DLL loaded later can add its block to every thread.
#include "ntdll/ldr/ldr.hpp"

namespace ldr {
namespace {

constexpr ULONG first_capacity = 16;
constexpr ULONG max_indexes = 1024;
constexpr SIZE_T max_alignment = 0x2000;

// Lies before the vector that the TEB points to. A thread may read its vector at any time without a lock: one
// that became too small is kept until the thread ends.
struct Vector {
    LIST_ENTRY links;
    PTEB owner;
    Vector* outgrown;
    ULONG capacity;
    ULONG reserved;
    PVOID* slots() { return reinterpret_cast<PVOID*>(this + 1); }
    static Vector* of(PVOID slots) { return slots ? static_cast<Vector*>(slots) - 1 : nullptr; }
};

LIST_ENTRY vectors = {&vectors, &vectors};
Module* owners[max_indexes];
ULONG index_count;

// A block is aligned as the directory asks; the word before it says where its memory starts.
PVOID allocate_block(const Module& module) {
    const IMAGE_TLS_DIRECTORY& tls = *module.tls;
    const SIZE_T raw = static_cast<SIZE_T>(tls.EndAddressOfRawData - tls.StartAddressOfRawData);
    const SIZE_T size = raw + tls.SizeOfZeroFill;
    const unsigned code = (tls.Characteristics >> 20) & 0xf;
    const SIZE_T alignment = code > 5 ? static_cast<SIZE_T>(1) << (code - 1) : 16;
    if (alignment > max_alignment) return nullptr;
    PVOID memory = allocate(size + alignment + sizeof(PVOID));
    if (!memory) return nullptr;
    const ULONG_PTR start = rtl::round_up(reinterpret_cast<ULONG_PTR>(memory) + sizeof(PVOID), alignment);
    reinterpret_cast<PVOID*>(start)[-1] = memory;
    rtl::copy(reinterpret_cast<PVOID>(start), reinterpret_cast<PVOID>(tls.StartAddressOfRawData), raw);
    return reinterpret_cast<PVOID>(start);
}

void free_block(PVOID block) {
    if (block) release(static_cast<PVOID*>(block)[-1]);
}

Vector* allocate_vector(PTEB owner, ULONG least) {
    ULONG capacity = first_capacity;
    while (capacity < least)
        capacity *= 2;
    auto* vector = static_cast<Vector*>(allocate(sizeof(Vector) + capacity * sizeof(PVOID)));
    if (!vector) return nullptr;
    vector->owner = owner;
    vector->capacity = capacity;
    return vector;
}

void publish(Vector* vector) {
    InsertTailList(&vectors, &vector->links);
    __atomic_store_n(&vector->owner->ThreadLocalStoragePointer, static_cast<PVOID>(vector->slots()),
                     __ATOMIC_RELEASE);
}

// Makes room for `index` in a thread's vector.
Vector* ensure_capacity(Vector* vector, ULONG index) {
    if (index < vector->capacity) return vector;
    Vector* grown = allocate_vector(vector->owner, index + 1);
    if (!grown) return nullptr;
    rtl::copy(grown->slots(), vector->slots(), vector->capacity * sizeof(PVOID));
    grown->outgrown = vector;
    RemoveEntryList(&vector->links);
    publish(grown);
    return grown;
}

bool add_to_threads(Module& module) {
    for (PLIST_ENTRY link = vectors.Flink; link != &vectors;) {
        Vector* vector = CONTAINING_RECORD(link, Vector, links);
        link = link->Flink;
        PVOID block = allocate_block(module);
        vector = block ? ensure_capacity(vector, module.tls_index) : nullptr;
        if (!vector) {
            free_block(block);
            return false;
        }
        vector->slots()[module.tls_index] = block;
    }
    return true;
}

// The directory with all its addresses checked; null when the image has none.
NTSTATUS read_directory(const Image& image, const IMAGE_TLS_DIRECTORY*& tls) {
    tls = nullptr;
    const ULONG directory = image.directory_rva(IMAGE_DIRECTORY_ENTRY_TLS);
    if (!directory) return STATUS_SUCCESS;
    const auto* found = image.at<IMAGE_TLS_DIRECTORY>(directory);
    if (!found) return STATUS_INVALID_IMAGE_FORMAT;
    ULONG rva;
    const ULONGLONG size = found->EndAddressOfRawData - found->StartAddressOfRawData;
    if (size > image.size() || found->SizeOfZeroFill > 0x1000000) return STATUS_INVALID_IMAGE_FORMAT;
    if (size && (!image.rva_of(found->StartAddressOfRawData, rva) || !image.at<char>(rva, size))) {
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    if (!image.rva_of(found->AddressOfIndex, rva) || !image.at<ULONG>(rva))
        return STATUS_INVALID_IMAGE_FORMAT;
    tls = found;
    return STATUS_SUCCESS;
}

}  // namespace

// Gives a module an index, and every thread that runs already its block.
NTSTATUS add_tls(Module* module) {
    NTSTATUS status = read_directory(module->image, module->tls);
    if (!NT_SUCCESS(status) || !module->tls) return status;
    ULONG index = 0;
    while (index < index_count && owners[index])
        ++index;
    if (index == max_indexes) return STATUS_NO_MEMORY;
    module->tls_index = index;
    if (!add_to_threads(*module)) {
        module->tls_index = no_tls;
        return STATUS_NO_MEMORY;
    }
    if (index == index_count) ++index_count;
    owners[index] = module;
    module->entry.TlsIndex = static_cast<USHORT>(index);
    *reinterpret_cast<ULONG*>(module->tls->AddressOfIndex) = index;
    return STATUS_SUCCESS;
}

void remove_tls(Module* module) {
    if (module->tls_index == no_tls) return;
    owners[module->tls_index] = nullptr;
    for (PLIST_ENTRY link = vectors.Flink; link != &vectors; link = link->Flink) {
        Vector* vector = CONTAINING_RECORD(link, Vector, links);
        if (module->tls_index >= vector->capacity) continue;
        free_block(vector->slots()[module->tls_index]);
        vector->slots()[module->tls_index] = nullptr;
    }
}

// Also where no module needs one yet: a DLL that is loaded later finds every thread by its vector.
NTSTATUS allocate_thread_tls() {
    PTEB teb = rtl::teb();
    Vector* vector = allocate_vector(teb, index_count);
    if (!vector) return STATUS_NO_MEMORY;
    for (ULONG i = 0; i < index_count; ++i) {
        if (!owners[i]) continue;
        vector->slots()[i] = allocate_block(*owners[i]);
        if (vector->slots()[i]) continue;
        while (i-- > 0)
            free_block(vector->slots()[i]);
        release(vector);
        return STATUS_NO_MEMORY;
    }
    publish(vector);
    return STATUS_SUCCESS;
}

void free_thread_tls() {
    PTEB teb = rtl::teb();
    Vector* vector = Vector::of(teb->ThreadLocalStoragePointer);
    if (!vector) return;
    teb->ThreadLocalStoragePointer = nullptr;
    RemoveEntryList(&vector->links);
    for (ULONG i = 0; i < vector->capacity; ++i)
        free_block(vector->slots()[i]);
    while (vector) {
        Vector* outgrown = vector->outgrown;
        release(vector);
        vector = outgrown;
    }
}

void call_tls_callbacks(Module* module, ULONG reason) {
    if (!module->tls || !module->tls->AddressOfCallBacks) return;
    ULONG rva;
    if (!module->image.rva_of(module->tls->AddressOfCallBacks, rva)) return;
    for (; const auto* callback = module->image.at<PIMAGE_TLS_CALLBACK>(rva); rva += sizeof(PVOID)) {
        if (!*callback) return;
        (*callback)(module->entry.DllBase, reason, nullptr);
    }
}

}  // namespace ldr
