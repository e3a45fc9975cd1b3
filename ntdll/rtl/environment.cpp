// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/rtl/environment.hpp"

namespace rtl {

SIZE_T environment_size(const WCHAR* block) {
    const WCHAR* at = block;
    while (*at)
        at += length(at) + 1;
    SIZE_T size = static_cast<SIZE_T>(at - block + 1) * sizeof(WCHAR);
    // An empty block still has two terminators.
    return size < 2 * sizeof(WCHAR) ? 2 * sizeof(WCHAR) : size;
}

namespace {

// One NAME=value of a block. A name may begin with '=' (the drives' current directories do).
struct Variable {
    WCHAR* start;
    SIZE_T name_length;
    WCHAR* value;
    WCHAR* next;

    bool named(const WCHAR* name, SIZE_T count) const {
        return RtlCompareUnicodeStrings(start, name_length, name, count, TRUE) == 0;
    }
    SIZE_T value_length() const { return static_cast<SIZE_T>(next - value) - 1; }
};

Variable variable_at(WCHAR* at) {
    SIZE_T name = at[0] ? 1 : 0;
    while (at[name] && at[name] != '=')
        ++name;
    WCHAR* value = at + name + (at[name] ? 1 : 0);
    return {at, name, value, at + length(at) + 1};
}

bool find(WCHAR* block, const WCHAR* name, SIZE_T count, Variable& found) {
    for (WCHAR* at = block; at && *at; at = found.next) {
        found = variable_at(at);
        if (found.named(name, count)) return true;
    }
    return false;
}

// The caller's block, or the process's own, whose lock is held meanwhile.
class Block {
public:
    explicit Block(const WCHAR* given) : own_(!given) {
        if (own_) RtlAcquirePebLock();
        block_ = own_ ? peb()->ProcessParameters->Environment : const_cast<WCHAR*>(given);
    }
    ~Block() {
        if (own_) RtlReleasePebLock();
    }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    WCHAR* get() const { return block_; }

private:
    bool own_;
    WCHAR* block_;
};

bool valid_name(PCUNICODE_STRING name) {
    const SIZE_T count = name->Length / sizeof(WCHAR);
    for (SIZE_T i = 1; i < count; ++i) {
        if (name->Buffer[i] == '=') return false;
    }
    return count != 0;
}

// Builds a block that is `old` with `name` set to `value`, or without it when `value` is null. Names stay
// sorted.
WCHAR* rebuild(WCHAR* old, PCUNICODE_STRING name, PCUNICODE_STRING value) {
    const SIZE_T added = value ? name->Length + value->Length + 2 * sizeof(WCHAR) : 0;
    auto* made = static_cast<WCHAR*>(
        RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, environment_size(old) + added + sizeof(WCHAR)));
    if (!made) return nullptr;
    WCHAR* to = made;
    bool pending = value != nullptr;
    const auto put_new = [&] {
        copy(to, name->Buffer, name->Length);
        to += name->Length / sizeof(WCHAR);
        *to++ = '=';
        copy(to, value->Buffer, value->Length);
        to += value->Length / sizeof(WCHAR);
        *to++ = 0;
        pending = false;
    };
    for (WCHAR* at = old; *at;) {
        const Variable variable = variable_at(at);
        const LONG order = RtlCompareUnicodeStrings(variable.start, variable.name_length, name->Buffer,
                                                    name->Length / sizeof(WCHAR), TRUE);
        if (order > 0 && pending) put_new();
        if (order != 0) {
            const SIZE_T size = static_cast<SIZE_T>(variable.next - at);
            copy(to, at, size * sizeof(WCHAR));
            to += size;
        }
        at = variable.next;
    }
    if (pending) put_new();
    return made;
}

// Appends to a bounded buffer, counting what did not fit as well.
struct Output {
    WCHAR* buffer;
    SIZE_T room;
    SIZE_T used = 0;
    void put(const WCHAR* text, SIZE_T count) {
        for (SIZE_T i = 0; i < count; ++i, ++used) {
            if (used < room) buffer[used] = text[i];
        }
    }
};

void expand(WCHAR* block, PCUNICODE_STRING source, Output& output) {
    const WCHAR* at = source->Buffer;
    const WCHAR* end = at + source->Length / sizeof(WCHAR);
    while (at < end) {
        const WCHAR* close = at + 1;
        while (close < end && *close != '%')
            ++close;
        Variable variable;
        if (*at == '%' && close < end && find(block, at + 1, static_cast<SIZE_T>(close - at - 1), variable)) {
            output.put(variable.value, variable.value_length());
            at = close + 1;
        } else {
            output.put(at++, 1);
        }
    }
}

}  // namespace
}  // namespace rtl

