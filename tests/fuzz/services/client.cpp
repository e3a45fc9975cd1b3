// SPDX-License-Identifier: GPL-3.0-only
#include "tests/fuzz/services/client.hpp"

#include "abi/nt/neptune.h"
#include "executive/ob/namespace.hpp"
#include "tests/host/executive/small_image.hpp"
#include "tests/torture/services/arena.hpp"
#include "tests/torture/services/generate.hpp"

namespace fuzz {

using namespace torture;

namespace {

constexpr ULONG64 kCode = small_image::kBase + small_image::kCode;
constexpr ULONG64 kParameters = kReadOnly + 0x40000;
constexpr ULONG64 kUserEnd = 0x800000000000;

}  // namespace

Client::Client(ps::Process& process, Input& input)
    : process_(&process), process_id_(process.id()), input_(input) {
    lay_out();
}

// What has no room, in its quota or because the program has something there, is not laid out.
void Client::lay_out() {
    if (process_->gone()) return;
    mm::AddressSpace& space = process_->space();
    constexpr ULONG kBoth = MEM_RESERVE | MEM_COMMIT;
    (void)space.allocate(scratch(0), kScratchStride, MEM_RESERVE, PAGE_NOACCESS);
    (void)space.allocate(scratch(0), kScratchSize, MEM_COMMIT, PAGE_READWRITE);
    (void)space.allocate(path_scratch(0), kScratchSize, kBoth, PAGE_READWRITE);
    (void)space.allocate(kReadOnly, 0x1000, kBoth, PAGE_READONLY);
    (void)space.allocate(kGuarded, 0x1000, kBoth, PAGE_READWRITE | PAGE_GUARD);
    (void)space.allocate(kNoAccess, 0x1000, kBoth, PAGE_NOACCESS);
    (void)space.allocate(kReserved, 0x10000, MEM_RESERVE, PAGE_READWRITE);
    (void)space.allocate(kParameters, 0x1000, kBoth, PAGE_READWRITE);
}

ULONG64 Client::take(ULONG64 size) {
    const ULONG64 rounded = (size + 7) & ~7ull;
    if (used_ + rounded > kScratchSize) used_ = 0;
    const ULONG64 at = scratch(0) + used_;
    used_ += rounded;
    return at;
}

ULONG64 Client::place(const void* bytes, ULONG size, bool ends_at_edge) {
    const ULONG64 at = ends_at_edge ? scratch(0) + kScratchSize - size : take(size);
    put(at, bytes, size);
    return at;
}

// The program may have done anything to its scratch memory.
void Client::put(ULONG64 where, const void* bytes, ULONG size) {
    if (!process_->gone()) (void)process_->space().copy_out(where, bytes, size);
}

ULONG64 Client::path_room() {
    return path_scratch(0);
}

ULONG64 Client::room(ULONG64 size) {
    if (size >= kScratchSize) return scratch(0);
    return chance(10) ? scratch(0) + kScratchSize - size : take(size < 64 ? 64 : size);
}

ULONG64 Client::wild_pointer() {
    switch (below(16)) {
        case 0:
            return below(0x10000);
        case 1:
            return kReadOnly + below(4096);
        case 2:
            return kGuarded + below(4096);
        case 3:
            return kNoAccess + below(4096);
        case 4:
            return kReserved + below(0x10000);
        case 5:
            return NEPTUNE_USER_SHARED_DATA + below(4096);
        case 6:
            return kUserEnd - below(32);
        case 7:
            return 0xffff800000000000 + random() % (1ull << 40);
        case 8:
            return ~below(64);
        case 9:
            return kUserEnd + below(0x10000);
        case 10:
            return scratch(0) + kScratchSize - 4;
        case 11:
        case 12:
            return kPlay + below(kPlayPlaces * kPlayStride);
        case 13:
            return kCode + below(4096);
        case 14: {
            ps::Thread* thread = process_->threads().front();
            return thread ? thread->teb() + below(NEPTUNE_THREAD_BLOCK_SIZE) : 0;
        }
        default:
            return random();
    }
}

ULONG64 Client::region() {
    if (chance(10)) return scratch(0) + below(kScratchSize);
    if (chance(10)) return kReserved + (below(16) << 12);
    return kPlay + below(kPlayPlaces) * kPlayStride + (chance(30) ? below(16) << 12 : 0);
}

ULONG64 Client::kept(Object type) {
    const bool any = type == Object::Any || type == Object::None;
    const ULONG64 row = any ? below(service_table::object_count) : static_cast<ULONG64>(type);
    const std::vector<ULONG64>& handles = kept_[row];
    return handles.empty() ? 0 : handles[below(handles.size())];
}

ULONG64 Client::handle(Object type) {
    if (type == Object::kProcess && chance(60)) return ~0ull;
    if (type == Object::kThread && chance(15)) return ~1ull;
    if (type == Object::kToken && chance(20)) return ~3ull - below(3);
    if (const ULONG64 handle = kept(type)) return handle;
    return type == Object::kProcess ? ~0ull : kept(Object::Any);
}

ULONG64 Client::wild_handle() {
    switch (below(5)) {
        case 0:
            return 0;
        case 1:
            return below(64) * 4;
        case 2:
            return ~below(8);
        case 3:
            return kept(Object::Any) + below(4);
        default:
            return random();
    }
}

CLIENT_ID Client::client() {
    ps::Thread* thread = any_thread(input_, [](ps::Thread&) { return true; });
    if (!thread) return {};
    return {ULongToHandle(thread->process().id()), ULongToHandle(thread->id())};
}

ULONG64 Client::routine(Routine) {
    return kCode + 16;
}

void Client::context(CONTEXT& context) {
    constexpr ULONG kParts[] = {CONTEXT_FULL, CONTEXT_ALL, CONTEXT_CONTROL, CONTEXT_INTEGER,
                                CONTEXT_DEBUG_REGISTERS};
    context = {};
    context.ContextFlags = any_of(kParts);
    context.Rip = kCode;
    context.Rsp = scratch(0) + kScratchSize / 2 + 8;
    context.MxCsr = context.FltSave.MxCsr = INITIAL_MXCSR;
    context.Dr0 = chance(50) ? kCode : random();
    context.Dr3 = chance(50) ? scratch(0) : random();
    context.Dr6 = random();
    context.Dr7 = chance(30) ? 0 : random();
}

ULONG64 Client::process_parameters() {
    if (process_->gone()) return kParameters;
    constexpr std::u16string_view kPath = u"\\SystemRoot\\System32\\nothing.exe";
    RTL_USER_PROCESS_PARAMETERS block{};
    constexpr ULONG kPathAt = sizeof block;
    block.Flags = RTL_USER_PROC_PARAMS_NORMALIZED;
    block.MaximumLength = block.Length = static_cast<ULONG>(kPathAt + 2 * kPath.size());
    block.ImagePathName = {static_cast<USHORT>(2 * kPath.size()), static_cast<USHORT>(2 * kPath.size()),
                           reinterpret_cast<PWSTR>(kParameters + kPathAt)};
    block.CommandLine = block.ImagePathName;
    (void)process_->space().copy_out(kParameters, &block, sizeof block);
    (void)process_->space().copy_out(kParameters + kPathAt, kPath.data(), 2 * kPath.size());
    return kParameters;
}

void Client::keep(ULONG64 handle) {
    ob::HandleEntry* entry = process_->handles().find(reinterpret_cast<HANDLE>(handle));
    if (!entry) return;
    std::u16string_view name = entry->object->type().view();
    for (unsigned i = 2; i < service_table::object_count; ++i) {
        std::string_view known = service_table::object_names[i];
        if (!std::equal(name.begin(), name.end(), known.begin(), known.end())) continue;
        if (kept_[i].size() < kKept)
            kept_[i].push_back(handle);
        else
            kept_[i][below(kKept)] = handle;
    }
}

void Client::keep_results(const service_table::Service& service, const ULONG64* words) {
    if (process_->gone()) return;
    for (unsigned i = 0; i < service.count; ++i) {
        ULONG64 handle = 0;
        if (gives_handle(service.arguments[i]) && process_->space().copy_in(&handle, words[i], sizeof handle))
            keep(handle);
    }
}

}  // namespace fuzz
