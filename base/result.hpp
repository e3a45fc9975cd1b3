// SPDX-License-Identifier: GPL-3.0-only
//
// Result<T> is a value or an error code; it owns the value. The Executive's errors are NTSTATUS, the kernel
// instantiates it with its own type. An unused Result is a compile error.
//
//   Result<Ref<Event>> create();
//   auto event = TRY(create());        // in a function that returns Result<...> or the error type itself
//   auto file = CO_TRY(co_await open());   // in a coroutine
//   return fail(STATUS_NO_MEMORY);
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "abi/nt/ntstatus.h"
#include "base/assert.hpp"

namespace base {

template <typename E>
struct [[nodiscard]] Failure {
    E code;
    constexpr operator E() const { return code; }
};

template <typename E>
constexpr Failure<E> fail(E code) {
    return {code};
}

template <typename T, typename E = NTSTATUS>
class [[nodiscard]] Result {
public:
    using Value = T;

    Result(const T& value) : ok_(true) { new (&value_) T(value); }
    Result(T&& value) : ok_(true) { new (&value_) T(std::move(value)); }
    template <typename U>
        requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
                 !std::is_same_v<std::remove_cvref_t<U>, Failure<E>> && !std::is_arithmetic_v<T>)
    Result(U&& value) : ok_(true) {
        new (&value_) T(std::forward<U>(value));
    }
    Result(Failure<E> failure) : ok_(false), error_(failure.code) {}
    Result(Result&& other) : ok_(other.ok_) {
        if (ok_) {
            new (&value_) T(std::move(other.value_));
        } else {
            error_ = other.error_;
        }
    }
    Result& operator=(Result&& other) {
        if (this != &other) {
            this->~Result();
            new (this) Result(std::move(other));
        }
        return *this;
    }
    ~Result() {
        if (ok_) value_.~T();
    }

    explicit operator bool() const { return ok_; }
    E error() const { return error_; }
    Failure<E> failure() const { return {error_}; }
    // REQUIRES: the result is a value.
    T& value() & {
        ASSERT(ok_);
        return value_;
    }
    const T& value() const& {
        ASSERT(ok_);
        return value_;
    }
    T value() && {
        ASSERT(ok_);
        return std::move(value_);
    }
    T& operator*() { return value(); }
    T* operator->() { return &value(); }

private:
    bool ok_;
    union {
        T value_;
        E error_;
    };
};

template <typename T, typename E>
class [[nodiscard]] Result<T&, E> {
public:
    using Value = T&;

    Result(T& value) : value_(&value), error_{} {}
    Result(Failure<E> failure) : value_(nullptr), error_(failure.code) {}

    explicit operator bool() const { return value_ != nullptr; }
    E error() const { return error_; }
    Failure<E> failure() const { return {error_}; }
    T& value() const {
        ASSERT(value_);
        return *value_;
    }
    T& operator*() const { return value(); }
    T* operator->() const { return &value(); }

private:
    T* value_;
    E error_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
public:
    using Value = void;

    Result() : ok_(true), error_{} {}
    Result(Failure<E> failure) : ok_(false), error_(failure.code) {}

    explicit operator bool() const { return ok_; }
    E error() const { return error_; }
    Failure<E> failure() const { return {error_}; }
    void value() const { ASSERT(ok_); }

private:
    bool ok_;
    E error_;
};

// What a Result means to a caller that only passes on a status.
inline NTSTATUS to_status(const Result<void>& result) {
    return result ? STATUS_SUCCESS : result.error();
}

}  // namespace base

#define TRY(expression)                   \
    ({                                    \
        auto try_result_ = (expression);  \
        if (!try_result_) [[unlikely]]    \
            return try_result_.failure(); \
        std::move(try_result_).value();   \
    })
#define CO_TRY(expression)                   \
    ({                                       \
        auto try_result_ = (expression);     \
        if (!try_result_) [[unlikely]]       \
            co_return try_result_.failure(); \
        std::move(try_result_).value();      \
    })
// For what cannot fail by construction, mostly at boot.
#define MUST(expression) (expression).value()
