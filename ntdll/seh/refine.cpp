// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/seh/refine.hpp"

namespace seh {
namespace {

enum Cause : unsigned {
    Invalid = 1 << 0,
    Denormal = 1 << 1,
    DivideByZero = 1 << 2,
    Overflow = 1 << 3,
    Underflow = 1 << 4,
    Inexact = 1 << 5,
    StackFault = 1 << 6,
};

// In the order in which the processor looks at them ("Floating-Point Exception Priority", Intel SDM
// 1, 4.9.2).
NTSTATUS status_of(unsigned causes) {
    if (causes & Invalid)
        return causes & StackFault ? STATUS_FLOAT_STACK_CHECK : STATUS_FLOAT_INVALID_OPERATION;
    if (causes & DivideByZero) return STATUS_FLOAT_DIVIDE_BY_ZERO;
    if (causes & Denormal) return STATUS_FLOAT_DENORMAL_OPERAND;
    if (causes & Overflow) return STATUS_FLOAT_OVERFLOW;
    if (causes & Underflow) return STATUS_FLOAT_UNDERFLOW;
    if (causes & Inexact) return STATUS_FLOAT_INEXACT_RESULT;
    return STATUS_FLOAT_INVALID_OPERATION;
}

NTSTATUS x87(const CONTEXT& context) {
    const unsigned status = context.FltSave.StatusWord;
    const unsigned unmasked = ~static_cast<unsigned>(context.FltSave.ControlWord) & 0x3f;
    return status_of((status & unmasked) | (status & StackFault));
}

// Flags in the low six bits, their masks seven bits above.
NTSTATUS sse(const CONTEXT& context) {
    return status_of(context.MxCsr & ~(context.MxCsr >> 7) & 0x3f);
}

// A division's operand (group 3 of F6 and F7), whose length is `size`.
class Division {
public:
    explicit Division(const CONTEXT& context)
        : context_(context), at_(reinterpret_cast<const UCHAR*>(context.Rip)) {}

    bool divides_by_zero() {
        prefixes();
        if (*at_ != 0xf6 && *at_ != 0xf7) return true;
        const unsigned size = *at_ == 0xf6 ? 1 : rex_ & 8 ? 8 : short_ ? 2 : 4;
        const unsigned mode = at_[1] >> 6;
        const unsigned base = at_[1] & 7;
        at_ += 2;
        ULONG64 value = 0;
        if (mode == 3) {
            // Without REX four byte registers are high halves.
            const bool high = size == 1 && !rex_ && base >= 4;
            value = high ? integer(base - 4) >> 8 : integer(base | (rex_ & 1) << 3);
        } else {
            rtl::copy(&value, reinterpret_cast<const void*>(address(mode, base)), size);
        }
        return !(size == 8 ? value : value & ((1ull << size * 8) - 1));
    }

private:
    void prefixes() {
        for (unsigned count = 0; count < 14; ++count, ++at_) {
            if (*at_ == 0x66) {
                short_ = true;
            } else if (*at_ == 0x67) {
                short_address_ = true;
            } else if (*at_ == 0x65) {
                segment_ = reinterpret_cast<ULONG64>(rtl::teb());
            } else if (*at_ != 0x64 && *at_ != 0x2e && *at_ != 0x36 && *at_ != 0x3e && *at_ != 0x26 &&
                       *at_ != 0xf2 && *at_ != 0xf3) {
                break;
            }
        }
        if ((*at_ & 0xf0) == 0x40) rex_ = *at_++;
    }
    ULONG64 integer(unsigned number) const { return (&context_.Rax)[number]; }
    template <typename T>
    LONG64 take() {
        T value;
        rtl::copy(&value, at_, sizeof(value));
        at_ += sizeof(value);
        return value;
    }
    ULONG64 address(unsigned mode, unsigned base) {
        ULONG64 result = 0;
        const bool relative = mode == 0 && base == 5;
        if (base == 4) {
            const unsigned sib = *at_++;
            const unsigned index = (sib >> 3 & 7) | (rex_ & 2) << 2;
            if (index != 4) result = integer(index) << (sib >> 6);
            if (mode == 0 && (sib & 7) == 5) {
                result += static_cast<ULONG64>(take<int>());
            } else {
                result += integer((sib & 7) | (rex_ & 1) << 3);
            }
        } else if (!relative) {
            result = integer(base | (rex_ & 1) << 3);
        }
        if (mode == 1) result += static_cast<ULONG64>(take<signed char>());
        if (mode == 2 || relative) result += static_cast<ULONG64>(take<int>());
        if (relative) result += reinterpret_cast<ULONG64>(at_);
        return (short_address_ ? static_cast<ULONG>(result) : result) + segment_;
    }

    const CONTEXT& context_;
    const UCHAR* at_;
    ULONG64 segment_ = 0;
    unsigned rex_ = 0;
    bool short_ = false;
    bool short_address_ = false;
};

}  // namespace

NTSTATUS refine(NTSTATUS status, const CONTEXT& context) {
    switch (status) {
        case STATUS_INTEGER_DIVIDE_BY_ZERO:
            return Division(context).divides_by_zero() ? status : STATUS_INTEGER_OVERFLOW;
        case STATUS_FLOAT_INVALID_OPERATION:
            return x87(context);
        case STATUS_FLOAT_MULTIPLE_TRAPS:
            return sse(context);
        default:
            return status;
    }
}

void refine(EXCEPTION_RECORD& record, CONTEXT& context) {
    constexpr UCHAR icebp = 0xf1;
    if (record.ExceptionCode == STATUS_ILLEGAL_INSTRUCTION &&
        *reinterpret_cast<const UCHAR*>(context.Rip) == icebp) {
        record.ExceptionCode = STATUS_SINGLE_STEP;
        record.ExceptionAddress = reinterpret_cast<PVOID>(++context.Rip);
        return;
    }
    record.ExceptionCode = refine(record.ExceptionCode, context);
}

}  // namespace seh