extern "C" {

NTSTATUS NTAPI RtlCreateEnvironment(BOOLEAN CloneCurrent, PWSTR* Environment) {
    const WCHAR empty[2] = {};
    rtl::Block own(nullptr);
    const WCHAR* from = CloneCurrent && own.get() ? own.get() : empty;
    const SIZE_T size = rtl::environment_size(from);
    *Environment = static_cast<PWSTR>(RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, size));
    if (!*Environment) return STATUS_NO_MEMORY;
    rtl::copy(*Environment, from, size);
    return STATUS_SUCCESS;
}

void NTAPI RtlDestroyEnvironment(PWSTR Environment) {
    RtlFreeHeap(rtl::process_heap(), 0, Environment);
}

void NTAPI RtlSetCurrentEnvironment(PWSTR Environment, PWSTR* PreviousEnvironment) {
    RtlAcquirePebLock();
    PRTL_USER_PROCESS_PARAMETERS parameters = rtl::peb()->ProcessParameters;
    PWSTR previous = parameters->Environment;
    parameters->Environment = Environment;
    parameters->EnvironmentSize = Environment ? rtl::environment_size(Environment) : 0;
    RtlReleasePebLock();
    if (PreviousEnvironment) {
        *PreviousEnvironment = previous;
    } else {
        RtlFreeHeap(rtl::process_heap(), 0, previous);
    }
}

NTSTATUS NTAPI RtlQueryEnvironmentVariable(PCWSTR Environment, PCWSTR Name, SIZE_T NameLength, PWSTR Value,
                                           SIZE_T ValueLength, PSIZE_T ReturnLength) {
    rtl::Block block(Environment);
    rtl::Variable variable;
    if (!rtl::find(block.get(), Name, NameLength, variable)) return STATUS_VARIABLE_NOT_FOUND;
    const SIZE_T count = variable.value_length();
    const bool fits = count < ValueLength;
    *ReturnLength = fits ? count : count + 1;
    if (!fits) return STATUS_BUFFER_TOO_SMALL;
    rtl::copy(Value, variable.value, count * sizeof(WCHAR));
    Value[count] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlQueryEnvironmentVariable_U(PCWSTR Environment, PCUNICODE_STRING Name,
                                             PUNICODE_STRING Value) {
    rtl::Block block(Environment);
    rtl::Variable variable;
    if (!rtl::find(block.get(), Name->Buffer, Name->Length / sizeof(WCHAR), variable)) {
        Value->Length = 0;
        return STATUS_VARIABLE_NOT_FOUND;
    }
    const SIZE_T bytes = variable.value_length() * sizeof(WCHAR);
    Value->Length = static_cast<USHORT>(bytes);
    if (bytes > Value->MaximumLength) return STATUS_BUFFER_TOO_SMALL;
    rtl::copy(Value->Buffer, variable.value, bytes);
    if (bytes + sizeof(WCHAR) <= Value->MaximumLength) Value->Buffer[bytes / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlSetEnvironmentVariable(PWSTR* Environment, PCUNICODE_STRING Name, PCUNICODE_STRING Value) {
    if (!Name || !rtl::valid_name(Name)) return STATUS_INVALID_PARAMETER;
    WCHAR empty[2] = {};
    rtl::Block block(Environment ? *Environment : nullptr);
    WCHAR* old = block.get();
    rtl::Variable present;
    if (!Value && !rtl::find(old, Name->Buffer, Name->Length / sizeof(WCHAR), present)) return STATUS_SUCCESS;
    WCHAR* made = rtl::rebuild(old ? old : empty, Name, Value);
    if (!made) return STATUS_NO_MEMORY;
    if (Environment) {
        *Environment = made;
    } else {
        rtl::peb()->ProcessParameters->Environment = made;
        rtl::peb()->ProcessParameters->EnvironmentSize = rtl::environment_size(made);
    }
    // The first block came with the process and is no heap block: freeing it is refused, and harmless.
    if (old && RtlValidateHeap(rtl::process_heap(), 0, old)) RtlFreeHeap(rtl::process_heap(), 0, old);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlExpandEnvironmentStrings_U(PCWSTR Environment, PCUNICODE_STRING Source,
                                             PUNICODE_STRING Destination, PULONG ReturnedLength) {
    rtl::Block block(Environment);
    rtl::Output output = {Destination->Buffer, Destination->MaximumLength / sizeof(WCHAR)};
    rtl::expand(block.get(), Source, output);
    const SIZE_T needed = (output.used + 1) * sizeof(WCHAR);
    if (ReturnedLength) *ReturnedLength = static_cast<ULONG>(needed);
    if (needed > Destination->MaximumLength) return STATUS_BUFFER_TOO_SMALL;
    Destination->Length = static_cast<USHORT>(output.used * sizeof(WCHAR));
    Destination->Buffer[output.used] = 0;
    return STATUS_SUCCESS;
}

}  // extern "C"
