// SPDX-License-Identifier: GPL-3.0-only
// Memory that lives as long as one activation context: pieces of the process heap, freed together.
#pragma once

#include "ntdll/ntdll.hpp"

#include <string_view>

namespace sxs {

using Text = std::u16string_view;

class Arena {
public:
    Arena() = default;
    ~Arena() {
        while (Piece* piece = last_) {
            last_ = piece->before;
            RtlFreeHeap(rtl::process_heap(), 0, piece);
        }
    }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    // Zeroed, aligned for any type; null when memory runs out.
    void* take(SIZE_T size) {
        if (size > limit) return nullptr;
        size = rtl::round_up(size, 16);
        if (!last_ || size > last_->size - last_->used) {
            const SIZE_T room = size > usual ? size : usual;
            auto* piece = static_cast<Piece*>(
                RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, sizeof(Piece) + room));
            if (!piece) return nullptr;
            *piece = {last_, room, 0};
            last_ = piece;
        }
        last_->used += size;
        return reinterpret_cast<char*>(last_ + 1) + last_->used - size;
    }
    template <typename T>
    T* make(SIZE_T count = 1) {
        return count < limit / sizeof(T) ? static_cast<T*>(take(count * sizeof(T))) : nullptr;
    }
    // A copy with a zero behind it; an empty text without a buffer when memory runs out.
    Text copy(Text text) {
        auto* room = make<WCHAR>(text.size() + 1);
        if (!room) return {};
        rtl::copy(room, text.data(), text.size() * sizeof(WCHAR));
        return {room, text.size()};
    }

private:
    struct alignas(16) Piece {
        Piece* before;
        SIZE_T size;
        SIZE_T used;
    };
    static constexpr SIZE_T limit = 0x4000000;
    static constexpr SIZE_T usual = 4096 - sizeof(Piece);
    Piece* last_ = nullptr;
};

// A list that grows in an arena. All zeros are an empty one.
template <typename T>
struct List {
    struct Node {
        Node* next;
        T value;
    };
    Node* first = nullptr;
    Node* last = nullptr;
    ULONG count = 0;

    List() = default;
    List(const List&) = delete;
    List& operator=(const List&) = delete;

    // A new element at the end, of zeros; null when memory runs out.
    T* add(Arena& arena) {
        auto* node = arena.make<Node>();
        if (!node) return nullptr;
        link(node);
        return &node->value;
    }
    void link(Node* node) {
        (last ? last->next : first) = node;
        last = node;
        ++count;
    }
    T* at(ULONG index) const {
        Node* node = first;
        while (node && index--)
            node = node->next;
        return node ? &node->value : nullptr;
    }
    template <typename Visit>
    void each(Visit visit) const {
        for (Node* node = first; node; node = node->next)
            visit(node->value);
    }
};

inline UNICODE_STRING unicode(Text text) {
    const auto bytes = static_cast<USHORT>(text.size() * sizeof(WCHAR));
    return {bytes, bytes, const_cast<PWSTR>(text.data())};
}
inline bool same(Text one, Text other) {
    if (one.size() != other.size() || one.size() > 0x7ffe) return false;
    const UNICODE_STRING first = unicode(one);
    const UNICODE_STRING second = unicode(other);
    return RtlEqualUnicodeString(&first, &second, TRUE);
}
inline Text text_of(const WCHAR* string) {
    return string ? Text(string, rtl::length(string)) : Text();
}

}  // namespace sxs
