// SPDX-License-Identifier: GPL-3.0-only
//
// A bounds-checked view of a mapped image, and the binding of its imports.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntimage.h"

namespace mm {

// Everything an image says about itself is checked against its size before use.
struct View {
    UCHAR* base;
    ULONG size;
    ULONG headers_offset;

    static bool open(void* mapped, View& view);

    bool contains(ULONG64 rva, ULONG64 length) const { return rva <= size && length <= size - rva; }

    template <typename T>
    T* at(ULONG64 rva) const {
        constexpr ULONG64 bytes = sizeof(T);
        return contains(rva, bytes) ? reinterpret_cast<T*>(base + rva) : nullptr;
    }

    const IMAGE_NT_HEADERS64& headers() const {
        return *reinterpret_cast<const IMAGE_NT_HEADERS64*>(base + headers_offset);
    }

    // Null when the image has no such directory.
    const IMAGE_DATA_DIRECTORY* directory(ULONG index) const {
        const IMAGE_OPTIONAL_HEADER64& optional = headers().OptionalHeader;
        if (index >= optional.NumberOfRvaAndSizes) return nullptr;
        const IMAGE_DATA_DIRECTORY& entry = optional.DataDirectory[index];
        return entry.VirtualAddress != 0 && entry.Size != 0 ? &entry : nullptr;
    }

    // A string that ends within the image, else null.
    const char* text(ULONG64 rva) const {
        for (ULONG64 end = rva; end < size; end++)
            if (base[end] == 0) return reinterpret_cast<const char*>(base + rva);
        return nullptr;
    }
};

template <>
inline void* View::at<void>(ULONG64 rva) const {
    return contains(rva, 1) ? base + rva : nullptr;
}

NTSTATUS bind_imports(const View& view);

}  // namespace mm
