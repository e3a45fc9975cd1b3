// SPDX-License-Identifier: GPL-3.0-only
//
// Where ntcmd's text goes and its lines come from: the standard handles that it was started with, and its
// console for Ctrl-C. Lines are edited by the console's host; what a Tab completes is the shell's.
#pragma once

#include "apps/common/format.hpp"
#include "apps/common/native.hpp"

namespace ntcmd {

using app::List;
using app::Text;
using app::View;

// The console that the shell is one of the processes of. Ctrl-C and Ctrl-Break do not end the shell: they
// stop what it does or waits for.
class Console {
public:
    // `reference` and `input` may be null or no console's: then there are no keys, or no Ctrl-C.
    void open(HANDLE reference, HANDLE input);
    bool has_input() const { return input_ != nullptr; }
    bool has_keys() const { return keys_; }
    // Columns of what it shows.
    SIZE_T width() const;
    void clear();

    // The next line as it is typed, without its end. Waits. `line` holds what stands there already; when it
    // comes back with a Tab in it, the Tab is where the cursor was. STATUS_END_OF_FILE: there will be no
    // more.
    NTSTATUS read_line(Text& line);

    // Ctrl-C or Ctrl-Break was pressed since listen().
    bool interrupted() const;
    void listen();
    // Waits until `object`, null for none, is signalled, Ctrl-C is pressed or the time is over; true: Ctrl-C.
    bool wait_or_break(HANDLE object, const LARGE_INTEGER* timeout);
    // Is this one of the console's processes? They hear of Ctrl-C themselves.
    bool is_process(HANDLE process) const;
    // Of its input (abi/console/condrv.h). Answers how many bytes came out.
    NTSTATUS control(ULONG code, const void* input, SIZE_T length, void* output, SIZE_T room,
                     SIZE_T& done) const;

private:
    NTSTATUS read_file_line(Text& line);
    List<ULONG> processes() const;

    HANDLE input_ = nullptr;
    app::Handle output_, connection_, events_, break_;
    IO_STATUS_BLOCK wait_ = {};
    ULONG event_ = 0;
    bool keys_ = false;
    bool waits_ = false;
};

// Text out. Writes that fail are not repeated: there is nobody to tell. Once Ctrl-C was pressed what a
// command still says is dropped.
class Output {
public:
    void open(HANDLE standard_output, const Console& console);
    void write(View text);
    template <typename... Values>
    void print(View pattern, const Values&... values) {
        write(app::format(pattern, values...));
    }
    // Sends text to a file (UTF-8) until redirect(nullptr).
    void redirect(HANDLE file) { file_ = file; }
    bool redirected() const { return file_ != nullptr; }
    HANDLE handle() const { return file_ ? file_ : output_; }
    // Bytes of any kind, as `type` shows them. False: nobody wants more.
    bool write_bytes(const char* bytes, ULONG length);

private:
    HANDLE output_ = nullptr;
    HANDLE file_ = nullptr;
    const Console* console_ = nullptr;
};

}  // namespace ntcmd
