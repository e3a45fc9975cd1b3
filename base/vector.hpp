// SPDX-License-Identifier: GPL-3.0-only
//
// Growable array whose growth can fail. Owns its elements; growing moves them, so references do not survive
// it.
#pragma once

#include <stddef.h>

#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "base/relocate.hpp"
#include "base/result.hpp"

namespace base {

template <typename T>
class Vector {
public:
    constexpr Vector() = default;
    Vector(Vector&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Vector& operator=(Vector&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~Vector() {
        clear();
        ::operator delete(data_, capacity_ * sizeof(T));
    }

    size_t size() const { return size_; }
    size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    T* data() { return data_; }
    const T* data() const { return data_; }
    T& operator[](size_t index) {
        ASSERT(index < size_);
        return data_[index];
    }
    const T& operator[](size_t index) const {
        ASSERT(index < size_);
        return data_[index];
    }
    T& back() { return (*this)[size_ - 1]; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }
    std::span<T> span() { return {data_, size_}; }
    std::span<const T> span() const { return {data_, size_}; }

    Result<void> reserve(size_t capacity) {
        if (capacity <= capacity_) return {};
        if (capacity > SIZE_MAX / 2 / sizeof(T)) return fail(STATUS_INSUFFICIENT_RESOURCES);
        T* data = static_cast<T*>(::operator new(capacity * sizeof(T), std::nothrow));
        if (!data) return fail(STATUS_INSUFFICIENT_RESOURCES);
        if constexpr (moves_as_bytes<T>) {
            if (size_ > 0) __builtin_memcpy(static_cast<void*>(data), data_, size_ * sizeof(T));
        } else {
            for (size_t i = 0; i < size_; ++i) {
                new (&data[i]) T(std::move(data_[i]));
                data_[i].~T();
            }
        }
        ::operator delete(data_, capacity_ * sizeof(T));
        data_ = data;
        capacity_ = capacity;
        return {};
    }
    Result<void> push_back(T value) {
        TRY(make_room(1));
        new (&data_[size_++]) T(std::move(value));
        return {};
    }
    // Copies of these behind the last, for types that are copied as bytes. REQUIRES: not a part of this one.
    Result<void> append(std::span<const T> values) {
        static_assert(kPlain);
        TRY(make_room(values.size()));
        if (!values.empty()) __builtin_memcpy(data_ + size_, values.data(), values.size_bytes());
        size_ += values.size();
        return {};
    }
    Result<void> resize(size_t size) {
        TRY(reserve(size));
        if constexpr (kPlain && std::is_trivially_default_constructible_v<T>) {
            if (size > size_) __builtin_memset(data_ + size_, 0, (size - size_) * sizeof(T));
            size_ = size;
        } else {
            while (size_ < size)
                new (&data_[size_++]) T();
            while (size_ > size)
                pop_back();
        }
        return {};
    }
    // So many more at the end, to be written by the caller: they are not initialised.
    Result<void> extend(size_t count) {
        static_assert(kPlain);
        TRY(make_room(count));
        size_ += count;
        return {};
    }
    void pop_back() {
        ASSERT(size_ > 0);
        data_[--size_].~T();
    }
    // Order is not kept.
    void remove_unordered(size_t index) {
        if (index + 1 != size_) (*this)[index] = std::move(data_[size_ - 1]);
        pop_back();
    }
    // Order is kept.
    void remove(size_t index) {
        ASSERT(index < size_);
        if constexpr (moves_as_bytes<T>) {
            data_[index].~T();
            --size_;
            __builtin_memmove(static_cast<void*>(data_ + index), data_ + index + 1,
                              (size_ - index) * sizeof(T));
        } else {
            for (size_t i = index + 1; i < size_; ++i)
                data_[i - 1] = std::move(data_[i]);
            pop_back();
        }
    }
    Result<void> insert(size_t index, T value) {
        ASSERT(index <= size_);
        TRY(make_room(1));
        static_assert(moves_as_bytes<T>);
        __builtin_memmove(static_cast<void*>(data_ + index + 1), data_ + index, (size_ - index) * sizeof(T));
        new (&data_[index]) T(std::move(value));
        ++size_;
        return {};
    }
    void clear() {
        if constexpr (std::is_trivially_destructible_v<T>) size_ = 0;
        while (size_)
            pop_back();
    }

private:
    static constexpr bool kPlain = std::is_trivially_copyable_v<T>;

    // The first time as much as is asked for, later at least twice as much as there is.
    Result<void> make_room(size_t count) {
        if (count <= capacity_ - size_) return {};
        if (count > SIZE_MAX / 2 - size_) return fail(STATUS_INSUFFICIENT_RESOURCES);
        size_t needed = size_ + count;
        size_t most = capacity_ > 0 ? 2 * capacity_ : count == 1 ? 4 : needed;
        return reserve(needed > most ? needed : most);
    }

    T* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

}  // namespace base
