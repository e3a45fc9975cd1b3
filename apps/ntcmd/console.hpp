// SPDX-License-Identifier: GPL-3.0-only
//
// Where ntcmd's text goes and its keys come from: the console device (VT sequences), a file while a command
// is redirected, and the keyboard class device, which stays open for reading while a program runs, for
// Ctrl-C.
#pragma once

#include "apps/common/format.hpp"
#include "apps/ntcmd/keys.hpp"

namespace ntcmd {

using app::List;
using app::Text;
using app::View;

// Text out. Writes that fail are counted, not repeated: there is nobody to tell.
class Output {
public:
    // Uses the handle given at process start, or opens \Device\Console.
    NTSTATUS open(HANDLE standard_output);
    void write(View text);
    template <typename... Values>
    void print(View pattern, const Values&... values) {
        write(app::format(pattern, values...));
    }
    // Sends text to a file (UTF-8) until redirect(nullptr).
    void redirect(HANDLE file) { file_ = file; }
    bool redirected() const { return file_ != nullptr; }
    HANDLE handle() const { return file_ ? file_ : console_; }
    // Bytes of any kind, as `type` shows them.
    void write_bytes(const char* bytes, ULONG length);

private:
    HANDLE console_ = nullptr;
    HANDLE file_ = nullptr;
};

// Keys in.
class Keyboard {
public:
    NTSTATUS open();
    bool present() const { return device_ != nullptr; }
    // Waits for the next key, and for the keyboard if there is none yet.
    Key read();
    // Waits until `object` is signalled or Ctrl-C is pressed; other keys stay for later reads. True: Ctrl-C.
    bool wait_or_break(HANDLE object, const LARGE_INTEGER* timeout, NTSTATUS& status);
    // Leaves the keyboard to a program that reads it itself.
    void release();

private:
    NTSTATUS start_read();
    NTSTATUS listen();
    void take_input();
    bool next_queued(Key& key);

    static constexpr unsigned kQueue = 64;
    HANDLE device_ = nullptr;
    HANDLE ready_ = nullptr;
    bool reading_ = false;
    IO_STATUS_BLOCK status_ = {};
    KEYBOARD_INPUT_DATA input_[16] = {};
    KeyTranslator translator_;
    USHORT lamps_ = 0;
    Key queue_[kQueue];
    unsigned queued_ = 0;
};

}  // namespace ntcmd
