// SPDX-License-Identifier: GPL-3.0-only
//
// UTF-16 text for native programs: View borrows characters, Text owns them on the process heap.
//
// Running out of memory raises STATUS_NO_MEMORY (RtlRaiseStatus): a program that cares guards the call.
// Case folding is ASCII's; names that the Executive compares are folded by the Executive.
#pragma once

#include <new>

#include "abi/nt/nt.h"
#include "abi/nt/ntrtl.h"

namespace app {

constexpr WCHAR upper(WCHAR c) {
    return c >= u'a' && c <= u'z' ? static_cast<WCHAR>(c - 32) : c;
}

struct View {
    const WCHAR* data = nullptr;
    SIZE_T size = 0;

    constexpr View() = default;
    constexpr View(const WCHAR* characters, SIZE_T count) : data(characters), size(count) {}
    constexpr View(const WCHAR* terminated) : data(terminated) {
        while (terminated[size])
            ++size;
    }
    View(const UNICODE_STRING& string) : data(string.Buffer), size(string.Length / sizeof(WCHAR)) {}

    constexpr bool empty() const { return size == 0; }
    constexpr WCHAR operator[](SIZE_T index) const { return data[index]; }
    constexpr View from(SIZE_T index) const {
        return index >= size ? View() : View(data + index, size - index);
    }
    constexpr View first(SIZE_T count) const { return View(data, count < size ? count : size); }
    constexpr WCHAR back() const { return size ? data[size - 1] : u'\0'; }
    // Index of the character, or `size` when it does not occur.
    constexpr SIZE_T find(WCHAR c) const {
        SIZE_T index = 0;
        while (index < size && data[index] != c)
            ++index;
        return index;
    }
    constexpr SIZE_T find_last(WCHAR c) const {
        for (SIZE_T index = size; index-- > 0;)
            if (data[index] == c) return index;
        return size;
    }
    constexpr bool starts_with(View prefix) const {
        return size >= prefix.size && first(prefix.size).equals(prefix);
    }
    // Without regard to the case of ASCII letters.
    constexpr bool equals(View other) const {
        if (size != other.size) return false;
        for (SIZE_T i = 0; i < size; ++i)
            if (upper(data[i]) != upper(other.data[i])) return false;
        return true;
    }
    constexpr View trimmed() const {
        View view = *this;
        while (view.size && (view.data[0] == u' ' || view.data[0] == u'\t'))
            view = view.from(1);
        while (view.size && (view.back() == u' ' || view.back() == u'\t'))
            --view.size;
        return view;
    }
};

class Text {
public:
    Text() = default;
    Text(View view) { append(view); }
    Text(const WCHAR* terminated) : Text(View(terminated)) {}
    Text(const Text& other) : Text(other.view()) {}
    Text(Text&& other) noexcept { swap(other); }
    Text& operator=(Text other) noexcept {
        swap(other);
        return *this;
    }
    ~Text() {
        if (data_) RtlFreeHeap(RtlProcessHeap(), 0, data_);
    }

    void append(View view) { insert(size_, view); }
    void append(WCHAR c) { insert(size_, View(&c, 1)); }
    // REQUIRES: at <= size().
    void insert(SIZE_T at, View view) {
        if (view.empty()) return;
        reserve(size_ + view.size);
        for (SIZE_T i = size_; i > at; --i)
            data_[i - 1 + view.size] = data_[i - 1];
        for (SIZE_T i = 0; i < view.size; ++i)
            data_[at + i] = view.data[i];
        size_ += view.size;
        data_[size_] = u'\0';
    }
    // REQUIRES: at + count <= size().
    void erase(SIZE_T at, SIZE_T count) {
        for (SIZE_T i = at; i + count < size_; ++i)
            data_[i] = data_[i + count];
        truncate(size_ - count);
    }
    void truncate(SIZE_T size) {
        size_ = size;
        if (data_) data_[size_] = u'\0';
    }
    void clear() { truncate(0); }
    void swap(Text& other) {
        WCHAR* data = data_;
        SIZE_T size = size_, capacity = capacity_;
        data_ = other.data_, size_ = other.size_, capacity_ = other.capacity_;
        other.data_ = data, other.size_ = size, other.capacity_ = capacity;
    }

