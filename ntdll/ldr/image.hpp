// SPDX-License-Identifier: GPL-3.0-only
// A mapped PE image read with suspicion: every offset is checked against the mapped size before it is
// followed, so a corrupt file yields a status and never a fault. Nothing here allocates or calls a service.
#pragma once

#include "ntdll/ntdll.hpp"

namespace ldr {

class Image {
public:
    Image() = default;

    // Checks the headers of an image mapped at `base`, `size` bytes of which are mapped.
    // STATUS_INVALID_IMAGE_NOT_MZ, STATUS_INVALID_IMAGE_FORMAT, STATUS_INVALID_IMAGE_WIN_32 tell what is
    // wrong.
    static NTSTATUS open(PVOID base, SIZE_T size, Image& image);

    char* base() const { return base_; }
    ULONG size() const { return size_; }
    const IMAGE_NT_HEADERS& headers() const { return *headers_; }
    PVOID entry_point() const;

    // `count` objects of type T at `rva`, or null if they do not lie in the image.
    template <typename T>
    T* at(ULONG rva, SIZE_T count = 1) const {
        if (rva > size_ || count > (size_ - rva) / sizeof(T)) return nullptr;
        return reinterpret_cast<T*>(base_ + rva);
    }
    // A terminated string inside the image, or null.
    const char* string(ULONG rva) const;
    // The rva of an absolute address inside the image; false if it is outside.
    bool rva_of(ULONGLONG address, ULONG& rva) const;

    struct Directory {
        ULONG rva;
        ULONG size;
    };
    // Empty (0, 0) when absent or out of bounds.
    Directory directory(unsigned index) const;
    // Where a directory begins whose end is known from what is in it, so that its size is not looked at: 0
    // when it is absent. It may lie outside the image.
    ULONG directory_rva(unsigned index) const;

    const IMAGE_SECTION_HEADER* sections() const { return sections_; }
    unsigned section_count() const { return section_count_; }

private:
    char* base_ = nullptr;
    ULONG size_ = 0;
    IMAGE_NT_HEADERS* headers_ = nullptr;
    IMAGE_SECTION_HEADER* sections_ = nullptr;
    unsigned section_count_ = 0;
};

// One row of the import directory. next() ends with a row of zeros or the end of the image.
class Imports {
public:
    explicit Imports(const Image& image);
    // STATUS_SUCCESS with `more` false at the end; STATUS_INVALID_IMAGE_FORMAT for a row that leads nowhere.
    NTSTATUS next(bool& more);

    const char* dll() const { return dll_; }
    // Names and targets run in parallel; both end with a zero name.
    const IMAGE_THUNK_DATA* names() const { return names_; }
    IMAGE_THUNK_DATA* targets() const { return targets_; }
    SIZE_T count() const { return count_; }

private:
    const Image& image_;
    const IMAGE_IMPORT_DESCRIPTOR* row_;
    SIZE_T rows_left_;
    bool outside_;  // the directory is not in the image
    const char* dll_ = nullptr;
    const IMAGE_THUNK_DATA* names_ = nullptr;
    IMAGE_THUNK_DATA* targets_ = nullptr;
    SIZE_T count_ = 0;
};

}  // namespace ldr
