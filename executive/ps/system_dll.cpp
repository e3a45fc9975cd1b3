// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/system_dll.hpp"

#include <string.h>

#include "abi/nt/ntimage.h"
#include "executive/ps/process.hpp"

namespace ps {

namespace {

[[clang::no_destroy]] constinit SystemDll dll;

// Reads a section's content through its frames.
class ImageReader {
public:
    explicit ImageReader(mm::Section& section) : section_(section) {}

    Result<void> copy(uint64_t offset, void* to, size_t length) {
        auto* out = static_cast<uint8_t*>(to);
        while (length > 0) {
            mm::FrameNumber frame = TRY(section_.image_frame(offset / mm::kPageSize));
            size_t in_page = offset % mm::kPageSize;
            size_t part = mm::kPageSize - in_page < length ? mm::kPageSize - in_page : length;
            memcpy(out, mm::alias(frame) + in_page, part);
            out += part;
            offset += part;
            length -= part;
        }
        return {};
    }
    template <typename T>
    Result<T> read(uint64_t offset) {
        T value;
        TRY(copy(offset, &value, sizeof value));
        return value;
    }
    Result<bool> equals(uint64_t offset, std::string_view text) {
        for (size_t i = 0; i <= text.size(); ++i)
            if (TRY(read<char>(offset + i)) != (i < text.size() ? text[i] : '\0')) return false;
        return true;
    }

private:
    mm::Section& section_;
};

}  // namespace

SystemDll& system_dll() {
    return dll;
}

Result<uint32_t> find_export(mm::Section& image, std::string_view name) {
    constexpr uint32_t kMostNames = 1u << 16;
    ImageReader reader(image);
    auto dos = TRY(reader.read<IMAGE_DOS_HEADER>(0));
    auto headers = TRY(reader.read<IMAGE_NT_HEADERS64>(static_cast<uint32_t>(dos.e_lfanew)));
    uint32_t directory = headers.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress;
    if (directory == 0) return fail(STATUS_PROCEDURE_NOT_FOUND);
    auto exports = TRY(reader.read<IMAGE_EXPORT_DIRECTORY>(directory));
    for (uint32_t i = 0; i < exports.NumberOfNames && i < kMostNames; ++i) {
        uint32_t text = TRY(reader.read<uint32_t>(uint64_t{exports.AddressOfNames} + i * 4));
        if (!TRY(reader.equals(text, name))) continue;
        uint16_t ordinal = TRY(reader.read<uint16_t>(uint64_t{exports.AddressOfNameOrdinals} + i * 2));
        if (ordinal >= exports.NumberOfFunctions) break;
        return TRY(reader.read<uint32_t>(uint64_t{exports.AddressOfFunctions} + ordinal * 4));
    }
    return fail(STATUS_PROCEDURE_NOT_FOUND);
}

Result<void> set_system_dll(Ref<mm::Section> ntdll) {
    dll.initialize_thunk = TRY(find_export(*ntdll, "LdrInitializeThunk"));
    dll.user_thread_start = TRY(find_export(*ntdll, "RtlUserThreadStart"));
    dll.exception_dispatcher = TRY(find_export(*ntdll, "KiUserExceptionDispatcher"));
    dll.apc_dispatcher = TRY(find_export(*ntdll, "KiUserApcDispatcher"));
    dll.move_floating_point = TRY(find_export(*ntdll, "KiUserMoveFloatingPoint"));
    dll.load_flags = TRY(find_export(*ntdll, "KiUserLoadFlags"));
    dll.service_gate = TRY(find_export(*ntdll, "KiServiceGate"));
    dll.section = std::move(ntdll);
    return {};
}

}  // namespace ps
