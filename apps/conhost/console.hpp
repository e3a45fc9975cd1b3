// SPDX-License-Identifier: GPL-3.0-only
//
// A console: its processes, its screen buffers, its input, and what programs ask of them
// (abi/console/condrv.h). It answers each message at once, but reads, which wait for input.
#pragma once

#include "apps/conhost/code_page.hpp"
#include "apps/conhost/front_end.hpp"
#include "apps/conhost/input_buffer.hpp"
#include "apps/conhost/line_editor.hpp"
#include "apps/conhost/server.hpp"
#include "apps/conhost/vt_output.hpp"

namespace conhost {

inline constexpr ULONG kControlC = 0, kControlBreak = 1;

class Console final : public VtInput::Receiver, private VtOutput::Effects {
public:
    // Null: nothing of it outlives its host.
    Console(Server& server, FrontEnd& front_end, Kept* kept);
    // The first screen buffer; as a host left it that has ended, where that was kept. STATUS_NO_MEMORY.
    NTSTATUS open(int width, int height, int window_height, ULONG code_page);

    // The message that the server has.
    void handle();
    // Writes longer than a part are on their way; goes on with a part of the next of them. Other requests
    // come between.
    bool writing() const { return !writes_.empty(); }
    void write_on();
    // Shows what has changed.
    void flush();
    // It had processes, and has none any more.
    bool deserted() const { return had_processes_ && unused(); }
    bool unused() const { return processes_.empty() && files_.empty(); }

    void key(const KeyEvent& event) override;
    void resized(int columns, int rows) override;

private:
    // A screen buffer with the files that mean it.
    struct Screen {
        ScreenBuffer buffer;
        VtOutput output;
        unsigned files = 0;
        ULONG alternate_of = 0;  // the process that shows its alternate screen
    };
    struct OpenFile {
        ULONG64 number;
        Screen* screen;
    };
    struct Process {
        ULONG id;
        ULONG64 file;
        ULONG group;
        bool survives;  // Ctrl-C and Ctrl-Break
    };
    // Answered when all of it is written.
    struct Write {
        CONDRV_MESSAGE message;
        Screen* screen;
        SIZE_T at;  // bytes of it that are written
        bool bytes;
    };
    // Answered when there is input.
    struct Read {
        CONDRV_MESSAGE message;
        ULONG wakes = 0;
        Text initial;
        bool begun = false;  // as a line that is edited
    };

    // --- console.cpp: files, and what goes where
    void open_file(const CONDRV_MESSAGE& message);
    void close_file(const CONDRV_MESSAGE& message);
    void control(const CONDRV_MESSAGE& message);
    Screen* screen_of(ULONG64 file);
    Screen* new_screen(int width, int height);
    void release(Screen* screen);
    void answer(const CONDRV_MESSAGE& message, NTSTATUS status, const void* data = nullptr,
                SIZE_T length = 0);
    // Of a structure that must fit; the whole input, for what is small.
    template <typename T>
    bool argument(const CONDRV_MESSAGE& message, T& value) const {
        if (message.InputLength < sizeof value || server_.input_length() < sizeof value) return false;
        RtlCopyMemory(&value, server_.input(), sizeof value);
        return true;
    }
    void control_common(const CONDRV_MESSAGE& message);

    // --- console_input.cpp
    bool control_input(const CONDRV_MESSAGE& message);
    void read_input(const CONDRV_MESSAGE& message, bool removes);
    void write_input(const CONDRV_MESSAGE& message);
    void set_input_info(const CONDRV_MESSAGE& message);
    void get_title(const CONDRV_MESSAGE& message);
    void set_title(const CONDRV_MESSAGE& message);
    void begin_read(const CONDRV_MESSAGE& message);
    void cancel(ULONG64 id);
    void insert(const Record& record);
    void input_changed();

    Text read_text(const CONDRV_MESSAGE& message, SIZE_T from);

    // --- console_kept.cpp
    bool bring_back(ScreenBuffer& buffer);
    void keep();

    // --- console_history.cpp
    bool control_history(const CONDRV_MESSAGE& message);
    void set_history_info(const CONDRV_MESSAGE& message);
    void get_history(const CONDRV_MESSAGE& message);
    void expunge_history(const CONDRV_MESSAGE& message);
    // Of who reads; null: none.
    History* history_of(const CONDRV_MESSAGE& message);

    // --- cooked_read.cpp
    void serve_reads();
    bool serve(Read& read);
    bool serve_line(Read& read);
    bool serve_characters(Read& read);
    void begin_line(Read& read);
    void draw_line(bool to_end);
    void end_line();
    void abort_line();
    void give_up_line();
    bool deliver(Read& read, Text& from, ULONG state);

    // --- console_output.cpp
    bool control_output(const CONDRV_MESSAGE& message, Screen& screen);
    void write_text(const CONDRV_MESSAGE& message, Screen& screen, bool bytes);
    bool write_part(Write& write, const UCHAR* part, SIZE_T length);
    void read_output(const CONDRV_MESSAGE& message, Screen& screen);
    void write_output(const CONDRV_MESSAGE& message, Screen& screen);
    void fill_output(const CONDRV_MESSAGE& message, Screen& screen);
    void scroll_output(const CONDRV_MESSAGE& message, Screen& screen);
    void get_output_info(const CONDRV_MESSAGE& message, Screen& screen);
    void set_output_info(const CONDRV_MESSAGE& message, Screen& screen);
    void activate(Screen& screen);

    // --- processes.cpp
    void add_process(const CONDRV_MESSAGE& message);
    void remove_process(ULONG64 file);
    bool is_process(ULONG id) const;
    static Text program_of(ULONG process);
    void process_list(const CONDRV_MESSAGE& message);
    void control_event(ULONG event, ULONG group);
    void tell_process(const Process& process, ULONG event);

    // --- VtOutput::Effects
    void set_title(app::View title) override;
    void answer(app::View text) override;
    void beep() override;

    Server& server_;
    FrontEnd& front_end_;
    VtRenderer renderer_;
    Kept* const kept_;
    app::List<Screen*> screens_;
    Screen* active_ = nullptr;
    int columns_ = 80, rows_ = 25;  // of what it is shown on
    app::List<OpenFile> files_;
    app::List<Process> processes_;
    bool had_processes_ = false;
    app::List<CONDRV_MESSAGE> event_waits_;
    InputBuffer input_;
    app::List<Write> writes_;
    app::List<Read> reads_;
    ULONG input_mode_ = kProcessedInput | kLineInput | kEchoInput | kMouseInput | kInsertMode | kQuickEdit |
                        kExtendedFlags | kAutoPosition;
    CodePage input_page_, output_page_;
    Text title_;
    Text scratch_;
    UCHAR part_[Server::kPart];
    ULONG colors_[16];

    Histories histories_;
    History* history_ = nullptr;  // of the line that is edited
    LineEditor editor_;
    Text line_;             // entered, and not read yet
    Text drawn_;            // of the line that is edited, as it stands on the screen
    Point line_start_;      // where it begins there
    bool editing_ = false;  // a line is being edited, by the first read
    WCHAR held_high_ = 0;
};

}  // namespace conhost
