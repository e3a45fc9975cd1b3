// SPDX-License-Identifier: GPL-3.0-only
//
// Messages as callers say them: their header checked, their attributes read.
#pragma once

#include "executive/lpc/port.hpp"
#include "executive/services.hpp"

namespace services {

// Mostly header and data lie in one page that is there.
struct GivenMessage {
    PORT_MESSAGE header = {};
    uint64_t data = 0;  // address of what is behind the header
    const uint8_t* data_there =
        nullptr;  // the same where it lies in one page that is there, until the next await
};
// The header of a message that is to be sent by this port. STATUS_INVALID_PARAMETER: its lengths contradict
// each other. STATUS_PORT_MESSAGE_TOO_LONG.
base::Result<GivenMessage> read_message(ke::Call& call, uint64_t address, size_t longest);
// The bytes behind it. REQUIRES: the message has room for them. On an error the message may have some of
// them.
base::Result<void> read_data(ke::Call& call, const GivenMessage& given, lpc::Message& message);
// A new message that says the same, from this thread; its type is to be set.
base::Result<lpc::Held> capture_message(ke::Call& call, const GivenMessage& given);

// What a caller sends beside the bytes.
base::Result<void> read_attributes(ke::Call& call, uint64_t address, lpc::Port& port, lpc::Message& message);
// After it was sent: what the sender does not want to keep goes.
void release_sent(ke::Call& call, uint64_t address, lpc::Port& port);
// Where a caller wants to receive: its list of attributes is read, its buffer brought in.
// `length`: where the buffer's length is said, null: it is the port's longest message.
base::Result<lpc::Place> read_place(ke::Call& call, lpc::Port& port, uint64_t buffer, uint64_t length,
                                    uint64_t attributes);

// The message that a caller has received by this port and not answered yet.
// STATUS_INVALID_MESSAGE, for LPC's ports STATUS_REPLY_MESSAGE_MISMATCH.
base::Result<lpc::Message*> find_received(ke::Call& call, lpc::Port& port, ke::UserIn<PORT_MESSAGE> address);

// The defaults, where null. STATUS_INVALID_PARAMETER.
base::Result<ALPC_PORT_ATTRIBUTES> read_port_attributes(ke::Call& call, ke::UserIn<ALPC_PORT_ATTRIBUTES> in);

}  // namespace services