    SIZE_T size() const { return size_; }
    bool empty() const { return size_ == 0; }
    WCHAR operator[](SIZE_T index) const { return data_[index]; }
    View view() const { return View(data_, size_); }
    operator View() const { return view(); }
    const WCHAR* terminated() const { return data_ ? data_ : u""; }
    // Borrows; at most 32,766 characters fit a UNICODE_STRING, the rest is left out.
    UNICODE_STRING unicode() const {
        const SIZE_T count = size_ < 0x7FFE ? size_ : 0x7FFE;
        UNICODE_STRING string;
        string.Length = static_cast<USHORT>(count * sizeof(WCHAR));
        string.MaximumLength = static_cast<USHORT>(string.Length + (data_ ? sizeof(WCHAR) : 0));
        string.Buffer = data_;
        return string;
    }

private:
    void reserve(SIZE_T size) {
        if (size + 1 <= capacity_) return;
        const SIZE_T capacity = (size + 1) * 2 < 32 ? 32 : (size + 1) * 2;
        void* heap = RtlProcessHeap();
        void* grown = data_ ? RtlReAllocateHeap(heap, 0, data_, capacity * sizeof(WCHAR))
                            : RtlAllocateHeap(heap, 0, capacity * sizeof(WCHAR));
        if (!grown) RtlRaiseStatus(STATUS_NO_MEMORY);
        data_ = static_cast<WCHAR*>(grown);
        capacity_ = capacity;
    }

    WCHAR* data_ = nullptr;
    SIZE_T size_ = 0;
    SIZE_T capacity_ = 0;
};

// A growable array on the process heap, with the same rule for running out of memory.
template <typename T>
class List {
public:
    List() = default;
    List(const List&) = delete;
    List& operator=(const List&) = delete;
    List(List&& other) noexcept : data_(other.data_), size_(other.size_), capacity_(other.capacity_) {
        other.data_ = nullptr, other.size_ = other.capacity_ = 0;
    }
    ~List() {
        clear();
        if (data_) RtlFreeHeap(RtlProcessHeap(), 0, data_);
    }
    void push(T value) {
        if (size_ == capacity_) grow();
        ::new (static_cast<void*>(data_ + size_)) T(static_cast<T&&>(value));
        ++size_;
    }
    // REQUIRES: index < size().
    void remove(SIZE_T index) {
        for (SIZE_T i = index; i + 1 < size_; ++i)
            data_[i] = static_cast<T&&>(data_[i + 1]);
        data_[--size_].~T();
    }
    void clear() {
        while (size_)
            data_[--size_].~T();
    }
    void swap(List& other) {
        List third(static_cast<List&&>(*this));
        take(other);
        other.take(third);
    }
    SIZE_T size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T& operator[](SIZE_T index) { return data_[index]; }
    const T& operator[](SIZE_T index) const { return data_[index]; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }

private:
    // REQUIRES: it has nothing.
    void take(List& other) {
        data_ = other.data_, size_ = other.size_, capacity_ = other.capacity_;
        other.data_ = nullptr, other.size_ = other.capacity_ = 0;
    }
    void grow() {
        const SIZE_T capacity = capacity_ ? capacity_ * 2 : 8;
        T* grown = static_cast<T*>(RtlAllocateHeap(RtlProcessHeap(), 0, capacity * sizeof(T)));
        if (!grown) RtlRaiseStatus(STATUS_NO_MEMORY);
        for (SIZE_T i = 0; i < size_; ++i) {
            ::new (static_cast<void*>(grown + i)) T(static_cast<T&&>(data_[i]));
            data_[i].~T();
        }
        if (data_) RtlFreeHeap(RtlProcessHeap(), 0, data_);
        data_ = grown;
        capacity_ = capacity;
    }

    T* data_ = nullptr;
    SIZE_T size_ = 0;
    SIZE_T capacity_ = 0;
};

}  // namespace app
