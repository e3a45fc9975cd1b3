// SPDX-License-Identifier: GPL-3.0-only
// Messages with inserts, by the rules that Win32's FormatMessage documents.
#include "abi/nt/ntrtl_text.h"
#include "ntdll/crt/format.hpp"
#include "ntdll/crt/text.hpp"

namespace {

constexpr ULONG no_breaks = 0xff;  // FORMAT_MESSAGE_MAX_WIDTH_MASK
constexpr ULONG longest_spec = 32;

SIZE_T print(WCHAR* to, SIZE_T limit, const WCHAR* spec, ...) {
    va_list arguments;
    va_start(arguments, spec);
    const SIZE_T size = crt::format(to, limit, spec, arguments);
    va_end(arguments);
    return size;
}

// The conversion of an insert, with its stars replaced by numbers.
struct Spec {
    WCHAR text[longest_spec * 2];
    ULONG size = 0;
    bool fits = true;
    void put(WCHAR c) {
        if (size + 1 < sizeof(text) / sizeof(WCHAR)) {
            text[size++] = c;
        } else {
            fits = false;
        }
        text[size] = 0;
    }
};

class Writer {
public:
    Writer(WCHAR* to, SIZE_T room, ULONG width, bool ignore, bool ansi, const ULONG_PTR* arguments)
        : to_(to),
          room_(room),
          width_(width == no_breaks ? 0 : width),
          joins_(width != 0),
          ignore_(ignore),
          ansi_(ansi),
          arguments_(arguments) {}

    NTSTATUS run(const WCHAR* at) {
        while (*at && status_ == STATUS_SUCCESS) {
            if (*at == '%') {
                if (!sequence(++at)) break;
            } else if (*at == '\r' || *at == '\n') {
                at += *at == '\r' && at[1] == '\n' ? 2 : 1;
                soft_break();
            } else {
                put(*at++);
            }
        }
        if (status_ == STATUS_SUCCESS && size_ >= room_) status_ = STATUS_BUFFER_OVERFLOW;
        if (status_ == STATUS_SUCCESS) to_[size_] = 0;
        return status_;
    }
    SIZE_T size() const { return size_; }

private:
    static constexpr SIZE_T nowhere = ~static_cast<SIZE_T>(0);

    void raw(WCHAR c) {
        if (size_ < room_) {
            to_[size_++] = c;
        } else {
            status_ = STATUS_BUFFER_OVERFLOW;
        }
    }
    void put(WCHAR c) {
        raw(c);
        if (c == ' ') space_ = size_ - 1;
        if (width_ && size_ - line_ > width_) wrap();
    }
    // A line that is too long breaks at its last space, which goes.
    void wrap() {
        if (status_ != STATUS_SUCCESS || space_ == nowhere || space_ < line_) return;
        if (size_ + 1 > room_) {
            status_ = STATUS_BUFFER_OVERFLOW;
            return;
        }
        rtl::move(to_ + space_ + 2, to_ + space_ + 1, (size_ - space_ - 1) * sizeof(WCHAR));
        to_[space_] = '\r';
        to_[space_ + 1] = '\n';
        ++size_;
        line_ = space_ + 2;
        space_ = nowhere;
    }
    void hard_break() {
        raw('\r');
        raw('\n');
        line_ = size_;
        space_ = nowhere;
    }
    // Where a width is asked for, breaks of the text are spaces.
    void soft_break() {
        if (joins_) {
            put(' ');
        } else {
            hard_break();
        }
    }

    // What follows a per cent sign; false: the message ends here.
    bool sequence(const WCHAR*& at) {
        const WCHAR c = *at;
        if (c == '0') return false;
        if (c >= '1' && c <= '9') {
            insert(at);
            return true;
        }
        if (!c) {
            status_ = STATUS_INVALID_PARAMETER;
            return false;
        }
        ++at;
        if (c == 'n') {
            hard_break();
        } else if (c == 'r') {
            raw('\r');
            line_ = size_;
        } else if (c == 't') {
            if (size_ > line_) space_ = size_;
            put('\t');
        } else {
            // With inserts left alone, so are the other escapes.
            if (ignore_) put('%');
            put(c);
        }
        return true;
    }

