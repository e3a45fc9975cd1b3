// SPDX-License-Identifier: GPL-3.0-only
// The export directory of a mapped image, opened once and searched many times. As ldr::Image it trusts
// nothing: tables and names lie in the image or are not followed. Names are sorted in ascending order of
// their bytes, as PE's format requires; a table that is not makes names unfindable, nothing worse.
#pragma once

#include "ntdll/ldr/image.hpp"

namespace ldr {

// What an export leads to.
struct Export {
    ULONG rva;
    const char* forwarder;  // "DLL.Name" or "DLL.#ordinal", null for code and data of the image itself
};

// A name to search for, which ends with a zero before `room` bytes have passed or is not valid.
struct ExportName {
    const char* text;
    SIZE_T room;
};

class Exports {
public:
    // Where a search begins. Linkers write a DLL's imports in the order of their names, so that the next is
    // most often a few places behind the last; and their hints, which are indexes of the name table, are all
    // right or, for another version of the DLL, all wrong.
    struct Cursor {
        ULONG next = 0;
        bool hints_hold = true;
    };

    // An image without a directory, or with one that leads out of it, has no exports.
    static Exports open(const Image& image);

    // STATUS_ENTRYPOINT_NOT_FOUND, STATUS_ORDINAL_NOT_FOUND (the name's index leads nowhere) or
    // STATUS_INVALID_IMAGE_FORMAT (a name of the table or `name` itself has no end).
    NTSTATUS find(ExportName name, ULONG hint, Cursor& cursor, Export& found) const;
    // STATUS_ORDINAL_NOT_FOUND or STATUS_INVALID_IMAGE_FORMAT.
    NTSTATUS find(ULONG ordinal, Export& found) const;

private:
    enum class Order { Before, At, Behind, Endless };

    NTSTATUS entry(ULONG index, Export& found) const;
    Order compare(ExportName name, ULONG index) const;
    NTSTATUS search(ExportName name, ULONG from, ULONG& index) const;

    Image image_;
    Image::Directory directory_ = {};
    ULONG base_ = 0;
    ULONG function_count_ = 0;
    ULONG name_count_ = 0;
    const ULONG* functions_ = nullptr;
    const ULONG* names_ = nullptr;
    const USHORT* ordinals_ = nullptr;
};

// One search. The statuses are those of Exports::find.
NTSTATUS find_export(const Image& image, const char* name, ULONG hint, Export& found);
NTSTATUS find_export(const Image& image, ULONG ordinal, Export& found);

}  // namespace ldr
