// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/ldr/exports.hpp"

namespace ldr {
namespace {

typedef UCHAR Bytes __attribute__((vector_size(16), aligned(1), may_alias));

// Sixteen bytes from `at` do not reach into another page, which might not be there.
bool in_one_page(const char* at) {
    return (reinterpret_cast<ULONG_PTR>(at) & (PAGE_SIZE - 1)) <= PAGE_SIZE - sizeof(Bytes);
}

// How many bytes from the beginning are equal and no terminator; fewer than there are where a page or the
// room ends. Names of one DLL begin alike, so that it is worth while.
SIZE_T equal_bytes(const char* one, const char* other, SIZE_T room) {
    SIZE_T at = 0;
    while (room - at >= sizeof(Bytes) && in_one_page(one + at) && in_one_page(other + at)) {
        const Bytes bytes = *reinterpret_cast<const Bytes*>(one + at);
        const auto equal = bytes == *reinterpret_cast<const Bytes*>(other + at);
        const auto go_on = reinterpret_cast<__attribute__((vector_size(16))) char>(equal & (bytes != 0));
        const auto stops = static_cast<ULONG>(__builtin_ia32_pmovmskb128(go_on)) ^ 0xffff;
        if (stops) return at + static_cast<SIZE_T>(__builtin_ctz(stops));
        at += sizeof(Bytes);
    }
    return at;
}

}  // namespace

Exports Exports::open(const Image& image) {
    Exports exports;
    exports.image_ = image;
    exports.directory_ = image.directory(IMAGE_DIRECTORY_ENTRY_EXPORT);
    const auto* header =
        exports.directory_.size ? image.at<IMAGE_EXPORT_DIRECTORY>(exports.directory_.rva) : nullptr;
    if (!header) return exports;
    const auto* functions = image.at<ULONG>(header->AddressOfFunctions, header->NumberOfFunctions);
    const auto* names = image.at<ULONG>(header->AddressOfNames, header->NumberOfNames);
    const auto* ordinals = image.at<USHORT>(header->AddressOfNameOrdinals, header->NumberOfNames);
    if (!functions || (header->NumberOfNames && (!names || !ordinals))) return exports;
    exports.base_ = header->Base;
    exports.function_count_ = header->NumberOfFunctions;
    exports.name_count_ = header->NumberOfNames;
    exports.functions_ = functions;
    exports.names_ = names;
    exports.ordinals_ = ordinals;
    return exports;
}

NTSTATUS Exports::entry(ULONG index, Export& found) const {
    if (index >= function_count_ || !functions_[index]) return STATUS_ORDINAL_NOT_FOUND;
    const ULONG rva = functions_[index];
    found = {rva, nullptr};
    if (rva - directory_.rva < directory_.size) {
        found.forwarder = image_.string(rva);
        return found.forwarder ? STATUS_SUCCESS : STATUS_INVALID_IMAGE_FORMAT;
    }
    return rva < image_.size() ? STATUS_SUCCESS : STATUS_INVALID_IMAGE_FORMAT;
}

Exports::Order Exports::compare(ExportName name, ULONG index) const {
    const ULONG rva = names_[index];
    if (rva >= image_.size()) return Order::Endless;
    const char* other = image_.base() + rva;
    const SIZE_T left = image_.size() - rva;
    const SIZE_T room = name.room < left ? name.room : left;
    for (SIZE_T at = equal_bytes(name.text, other, room); at < room; ++at) {
        const auto mine = static_cast<UCHAR>(name.text[at]);
        const auto theirs = static_cast<UCHAR>(other[at]);
        if (mine != theirs) return mine < theirs ? Order::Before : Order::Behind;
        if (!mine) return Order::At;
    }
    return Order::Endless;
}

// From where the last name was, in steps that double, until something behind the name is met; then by halves.
NTSTATUS Exports::search(ExportName name, ULONG from, ULONG& index) const {
    ULONG low = 0;
    ULONG high = name_count_;
    ULONG step = 1;
    for (ULONG probe = from; low < high;) {
        const ULONG at = probe < high ? probe : low + (high - low) / 2;
        switch (compare(name, at)) {
            case Order::At:
                index = at;
                return STATUS_SUCCESS;
            case Order::Before:
                high = at;
                break;
            case Order::Behind:
                low = at + 1;
                if (probe >= high) break;
                probe += step;
                step *= 2;
                break;
            case Order::Endless:
                return STATUS_INVALID_IMAGE_FORMAT;
        }
    }
    return STATUS_ENTRYPOINT_NOT_FOUND;
}

NTSTATUS Exports::find(ExportName name, ULONG hint, Cursor& cursor, Export& found) const {
    ULONG index = hint;
    if (cursor.hints_hold && hint < name_count_ && compare(name, hint) == Order::At) {
        cursor.next = index + 1;
        return entry(ordinals_[index], found);
    }
    cursor.hints_hold = false;
    const NTSTATUS status = search(name, cursor.next, index);
    if (!NT_SUCCESS(status)) return status;
    cursor.next = index + 1;
    return entry(ordinals_[index], found);
}

NTSTATUS Exports::find(ULONG ordinal, Export& found) const {
    return ordinal < base_ ? STATUS_ORDINAL_NOT_FOUND : entry(ordinal - base_, found);
}

NTSTATUS find_export(const Image& image, const char* name, ULONG hint, Export& found) {
    Exports::Cursor cursor;
    return Exports::open(image).find({name, rtl::length(name) + 1}, hint, cursor, found);
}

NTSTATUS find_export(const Image& image, ULONG ordinal, Export& found) {
    return Exports::open(image).find(ordinal, found);
}

}  // namespace ldr
