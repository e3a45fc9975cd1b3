// SPDX-License-Identifier: GPL-3.0-only
//
// The kernel's one error vocabulary: what an invocation can answer (seL4 error codes with their words), a
// capability fault of the caller, or "preempted", which means: progress is in the objects, the system call
// will be made again.
#pragma once
#include "kernel/api/lookup_failure.hpp"

namespace kernel {

struct [[nodiscard]] Error {
    enum class Kind : std::uint8_t { none, invocation, cap_fault, preempted };

    Kind kind = Kind::none;
    std::uint8_t code = seL4_NoError;
    bool source = false;  // FailedLookup: it was the source that was not found
    LookupFailure lookup = {};
    Word a = 0;  // argument or capability number, minimum, bytes left, faulting CPtr
    Word b = 0;  // maximum

    bool is_none() const { return kind == Kind::none; }

    static Error plain(seL4_Error code) {
        return {.kind = Kind::invocation, .code = static_cast<std::uint8_t>(code)};
    }
    static Error with(seL4_Error code, Word a, Word b = 0) {
        return {.kind = Kind::invocation, .code = static_cast<std::uint8_t>(code), .a = a, .b = b};
    }
    static Error illegal_operation() { return plain(seL4_IllegalOperation); }
    static Error truncated() { return plain(seL4_TruncatedMessage); }
    static Error invalid_argument(Word number) { return with(seL4_InvalidArgument, number); }
    static Error invalid_capability(Word number) { return with(seL4_InvalidCapability, number); }
    static Error range(Word min, Word max) { return with(seL4_RangeError, min, max); }
    static Error failed_lookup(bool source, const LookupFailure& failure) {
        return {.kind = Kind::invocation, .code = seL4_FailedLookup, .source = source, .lookup = failure};
    }
    static Error cap_fault(Word cptr, const LookupFailure& failure) {
        return {.kind = Kind::cap_fault, .lookup = failure, .a = cptr};
    }
    static Error preempted() { return {.kind = Kind::preempted}; }
};

// Nothing, or an error.
class [[nodiscard]] Status {
public:
    Status() { error_.kind = Error::Kind::none; }
    Status(const Error& error) : error_(error) {}
    bool ok() const { return error_.is_none(); }
    const Error& error() const { return error_; }
    void value() const {}

private:
    union {
        Error error_;  // only `kind` is set when there is none: success costs one store
    };
};

template <typename T>
class [[nodiscard]] Result {
public:
    Result(const T& value) : value_(value) { error_.kind = Error::Kind::none; }
    Result(const Error& error) : error_(error), value_() {}
    bool ok() const { return error_.is_none(); }
    const Error& error() const { return error_; }
    const T& value() const { return value_; }

private:
    union {
        Error error_;
    };
    T value_;
};

}  // namespace kernel

// The value of a Result, or return of its error from the function around it.
#define TRY(expression)                       \
    ({                                        \
        auto result_of_try = (expression);    \
        if (!result_of_try.ok()) [[unlikely]] \
            return result_of_try.error();     \
        result_of_try.value();                \
    })
