// SPDX-License-Identifier: GPL-3.0-only
//
// Growable array whose growth can fail. Owns its elements; growing moves them, so references do not survive
// it.
#pragma once

#include <stddef.h>

#include <new>
#include <span>
#include <utility>

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
        for (size_t i = 0; i < size_; ++i) {
            new (&data[i]) T(std::move(data_[i]));
            data_[i].~T();
        }
        ::operator delete(data_, capacity_ * sizeof(T));
        data_ = data;
        capacity_ = capacity;
        return {};
    }
    Result<void> push_back(T value) {
        if (size_ == capacity_) TRY(reserve(capacity_ ? capacity_ * 2 : 4));
        new (&data_[size_++]) T(std::move(value));
        return {};
    }
    Result<void> resize(size_t size) {
        TRY(reserve(size));
        while (size_ < size)
            new (&data_[size_++]) T();
        while (size_ > size)
            pop_back();
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
        for (size_t i = index + 1; i < size_; ++i)
            data_[i - 1] = std::move(data_[i]);
        pop_back();
    }
    void clear() {
        while (size_)
            pop_back();
    }

private:
    T* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

}  // namespace base
