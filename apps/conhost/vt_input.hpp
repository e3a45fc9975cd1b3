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
    // Nothing has come for a moment: an escape character that stands alone was the Escape key. True: one did.
    bool pause();
    // In the middle of a sequence.
    bool waits() const { return state_ != State::Text; }

private:
    enum class State : UCHAR { Text, Escape, Sequence, Single };
    static constexpr unsigned kMostParameters = 8;

    void byte(UCHAR value);
    void character(ULONG code, ULONG state);
    void sequence(UCHAR value);
    void execute(UCHAR final);
    void press(USHORT key, WCHAR character, ULONG state);
    void escape(UCHAR value);

    Receiver* receiver_ = nullptr;
    State state_ = State::Text;
    int parameters_[kMostParameters] = {};
    unsigned count_ = 0;
    ULONG code_ = 0;
    unsigned continuation_ = 0;
    bool alt_ = false;
};

// A character's key on a US keyboard: its virtual key, 0 for none; whether shift is held.
USHORT key_of(WCHAR c, bool& shift);
// Its place, a make code of set 1; 0 for none.
USHORT scan_of(USHORT key);
// What a terminal would send for a key that is pressed; nothing for one that is released or means nothing.
app::Text vt_of(const KeyEvent& event);

}  // namespace conhost
