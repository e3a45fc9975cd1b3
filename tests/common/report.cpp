// SPDX-License-Identifier: GPL-3.0-only
#include "tests/common/report.hpp"

namespace test {
namespace {

HANDLE output;
ULONG passed;
ULONG failed;

// One line under construction.
class Line {
public:
    Line& text(const char* from) {
        while (*from && length_ < sizeof bytes_)
            bytes_[length_++] = *from++;
        return *this;
    }
    Line& number(ULONG64 value, ULONG base) {
        char digits[24];
        ULONG count = 0;
        do {
            digits[count++] = "0123456789abcdef"[value % base];
            value /= base;
        } while (value);
        while (count && length_ < sizeof bytes_)
            bytes_[length_++] = digits[--count];
        return *this;
    }
    void print() {
        text("\n");
        if (output) {
            IO_STATUS_BLOCK io;
            NtWriteFile(output, nullptr, nullptr, nullptr, &io, bytes_, length_, nullptr, nullptr);
            return;
        }
        WCHAR wide[sizeof bytes_];
        for (ULONG i = 0; i < length_; ++i)
            wide[i] = static_cast<WCHAR>(bytes_[i]);
        UNICODE_STRING string;
        string.Length = string.MaximumLength = static_cast<USHORT>(length_ * sizeof(WCHAR));
        string.Buffer = wide;
        NtDisplayString(&string);
    }

private:
    char bytes_[200];
    ULONG length_ = 0;
};

}  // namespace

void begin(PPEB peb) {
    output = peb->ProcessParameters ? peb->ProcessParameters->StandardOutput : nullptr;
}

void pass(const char* name) {
    ++passed;
    Line().text("ok ").text(name).print();
}

void fail(const char* name, const char* why, ULONG64 detail) {
    ++failed;
    Line().text("FAIL ").text(name).text(" ").text(why).text(": 0x").number(detail, 16).print();
}

void check(const char* name, bool good, const char* why, ULONG64 detail) {
    if (good)
        pass(name);
    else
        fail(name, why, detail);
}

void note(const char* text, ULONG64 number) {
    Line().text(text).text(" ").number(number, 10).print();
}

void end() {
    Line().number(passed, 10).text(" passed, ").number(failed, 10).text(" failed").print();
    NtTerminateProcess(NtCurrentProcess(), failed ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS);
    __builtin_unreachable();
}

}  // namespace test
