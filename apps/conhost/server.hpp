// SPDX-License-Identifier: GPL-3.0-only
//
// The host's side of \Device\ConDrv: messages in, answers out. An answer travels with the next call where it
// can.
#pragma once

#include "abi/console/condrv.h"
#include "apps/common/native.hpp"

namespace conhost {

class Server {
public:
    // Bytes of one request's input or output that are looked at at a time.
    static constexpr SIZE_T kPart = CONDRV_MOST_DATA;

    // A server of its own, or the one that it was given.
    NTSTATUS open(HANDLE given);
    NTSTATUS publish();

    // Asks for the next message: STATUS_SUCCESS when it is there, STATUS_PENDING when event() will tell.
    NTSTATUS ask();
    HANDLE event() const { return event_.get(); }
    // Whether event() would tell at once.
    bool is_there() const;
    // After event(): how ask() ended.
    NTSTATUS asked();
    const CONDRV_MESSAGE& message() const { return message_.head; }
    // The beginning of the message's input.
    const UCHAR* input() const { return message_.data; }
    ULONG input_length() const { return static_cast<ULONG>(status_.Information - sizeof message_.head); }

    // Input of the message from `offset` on, at most kPart bytes; how many there are, 0 when that fails.
    SIZE_T read(ULONG64 id, ULONG64 offset, UCHAR* into);
    void answer(ULONG64 id, NTSTATUS status, ULONG64 information = 0, const void* data = nullptr,
                SIZE_T length = 0);
    void signal(bool ready);

private:
    struct Answer {
        CONDRV_ANSWER head;
        UCHAR data[CONDRV_MOST_DATA];
    };

    NTSTATUS control(ULONG code, const void* input, SIZE_T length, void* output, SIZE_T room, SIZE_T& done);
    void send_answer();

    app::Handle device_, event_, control_event_;
    struct {
        CONDRV_MESSAGE head;
        UCHAR data[CONDRV_MOST_DATA];
    } message_ = {};
    IO_STATUS_BLOCK status_ = {};
    Answer answer_ = {}, sent_ = {};
    struct {
        CONDRV_PART head;
        UCHAR data[CONDRV_MOST_DATA];
    } part_ = {};
    SIZE_T answer_length_ = 0;  // of the data; answer_ is to be sent when its Id is not 0
    bool asking_ = false;
    bool ready_ = false;
};

}  // namespace conhost