    void insert(const WCHAR*& at) {
        const WCHAR* start = at - 1;
        ULONG number = static_cast<ULONG>(*at++ - '0');
        if (*at >= '0' && *at <= '9') number = number * 10 + static_cast<ULONG>(*at++ - '0');
        const WCHAR* spec = u"s";
        SIZE_T length = 1;
        if (*at == '!') {
            spec = ++at;
            while (*at && *at != '!')
                ++at;
            length = static_cast<SIZE_T>(at - spec);
            if (!*at || length >= longest_spec) {
                status_ = STATUS_INVALID_PARAMETER;
                return;
            }
            ++at;
        }
        if (ignore_) {
            for (const WCHAR* p = start; p != at; ++p)
                put(*p);
            return;
        }
        if (!arguments_) {
            status_ = STATUS_INVALID_PARAMETER;
            return;
        }
        convert(spec, length, arguments_ + number - 1);
    }

    void convert(const WCHAR* text, SIZE_T length, const ULONG_PTR* argument) {
        Spec spec;
        spec.put('%');
        for (SIZE_T i = 0; i < length; ++i) {
            if (text[i] == '*') {
                WCHAR digits[16];
                const SIZE_T size = print(digits, 16, u"%d", static_cast<int>(*argument++));
                for (SIZE_T k = 0; k < size; ++k)
                    spec.put(digits[k]);
            } else {
                const bool string = i + 1 == length && (text[i] == 's' || text[i] == 'c');
                const bool sized = i && (text[i - 1] == 'l' || text[i - 1] == 'h' || text[i - 1] == 'w');
                if (ansi_ && string && !sized) spec.put('h');
                spec.put(text[i]);
            }
        }
        if (!spec.fits) {
            status_ = STATUS_INVALID_PARAMETER;
            return;
        }
        put_formatted(spec.text, *argument);
    }
    void put_formatted(const WCHAR* spec, ULONG_PTR argument) {
        const SIZE_T size = print(nullptr, 0, spec, argument);
        if (size > room_ - size_) {
            status_ = STATUS_BUFFER_OVERFLOW;
            return;
        }
        auto* text = static_cast<WCHAR*>(RtlAllocateHeap(rtl::process_heap(), 0, (size + 1) * sizeof(WCHAR)));
        if (!text) {
            status_ = STATUS_NO_MEMORY;
            return;
        }
        print(text, size + 1, spec, argument);
        for (SIZE_T i = 0; i < size && status_ == STATUS_SUCCESS; ++i)
            put(text[i]);
        RtlFreeHeap(rtl::process_heap(), 0, text);
    }

    WCHAR* to_;
    SIZE_T room_;
    SIZE_T size_ = 0;
    SIZE_T line_ = 0;
    SIZE_T space_ = nowhere;
    ULONG width_;
    bool joins_;
    bool ignore_;
    bool ansi_;
    const ULONG_PTR* arguments_;
    NTSTATUS status_ = STATUS_SUCCESS;
};

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlFormatMessageEx(PCWSTR Template, ULONG MaximumWidth, BOOLEAN IgnoreInserts,
                                  BOOLEAN ArgumentsAreAnsi, BOOLEAN ArgumentsAreAnArray, PVOID Arguments,
                                  PWSTR Buffer, ULONG Length, PULONG ReturnLength, PVOID) {
    // On x64 a va_list points to slots of eight bytes as well.
    const void* slots = Arguments;
    if (slots && !ArgumentsAreAnArray) slots = *static_cast<const void* const*>(Arguments);
    Writer writer(Buffer, Length / sizeof(WCHAR), MaximumWidth, IgnoreInserts, ArgumentsAreAnsi,
                  static_cast<const ULONG_PTR*>(slots));
    const NTSTATUS status = writer.run(Template);
    if (NT_SUCCESS(status) && ReturnLength)
        *ReturnLength = static_cast<ULONG>((writer.size() + 1) * sizeof(WCHAR));
    return status;
}

NTSTATUS NTAPI RtlFormatMessage(PCWSTR Template, ULONG MaximumWidth, BOOLEAN IgnoreInserts,
                                BOOLEAN ArgumentsAreAnsi, BOOLEAN ArgumentsAreAnArray, PVOID Arguments,
                                PWSTR Buffer, ULONG Length, PULONG ReturnLength) {
    return RtlFormatMessageEx(Template, MaximumWidth, IgnoreInserts, ArgumentsAreAnsi, ArgumentsAreAnArray,
                              Arguments, Buffer, Length, ReturnLength, nullptr);
}

}  // extern "C"
