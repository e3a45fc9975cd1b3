// SPDX-License-Identifier: GPL-3.0-only
//
// What a terminal sends, UTF-8 with VT sequences, as key events; and the other way round for programs that
// read with ENABLE_VIRTUAL_TERMINAL_INPUT. Keys are those of a US keyboard.
#pragma once

#include "apps/common/text.hpp"
#include "apps/conhost/records.hpp"

namespace conhost {

class VtInput {
public:
    class Receiver {
    public:
        virtual void key(const KeyEvent& event) = 0;      // down or up
        virtual void resized(int columns, int rows) = 0;  // CSI 8 ; rows ; columns t

    protected:
        ~Receiver() = default;
    };

    // Who is told; before anything else.
    void deliver_to(Receiver& receiver) { receiver_ = &receiver; }
    void take(const char* bytes, SIZE_T length);
    // The line was broken: Ctrl-Break, as ESC with Ctrl-C is, which terminals send for Alt with Ctrl-C.
    void line_break();
    // How long a sequence that is not complete may wait for more, relative in 100 ns; 0: there is none.
    LONGLONG patience() const;
    // Nothing has come for so long: what stands alone was a key, Escape or Alt with another.
    void pause();

private:
    enum class State : UCHAR { Text, Escape, Sequence, Single };
    static constexpr unsigned kMostParameters = 8;

    void byte(UCHAR value);
    void begin_character(UCHAR value);
    void continue_character(UCHAR value);
    void unknown();
    void character(ULONG code, ULONG state);
    void sequence(UCHAR value);
    void execute(UCHAR final);
    void press(USHORT key, WCHAR character, ULONG state);
    void escape(UCHAR value);

    Receiver* receiver_ = nullptr;
    State state_ = State::Text;
    int parameters_[kMostParameters] = {};
    unsigned count_ = 0;
    ULONG code_ = 0, least_ = 0;  // of a character, as far as it has come; the least that is so long
    unsigned continuation_ = 0;   // bytes of it that are to come
    bool alt_ = false;
};

// A character's key on a US keyboard: its virtual key, 0 for none; whether shift is held.
USHORT key_of(WCHAR c, bool& shift);
// Its place, a make code of set 1; 0 for none.
USHORT scan_of(USHORT key);
// What a terminal would send for a key that is pressed; nothing for one that is released or means nothing.
app::Text vt_of(const KeyEvent& event);

}  // namespace conhost
